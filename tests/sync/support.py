"""Short ways to say what the tests of the sync say often."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from recordmap.connectors.destination import Link, Record, Stored
from recordmap.connectors.errorlog import ErrorEntry
from recordmap.sync.batch import Batches
from recordmap.sync.incoming import Incoming, receive
from recordmap.sync.pipeline import Pipeline
from recordmap.sync.results import Transfer
from recordmap.sync.transfer import Terms
from sync.fakes import START
from sync.plans import PIPELINE

LOCATION = {"address1": "1 Main St", "city": "Baltimore", "country": "United States"}


def profile(*, id: Any = None, updated: str | None = None, **attributes: Any) -> Record:  # noqa: A002
    """Return a profile, cut down to what the tests' plans read."""
    whole = {"attributes": {"updated": updated, **attributes}}
    return whole if id is None else {"id": id, **whole}


def page(records: Iterable[Record], pipeline: Pipeline = PIPELINE) -> list[Incoming]:
    return [receive(pipeline, record) for record in records]


def transfer(
    destination: Any,
    records: Iterable[Record],
    pipeline: Pipeline = PIPELINE,
    *,
    now: datetime = START,
    always: bool = False,
) -> list[Transfer]:
    """Transfer records as one page."""
    batches = Batches(Terms(pipeline, now, always=always), destination)
    return list(batches.transfer(page(records, pipeline)))


def customer(destination: Any, **fields: Any) -> int:
    """Add a customer as a person would, and return its number."""
    with destination.unit() as unit:
        return int(unit.add(fields).id)


def stored(destination: Any, record_id: int | None) -> Stored:
    assert record_id is not None
    with destination.unit() as unit:
        found: Stored = unit.load([record_id])[record_id]
    return found


def link_of(destination: Any, external_id: str) -> Link | None:
    with destination.unit() as unit:
        found: Link | None = unit.links([external_id]).get(external_id)
    return found


def open_error(destination: Any, subject: str) -> ErrorEntry | None:
    with destination.unit() as unit:
        found: ErrorEntry | None = unit.open_errors([subject]).get(subject)
    return found
