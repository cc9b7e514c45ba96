"""Functions that make lists of text and text of lists, and look into lists and texts.

Lists are JMESPath's job: what picks, sorts or reshapes them belongs into `source` or `names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recordmap.expression.functions.arguments import SCALAR, is_not_empty, not_empty, refuse_unless_null
from recordmap.expression.functions.limits import MAX_ENTRIES, MAX_TEXT, list_too_long, text_too_long
from recordmap.expression.functions.logic import is_empty
from recordmap.expression.functions.parted_types import joined_type, parts_type
from recordmap.expression.functions.spec import Example, FunctionSpec, Parameter, Slow
from recordmap.expression.functions.spelling import scalar_text
from recordmap.expression.number_limits import length_type
from recordmap.schema.inside import element, entry
from recordmap.schema.narrowing import only
from recordmap.schema.types import ANY, BOOLEAN, INTEGER, LIST, NULL, OBJECT, TEXT, Kind, Limits, Type
from recordmap.schema.unions import list_of, or_null

FAMILY = "lists"
_SCALARS = (str, int, float, bool)
_TEXT_OR_LIST = Type.of(Kind.TEXT, Kind.LIST)
_CONTAINER = Type.of(Kind.TEXT, Kind.LIST, Kind.OBJECT)
_WHY_NOT_A_CONDITION = (
    "Takes a field and a value instead of a condition as text: a formula inside a text could neither be "
    "checked before it runs nor be limited. JMESPath has other conditions: addresses[?primary] | [0]."
)


def split(text: object, separator: object) -> list[str] | None:
    """Return the parts of a text between separators; the parts keep their blanks."""
    if type(text) is str and type(separator) is str and separator:
        if not text:
            return []
        if text.count(separator) >= MAX_ENTRIES:
            raise list_too_long("split")
        return text.split(separator)
    refuse_unless_null(SPLIT, text, separator)
    return None


def join(items: object, separator: object) -> str | None:
    """Return the entries of a list as one text; the size of the result is known before it is made."""
    if type(items) is not list or type(separator) is not str:
        refuse_unless_null(JOIN, items, separator)
        return None
    if len(items) > MAX_ENTRIES:
        raise list_too_long("join")
    parts: list[str] = []
    size = -len(separator)
    for item in items:
        if is_empty(item):
            continue
        part = scalar_text("join", item)
        if part is None:
            refuse_unless_null(JOIN, items, separator)
            return None
        parts.append(part)
        size += len(part) + len(separator)
    if size > MAX_TEXT:
        raise text_too_long("join")
    return separator.join(parts)


def length(value: object) -> int | None:
    """Return the number of characters, entries or keys."""
    if type(value) is str or type(value) is list or type(value) is dict:
        return len(value)
    refuse_unless_null(LENGTH, value)
    return None


def contains(container: object, item: object) -> bool | None:
    """Return whether a text holds a text, or a list an entry; true and 1 are different."""
    if type(container) is str and type(item) is str:
        return item in container
    if type(container) is list and type(item) in _SCALARS:
        # A plain value equals no list or object, so no comparison walks into nested data.
        is_bool = type(item) is bool
        return item in container and any(one == item and (type(one) is bool) is is_bool for one in container)
    if type(container) is str and item is not None:
        refuse_unless_null(_CONTAINS_TEXT, container, item)
        return None
    refuse_unless_null(CONTAINS, container, item)
    return None


def first_match(items: object, field: object, value: object) -> dict[str, Any] | None:
    """Return the first object of a list whose field equals a value; other entries are passed over."""
    if type(items) is list and type(field) is str and type(value) in _SCALARS:
        return _first(items, field, value)
    refuse_unless_null(FIRST_MATCH, items, field, value)
    return None


def field_from_first_match(items: object, field: object, value: object, wanted: object) -> object:
    """Return a field of the first object of a list whose other field equals a value."""
    if type(items) is list and type(field) is str and type(value) in _SCALARS and type(wanted) is str:
        match = _first(items, field, value)
        return None if match is None else match.get(wanted)
    refuse_unless_null(FIELD_FROM_FIRST_MATCH, items, field, value, wanted)
    return None


def _first(items: list[Any], field: str, value: object) -> dict[str, Any] | None:
    is_bool = type(value) is bool
    for one in items:
        if type(one) is dict:
            found = one.get(field)
            if found == value and (type(found) is bool) is is_bool:
                return one
    return None


def _fits_join(items: list[Any]) -> str | None:
    if all(item is None or type(item) in _SCALARS for item in items):
        return None
    return "must be a list of texts, numbers and booleans"


def _joinable(type_: Type) -> bool:
    return element(type_).kinds <= SCALAR.kinds | NULL.kinds


def _other_than_text(given: Sequence[Type]) -> int | None:
    """Return the position of what `contains` looks for when it may be no text, although it looks into a text."""
    container, item = given
    return 1 if Kind.TEXT in container.kinds and item.kinds - TEXT.kinds - NULL.kinds else None


def _entry_type(given: Sequence[Type]) -> Type:
    """Return the type of an object of a list, or null."""
    entries = only(element(given[0]), OBJECT.kinds)
    return or_null(entries) if entries.kinds else NULL


def _field_type(given: Sequence[Type]) -> Type:
    """Return the type of a field of an object of a list, or null."""
    name = given[3].enum or ()
    found = entry(_entry_type(given), name[0]) if len(name) == 1 and isinstance(name[0], str) else ANY
    return or_null(found)


_ADDRESSES = {"addresses": [{"type": "home", "city": "Turin"}, {"type": "work", "city": "London"}]}


SPLIT = FunctionSpec(
    name="split",
    parameters=(
        Parameter("text", TEXT, "the text to take apart"),
        Parameter("separator", TEXT, "what stands between the parts", check=not_empty, passes=is_not_empty),
    ),
    returns=list_of(TEXT),
    doc="The parts of a text between separators, as a list; empty text gives an empty list.",
    call=split,
    examples=(
        Example("split('a,b', ',')", gives=["a", "b"]),
        Example("split('a, b,', ',')", gives=["a", " b", ""]),
        Example("split('', ',')", gives=[]),
        Example("split(null, ',')", gives=None),
        Example("split('a b', '')", fails=True),
    ),
    family=FAMILY,
    infer=parts_type,
    differences="Empty text gives an empty list, not null; square brackets around the text are kept.",
)


JOIN = FunctionSpec(
    name="join",
    parameters=(
        Parameter("items", LIST, "a list of texts, numbers and booleans", check=_fits_join, passes=_joinable),
        Parameter("separator", TEXT, "what to put between them"),
    ),
    returns=TEXT,
    doc="The entries of a list as one text with a separator between them; empty entries are left out.",
    call=join,
    examples=(
        Example("join(['1 Main St', null, 'Boston'], ', ')", gives="1 Main St, Boston"),
        Example("join(['a', ' ', 'b'], '; ')", gives="a; b"),
        Example("join([1, true, 2.5], ' ')", gives="1 true 2.5"),
        Example("join([], ', ')", gives=""),
        Example("join(null, ', ')", gives=None),
        Example("join([['a']], ', ')", fails=True),
    ),
    family=FAMILY,
    differences="Entries that are null or blank are left out, with their separator.",
    infer=joined_type,
    slow=Slow.LISTS,
)


def _length_type(given: Sequence[Type]) -> Type:
    return length_type(given[0]) if given else INTEGER


LENGTH = FunctionSpec(
    name="length",
    parameters=(Parameter("value", _CONTAINER, "a text, list or object"),),
    returns=Type(INTEGER.kinds, limits=Limits(0)),
    infer=_length_type,
    doc="How many characters a text has, how many entries a list, how many keys an object.",
    call=length,
    examples=(
        Example("length('naïve 🙂')", gives=7),
        Example("length([1, null])", gives=2),
        Example("length({})", gives=0),
        Example("length(null)", gives=None),
        Example("length(5)", fails=True),
    ),
    total=True,
    family=FAMILY,
)
CONTAINS = FunctionSpec(
    name="contains",
    parameters=(
        Parameter("container", _TEXT_OR_LIST, "a text or a list to look into"),
        Parameter("item", SCALAR, "what to look for: in a text, a text"),
    ),
    returns=BOOLEAN,
    doc="Whether a text holds another text, or a list holds a value; capital and small letters differ.",
    call=contains,
    examples=(
        Example("contains('SMS, EMAIL', 'EMAIL')", gives=True),
        Example("contains(['vip', 'new'], 'ne')", gives=False),
        Example("contains([1, 2], true)", gives=False),
        Example("contains(null, 'a')", gives=None),
        Example("contains('25', 5)", fails=True),
    ),
    family=FAMILY,
    misfit=_other_than_text,
)
# Where the first argument is a text, the second must be one too: what `refuse_unless_null` is to say then.
_CONTAINS_TEXT = FunctionSpec(
    name=CONTAINS.name,
    parameters=(CONTAINS.parameters[0], Parameter("item", TEXT, "what to look for")),
    returns=BOOLEAN,
    doc=CONTAINS.doc,
    call=contains,
    examples=(),
)
FIRST_MATCH = FunctionSpec(
    name="first_match",
    parameters=(
        Parameter("items", LIST, "a list of objects"),
        Parameter("field", TEXT, "the field to compare"),
        Parameter("value", SCALAR, "what the field must equal"),
    ),
    returns=Type.of(Kind.OBJECT, Kind.NULL),
    doc="The first object of a list whose field equals a value, else null.",
    call=first_match,
    examples=(
        Example("first_match(addresses, 'type', 'work').city", gives="London", names=_ADDRESSES),
        Example("first_match(addresses, 'type', 'other')", gives=None, names=_ADDRESSES),
        Example("first_match([{'a': 1}], 'a', true)", gives=None),
        Example("first_match(null, 'type', 'work')", gives=None),
    ),
    total=True,
    family=FAMILY,
    infer=_entry_type,
    differences=_WHY_NOT_A_CONDITION,
)
FIELD_FROM_FIRST_MATCH = FunctionSpec(
    name="field_from_first_match",
    parameters=(*FIRST_MATCH.parameters, Parameter("wanted", TEXT, "the field to return")),
    returns=ANY,
    doc="One field of the first object of a list whose other field equals a value, else null.",
    call=field_from_first_match,
    examples=(
        Example(
            "field_from_first_match(addresses, 'type', 'work', 'city')", gives="London", names=_ADDRESSES
        ),
        Example("field_from_first_match(addresses, 'type', 'work', 'zip')", gives=None, names=_ADDRESSES),
        Example("field_from_first_match(addresses, 'type', 'other', 'city')", gives=None, names=_ADDRESSES),
        Example("field_from_first_match(null, 'type', 'work', 'city')", gives=None),
    ),
    total=True,
    family=FAMILY,
    infer=_field_type,
    differences=_WHY_NOT_A_CONDITION,
)

SPECS = (SPLIT, JOIN, LENGTH, CONTAINS, FIRST_MATCH, FIELD_FROM_FIRST_MATCH)
