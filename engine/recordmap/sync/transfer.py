"""The transfer of source records within one unit: match, map, write, link.

A record is written as a whole or not at all, and one that fails leaves its entry in the error log. Nothing
here begins, commits or repeats a unit: see `recordmap.sync.batch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from recordmap.connectors.destination import Link, Stored, Unit
from recordmap.diagnostics import Fault
from recordmap.runtime.outcome import Record
from recordmap.sync import children
from recordmap.sync.canonical import digest
from recordmap.sync.changes import changed_fields
from recordmap.sync.endings import Ended, conflicts, refused, without_a_write
from recordmap.sync.failures import log_failure
from recordmap.sync.incoming import receive
from recordmap.sync.journalling import Sides, entry_of
from recordmap.sync.matching import Match, Matcher
from recordmap.sync.pipeline import Pipeline
from recordmap.sync.results import KEPT_OUT, UNDONE, Problem, Result, Transfer
from recordmap.sync.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from recordmap.runtime.plan import ChildPolicy, Plan
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.runs import RunNote

_NOT_UNIQUE = "value-not-unique"
_DISABLED = "collection-disabled"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms records are transferred in one run.

    `now` is the run's time, aware, in UTC. With `always`, a record is mapped although neither it nor a
    template changed since its last transfer. The journal names the `run` whose note it is.
    """

    pipeline: Pipeline
    now: datetime
    always: bool = False
    run: RunNote | None = None


class _Draft(NamedTuple):
    """A mapped record that is not written yet."""

    match: Match
    plan: Plan
    mapped: Record


class _Written(NamedTuple):
    """A draft whose fields are written: the record as it stands, and the fields that changed."""

    draft: _Draft
    stored: Stored
    changes: Record


class _Failing(NamedTuple):
    """A version of a source record that is in the error log."""

    updated: datetime | None
    digest: str


