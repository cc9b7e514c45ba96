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
from recordmap.expression.functions.letters import FAMILY, no_longer_type
from recordmap.expression.functions.limits import MAX_TEXT, text_too_long
from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule, Parameter
from recordmap.expression.functions.spelling import scalar_text
from recordmap.expression.functions.written_lengths import least_written, written_length
from recordmap.frozen import replace as replaced
from recordmap.schema.narrowing import only
from recordmap.schema.types import BOOLEAN, INTEGER, NULL, TEXT, Kind, Type
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
    if len(given) != 2:
        return TEXT
    lengths = _whole(given[1])
    text = only(given[0], TEXT.kinds)
    bounds = [bound for bound in (text.longest, max(lengths, default=None)) if bound is not None]
    kept = min(lengths, default=0)  # the first characters of a text may all be blanks, but one stays
    return Type(
        TEXT.kinds,
        max_length=min(bounds, default=None),
        min_length=min(text.shortest, kept),
        empty=text.empty or kept <= 0,
    )


def _part_type(given: Sequence[Type]) -> Type:
    """Return text with what start and length leave of it, where they are constants; at most all there is."""
    part = no_longer_type(given)
    if len(given) < 2:
        return part
    starts, length = _whole(given[1]), given[2] if len(given) > 2 else NULL
    lengths = [] if length.nullable else _whole(length)  # a length of null takes all there is
    bounds = [bound for bound in (part.max_length, max(lengths, default=None)) if bound is not None]
    shortest = 0
    if min(starts, default=-1) >= 0 and (lengths or length.kinds == NULL.kinds):
        left = only(given[0], TEXT.kinds).shortest - max(starts)
        shortest = max(min([left, *lengths]), 0)
    return replaced(part, max_length=min(bounds, default=None), min_length=shortest, empty=shortest == 0)


def _whole(type_: Type) -> list[int]:
    """Return the whole numbers that a type lists."""
    return [value for value in type_.enum or () if type(value) is int]


def _replaced_type(given: Sequence[Type]) -> Type:
    """Return text no longer than the text was, where what is put in is known to be no longer than what goes."""
    if len(given) != 3:
        return TEXT
    old, new = ([len(one) for one in type_.enum or () if isinstance(one, str)] for type_ in given[1:])
    longest = only(given[0], TEXT.kinds).longest
    if longest is None or not old or not new or min(old) == 0:
        return TEXT
    growth = max(max(new) - min(old), 0)
    return Type(TEXT.kinds, max_length=longest + growth * (longest // min(old)))


def _written_type(given: Sequence[Type]) -> Type:
    """Return the type of values written one after another: filled if one of them is."""
    filled = any(not one.may_be_empty for one in given)
    some = any(not one.nullable and not (Kind.TEXT in one.kinds and one.empty) for one in given)
    known = [length for one in given if (length := written_length(one)) is not None]
    bounded = len(known) == len(given)
    return Type(
        TEXT.kinds,
        max_length=sum(known) if bounded else None,
        min_length=sum(map(least_written, given)),
        empty=not some,
        blank=not filled,
    )


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
