"""The customers that records may belong to: from a file, or from the project's store as it is now.

Both are found by the sync's own matching. The store is read through a rehearsal, which never writes and keeps nobody
from writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from recordmap.batch.existing import Existing, entries, matching
from recordmap.batch.ids import text_id
from recordmap.comparison.sides import Side
from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine
from recordmap.runtime.outcome import Record
from recordmap.sync.incoming import Incoming
from recordmap.sync.matching import Matcher
from recordmap.sync.pipeline import Pipeline
from recordmap.sync.transfer import previous_of

if TYPE_CHECKING:
    from recordmap.connectors.destination import Unit

_REMEMBERED = 500
"""Records that one matcher is asked for: it remembers all that it saw."""


class Customer(NamedTuple):
    """A customer with its children in place, and the source record as it was last synced into it, where it is known."""

    id: int
    record: Record
    previous: Record | None = None


class Customers(Protocol):
    """Finds the customer that a source record belongs to."""

    def locate(self, record: Record) -> Customer | None:
        """Return the customer, or None.

        Raises:
            Fault: more than one has the key that decides.
        """


class FileCustomers:
    """Customers of a file, which holds no previous records."""

    def __init__(self, existing: Existing) -> None:
        self._existing = existing

    def locate(self, record: Record) -> Customer | None:
        """Return the customer; see `Customers`."""
        found = self._existing.locate(record)
        return None if found is None else Customer(found.id, found.record)


class StoreCustomers:
    """Customers of a store, by the match rules of a pipeline."""

    def __init__(self, pipeline: Pipeline, unit: Unit) -> None:
        self._pipeline = pipeline
        self._unit = unit
        self._matcher = Matcher(pipeline, unit)
        self._asked = 0

    def locate(self, record: Record) -> Customer | None:
        """Return the customer; see `Customers`."""
        self._asked += 1
        if self._asked % _REMEMBERED == 0:
            self._matcher = Matcher(self._pipeline, self._unit)
        external_id = text_id(self._pipeline.external_id, record) or ""
        incoming = Incoming(record, external_id, external_id, None, "")
        self._matcher.preload_links(
            [incoming]
        )  # and the links that somebody undid, which a sync doesn't make again
        found = self._matcher.match(incoming).record
        return (
            None if found is None else Customer(found.id, found.whole(), self._previous(incoming, found.id))
        )

    def _previous(self, incoming: Incoming, record_id: int) -> Record | None:
        link = self._matcher.link_of(incoming)
        if link is None or not self._pipeline.keeps_previous:
            return None
        kept = self._unit.previous([incoming.external_id]).get(incoming.external_id)
        return previous_of(link, record_id, kept)


@contextmanager
def customers_of(
    sides: tuple[Side, Side], file: Path | None, store: Engine | None, *, alike: bool
) -> Iterator[tuple[Customers | None, Customers | None]]:
    """Give the customers of a file, or of the store of an engine's project, as each side matches them.

    Raises:
        ConfigurationError: the file can't be used, or a side has no integration to match by.
        TemplateError: an integration, or a collection that it runs, has errors.
        ConnectorError: the store is out of reach.
    """
    if file is not None:
        held = list(entries(file))  # read once: it may be the standard input
        first = FileCustomers(Existing(_pipeline(sides[0]), held))
        yield first, first if alike else FileCustomers(Existing(_pipeline(sides[1]), held))
    elif store is not None:
        with store.session() as session, session.destination.rehearsal() as unit:
            old, new = (StoreCustomers(_pipeline(side), unit) for side in sides)
            yield old, new
    else:
        yield None, None


def _pipeline(side: Side) -> Pipeline:
    integration, schema = side.engine.checked_integration()
    name = side.runs().get("update") or side.runs().get("add")
    if name is None:
        raise ConfigurationError(f"'{side.name}' has no enabled collection, so nothing can be matched")
    return matching(integration, schema, side.engine.plan(name))
