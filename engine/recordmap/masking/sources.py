"""Real transfers from a file of records: each with the collection that a sync would choose for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from recordmap.batch.existing import Existing, matching
from recordmap.diagnostics import ConfigurationError, Fault
from recordmap.engine import Engine
from recordmap.masking.cases import Real
from recordmap.runtime.outcome import Record
from recordmap.streams.broken import Malformed
from recordmap.streams.reading import Input
from recordmap.streams.records import records


def transfers(engine: Engine, path: Path, collection: str | None, existing: Path | None) -> Iterator[Real]:
    """Yield the records of a file that can be read, as transfers. `existing` is a file of destination records.

    Without a collection named, records that match an existing one take the integration's Update, all others its Add.

    Raises:
        ConfigurationError: a file can't be used, or nothing says which collection maps a record.
        TemplateError: the integration or its Update has errors.
    """
    integration, schema = engine.checked_integration()
    customers = None
    if existing is not None:
        update = integration.update
        if update is None:
            raise ConfigurationError("the integration runs no Update, so existing records have no use")
        customers = Existing.from_file(matching(integration, schema, engine.plan(update.text)), existing)
    for record in _records(path):
        found = None
        if customers is not None:
            try:
                found = customers.find(record)
            except Fault:
                continue  # more than one customer: no collection maps it
        name = integration.add if found is None else integration.update
        title = collection or (name.text if name is not None else None)
        if title is not None:
            yield Real(record, title, found)


def _records(path: Path) -> Iterator[Record]:
    with Input(path) as stream:
        # Of what can't be read nothing is known, so nothing could be masked.
        yield from (one for one in records(stream) if not isinstance(one, Malformed))
