"""Functions that make one text of others: parts, replacements and texts put together.

Characters are Unicode code points throughout. Nothing depends on a language or a machine's settings.
"""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.arguments import (
    SCALAR,
    is_not_empty,
    is_not_negative,
    not_empty,
    not_negative,
    refuse_unless_null,
)
from recordmap.expression.functions.letters import FAMILY
from recordmap.expression.functions.limits import MAX_TEXT, text_too_long
from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule, Parameter
from recordmap.expression.functions.spelling import scalar_text
from recordmap.expression.functions.written_types import in_a_row, written
from recordmap.schema.narrowing import only
from recordmap.schema.types import BOOLEAN, INTEGER, NULL, TEXT, Texts, Type
from recordmap.schema.unions import or_null


def truncate(text: object, length: object) -> str | None:
    """Return the first `length` characters of a text."""
    if type(text) is str and type(length) is int and length >= 0:
        return text[:length]
    refuse_unless_null(TRUNCATE, text, length)
    return None


def substring(text: object, start: object, length: object = None) -> str | None:
    """Return the part of a text from `start`, which counts from 0, or from the end if negative."""
    if type(text) is str and type(start) is int:
        if start < 0:
            start = max(start + len(text), 0)
        if length is None:
            return text[start:]
        if type(length) is int and length >= 0:
            return text[start : start + length]
    refuse_unless_null(SUBSTRING, text, start, length)
    return None


def replace(text: object, old: object, new: object) -> str | None:
    """Return a text with each `old` replaced by `new`; the size of the result is known before it is made."""
    if type(text) is str and type(old) is str and type(new) is str and old:
        growth = len(new) - len(old)
        if growth > 0 and len(text) + growth * text.count(old) > MAX_TEXT:
            raise text_too_long("replace")
        return text.replace(old, new)
    refuse_unless_null(REPLACE, text, old, new)
    return None


def concat(*value: object) -> str | None:
    """Return texts, numbers and booleans written one after another; null counts as empty."""
    parts: list[str] = []
    size = 0
    for one in value:
        if type(one) is not str:
            if one is None:
                continue
            one = scalar_text("concat", one)  # noqa: PLW2901 - the same value, spelled out
            if one is None:
                refuse_unless_null(CONCAT, *value)
                return None
        parts.append(one)
        size += len(one)
    if size > MAX_TEXT:
        raise text_too_long("concat")
    return "".join(parts)


def starts_with(text: object, prefix: object) -> bool | None:
    """Return whether a text begins with another, letter for letter."""
    if type(text) is str and type(prefix) is str:
        return text.startswith(prefix)
    refuse_unless_null(STARTS_WITH, text, prefix)
    return None


def ends_with(text: object, suffix: object) -> bool | None:
    """Return whether a text ends with another, letter for letter."""
    if type(text) is str and type(suffix) is str:
        return text.endswith(suffix)
    refuse_unless_null(ENDS_WITH, text, suffix)
    return None


def _truncated_type(given: Sequence[Type]) -> Type:
    """Return text no longer than the length, where that is a constant, or than the text was."""
    return _part_of(given[0], [0], given[1]) if len(given) == 2 else TEXT


def _part_type(given: Sequence[Type]) -> Type:
    """Return text with what start and length leave of it, where they are constants; at most all there is."""
    if len(given) < 2:
        return TEXT
    return _part_of(given[0], _whole(given[1]), given[2] if len(given) > 2 else NULL)


def _part_of(given: Type, starts: Sequence[int], length: Type) -> Type:
    """Return what is known of a part of a text, from one of `starts`: none are listed where nothing is known of them.

    A length of null takes all there is.
    """
    text = only(given, TEXT.kinds)
    longest = text.longest
    lengths = [] if length.nullable else [max(one, 0) for one in _whole(length)]
    to_end = length.kinds == NULL.kinds or (longest is not None and min(lengths, default=-1) >= longest)
    from_first = set(starts) == {0}
    # What is cut off may be all that a text had beside blanks, and what kept it from beginning or ending with them.
    leading, trailing = text.texts.leading or not from_first, text.texts.trailing or not to_end
    shortest = min((_left(text.shortest, start) for start in starts), default=0)
    shortest = min([shortest, *lengths]) if to_end or lengths else 0
    bounds = [max(lengths, default=None)]
    if longest is not None:
        bounds.append(max((_left(longest, start) for start in starts), default=longest))
    elif starts and max(starts) < 0:
        bounds.append(-min(starts))
    made = Texts(
        min_length=shortest,
        max_length=min((bound for bound in bounds if bound is not None), default=None),
        empty=shortest == 0,
        blank=leading and trailing and (text.texts.blank or not (from_first and to_end)),
        leading=leading,
        trailing=trailing,
    )
    return Type(TEXT.kinds, texts=made)


def _left(length: int, start: int) -> int:
    """Return how many characters a text of a length has from `start` on, which counts from the end if negative."""
    return max(length - start, 0) if start >= 0 else min(length, -start)


def _whole(type_: Type) -> list[int]:
    """Return the whole numbers that a type lists."""
    return [value for value in type_.enum or () if type(value) is int]


