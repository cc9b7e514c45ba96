"""Brings the tables of a store to the version this code needs: forward only, under the write lock.

The version is read by plain SQL, because alembic takes a quarter of a second to import and is needed only
when a store is made or the tables change.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table

from recordmap.connectors.base import ConnectorError

VERSION_TABLE = "recordmap_version"
HEAD = "0009"
"""The newest file in `migrations/versions`; numbers of four digits, so text compares as numbers do."""

_version = table(VERSION_TABLE, column("version_num"))


def ensure_schema(reader: Engine, writer: Engine) -> None:
    """Make or upgrade the tables. `writer` takes the write lock when a transaction begins, `reader` doesn't.

    Raises:
        ConnectorError: a newer version made the store (`store-newer`), the database belongs to something else
            (`store-unreadable`), or it can't be read or written.
    """
    with reader.connect() as connection:
        if _at_head(connection):
            return
    with writer.begin() as connection:
        # Another process may have done it while this one waited for the lock.
        if not _at_head(connection):
            _upgrade(connection)


def _at_head(connection: Connection) -> bool:
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise ConnectorError(
                "store-unreadable",
                "the database holds tables of something else, so no store is made in it",
                transient=False,
                hint="give the store a file, or a database, of its own",
            )
        return False
    version = connection.execute(select(_version.c.version_num)).scalar()
    if version is not None and version > HEAD:
        raise ConnectorError(
            "store-newer",
            f"the store has tables of version {version}; this recordmap knows version {HEAD} and older",
            transient=False,
            hint="use the recordmap that made the store, or a newer one",
        )
    return version == HEAD


def _upgrade(connection: Connection, to: str = HEAD) -> None:
    from alembic import command  # noqa: PLC0415 - takes 234 ms
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    # Percent signs are references in an alembic setting.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
