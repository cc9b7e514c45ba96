"""A store as a source: the records that another integration keeps, or this one, are read as those of any system.

A record is handed out as `{"id", "created", "updated", "external_ids", "record"}`: its number as text, when it was made
and last changed, the IDs that other systems know it by, and its fields with its child records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from recordmap.connectors.base import ConnectorError, Page, Record
from recordmap.connectors.store.asking import SNAPSHOT
from recordmap.connectors.store.engines import open_engine
from recordmap.connectors.store.listing import Kept, kept, kept_one

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

PAGE = 100


class StoreSource:
    """The records of one schema in a store. They are read in one snapshot, and never changed."""

    def __init__(self, where: Path | URL, schema: str) -> None:
        self._where = where
        self._schema = schema
        self._engine: Engine | None = None

    def place(
        self, folder: Path, _identify: Callable[[Record], Any], _updated: Callable[[Record], Any]
    ) -> None:
        """Take the path of a file as one of the project."""
        if isinstance(self._where, Path):
            self._where = folder / self._where

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield the records changed after `since`, as `Source.pages` says.

        Raises:
            ConnectorError: there is no such store, or it can't be read.
        """
        page: list[Record] = []
        try:
            with self._open().connect() as connection:
                for one in kept(connection, self._schema, since):
                    page.append(_shown(one))
                    if len(page) == PAGE:
                        yield Page(tuple(page))
                        page = []
        except SQLAlchemyError as error:
            raise _unreadable(error) from None
        if page:
            yield Page(tuple(page))

    def fetch(self, external_id: str) -> Record | None:
        """Return one record by its number, or None.

        Raises:
            ConnectorError: there is no such store, or it can't be read.
        """
        if not external_id.isascii() or not external_id.isdigit() or len(external_id) > 18:
            return None
        try:
            with self._open().connect() as connection:
                found = kept_one(connection, self._schema, int(external_id))
        except SQLAlchemyError as error:
            raise _unreadable(error) from None
        return None if found is None else _shown(found)

    def close(self) -> None:
        """Give back connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _open(self) -> Engine:
        if self._engine is None:
            if isinstance(self._where, Path) and not self._where.is_file():
                raise ConnectorError(
                    "source-unavailable",
                    f"there is no store '{self._where}'",
                    transient=False,
                    hint="name the file that another integration writes to",
                )
            self._engine = open_engine(self._where).execution_options(**{SNAPSHOT: True})
        return self._engine


def _shown(one: Kept) -> Record:
    external: dict[str, list[str]] = {}
    for system, external_id in one.links:
        external.setdefault(system, []).append(external_id)
    return {
        "id": str(one.id),
        "created": _text(one.created),
        "updated": _text(one.updated),
        "external_ids": external,
        "record": one.record,
    }


def _text(time: datetime) -> str:
    return (time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)).isoformat()


def _unreadable(error: SQLAlchemyError) -> ConnectorError:
    return ConnectorError(
        "source-unavailable",
        f"the store can't be read: {type(error).__name__}",
        transient=True,
        hint="is it a store of recordmap, and the newest version of it?",
    )
