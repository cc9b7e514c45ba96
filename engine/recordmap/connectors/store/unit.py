"""One transaction on a store: reads in bulk, staged writes, one flush at the end.

Nothing is written before the unit ends. Until then reads see the database with the staged changes laid over
it, and every rule (required, unique, storable) is checked in Python before anything is staged: the write lock
keeps what was read true. So a refused record costs no statement and leaves the rest of its page alone, and a
page of records costs a handful of statements. A unit holds what it read and staged in memory: it is meant for
a page, not for a store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, update

from recordmap.connectors.destination import Lease, Link, MatchKey, Record, Rules, Stored, StoredChild
from recordmap.connectors.errorlog import ErrorEntry, Failure
from recordmap.connectors.store.counters import Counters
from recordmap.connectors.store.documents import blank, decode, encode, laid_on, same, storable
from recordmap.connectors.store.errorbook import ErrorBook
from recordmap.connectors.store.journalbook import JournalBook
from recordmap.connectors.store.keptout import KeptOut
from recordmap.connectors.store.keyindex import KeyIndex
from recordmap.connectors.store.keyset import KeySet, Place, RecordKeys
from recordmap.connectors.store.leasebook import LeaseBook
from recordmap.connectors.store.linkbook import LinkBook
from recordmap.connectors.store.partings import PartingBook
from recordmap.connectors.store.previousbook import PreviousBook
from recordmap.connectors.store.runbook import RunBook
from recordmap.connectors.store.scope import Scope
from recordmap.connectors.store.shelf import ChildState, RecordState, Shelf
from recordmap.connectors.store.staging import Staging
from recordmap.connectors.store.tables import watermarks
from recordmap.diagnostics import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from recordmap.connectors.journal import JournalEntry, Parting


class StoreUnit:
    """A `destination.Unit` on a connection whose transaction holds the write lock."""

    def __init__(
        self,
        connection: Connection,
        rules: Rules,
        keyset: KeySet,
        now: datetime,
        staging: Staging | None = None,
    ) -> None:
        self._rules = rules
        self._keyset = keyset
        counters = Counters(connection)
        self._scope = Scope(connection, staging or Staging(), counters, rules.system, rules.schema, now)
        self._shelf = Shelf(self._scope)
        self._keys = KeyIndex(connection, self._scope.staging, rules.schema)
        self._links = LinkBook(self._scope)
        self._previous = PreviousBook(self._scope)
        self._journal = JournalBook(self._scope)
        self._partings = PartingBook(self._scope)
        self._errors = ErrorBook(self._scope)
        self._kept_out = KeptOut(connection, rules.system, rules.schema)
        self._leases = LeaseBook(connection, rules, now)
        self._runs = RunBook(connection, rules, now)
        self._watermark: dict[str, datetime] = {}

    def attempt(self) -> AbstractContextManager[None]:
        """Keep every write made inside, or none when an exception leaves it."""
        return self._scope.staging.attempt()

    def links(self, external_ids: Iterable[str]) -> dict[str, Link]:
        """Return the links of these source records, by external ID; unlinked ones are absent."""
        return self._links.get(external_ids)

    def find(self, keys: Iterable[MatchKey]) -> dict[MatchKey, tuple[int, ...]]:
        """Return the IDs of records that have these keys, lowest first; keys that nobody has are absent.

        Raises:
            ValueError: no `KeyRule` has the field and comparison of a key.
        """
        wanted = list(keys)
        for field, compare in {key[:2] for key in wanted}:
            if Place(field, compare) not in self._keyset.places:
                raise ValueError(f"there is no key rule for {field} compared as {compare}")
        found: dict[MatchKey, tuple[int, ...]] = {}
        for key, holders in self._keys.holders([key for key in wanted if storable(key.key)]).items():
            record_ids = tuple(sorted(holder for holder, role in holders.items() if role.is_match))
            if record_ids:
                found[key] = record_ids
        return found

    def load(self, record_ids: Iterable[int]) -> dict[int, Stored]:
        """Return records with their children, by ID; unknown ones are absent."""
        wanted = list(dict.fromkeys(record_ids))
        self._shelf.fetch(wanted)
        return {
            record_id: self._shelf.stored(record_id) for record_id in wanted if self._shelf.get(record_id)
        }

    def add(self, record: Record) -> Stored:
        """Add a record (without children); fields that are null are left out.

        Raises:
            Fault: a required field is empty (`required-field-missing`), a unique key is taken
                (`value-not-unique`), or a value can't be stored.
        """
        record = laid_on({}, record)
        document = encode(record)
        self._require(record)
        keys = self._keyset.of(record, self._keyset.places)
        self._refuse_taken(keys, None)
        record_id = self._scope.counters.next("records")
        self._shelf.stage_new(record_id, document)
        self._keys.stage_new(record_id, keys)
        # What is staged is text, so the record that it was made of may be handed out.
        return Stored(record_id, record, {})

    def update(self, record_id: int, changes: Record) -> Stored:
        """Lay `changes` onto a record; null erases a field, `CustomFields` are laid on one by one.

        Raises:
            Fault: as for `add`, or there is no such record (`record-gone`).
        """
        return self._replace(record_id, laid_on(decode(self._existing(record_id).document), changes))

    def _replace(self, record_id: int, after: Record) -> Stored:
        state = self._existing(record_id)
        before = decode(state.document)
        document = encode(after)
        self._require(after)
        if same(document, state.document):
            return self._shelf.stored(record_id)
        keys = self._keyset.of(after, self._keyset.changed_places(before, after))
        self._refuse_taken(keys, record_id)
        self._shelf.stage_changed(record_id, document)
        self._keys.stage_changed(record_id, keys, stored=not state.new)
        return self._shelf.stored(record_id)

    def add_child(
        self, record_id: int, into: str, child: Record, origin: str | None, written: str | None = None
    ) -> StoredChild:
        """Add a child record to a record; fields that are null are left out.

        Raises:
            Fault: there is no such record (`record-gone`), or a value can't be stored.
        """
        self._existing(record_id)
        child = laid_on({}, child)
        document = encode(child)
        if not storable(into) or (origin is not None and not storable(origin)):
            raise Fault("source-bad-id", "where a child record comes from or goes to can't be stored")
        number = self._scope.counters.next("children")
        added = ChildState(number, into, document, origin, written, new=True)
        self._shelf.stage_children(record_id, (*self._shelf.children_of(record_id), added))
        return StoredChild(added.id, child, origin, written)

    def replace_child(
        self, record_id: int, child_id: int, child: Record, written: str | None = None
    ) -> StoredChild:
        """Replace a child record as a whole; its origin stays. An equal child is not written again.

        Raises:
            Fault: as for `add_child`, or the record has no such child (`record-gone`).
        """
        self._existing(record_id)
        kin = self._shelf.children_of(record_id)
        held = next((state for state in kin if state.id == child_id), None)
        if held is None:
            raise Fault("record-gone", f"record {record_id} has no child record {child_id}")
        document = encode(laid_on({}, child))
        if not same(document, held.document) or written != held.written:
            held = held._replace(document=document, written=written, changed=True)
            self._shelf.stage_children(
                record_id, tuple(held if state.id == child_id else state for state in kin)
            )
        return StoredChild(child_id, decode(held.document), held.origin, held.written)

    def save_link(self, link: Link) -> None:
        """Add or replace the link of a source record.

        Raises:
            Fault: there is no such record (`record-gone`), or the external ID can't be stored.
            ValueError: `source_updated` has no zone.
        """
        _require_zone(link.source_updated)
        self._existing(link.record_id)
        self._links.stage(link)

    def previous(self, external_ids: Iterable[str]) -> dict[str, Record]:
        """Return the source records kept with these links, by external ID; those without one are absent."""
        return self._previous.get(external_ids)

    def save_previous(self, external_id: str, record: Record) -> None:
        """Keep a source record with its link, which was saved before, for the next time."""
        self._previous.stage(external_id, record)

    def open_errors(self, subjects: Iterable[str]) -> dict[str, ErrorEntry]:
        """Return the open error entries of these subjects; subjects without one are absent."""
        return self._errors.open_entries(subjects)

    def log_failure(self, failure: Failure) -> None:
        """Log a failure; texts that can't be stored are mended, so this never fails for what is in it."""
        self._errors.log(failure)

    def resolve(self, subject: str) -> None:
        """Close the subject's open error entry, if any, because a transfer succeeded."""
        self._errors.resolve(subject)

    def journal(self, entry: JournalEntry) -> None:
        """Write an entry of the journal; one that undoes another marks that as undone."""
        self._journal.stage(entry)

    def partings(self, external_ids: Iterable[str]) -> dict[str, tuple[Parting, ...]]:
        """Return which records these source records must not be linked to, by external ID."""
        return self._partings.among(external_ids)

    def kept_out(self, external_ids: Iterable[str]) -> set[str]:
        """Return which of these source records must not be transferred, nor anything of them be kept."""
        return self._kept_out.among(external_ids)

    def save_watermark(self, value: datetime) -> None:
        """Save how far the source has been read.

        Raises:
            ValueError: `value` has no zone.
        """
        _require_zone(value)
        self._scope.staging.put(self._watermark, "value", value)

    def keep_lease(self, lease: Lease, until: datetime) -> None:
        """Prolong a lease until a time (aware), which lasts if the unit does.

        Raises:
            ConnectorError: another has taken it over (`lease-lost`); the unit must not go on.
        """
        self._leases.keep(lease, until)

    def see_run(self, run_id: int) -> None:
        """Note that a run goes on, which lasts if the unit does."""
        self._runs.see(run_id)

    def flush(self) -> None:
        """Write everything that is staged. The unit must not be used afterwards."""
        self._shelf.flush()
        self._keys.flush()
        self._links.flush()
        self._previous.flush()
        self._journal.flush()
        self._errors.flush()
        self._flush_watermark()
        self._scope.counters.flush()

    def _existing(self, record_id: int) -> RecordState:
        state = self._shelf.get(record_id)
        if state is None:
            raise Fault("record-gone", f"there is no record {record_id}")
        return state

    def _require(self, record: Mapping[str, Any]) -> None:
        for field, message in self._rules.required.items():
            if blank(record.get(field)):
                raise Fault("required-field-missing", message)

    def _refuse_taken(self, keys: RecordKeys, record_id: int | None) -> None:
        taken = self._keys.taken(keys, record_id)
        if taken is not None:
            key, _ = taken
            raise Fault("value-not-unique", self._keyset.complaint(Place(key.field, key.compare)))

    def _flush_watermark(self) -> None:
        scope = self._scope
        for value in self._watermark.values():
            here = (watermarks.c.system == scope.system, watermarks.c.schema == scope.schema)
            row = {"value": value, "saved_at": scope.now}
            moved = scope.connection.execute(update(watermarks).where(*here).values(row))
            if not moved.rowcount:
                row_here = {"system": scope.system, "schema": scope.schema, **row}
                scope.connection.execute(insert(watermarks), row_here)


def _require_zone(value: datetime | None) -> None:
    """Refuse a naive time where it comes in, so that the mistake costs one record and not its page."""
    if value is not None and value.tzinfo is None:
        raise ValueError("a time without a zone can't be stored")
