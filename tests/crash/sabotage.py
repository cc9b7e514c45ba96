"""Ways to break a promise on purpose, so that a test can see that the trials would notice."""

from __future__ import annotations

from typing import Any

from recordmap.connectors.store import sqlite
from recordmap.connectors.store.unit import StoreUnit
from recordmap.sync import poll


def watermark_first() -> None:
    """Move the watermark before anything is transferred."""
    walk = poll._Poll.walk

    def walk_later(self: Any, *given: Any) -> None:
        self.units.do(lambda unit: unit.save_watermark(self.started))
        walk(self, *given)

    poll._Poll.walk = walk_later  # type: ignore[method-assign]


def links_first() -> None:
    """Commit a page's links before its other rows."""
    flush = StoreUnit.flush

    def flush_apart(self: Any) -> None:
        children = dict(self._shelf._children)
        self._shelf._children.clear()
        self._shelf.flush()
        self._links.flush()
        connection = self._scope.connection
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        self._shelf._children.update(children)
        self._shelf._flush_records = lambda: None
        self._links.flush = lambda: None
        flush(self)

    StoreUnit.flush = flush_apart  # type: ignore[method-assign]


def no_lock() -> None:
    """Begin units without the write lock."""
    assert sqlite._begin, "what is replaced must be what begins units"
    sqlite._begin = lambda connection: connection.exec_driver_sql("BEGIN") and None


SABOTAGES = {"watermark first": watermark_first, "links first": links_first, "no lock": no_lock}
