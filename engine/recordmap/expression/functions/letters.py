"""Functions that change the letters of a text, or take the blanks around it away.

Characters are Unicode code points. Nothing depends on a language or a machine's settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from recordmap.expression.functions.arguments import refuse_unless_null
from recordmap.expression.functions.limits import MAX_TEXT, text_too_long
from recordmap.expression.functions.spec import Example, FunctionSpec, Parameter, Slow
from recordmap.frozen import replace
from recordmap.patterns import later
from recordmap.schema.narrowing import only
from recordmap.schema.types import TEXT, Texts, Type

FAMILY = "text"
_MOST_CAPITALS = 3
"""Letters that one letter becomes in capitals, at most: a ligature of three."""
_MOST_SMALL = 2
"""Letters that one letter becomes in small letters, at most: a Turkish I."""
_WORD = later(r"[^\s-]+")


def upper(text: object) -> str | None:
    """Return a text in capital letters; a few letters become two or three."""
    if type(text) is str:
        return _within_limit("upper", text.upper())
    refuse_unless_null(UPPER, text)
    return None


def lower(text: object) -> str | None:
    """Return a text in small letters."""
    if type(text) is str:
        return _within_limit("lower", text.lower())
    refuse_unless_null(LOWER, text)
    return None


def title(text: object) -> str | None:
    """Return a text with each word's first letter large and the rest small; blanks and hyphens part words."""
    if type(text) is str:
        return _within_limit("title", _WORD.sub(_capitalised, text))
    refuse_unless_null(TITLE, text)
    return None


def _capitalised(found: re.Match[str]) -> str:
    word = found[0]
    return word[0].title() + word[1:].lower()


def _within_limit(function: str, text: str) -> str:
    # Case changes make a text three times as long at most, so looking afterwards is early enough.
    if len(text) > MAX_TEXT:
        raise text_too_long(function)
    return text


def trim(text: object) -> str | None:
    """Return a text without the blanks at both ends: any white space of Unicode."""
    if isinstance(text, str):
        return text.strip()
    refuse_unless_null(TRIM, text)
    return None


def _trimmed_type(given: Sequence[Type]) -> Type:
    """Return text without blanks at its ends: it is empty where the argument is."""
    text = only(given[0], TEXT.kinds) if given else TEXT
    known = text.texts
    made = Texts(
        min_length=0 if known.leading or known.trailing else known.min_length,
        max_length=text.longest,
        empty=known.empty or known.blank,
        blank=False,
        leading=False,
        trailing=False,
    )
    return Type(TEXT.kinds, texts=made)


def _recased_by(growth: int) -> Callable[[Sequence[Type]], Type]:
    """Return what tells the type of text in other letters, which are up to `growth` for one."""
    return lambda given: _recased(only(given[0], TEXT.kinds) if given else TEXT, growth)


def _recased(text: Type, growth: int) -> Type:
    """Return text in other letters, which are up to `growth` for one; blanks stay what they are.

    However often letters are changed, there are never more of them than one such change makes of the first.
    """
    longest, recased = text.longest, text.texts.recased
    if longest is not None:
        before, most = recased or (longest, 1)
        recased = before, max(most, growth)
        longest = min(growth * longest, before * recased[1])
    kept = replace(text.texts, min_length=text.shortest, max_length=longest, format=None, recased=recased)
    return Type(TEXT.kinds, texts=kept)


def _one_text(doc: str) -> tuple[Parameter]:
    return (Parameter("text", TEXT, doc),)


UPPER = FunctionSpec(
    name="upper",
    parameters=_one_text("the text to change"),
    returns=TEXT,
    doc="The text in capital letters.",
    call=upper,
    examples=(
        Example("upper('de')", gives="DE"),
        Example("upper('straße')", gives="STRASSE"),
        Example("upper('')", gives=""),
        Example("upper(null)", gives=None),
        Example("upper(5)", fails=True),
    ),
    family=FAMILY,
    infer=_recased_by(_MOST_CAPITALS),
)
LOWER = FunctionSpec(
    name="lower",
    parameters=_one_text("the text to change"),
    returns=TEXT,
    doc="The text in small letters.",
    call=lower,
    examples=(
        Example("lower('ADA@Example.com')", gives="ada@example.com"),
        Example("lower('ÉTÉ')", gives="été"),
        Example("lower(null)", gives=None),
    ),
    family=FAMILY,
    infer=_recased_by(_MOST_SMALL),
)
TITLE = FunctionSpec(
    name="title",
    parameters=_one_text("the text to change"),
    returns=TEXT,
    doc="The text with each word's first letter large and the rest small; blanks and hyphens part words.",
    call=title,
    examples=(
        Example("title('ada lovelace')", gives="Ada Lovelace"),
        Example("title('ANNE-MARIE')", gives="Anne-Marie"),
        Example('title("don\'t")', gives="Don't"),
        Example("title('McDonald')", gives="Mcdonald"),
        Example("title(null)", gives=None),
    ),
    family=FAMILY,
    infer=_recased_by(_MOST_CAPITALS),
    slow=Slow.TEXTS,
)
TRIM = FunctionSpec(
    name="trim",
    parameters=_one_text("the text to trim"),
    returns=TEXT,
    doc="The text without the blanks, tabs and line ends at both ends.",
    call=trim,
    examples=(
        Example("trim('  Ada ')", gives="Ada"),
        Example("trim('Ada  Lovelace')", gives="Ada  Lovelace"),
        Example("trim('   ')", gives=""),
        Example("trim(null)", gives=None),
        Example("trim(42)", fails=True),
    ),
    total=True,
    family=FAMILY,
    infer=_trimmed_type,
)

SPECS = (UPPER, LOWER, TITLE, TRIM)
