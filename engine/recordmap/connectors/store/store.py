"""The embedded store: a `destination.Destination` in a database of its own.

Records, their keys, children and links, the error log, the watermark and the runs stand in one database, so
that a record and everything remembered about it commit together. The store knows no field by name but
`CustomFields`: what is required, unique and searchable comes in as `Rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Select, delete, func, select

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.destination import Lease, Rules, Run
from recordmap.connectors.errorlog import Backlog, ErrorEntry, ErrorStatus
from recordmap.connectors.store.asking import SNAPSHOT, WRITE
from recordmap.connectors.store.engines import described, open_engine, scrub
from recordmap.connectors.store.errorlog import ErrorLog
from recordmap.connectors.store.errorrows import IS_OPEN
from recordmap.connectors.store.journalled import Journalled, U
from recordmap.connectors.store.keptout import KeptOut
from recordmap.connectors.store.keyset import KeySet
from recordmap.connectors.store.leasebook import LeaseBook
from recordmap.connectors.store.listing import Kept, kept
from recordmap.connectors.store.mentions import Mentions
from recordmap.connectors.store.persons import Persons
from recordmap.connectors.store.rekey import ensure_keys, in_step
from recordmap.connectors.store.runbook import RunBook
from recordmap.connectors.store.schema import ensure_schema
from recordmap.connectors.store.spilling import Spill
from recordmap.connectors.store.staging import Staging
from recordmap.connectors.store.tables import (
    children,
    errors,
    links,
    previous_records,
    records,
    watermarks,
)
from recordmap.connectors.store.unit import StoreUnit

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

    from recordmap.connectors.persons import Holdings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def open_store(where: Path | URL, rules: Rules, *, clock: Clock = utc_now) -> Store:
    """Open the store in a file, or in a PostgreSQL database; make it, upgrade it or renew its keys where needed.

    Raises:
        ConfigurationError: the driver for PostgreSQL isn't installed.
        ConnectorError: `store-locked`, `store-unavailable` (both transient), `store-refused`, `store-full`,
            `store-readonly`, `store-unreadable`, `store-newer`, or `value-not-unique` when records break a rule of
            uniqueness that they were not under.
    """
    engine = open_engine(where)
    try:
        return Store(engine, rules, clock=clock)
    except BaseException:
        engine.dispose()
        raise


class Store(Journalled):
    """Records of one schema, fed by one system. Threads may share a store, each with units of its own."""

    def __init__(self, engine: Engine, rules: Rules, *, clock: Clock = utc_now) -> None:
        """Bring the database of `engine` up to date for `rules`; `clock` gives aware times."""
        self._engine = engine
        self._writer = engine.execution_options(**{WRITE: True})
        self._reader = engine.execution_options(**{SNAPSHOT: True})
        self._rules = rules
        self._keyset = KeySet(rules)
        self._clock = clock
        self.committing: Callable[[], None] = lambda: None
        ensure_schema(self._engine, self._writer)
        ensure_keys(self._engine, self._writer, rules.schema, self._keyset)

    @contextmanager
    def unit(self) -> Iterator[StoreUnit]:
        """Begin a transaction that holds the write lock; commit at its end, roll back on an exception.

        Raises:
            ConnectorError: as for `open_store`; or another process opened the store with other key rules
                (`store-rules-changed`).
        """
        with self._writer.begin() as connection:
            unit = self._unit(connection)
            yield unit
            # A server computes by itself, and is waited for from here on.
            if connection.dialect.name != "sqlite":
                self.committing()
            unit.flush()
            self.committing()

    @contextmanager
    def rehearsal(self) -> Iterator[StoreUnit]:
        """Begin a unit that is never flushed, over one snapshot of the store and without the write lock.

        What it stages is kept aside, so that one page sees what an earlier one would have written.

        Raises:
            ConnectorError: as for `unit`.
        """
        with self._reader.connect() as connection, Spill() as spill:
            yield self._unit(connection, Staging(spill.table))

    def _unit(self, connection: Connection, staging: Staging | None = None) -> StoreUnit:
        return self._unit_of(StoreUnit, connection, staging)

    def _unit_of(self, kind: type[U], connection: Connection, staging: Staging | None = None) -> U:
        if not in_step(connection, self._rules.schema, self._keyset):
            raise ConnectorError(
                "store-rules-changed",
                "the store was opened by another process with other match rules or another schema",
                transient=False,
                hint="start again, with the same project on both sides",
            )
        return kind(connection, self._rules, self._keyset, self._clock(), staging)

    @property
    def place(self) -> str:
        """The store's file, or the host and database of its server."""
        return described(self._engine.url)

    def watermark(self) -> datetime | None:
        """Return how far the source has been read, or None before the first poll."""
        statement = select(watermarks.c.value).where(
            watermarks.c.system == self._rules.system, watermarks.c.schema == self._rules.schema
        )
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar()

    def errors(
        self, status: ErrorStatus | None = ErrorStatus.OPEN, limit: int = 1000
    ) -> Sequence[ErrorEntry]:
        """Return error entries, the last to fail first; `status` None means all."""
        with self._engine.connect() as connection:
            return self._log(connection).entries(status, limit)

    def error(self, entry_id: int) -> ErrorEntry | None:
        """Return one error entry."""
        with self._engine.connect() as connection:
            return self._log(connection).entry(entry_id)

    def open_error_numbers(self) -> Sequence[int]:
        """Return the numbers of all open error entries, the first to fail first."""
        with self._engine.connect() as connection:
            return self._log(connection).open_numbers()

    def due_error_numbers(self, version: str, now: datetime, limit: int) -> Sequence[int]:
        """Return the numbers of open entries to be tried again by themselves; of either kind at most `limit`."""
        with self._engine.connect() as connection:
            return self._log(connection).due_numbers(version, now, limit)

    def backlog(self) -> Backlog:
        """Return how many open entries wait for what."""
        with self._engine.connect() as connection:
            return self._log(connection).backlog()

    def errors_by_code(self) -> Mapping[tuple[str, ErrorStatus], int]:
        """Return how many entries there are of each code, by what became of them."""
        with self._engine.connect() as connection:
            return self._log(connection).by_code()

    def dismiss(self, entry_id: int) -> bool:
        """Dismiss an open error entry; False when there is none."""
        with self._writer.begin() as connection:
            return self._log(connection).dismiss(entry_id)

    def prune_errors(self, before: datetime, limit: int) -> int:
        """Forget the source records of entries closed before a time (aware), at most `limit`; return how many."""
        with self._writer.begin() as connection:
            return self._log(connection).prune(before, limit)

    def drop_previous(self) -> None:
        """Delete the source records that are kept with links."""
        here = (
            previous_records.c.system == self._rules.system,
            previous_records.c.schema == self._rules.schema,
        )
        with self._engine.connect() as connection:  # mostly there are none, and nothing is to be locked
            if (
                connection.execute(select(previous_records.c.external_id).where(*here).limit(1)).first()
                is None
            ):
                return
        with self._writer.begin() as connection:
            connection.execute(delete(previous_records).where(*here))

    def holdings(self, who: str) -> Holdings:
        """Return what is held of a person, by an ID in the source system or an email address."""
        with self._engine.connect() as connection:
            return Persons(connection, self._rules).holdings(who)

    def forget(self, who: str, *, keep_out: bool) -> Holdings:
        """Delete all that is held of a person, and return what it was; with `keep_out` they don't come again.

        The error log is searched before the write lock is taken, and under it only for what was written meanwhile.
        """
        with self._engine.connect() as connection:
            mentions = Mentions(Persons(connection, self._rules).emails(who))
        mentions.search(self._engine.connect)
        with self._writer.begin() as connection:
            forgotten = Persons(connection, self._rules, mentions).forget(who)
            if keep_out:
                self._kept_out(connection).add(forgotten.external_ids, self._clock())
        return forgotten

    def let_in(self, external_id: str) -> bool:
        """Stop keeping a source record out; False when it was not kept out."""
        with self._writer.begin() as connection:
            return self._kept_out(connection).remove(external_id)

    def scrub(self) -> None:
        """Make what was deleted unreadable in the database's files, too. Takes time in proportion to the store.

        Raises:
            ConnectorError: another process is at work in the store (`store-locked`), or as for `open_store`.
        """
        scrub(self._engine)

    def take_lease(self, holder: str, until: datetime) -> Lease:
        """Take the lease of polling, or prolong one's own; return it, or the lease of another who has it now."""
        with self._writer.begin() as connection:
            return LeaseBook(connection, self._rules, self._clock()).take(holder, until)

    def drop_lease(self, lease: Lease) -> None:
        """Let a lease run out now; nothing happens when another has taken it over."""
        with self._writer.begin() as connection:
            LeaseBook(connection, self._rules, self._clock()).drop(lease)

    def start_run(self, kind: str) -> int:
        """Note that a run began and return its number."""
        with self._writer.begin() as connection:
            return self._runs(connection).start(kind)

    def finish_run(self, run_id: int, status: str, counts: Mapping[str, int], message: str | None) -> None:
        """Note how a run ended: `status` is complete, failed or stopped."""
        with self._writer.begin() as connection:
            self._runs(connection).finish(run_id, status, counts, message)

    def runs(
        self, limit: int = 10, *, kind: str | None = None, statuses: Collection[str] = ()
    ) -> Sequence[Run]:
        """Return the latest runs, newest first: of one kind, or of these statuses only, where they are given."""
        with self._engine.connect() as connection:
            return self._runs(connection).latest(limit, kind, statuses)

    def counts(self) -> Mapping[str, int]:
        """Return how many records, children, links and open errors there are."""
        here = records.c.schema == self._rules.schema
        counted = {
            "records": select(func.count()).select_from(records).where(here),
            "children": select(func.count()).select_from(children.join(records)).where(here),
            "links": select(func.count())
            .select_from(links)
            .where(links.c.system == self._rules.system, links.c.schema == self._rules.schema),
            "open_errors": select(func.count())
            .select_from(errors)
            .where(
                errors.c.system == self._rules.system,
                errors.c.schema == self._rules.schema,
                IS_OPEN,
            ),
        }
        with self._engine.connect() as connection:
            return {name: _number(connection, statement) for name, statement in counted.items()}

    def everything(self) -> Iterator[Kept]:
        """Yield every record with its children, in one snapshot and in bounded memory."""
        with self._reader.connect() as connection:
            yield from kept(connection, self._rules.schema)

    def close(self) -> None:
        """Give back connections. Units must have ended."""
        self._engine.dispose()

    def _kept_out(self, connection: Connection) -> KeptOut:
        return KeptOut(connection, self._rules.system, self._rules.schema)

    def _runs(self, connection: Connection) -> RunBook:
        return RunBook(connection, self._rules, self._clock())

    def _log(self, connection: Connection) -> ErrorLog:
        return ErrorLog(connection, self._rules, self._clock())


def _number(connection: Connection, statement: Select[Any]) -> int:
    number: int = connection.execute(statement).scalar_one()
    return number
