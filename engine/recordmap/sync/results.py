"""What came of one transfer. Results are data; nothing here decides or writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from recordmap.connectors.destination import StoredChild
    from recordmap.runtime.outcome import Json, Record

CUSTOM_FIELDS = "CustomFields"
"""The destination field that holds custom fields; they are laid onto a record one by one."""


class Result(StrEnum):
    """How the transfer of one source record ended."""

    ADDED = "added"
    """No record matched: one was added."""
    UPDATED = "updated"
    """A record matched, and fields or children of it were written."""
    LINKED = "linked"
    """A record matched for the first time and needed no change: only the link was written."""
    UNCHANGED = "unchanged"
    """A linked record needed no change, or the source record did not change since the last transfer."""
    SKIPPED = "skipped"
    """The template's filter left the record out, or the collection is disabled."""
    STALE = "stale"
    """A newer version of the source record was transferred before."""
    FAILED = "failed"
    """Nothing was written, and the error log says why."""
    REFUSED = "refused"
    """Not what the plan foresaw, so nothing was written. Comes of `apply` alone, which tells who decides then."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a record was skipped or failed. `code` is a slug of the code table."""

    code: str
    message: str
    collection: str | None = None
    field: str | None = None
    transient: bool = False


UNDONE = Problem(
    "undone", "Somebody undid the transfer of this version; it comes again when the source record changes"
)
KEPT_OUT = Problem("kept-out", "This source record is kept out, because its person was to be forgotten")
"""Why a source record is skipped that somebody asked to forget."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that went well in a way that a person should know of. Names records by ID, never by value."""

    code: str
    message: str
    subject: str | None = None


class ChildAction(StrEnum):
    """What was done with one child record."""

    ADDED = "added"
    REPLACED = "replaced"
    DUPLICATE = "duplicate"


class ChildChange(NamedTuple):
    """One mapped child: where it belongs, what is done with it, and the stored one it replaces or repeats.

    `written` is the hash to be remembered of what is mapped; none where nothing is written.
    """

    into: str
    action: ChildAction
    record: Record
    stored: StoredChild | None = None
    written: str | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that was written. Custom fields are named `CustomFields.<name>`; null after means erased."""

    field: str
    before: Json
    after: Json


class Transfer(NamedTuple):
    """One source record, transferred or not.

    `rule` is the match rule that decided, `record_id` the destination record, `changes` the fields written,
    over `before` (None for an added record); `kin` are the children that were there,
    `instead_of` is the record it was linked to so far, when a unique key led elsewhere. Of a record that was skipped or
    failed, `rule` and `record_id` tell what it was matched to, as far as it came to that. `synced` is the hash of the
    source record as it was last synced, where this was decided on its link; `failing` that of its version in the error
    log.
    """

    result: Result
    subject: str
    record_id: int | None = None
    rule: str | None = None
    instead_of: int | None = None
    collection: str | None = None
    problem: Problem | None = None
    before: Record | None = None
    kin: Mapping[str, tuple[StoredChild, ...]] | None = None
    changes: Record | None = None
    children: tuple[ChildChange, ...] = ()
    notices: tuple[Notice, ...] = ()
    synced: str | None = None
    failing: str | None = None

    def field_changes(self) -> tuple[FieldChange, ...]:
        """Return what was written field by field, in the template's order."""
        return tuple(_field_changes("", self.before or {}, self.changes or {}))


def _field_changes(prefix: str, before: Record, changes: Record) -> list[FieldChange]:
    found: list[FieldChange] = []
    for field, value in changes.items():
        old = before.get(field)
        if field == CUSTOM_FIELDS and isinstance(value, dict):
            found += _field_changes(f"{CUSTOM_FIELDS}.", old if isinstance(old, dict) else {}, value)
        else:
            found.append(FieldChange(prefix + field, old, value))
    return found