class PageTransfer:
    """Transfers the records of one page within one unit."""

    def __init__(self, terms: Terms, unit: Unit) -> None:
        self._terms = terms
        self._pipeline = terms.pipeline
        self._now = format_timestamp(terms.now)
        self._unit = unit
        self._matcher = Matcher(terms.pipeline, unit)
        self._failing: dict[str, _Failing] = {}
        self._lists: dict[str, dict[str, ChildPolicy]] = {}
        self._previous: dict[str, Record] = {}
        self._kept_out: set[str] = set()

    def run(self, page: Sequence[Incoming]) -> list[Transfer]:
        """Transfer the records, in order."""
        self._kept_out = self._unit.kept_out(one.external_id for one in page if one.external_id)
        sound = [incoming for incoming in page if not incoming.fault]
        self._matcher.preload_links(sound)
        link_of = self._matcher.link_of
        due = [incoming for incoming in sound if not self._done_before(incoming, link_of(incoming))]
        self._matcher.preload_records(due)
        faulty = [incoming for incoming in page if incoming.fault] if len(sound) < len(page) else []
        self._preload_failing(due + faulty)
        if self._pipeline.keeps_previous:
            linked = [incoming.external_id for incoming in due if link_of(incoming)]
            self._previous = self._unit.previous(linked) if linked else {}
        return [self._transfer(incoming) for incoming in page]

    def _preload_failing(self, page: Sequence[Incoming]) -> None:
        """Load which versions of these source records are in the error log."""
        for subject, entry in self._unit.open_errors(incoming.subject for incoming in page).items():
            record = entry.failure.record
            if isinstance(record, dict):
                known = receive(self._pipeline, record)
                self._failing[subject] = _Failing(self._known(known.updated), known.digest)
            elif record is not None:
                self._failing[subject] = _Failing(None, digest(record))

    def _transfer(self, incoming: Incoming) -> Transfer:
        if incoming.external_id in self._kept_out:
            self._unit.resolve(incoming.subject)
            return without_a_write(incoming, Result.SKIPPED, problem=KEPT_OUT)
        match: Match | None = None
        try:
            if incoming.fault:
                raise incoming.fault
            link = self._matcher.link_of(incoming)
            if link and self._done_before(incoming, link):
                return without_a_write(incoming, Result.UNCHANGED, link)
            if not link and self._is_undone(incoming):
                raise Ended(Result.SKIPPED, UNDONE)
            stale = self._stale(incoming, link)
            if stale:
                return stale
            match = self._matcher.match(incoming)
            with self._unit.attempt():
                return self._apply(incoming, match, link)
        except Ended as ended:
            return self._end(incoming, ended, match)
        except Fault as fault:
            return self._end(incoming, Ended(Result.FAILED, Problem(fault.code, fault.message)), match)

    def _done_before(self, incoming: Incoming, link: Link | None) -> bool:
        """Say whether this very source record went through these very templates before."""
        return (
            link is not None
            and not self._terms.always
            and link.source_hash == incoming.digest
            and link.version == self._pipeline.version
        )

    def _is_undone(self, incoming: Incoming) -> bool:
        """Say whether somebody undid the transfer of this very source record."""
        partings = self._matcher.partings_of(incoming)
        if not partings or self._terms.always:
            return False
        return any(one.source_hash == incoming.digest for one in partings)

    def _stale(self, incoming: Incoming, link: Link | None) -> Transfer | None:
        """Return the end of a record of which a newer version was transferred, or is in the error log.

        It names the version in the error log where that is the newest: nothing has settled that one.
        """
        updated = incoming.updated
        if updated is None:
            return None
        done = link.source_updated if link else None
        failing = self._failing.get(incoming.subject) if self._failing else None
        failed = failing.updated if failing else None
        if not ((done and updated < done) or (failed and updated < failed)):
            return None
        is_open = failing is not None and failed is not None and (done is None or done <= failed)
        return without_a_write(
            incoming, Result.STALE, link, failing=failing.digest if failing and is_open else None
        )

    def _known(self, updated: datetime | None) -> datetime | None:
        """Return a time of change to compare versions by.

        None for one in the future: it would make every later change look old.
        """
        return updated if updated is not None and updated <= self._terms.now else None

    def _apply(self, incoming: Incoming, match: Match, link: Link | None) -> Transfer:
        """Map a record and write all of it: fields, children, link, and that its open error is resolved."""
        written = self._write(self._draft(incoming, match, link), incoming, link)
        draft, stored = written.draft, written.stored
        lists = self._lists_of(draft.plan)
        kin = children.merge(self._pipeline, lists, stored, draft.mapped, incoming.external_id)
        kin_entries = children.write(self._unit, stored.id, kin, incoming.external_id)
        new_link = self._link(incoming, draft.match, stored, link)
        if new_link != link:
            self._unit.save_link(new_link)
        if self._pipeline.keeps_previous:
            self._unit.save_previous(incoming.external_id, incoming.record)
        self._unit.resolve(incoming.subject)
        before = draft.match.record
        if before is None:
            result = Result.ADDED
        elif written.changes or kin_entries:
            result = Result.UPDATED
        else:
            result = Result.UNCHANGED if link and link.record_id == stored.id else Result.LINKED
        if result is not Result.UNCHANGED:
            run = self._terms.run.run_id if self._terms.run else None
            sides = Sides(before.record if before else None, stored.record, written.changes, kin_entries)
            self._unit.journal(entry_of(result, draft.match.rule, draft.plan, sides, new_link, link, run))

        # From here on nothing can be refused, so what is known of the page may follow.
        failing = self._failing.pop(incoming.subject, None) if self._failing else None
        self._previous[incoming.external_id] = incoming.record
        self._matcher.wrote(before, stored, new_link, whole=not kin_entries)
        return Transfer(
            result,
            incoming.subject,
            record_id=stored.id,
            rule=draft.match.rule,
            instead_of=draft.match.instead_of,
            collection=draft.plan.name,
            before=before.record if before else None,
            kin=before.children if before else None,
            changes=written.changes,
            children=kin,
            notices=conflicts(incoming, draft.match),
            synced=link.source_hash if link else None,
            failing=failing.digest if failing else None,
        )

    def _draft(self, incoming: Incoming, match: Match, link: Link | None) -> _Draft:
        """Map a record by the collection that its match asks for."""
        operation, plan = ("update", self._pipeline.update) if match.record else ("add", self._pipeline.add)
        if plan is None:
            message = f"The collection to {operation} records is disabled"
            raise Ended(Result.SKIPPED, Problem(_DISABLED, message))
        existing = match.record.whole() if match.record else None
        previous = None
        if plan.reads_previous and match.record and link:
            previous = previous_of(link, match.record.id, self._previous.get(incoming.external_id))
        outcome = plan(incoming.record, existing=existing, now=self._now, previous=previous)
        if outcome.record is None:
            raise refused(plan, outcome)
        return _Draft(match, plan, outcome.record)

    def _write(self, draft: _Draft, incoming: Incoming, link: Link | None) -> _Written:
        """Write a draft's fields.

        A value that another record has, and that must be unique, makes that record the one to update.
        """
        try:
            return self._write_fields(draft)
        except Fault as fault:
            if fault.code != _NOT_UNIQUE:
                raise
            owner = self._matcher.in_the_way(draft.mapped, draft.match.record, incoming)
            if owner is None:
                raise
        return self._write_fields(self._draft(incoming, owner, link))

    def _write_fields(self, draft: _Draft) -> _Written:
        lists = self._lists_of(draft.plan)
        before = draft.match.record
        if before is None:
            fields = {field: value for field, value in draft.mapped.items() if field not in lists}
            return _Written(draft, self._unit.add(fields), fields)
        fields = changed_fields(before.record, draft.mapped, lists)
        return _Written(draft, self._unit.update(before.id, fields) if fields else before, fields)

    def _lists_of(self, plan: Plan) -> dict[str, ChildPolicy]:
        """Return the policies of a plan's children, by field."""
        lists = self._lists.get(plan.name)
        if lists is None:
            lists = self._lists[plan.name] = children.child_lists(plan)
        return lists

    def _link(self, incoming: Incoming, match: Match, stored: Stored, link: Link | None) -> Link:
        return Link(
            external_id=incoming.external_id,
            record_id=stored.id,
            rule=link.rule if link and link.record_id == stored.id else match.rule,
            source_updated=self._known(incoming.updated),
            source_hash=incoming.digest,
            version=self._pipeline.version,
        )

    def _end(self, incoming: Incoming, ended: Ended, match: Match | None) -> Transfer:
        """End a transfer of which nothing is written."""
        problem, failing = ended.problem, self._failing.get(incoming.subject)
        if ended.result is Result.FAILED:
            log_failure(self._unit, self._pipeline, self._terms.now, problem, incoming.evidence)
            self._failing[incoming.subject] = _Failing(self._known(incoming.updated), incoming.digest)
        elif problem.code != _DISABLED:
            # Left out by a filter: what failed before is not wanted any more. A disabled collection settles
            # nothing.
            self._unit.resolve(incoming.subject)
            self._failing.pop(incoming.subject, None)
        link = self._matcher.link_of(incoming) if incoming.external_id else None
        return without_a_write(
            incoming,
            ended.result,
            match=match,
            problem=problem,
            synced=link.source_hash if link else None,
            failing=failing.digest if failing else None,
        )


def previous_of(link: Link, record_id: int, kept: Record | None) -> Record | None:
    """Return the source record as it was last synced into a destination record.

    None when it was synced into another one, or when what is kept is older than the last sync: then nobody knows.
    """
    if kept is None or link.record_id != record_id or link.source_hash != digest(kept):
        return None
    return kept
