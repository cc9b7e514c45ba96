"""Functions that change the letters of a text, or take the blanks around it away.

Characters are Unicode code points. Nothing depends on a language or a machine's settings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recordmap.expression.functions.arguments import refuse_unless_null
from recordmap.expression.functions.limits import MAX_TEXT, text_too_long
from recordmap.expression.functions.spec import Example, FunctionSpec, Parameter
from recordmap.patterns import later
from recordmap.schema.narrowing import only
from recordmap.schema.types import TEXT, Type

FAMILY = "text"
_MOST_LETTERS = 3
"""Letters that one letter becomes, at most: a ligature of three in capitals."""
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
    return Type(
        TEXT.kinds,
        max_length=text.longest,
        empty=text.empty or text.blank,
        blank=False,
        leading=False,
        trailing=False,
    )


def _recased_type(given: Sequence[Type]) -> Type:
    """Return text in other letters, which are up to three for one; blanks stay what they are."""
    text = only(given[0], TEXT.kinds) if given else TEXT
    longest = None if text.longest is None else _MOST_LETTERS * text.longest
    return Type(
        TEXT.kinds,
        max_length=longest,
        min_length=text.shortest,
        empty=text.empty,
        blank=text.blank,
        leading=text.leading,
        trailing=text.trailing,
    )


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
    infer=_recased_type,
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
    infer=_recased_type,
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
    infer=_recased_type,
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
