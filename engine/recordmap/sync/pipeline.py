"""What a sync needs to know about one integration, ready to run.

A pipeline is made by the engine from a checked integration file and compiled collections; it holds no record
and no connection. Nothing is checked here: what reaches a pipeline is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recordmap.connectors.destination import KeyRule
    from recordmap.runtime.outcome import Json, Record
    from recordmap.runtime.plan import Plan

EXTERNAL_ID = "external_id"
"""The name of the match rule that follows links."""

ADDED = "added"
"""The name, on a link, for a record that no rule found and that was added."""


@dataclass(frozen=True, slots=True)
class MatchLink:
    """Find the record that this source record was linked to before."""

    @property
    def name(self) -> str:
        """The rule's name, as it stands on a link."""
        return EXTERNAL_ID


@dataclass(frozen=True, slots=True)
class MatchField:
    """Find the record whose field has the same key as a value of the source record.

    `value` picks the value; `rule` names the destination field and says how its values compare.
    """

    rule: KeyRule
    value: Callable[[Record], Json]

    @property
    def name(self) -> str:
        """The rule's name, as it stands on a link: the destination field."""
        return self.rule.field


MatchRule = MatchLink | MatchField


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """How often a failed transfer is tried again by itself, the longest wait, and how long its record is kept.

    `kept` counts from when an entry was resolved or dismissed: an open entry keeps its record.
    """

    retries: int = 10
    longest_wait: timedelta = timedelta(hours=24)
    kept: timedelta = timedelta(days=30)

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after `attempts` (1 or more) failed.

        iPaaS.com waits `10 * n * (n + 1)` minutes after attempt n: 20, 60, 120, 200 …
        """
        return min(timedelta(minutes=10 * attempts * (attempts + 1)), self.longest_wait)

    def next_retry(self, now: datetime, attempts: int) -> datetime | None:
        """Return when to try again after `attempts` (1 or more) failed; None when that was the last by itself."""
        return now + self.wait(attempts) if attempts <= self.retries else None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One integration, ready to run.

    `system` names the source system. `version` is a hash over all that decides what a record becomes: when it changes,
    records are mapped again although they did not change. `add` and `update` are
    None when their collection is disabled. `external_id` and `updated` pick a source record's ID and time of
    change. `match` is tried in order. `child_fields` maps a destination field that holds children
    (`Addresses`) to the fields which its child collections map: only these make two children equal, and only
    these are replaced. `errors` says what becomes of transfers that fail.
    """

    system: str
    version: str
    add: Plan | None
    update: Plan | None
    external_id: Callable[[Record], Json]
    updated: Callable[[Record], Json]
    match: tuple[MatchRule, ...]
    child_fields: Mapping[str, frozenset[str]]

    errors: ErrorPolicy = field(default_factory=ErrorPolicy)

    @property
    def keeps_previous(self) -> bool:
        """Whether source records are kept for the next time: only where an Update reads what was before."""
        return self.update is not None and self.update.reads_previous