def _replaced_type(given: Sequence[Type]) -> Type:
    """Return text with constants in place of constants: blanks in it are its own, or those that are put in."""
    if len(given) != 3:
        return TEXT
    text = only(given[0], TEXT.kinds)
    old, new = ([one for one in type_.enum or () if isinstance(one, str)] for type_ in given[1:])
    if not old or not new or "" in old:
        return TEXT
    blanks_go = all(one.isspace() for one in old)  # so that what is no blank stays
    stays = blanks_go or all(one.strip() for one in new)
    led = blanks_go or all(one and not one[0].isspace() for one in new)
    ended = blanks_go or all(one and not one[-1].isspace() for one in new)
    most, least = max(map(len, new)), min(map(len, old))
    growth = max(most - least, 0)
    longest, known = text.longest, text.texts
    made = Texts(
        min_length=text.shortest if min(map(len, new)) >= max(map(len, old)) else 0,
        max_length=None if longest is None else longest + growth * (longest // least),
        empty=known.empty or not ("" not in new or (stays and not known.blank)),
        blank=known.blank or not stays,
        leading=known.leading or not led,
        trailing=known.trailing or not ended,
    )
    return Type(TEXT.kinds, texts=made)


def _written_type(given: Sequence[Type]) -> Type:
    """Return the type of values written one after another; null counts as empty."""
    return in_a_row([written(one) for one in given])


TRUNCATE = FunctionSpec(
    name="truncate",
    parameters=(
        Parameter("text", TEXT, "the text to shorten"),
        Parameter(
            "length",
            INTEGER,
            "how many characters to keep at most",
            check=not_negative,
            passes=is_not_negative,
        ),
    ),
    returns=TEXT,
    doc="The first characters of a text; shorter text is left as it is.",
    call=truncate,
    examples=(
        Example("truncate('Wilhelmina', 7)", gives="Wilhelm"),
        Example("truncate('Ada', 50)", gives="Ada"),
        Example("truncate('Ada', 0)", gives=""),
        Example("truncate(null, 50)", gives=None),
        Example("truncate('Ada', -1)", fails=True),
    ),
    family=FAMILY,
    infer=_truncated_type,
)
SUBSTRING = FunctionSpec(
    name="substring",
    parameters=(
        Parameter("text", TEXT, "the text to take a part of"),
        Parameter("start", INTEGER, "where the part begins: 0 is the first character, -1 the last"),
        Parameter(
            "length",
            INTEGER,
            "how many characters; without it, up to the end",
            optional=True,
            check=not_negative,
            passes=is_not_negative,
        ),
    ),
    returns=TEXT,
    infer=_part_type,
    doc="A part of a text; what lies outside the text is left out.",
    call=substring,
    examples=(
        Example("substring('2024-05-01', 0, 4)", gives="2024"),
        Example("substring('+14155552671', -4)", gives="2671"),
        Example("substring('Ada', 1, 50)", gives="da"),
        Example("substring('Ada', 9)", gives=""),
        Example("substring(null, 0)", gives=None),
    ),
    family=FAMILY,
    differences="A start or length outside the text gives what there is instead of failing.",
)
REPLACE = FunctionSpec(
    name="replace",
    parameters=(
        Parameter("text", TEXT, "the text to change"),
        Parameter("old", TEXT, "what to replace, letter for letter", check=not_empty, passes=is_not_empty),
        Parameter("new", TEXT, "what to put there"),
    ),
    returns=TEXT,
    infer=_replaced_type,
    doc="The text with every occurrence of one text replaced by another.",
    call=replace,
    examples=(
        Example("replace('0151-234-56', '-', '')", gives="015123456"),
        Example("replace('aaa', 'aa', 'b')", gives="ba"),
        Example("replace('Ada', 'x', 'y')", gives="Ada"),
        Example("replace(null, '-', '')", gives=None),
        Example("replace('Ada', '', 'x')", fails=True),
    ),
    family=FAMILY,
)
CONCAT = FunctionSpec(
    name="concat",
    parameters=(
        Parameter(
            "value", or_null(SCALAR), "a text, number or boolean to write; null writes nothing", repeats=True
        ),
    ),
    returns=TEXT,
    doc="All values written one after another as one text; null counts as empty.",
    call=concat,
    examples=(
        Example("concat('Ada', ' ', 'Lovelace')", gives="Ada Lovelace"),
        Example("concat('Ada', null)", gives="Ada"),
        Example("concat('No. ', 5, ' ', true)", gives="No. 5 true"),
        Example("concat(null)", gives=""),
        Example("concat('a', ['b'])", fails=True),
    ),
    null=NullRule.HANDLED,
    family=FAMILY,
    infer=_written_type,
    differences="Numbers and booleans are written as JSON has them: 1.0 as 1, true in small letters.",
)
STARTS_WITH = FunctionSpec(
    name="starts_with",
    parameters=(
        Parameter("text", TEXT, "the text to look at"),
        Parameter("prefix", TEXT, "what it may begin with, letter for letter"),
    ),
    returns=BOOLEAN,
    doc="Whether a text begins with another; capital and small letters differ.",
    call=starts_with,
    examples=(
        Example("starts_with('+14155552671', '+1')", gives=True),
        Example("starts_with('Ada', 'a')", gives=False),
        Example("starts_with('Ada', '')", gives=True),
        Example("starts_with(null, 'a')", gives=None),
    ),
    total=True,
    family=FAMILY,
)
ENDS_WITH = FunctionSpec(
    name="ends_with",
    parameters=(
        Parameter("text", TEXT, "the text to look at"),
        Parameter("suffix", TEXT, "what it may end with, letter for letter"),
    ),
    returns=BOOLEAN,
    doc="Whether a text ends with another; capital and small letters differ.",
    call=ends_with,
    examples=(
        Example("ends_with('ada@example.com', '@example.com')", gives=True),
        Example("ends_with('Ada', 'A')", gives=False),
        Example("ends_with('Ada', '')", gives=True),
        Example("ends_with(null, 'a')", gives=None),
    ),
    total=True,
    family=FAMILY,
)

SPECS = (TRUNCATE, SUBSTRING, REPLACE, CONCAT, STARTS_WITH, ENDS_WITH)
