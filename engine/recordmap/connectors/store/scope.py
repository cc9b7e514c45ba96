"""What the parts of a unit of work share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Executable

    from recordmap.connectors.store.counters import Counters
    from recordmap.connectors.store.staging import Staging


@dataclass(frozen=True, slots=True)
class Scope:
    """A transaction that holds the write lock, what is staged in it, and whose records it is about.

    `now` is one time for everything that the unit writes.
    """

    connection: Connection
    staging: Staging
    counters: Counters
    system: str
    schema: str
    now: datetime

    def write(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a statement once for each row, in one go; nothing for no rows."""
        if rows:
            self.connection.execute(statement, rows)
