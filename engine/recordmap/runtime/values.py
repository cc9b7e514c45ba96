"""What may leave a field: checks of a finished value, and the outcomes of those that fail.

Generated code tests the usual case itself and comes here for the rest: text that is long or not plain ASCII, and
values of lists, objects or unknown kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.frozen import Frozen
from recordmap.runtime.budget import MAX_DEPTH, MAX_ENTRIES, MAX_STEPS
from recordmap.runtime.operators import MAX_TEXT, kind, number
from recordmap.runtime.outcome import Kind, Outcome, Reason

MAX_RECORD = 1_000_000
"""Characters in one whole destination record."""


class Place(Frozen):
    """Where in a template a step stands, for the reason of a rejected record. `file` is as in `Reason`."""

    collection: str
    field: str | None
    line: int | None
    column: int | None
    file: str | None = None


class Shape(Frozen):
    """What a field takes: kinds by their JSON names, longest text, allowed values (None: any)."""

    kinds: frozenset[str]
    words: str
    max_length: int = MAX_TEXT
    allowed: tuple[Any, ...] | None = None


def rejected(place: Place, code: str, message: str) -> Outcome:
    """Return the outcome of a record that fails at `place`."""
    reason = Reason(code, message, place.collection, place.field, place.line, place.column, place.file)
    return Outcome(Kind.REJECTED, reason=reason)


def failed(place: Place, error: Exception) -> Outcome:
    """Return the outcome of a record on which a step raised: a fault of the record, or one of ours.

    Exceptions that are no faults come from data that no step expects (nesting that exhausts the stack, memory);
    their own text may hold values, so it is not shown.
    """
    if isinstance(error, Fault):
        return rejected(place, error.code, error.message)
    if isinstance(error, RecursionError | MemoryError):
        return rejected(place, "value-too-large", "the record is nested too deeply or too large")
    return rejected(place, "internal-error", f"the mapping failed unexpectedly ({type(error).__name__})")


def at_index(outcome: Outcome, into: str, index: int | None) -> Outcome:
    """Return a child's rejection as its parent's: the field as `Addresses[1].City`."""
    reason = outcome.reason
    if reason is None:
        return outcome
    where = into if index is None else f"{into}[{index}]"
    field = f"{where}.{reason.field}" if reason.field else where
    return outcome._replace(reason=reason._replace(field=field))


def refused(place: Place, fault: Fault) -> Outcome:
    """Return the outcome of a record whose finished value was refused."""
    return rejected(place, fault.code, fault.message)


def examine_text(text: str, max_length: int) -> Fault | None:
    """Return why a text may not leave its field, or None."""
    if len(text) > max_length:
        return Fault("value-too-long", f"a text of {len(text):,} characters; the field takes {max_length:,}")
    if "\x00" in text:
        return Fault("value-not-allowed", "the text holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        return Fault("value-not-allowed", "the text holds half of a character (a lone surrogate)")
    return None


def free_length(fields: int, *, child: bool) -> int:
    """Return the length up to which texts always fit into one record, however many there are, and aren't counted.

    The fields of the record itself share one half of its size. Fields of child records share the other half; the
    step budget holds them to as many as there are steps.
    """
    half = MAX_RECORD // 2
    return half // MAX_STEPS if child else min(MAX_TEXT, half // max(fields, 1))


def counts(text: str, free: int) -> bool:
    """Whether a text is unusual, so that it is examined and counted. Generated code has this test inline."""
    return len(text) > free or not text.isascii() or "\x00" in text


def wrong_kind(value: Any, words: str) -> Fault:
    """Return the fault of a value of the wrong kind."""
    return Fault("wrong-type", f"the field takes {words}, not {kind(value)}")


_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def examine(value: Any, shape: Shape, free: int) -> int:
    """Check a value that is not null, and return the size in characters that counts against the record.

    A text counts when it is longer than `free` or otherwise unusual: see `counts`.

    Raises:
        Fault: the value is of another kind, not allowed, too long or too large, or not JSON.
    """
    name = "string" if isinstance(value, str) else _NAMES.get(type(value))
    if name is None or (name not in shape.kinds and not (name == "integer" and "number" in shape.kinds)):
        raise wrong_kind(value, shape.words)
    if shape.allowed is not None and not any(
        type(value) is type(one) and value == one for one in shape.allowed
    ):
        raise Fault("value-not-allowed", "the value is not one of those that the field allows")
    if isinstance(value, str):
        fault = examine_text(value, shape.max_length)
        if fault is not None:
            raise fault
        return len(value) if counts(value, free) else 0
    return _measure(value)


def _measure(value: Any) -> int:
    """Return the characters of a value, shared parts counted as often as they would be written out.

    The walk needs no recursion. It gathers texts on its way and looks at all of them together.
    """
    texts: list[str] = []
    entries = 1
    stack: list[tuple[Iterable[Any], int]] = [((value,), -1)]
    while stack:
        parts, depth = stack.pop()
        for part in parts:
            kind_ = type(part)
            if kind_ is str:
                texts.append(part)
            elif kind_ is dict:
                entries += 2 * len(part)
                _need_room(entries, depth + 2 if part else depth)
                for key, inner in part.items():
                    if type(key) is not str:
                        raise Fault("wrong-type", "an object with a key that is not text")
                    texts.append(key)
                    # Most objects are flat: their texts need no further round.
                    kind_ = type(inner)
                    if kind_ is str:
                        texts.append(inner)
                    elif kind_ is int or kind_ is float:
                        number(inner)
                    elif inner is not None:
                        stack.append(((inner,), depth + 1))
            elif kind_ is list:
                entries += len(part)
                _need_room(entries, depth + 2 if part else depth)
                stack.append((part, depth + 1))
            elif kind_ is int or kind_ is float:
                number(part)
            elif part is not None and kind_ is not bool:
                raise Fault("wrong-type", "a value that is not JSON")
    return _weigh(texts)


def _need_room(entries: int, depth: int) -> None:
    if entries > MAX_ENTRIES or depth > MAX_DEPTH:
        raise Fault("value-too-large", f"a value of more than {MAX_ENTRIES:,} entries or {MAX_DEPTH} levels")


def _weigh(texts: list[str]) -> int:
    """Return the characters of texts that may all leave."""
    characters = sum(map(len, texts))
    if characters <= MAX_TEXT:
        together = "".join(texts)
        if together.isascii() and "\x00" not in together:
            return characters
    for text in texts:
        fault = examine_text(text, MAX_TEXT)
        if fault is not None:
            raise fault
    if characters > MAX_RECORD:
        raise Fault("value-too-large", f"a value of more than {MAX_RECORD:,} characters")
    return characters


def own_copy(value: Any) -> Any:
    """Return a copy of a value that was examined, so that records never share the lists and objects of settings."""
    if isinstance(value, list):
        return [own_copy(part) for part in value]
    if isinstance(value, dict):
        return {key: own_copy(part) for key, part in value.items()}
    return value


def too_large() -> Fault:
    """Return the fault of a record that grew beyond its limit."""
    return Fault("value-too-large", f"a record of more than {MAX_RECORD:,} characters")


def is_blank(value: Any) -> bool:
    """Return whether a value is empty: null, or text of blanks only. 0, false, [] and {} are values."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def children(found: Any, made: type = dict) -> tuple[Any, ...] | None:
    """Return the records that a child collection's `each` picked: one object, a list of objects, or nothing.

    Objects are of the class `made`. Nulls in a list are left out. None when it picked something else.
    """
    if found is None:
        return ()
    if isinstance(found, made):
        return (found,)
    if isinstance(found, list):
        kept = tuple(one for one in found if one is not None)
        return kept if all(isinstance(one, made) for one in kept) else None
    return None


def no_children(found: Any) -> Fault:
    """Return the fault of what `children` gives None for."""
    others = (
        (one for one in found if one is not None and not isinstance(one, dict))
        if isinstance(found, list)
        else ()
    )
    what = next((f"a list with {kind(one)} in it" for one in others), kind(found))
    return Fault("wrong-type", f"'each' picks an object or a list of objects, not {what}")
