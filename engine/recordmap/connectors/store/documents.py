"""Records as JSON text: what may be stored, how changes are laid on, what counts as blank.

A document that one database would take and another refuse (or silently change) is refused here, before any
SQL: PostgreSQL takes neither NUL nor lone surrogates, SQLite and orjson turn NaN into null. Faults name the
field, never the value. Text that only tells about a failure is mended instead, because a failure must always
be logged.
"""

from __future__ import annotations

import hashlib
import json
import math
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from recordmap.diagnostics import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recordmap.connectors.destination import Record

T = TypeVar("T")

CUSTOM_FIELDS = "CustomFields"
MAX_DEPTH = 64
_INT64 = 2**63
# PostgreSQL's B-tree takes entries up to 2,704 bytes; 4 bytes a character leave room for the other columns.
_LONGEST_INDEXED = 400


def encode(record: Record) -> str:
    """Return a record as JSON text.

    Raises:
        Fault: it holds something that JSON or one of the databases has no place for.
    """
    for name, value in record.items():
        kind = type(value)
        if kind in _SIMPLE or (kind is dict and _SIMPLE.issuperset(map(type, value.values()))):
            continue  # custom fields are usually simple, too
        _check(value, name, 1)
    try:
        text = orjson.dumps(record).decode()
    except TypeError as error:
        _check_all(record)
        # What is left: lone surrogates, in a value or in a name.
        raise Fault("value-not-allowed", "a text holds half a character (a lone surrogate)") from error
    if _NUL in text:
        _check_all(record)
    return text


def decode(text: str) -> Record:
    """Return the record of a JSON text that `encode` made."""
    record: Record = orjson.loads(text)
    return record


def same(text: str, other: str) -> bool:
    """Whether two documents say the same, whatever the order of their fields; 1, 1.0 and true differ."""
    if text == other:
        return True
    return _ordered(text) == _ordered(other)


def blank(value: object) -> bool:
    """Whether a value is null or text of blanks only."""
    return value is None or (isinstance(value, str) and not value.strip())


def laid_on(record: Record, changes: Record) -> Record:
    """Return `record` with `changes` laid on: null erases a field, custom fields are laid on one by one.

    A custom field that comes null or blank is left out, so what it held stays.

    Raises:
        Fault: the custom fields are not an object.
    """
    if not record:
        return _new(changes)
    result = dict(record)
    for name, value in changes.items():
        if name == CUSTOM_FIELDS:
            result.update(_custom_fields(result.get(name, {}), value))
        elif value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def _new(given: Record) -> Record:
    """Return what is laid on nothing: the same as for any record, at half the cost."""
    result = {name: value for name, value in given.items() if value is not None}
    if CUSTOM_FIELDS in result:
        custom = _custom_fields({}, result[CUSTOM_FIELDS])
        if custom:
            result.update(custom)
        else:
            del result[CUSTOM_FIELDS]
    return result


def storable(text: str) -> bool:
    """Whether every database takes this text."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def indexable(text: str) -> str:
    """Return text that fits an index entry everywhere: itself, or a digest when it is long."""
    if len(text) <= _LONGEST_INDEXED:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def legible(text: str) -> str:
    """Return text with what can't be stored replaced by the replacement character."""
    if storable(text):
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encode_evidence(record: Record | str | None) -> str | None:
    """Return the source record of a failure as JSON text, whatever is in it: nothing is refused or lost.

    The standard library writes lone surrogates as escapes and NaN as a word, and reads both back. None when
    the record is so odd (too deep, no text as names) that it can't be written at all.
    """
    if record is None:
        return None
    try:
        return json.dumps(record)
    except (TypeError, ValueError, RecursionError):
        return None


def decode_evidence(text: str | None) -> Record | str | None:
    """Return what `encode_evidence` wrote."""
    if text is None:
        return None
    record: Record | str = json.loads(text)
    return record


def _check_all(record: Record) -> None:
    for name, value in record.items():
        _check_name(name, "the record")
        _check(value, name, 1)


def _check(value: object, field: str, depth: int) -> None:
    check = _CHECKS.get(type(value))
    if check is None:
        kind = type(value).__name__
        raise Fault("wrong-type", f"{field} holds something that JSON doesn't have ({kind})")
    check(value, field, depth)


def _fine(_value: object, _field: str, _depth: int) -> None:
    """Null, true and false."""


def _check_text(value: str, field: str, _depth: int) -> None:
    if "\0" in value:
        raise Fault("value-not-allowed", f"{field} holds a NUL character")


def _check_integer(value: int, field: str, _depth: int) -> None:
    if not -_INT64 <= value < _INT64:
        raise Fault("value-too-large", f"{field} holds an integer of more than 64 bits")


def _check_number(value: float, field: str, _depth: int) -> None:
    if not math.isfinite(value):
        raise Fault("value-not-allowed", f"{field} holds a number that is not finite")


def _check_list(value: list[Any], field: str, depth: int) -> None:
    if depth == MAX_DEPTH:
        raise Fault("value-too-large", f"{field} is nested more than {MAX_DEPTH} levels deep")
    for item in value:
        _check(item, field, depth + 1)


def _check_object(value: Record, field: str, depth: int) -> None:
    for name in value:
        _check_name(name, field)
    _check_list(list(value.values()), field, depth)


# Of these nothing but NUL is to be feared, and that is looked for in the text that is made of them.
_SIMPLE = frozenset({str, NoneType, bool})
_NUL = "\\u0000"

_CHECKS: Mapping[type, Callable[[Any, str, int], None]] = {
    NoneType: _fine,
    bool: _fine,
    str: _check_text,
    int: _check_integer,
    float: _check_number,
    list: _check_list,
    dict: _check_object,
}


def _check_name(name: object, field: str) -> None:
    if not isinstance(name, str):
        raise Fault("wrong-type", f"{field} has a name that is not text")
    if "\0" in name:
        raise Fault("value-not-allowed", f"{field} has a name with a NUL character")


def _custom_fields(held: Record, given: object) -> Record:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Fault("wrong-type", f"{CUSTOM_FIELDS} must be an object of names and values")
    kept = {**held, **{name: value for name, value in given.items() if not blank(value)}}
    return {CUSTOM_FIELDS: kept} if kept else {}


def _ordered(text: str) -> bytes:
    return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS)
