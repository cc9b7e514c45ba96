"""What a destination keeps and hands out: records with their children, keys, links, runs and leases.

Values only, and each of them never changes. What is made for every record is a tuple, because making an object of
another kind costs three times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyRule:
    """A destination field by which records are found, and how its values compare.

    `compare` is a kind of `recordmap.keys` (exact, email, phone); `ignore` holds values that are never a key,
    compared after trimming; `region` is the default region of phone numbers. With `unique`, a second record
    with the same key is refused with `message`.
    """

    field: str
    compare: str
    ignore: tuple[str, ...] = ()
    region: str | None = None
    unique: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a destination enforces, from the destination schema and the integration's match list.

    `required` maps a field to the message shown when it is missing, null or blank.
    """

    schema: str
    system: str
    required: Mapping[str, str]
    keys: tuple[KeyRule, ...]


class MatchKey(NamedTuple):
    """One normalised key: field and kind of comparison as in a `KeyRule`, and the key itself.

    A tuple, because keys are hashed dozens of times for each record.
    """

    field: str
    compare: str
    key: str


class StoredChild(NamedTuple):
    """A child record, such as an address.

    `origin` is the external ID of the source record that wrote it, `written` a hash of what it wrote.
    """

    id: int
    record: Record
    origin: str | None
    written: str | None = None


class Stored(NamedTuple):
    """A destination record as it stands. `children` maps a destination field (`Addresses`) to its records."""

    id: int
    record: Record
    children: Mapping[str, tuple[StoredChild, ...]]

    def whole(self) -> Record:
        """Return the record with its children in place, as formulas see it under `existing`."""
        lists = {into: [child.record for child in children] for into, children in self.children.items()}
        return {**self.record, **lists}


class Link(NamedTuple):
    """That a source record is a destination record.

    `rule` is the match rule that made the link (external_id, a field name, added, manual); `source_updated`,
    `source_hash` and `version` describe the source record and the templates last applied.
    """

    external_id: str
    record_id: int
    rule: str
    source_updated: datetime | None = None
    source_hash: str | None = None
    version: str | None = None


RUNNING = "running"
"""The status of a run that has not ended, and showed a sign of life not long ago."""

INTERRUPTED = "interrupted"
"""The status of a run whose end is not noted, and that has shown no sign of life for longer than `SILENCE`."""

LEASE_LOST = "lease-lost"
"""The code of the error that a unit raises when another process has taken over the lease it was to keep."""

SILENCE = timedelta(minutes=5)
"""How long a run may be silent before nobody counts on it.

Signs of life come with units. A run that waits for its source does empty ones meanwhile, so however long a request
takes (with the usual options up to 390 s, in five tries of 30 s with four waits of 60 s), the run is seen.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One poll, manual sync, retry, plan carried out or undo, finished or not.

    `status` is complete, failed or stopped once it has ended; until then `RUNNING` or `INTERRUPTED`, which is told
    from its signs of life whenever it is read. `counts` maps an outcome to how often it came.
    """

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    counts: Mapping[str, int]
    message: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who polls every so often, and until when that is sure. `number` grows each time another takes over."""

    holder: str
    number: int
    expires_at: datetime
