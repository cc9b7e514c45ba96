"""The seam of deleting a person's data: what a destination offers that can say what it holds of one, and forget it.

Not every destination can, so this stands apart from `Destination`: who needs it asks whether it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of one person: `counts` maps kinds of rows to how many there are, none with 0.

    `external_ids` are the person's IDs in the source system, as far as they are known here.
    """

    counts: Mapping[str, int]
    external_ids: tuple[str, ...]


@runtime_checkable
class Forgetting(Protocol):
    """A destination that can forget a person, named by an ID in the source system or by an email address."""

    def holdings(self, who: str) -> Holdings:
        """Return what is held of a person, and change nothing."""
        ...

    def forget(self, who: str, *, keep_out: bool) -> Holdings:
        """Delete all that is held of a person, in one transaction, and return what it was.

        With `keep_out` their source records are skipped from then on; of their IDs only hashes are kept for that.
        """
        ...

    def let_in(self, external_id: str) -> bool:
        """Stop keeping a source record out; False when it was not kept out."""
        ...

    def scrub(self) -> None:
        """Make what was deleted unreadable in the destination's files, too.

        Raises:
            ConnectorError: another process uses them; it can be tried again.
        """
        ...
