"""What is special about PostgreSQL: how a server is reached, how a transaction begins, what its errors mean.

Each unit of work takes one advisory lock when it begins, as it takes SQLite's write lock there: what it read stays
true until it ends, and two writers can't wait for each other in a circle. The lock goes with the transaction, so a
process that dies, or a connection that breaks, gives it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event

from recordmap.connectors.origin import is_this_machine
from recordmap.connectors.store import faults
from recordmap.connectors.store.asking import ADDED_TO, COPY, SNAPSHOT, WRITE
from recordmap.connectors.store.statistics import Statistics
from recordmap.connectors.store.tables import METADATA
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg
    from sqlalchemy.engine.interfaces import ExceptionContext, ExecutionContext

    from recordmap.connectors.base import ConnectorError

OLDEST = 15
"""The oldest server that is served."""

CONNECT_TIMEOUT = 10
STATEMENT_TIMEOUT = "10min"
"""Longer than any statement but that of an upgrade may take: what takes longer hangs."""

# A program that was suspended inside a unit must not keep everybody else out.
IDLE_TIMEOUT = "60s"

# One lock for each schema of a database; the first number keeps it apart from the locks of other programs.
_LOCK = "SELECT pg_advisory_xact_lock(1380794701, hashtext(current_schema()))"

_OVERTAKEN = {"23505": "value-not-unique", "40001": "store-locked", "40P01": "store-locked"}
_BUSY = {"55P03", "57014", "25P03"}
_ROOM = {"53100", "53200"}
_READ_ONLY = {"25006", "42501"}
_AWAY = {"53300", "57P01", "57P02", "57P03", "57P05"}
_MAY_WRITE = "use a server that takes writes, and a user who may make and change tables"
_SAY_WHICH = "name the database and a user who may use it: postgresql://user@host/database"
_REFUSALS = (
    (
        "28",
        ("it doesn't let this user in", "the password comes from PGPASSWORD, or from libpq's password file"),
    ),
    ("3D", ("it has no such database", _SAY_WHICH)),
    ("options", ("its address has a setting that the driver doesn't know", _SAY_WHICH)),
)
_WORDS = (
    ("authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("role ", "28000"),
    ("does not exist", "3D000"),
)


def open_engine(url: URL, lock_timeout: float) -> Engine:
    """Return an engine for the database at an address; nothing is asked of the server yet.

    Raises:
        ConfigurationError: the driver isn't installed.
    """
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(
            "PostgreSQL needs a driver that isn't installed", "pip install 'recordmap[postgres]'"
        ) from None
    store, statistics = described(url), Statistics()
    engine = create_engine(
        _secured(url.set(drivername="postgresql+psycopg")),
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT,
            "client_encoding": "utf8",
            "application_name": "recordmap",
        },
        hide_parameters=True,
        # A connection that broke while nobody used it is replaced, and costs no poll.
        pool_pre_ping=True,
    )

    def on_connect(connection: psycopg.Connection[Any], _record: object) -> None:
        _set_up(connection, lock_timeout, store)

    def on_executed(
        connection: Connection,
        _cursor: object,
        _statement: str,
        rows: Sequence[object],
        context: ExecutionContext,
        many: bool,  # noqa: FBT001 - as SQLAlchemy calls it
    ) -> None:
        table = context.execution_options.get(ADDED_TO) if many else None
        if table is not None:
            statistics.gained(connection, table, len(rows))

    def on_error(context: ExceptionContext) -> ConnectorError | None:
        return None if context.is_pre_ping else _told(context, store)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "do_executemany", _on_executemany)
    event.listen(engine, "after_cursor_execute", on_executed)
    event.listen(engine, "handle_error", on_error)
    return engine


def scrub(engine: Engine) -> None:
    """Give up the room of deleted rows. What a server keeps beside its tables (its journal, backups) is its operator's.

    Raises:
        ConnectorError: the server is out of reach, or refuses.
    """
    import psycopg  # noqa: PLC0415 - an extra

    connection = engine.raw_connection()
    try:
        driver = cast("psycopg.Connection[Any]", connection.driver_connection)
        driver.autocommit = True
        try:
            for table in METADATA.sorted_tables:
                driver.execute(f"VACUUM {table.name}")
        finally:
            driver.autocommit = False
    except psycopg.Error as error:
        raise _meaning(error, described(engine.url)) or error from None
    finally:
        connection.close()


def described(url: URL) -> str:
    """Return an address as messages show it: host and database, no user, no password, no settings."""
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()


def _secured(url: URL) -> URL:
    """Ask for an encrypted connection to a server that proves its name, unless the address says otherwise.

    Left to itself, the driver takes a server that has no encryption, and any certificate. A socket and this machine
    itself need none.
    """
    host = url.host or url.query.get("host", "")
    if _is_here(host if isinstance(host, str) else host[0]) or "sslmode" in url.query:
        return url
    return url.update_query_dict({"sslmode": "verify-full", "sslrootcert": "system", **url.query})


def _is_here(host: str) -> bool:
    return not host or host.startswith(("/", "@")) or is_this_machine(host)


def _set_up(connection: psycopg.Connection[Any], lock_timeout: float, store: str) -> None:
    """Give a new connection its settings, and look at the server once."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false),"
        " set_config('idle_in_transaction_session_timeout', %s, false), set_config('TimeZone', 'UTC', false),"
        " current_setting('server_version_num')::int, current_setting('server_encoding'), current_schema()",
        (f"{lock_timeout * 1000:.0f}ms", STATEMENT_TIMEOUT, IDLE_TIMEOUT),
    )
    *_, version, encoding, schema = cursor.fetchall()[0]
    cursor.close()
    connection.commit()
    if version // 10_000 < OLDEST:
        reason = f"the server is PostgreSQL {version // 10_000}"
        raise faults.unreadable(store, reason, f"use PostgreSQL {OLDEST} or newer")
    if encoding != "UTF8":
        reason = f"the database holds text as {encoding}"
        raise faults.unreadable(store, reason, "make a database with the encoding UTF8")
    if schema is None:
        reason = "the user has no schema to make tables in"
        raise faults.unreadable(store, reason, "make the schema that search_path names, or grant its use")


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(WRITE, False):
        connection.exec_driver_sql(_LOCK)
    elif options.get(SNAPSHOT, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _on_executemany(
    cursor: psycopg.Cursor[Any], _statement: str, rows: Iterable[tuple[Any, ...]], context: ExecutionContext
) -> bool:
    """Send rows as a stream where the statement says so; SQLAlchemy does everything else, also when that fails."""
    statement = context.execution_options.get(COPY)
    if statement is None:
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True


def _told(context: ExceptionContext, store: str) -> ConnectorError | None:
    """Return what a database error means, or None for a fault of ours; and take the values out of it.

    The server quotes values and keys. Nobody is to find them in a log.
    """
    import psycopg  # noqa: PLC0415 - an extra

    error = context.original_exception
    if not isinstance(error, psycopg.Error):
        return None
    meaning = _meaning(error, store)
    for each in (error, context.sqlalchemy_exception):
        if each is not None:
            each.args = (f"{type(error).__name__} ({error.sqlstate})",)
    return meaning


def _meaning(error: psycopg.Error, store: str) -> ConnectorError | None:
    """Return what a database error means to its user, or None when it is a fault of ours."""
    state = error.sqlstate or _state_of_refusal(error)
    if state in _OVERTAKEN:
        return faults.overtaken(store, _OVERTAKEN[state])
    if state in _BUSY:
        return faults.locked(store)
    if state in _ROOM:
        return faults.full(store)
    if state in _READ_ONLY:
        return faults.read_only(store, _MAY_WRITE)
    if state in _AWAY or state.startswith("08"):
        return faults.unavailable(store)
    found = next((reason for start, reason in _REFUSALS if state.startswith(start)), None)
    return faults.refused(store, *found) if found else None


def _state_of_refusal(error: psycopg.Error) -> str:
    """Return the SQLSTATE of a connection that wasn't made: the driver gives none, so the words have to tell.

    They may be in another language; then the fault counts as one that passes.
    """
    import psycopg  # noqa: PLC0415 - an extra

    if isinstance(error, psycopg.ProgrammingError):
        return "options"
    text = str(error)
    return next((state for words, state in _WORDS if words in text), "08001")
