"""How records would be matched, without anything being written: the sync's own rehearsal, told by match.

So a preview knows what no look at the rules alone could: that two new records of one email address become one customer,
or that the email address which a template writes belongs to another customer already.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recordmap.connectors.base import Malformed
from recordmap.sync.pipeline import ADDED, EXTERNAL_ID
from recordmap.sync.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from recordmap.connectors.base import Page, Record
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.results import Transfer

_AMBIGUOUS = "match-ambiguous"


class MatchKind(StrEnum):
    """How a record was matched."""

    LINKED = "linked"
    """It was linked to a record before."""
    FOUND = "found"
    """A match rule found a record, by a field."""
    CONFLICTING = "conflicting"
    """It is linked to one record, and another one has its unique value: that one is linked and updated."""
    AMBIGUOUS = "ambiguous"
    """More than one record has its value, so none is chosen: it fails."""
    NEW = "new"
    """No rule found a record."""
    UNMATCHED = "unmatched"
    """It did not come to a match: it can't be read, or has no ID."""


@dataclass(frozen=True, slots=True)
class Matched:
    """One record: how it was matched, to what, and what would come of it then.

    `record_id` is the record that a rule found; None for a new one, and for one that the source record `added_by` of
    the same preview adds. `instead_of` is the record that it was linked to so far.
    """

    id: str
    kind: MatchKind
    rule: str | None
    record_id: int | None
    added_by: str | None
    instead_of: int | None
    result: Result
    message: str | None


class MatchPreview:
    """Collects matches: all are counted, and given to `told` one by one."""

    def __init__(self, told: Callable[[Matched], None]) -> None:
        self.counts: Counter[tuple[MatchKind, str | None]] = Counter()
        self._told = told
        self._added: dict[int, str] = {}

    def take(self, _one: Incoming | Malformed, transfer: Transfer) -> None:
        """Take note of what would come of a record."""
        record_id = transfer.record_id
        if transfer.result is Result.ADDED and record_id is not None:
            self._added[record_id] = transfer.subject
            record_id = None
        added_by = self._added.get(record_id) if record_id is not None else None
        kind = _kind(transfer)
        rule = transfer.rule if kind in (MatchKind.FOUND, MatchKind.CONFLICTING) else None
        self.counts[kind, rule] += 1
        message = transfer.problem.message if transfer.problem else None
        if added_by is not None:
            record_id = None
        self._told(
            Matched(
                transfer.subject,
                kind,
                rule,
                record_id,
                added_by,
                transfer.instead_of,
                transfer.result,
                message,
            )
        )


class GivenRecords:
    """A source of records that somebody has at hand, in pages: there is no time to read from, and nothing to fetch."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._pages = pages

    def pages(self, since: datetime | None) -> Iterator[Page]:  # noqa: ARG002 - all of them are wanted
        """Yield every record."""
        yield from self._pages

    def fetch(self, external_id: str) -> Record | None:  # noqa: ARG002 - a walk never fetches
        """Return nothing."""
        return None

    def close(self) -> None:
        """Do nothing; whoever gave the records closes what they came from."""


def _kind(transfer: Transfer) -> MatchKind:
    if transfer.problem and transfer.problem.code == _AMBIGUOUS:
        return MatchKind.AMBIGUOUS
    if transfer.instead_of is not None:
        return MatchKind.CONFLICTING
    if transfer.rule is None:
        return MatchKind.UNMATCHED
    return {EXTERNAL_ID: MatchKind.LINKED, ADDED: MatchKind.NEW}.get(transfer.rule, MatchKind.FOUND)
