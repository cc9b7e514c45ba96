"""A source record as the sync sees it: who it is, when it changed, and whether it changed at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from recordmap.diagnostics import Fault
from recordmap.sync.canonical import DIGITS, digest
from recordmap.sync.failures import Evidence
from recordmap.sync.timestamps import parse_timestamp

if TYPE_CHECKING:
    from recordmap.connectors.base import Malformed
    from recordmap.runtime.outcome import Json, Record
    from recordmap.sync.pipeline import Pipeline

_LONGEST_ID = 255
_NAMELESS = "#"
_UNWRITABLE = "unwritable"
_HEXADECIMAL = frozenset("0123456789abcdef")


class Incoming(NamedTuple):
    """One source record.

    `subject` identifies it in the error log: its external ID, or `#` and its hash when it has none. `updated`
    is None when its time of change is missing or can't be read. With a `fault` it can't be transferred at
    all; one that can't even be read is its text alone, in `raw`. `foreseen` is its line in a plan that is applied.
    """

    record: Record
    subject: str
    external_id: str
    updated: datetime | None
    digest: str
    fault: Fault | None = None
    foreseen: Mapping[str, Any] | None = None
    raw: str | None = None

    @property
    def evidence(self) -> Evidence:
        """What the error log keeps of it."""
        kept = self.record if self.raw is None else self.raw
        return Evidence(self.subject, self.external_id or None, kept)


def receive(pipeline: Pipeline, record: Record) -> Incoming:
    """Read a source record's identity. Never raises: what is wrong is in `fault`."""
    fault: Fault | None = None
    try:
        content = digest(record)
    except (RecursionError, ValueError):  # ValueError: an integer of thousands of digits
        content = _UNWRITABLE
        fault = Fault("value-too-large", "The source record is nested too deeply or holds a huge number")
    external_id = ""
    try:
        external_id = _external_id(_pick(pipeline.external_id, record))
    except Fault as problem:
        fault = fault or problem
    subject = external_id or f"{_NAMELESS}{content}"
    return Incoming(record, subject, external_id, updated_of(pipeline, record), content, fault)


def unreadable(malformed: Malformed) -> Incoming:
    """Return a source record that could not be read. It has an ID where that much of it was read."""
    content = digest(malformed.raw)
    try:
        external_id = _external_id(malformed.external_id)
    except Fault:
        external_id = ""
    fault = Fault("source-record-unreadable", f"The source record can't be read: {malformed.reason}")
    return Incoming(
        {}, external_id or f"{_NAMELESS}{content}", external_id, None, content, fault, raw=malformed.raw
    )


def updated_of(pipeline: Pipeline, record: Record) -> datetime | None:
    """Return a source record's time of change, aware, in UTC; None when it is missing or can't be read."""
    return parse_timestamp(_pick(pipeline.updated, record))


def _pick(picker: Callable[[Record], Json], record: Record) -> Json:
    """Pick a value; a picker that fails on this record picked nothing."""
    try:
        return picker(record)
    except Exception:  # noqa: BLE001 - a record of any shape must end in the error log, not end the run
        return None


def _is_content(text: str) -> bool:
    """Say whether a text is what stands for a record's content."""
    return text == _UNWRITABLE or (len(text) == DIGITS and _HEXADECIMAL.issuperset(text))


def _external_id(value: Json) -> str:
    """Return an ID as text. It is compared exactly, so it is never trimmed or converted otherwise."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 64:
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Fault("source-record-without-id", "The source record has no ID")
    if len(value) > _LONGEST_ID or not value.isprintable():
        raise Fault(
            "source-bad-id", f"The source record's ID is not printable text of 1 to {_LONGEST_ID} characters"
        )
    if value[0] == _NAMELESS and _is_content(value[1:]):
        # Else its transfer would settle what a record without an ID left in the error log.
        raise Fault(
            "source-bad-id", f"The source record's ID is {_NAMELESS} and a hash, as for records without an ID"
        )
    return value
