"""Existing destination records from a file, for mapping an Update without a store.

Which of them a source record belongs to is decided by `recordmap.sync.matching`, exactly as in a sync: the
integration's match rules in their order, keys by `recordmap.keys`. The whole file is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from recordmap.batch.ids import text_id
from recordmap.compiler.picker import compile_picker
from recordmap.connectors.destination import KeyRule, Link, MatchKey, Stored
from recordmap.diagnostics import ConfigurationError
from recordmap.keys import match_key
from recordmap.runtime.outcome import Record
from recordmap.streams.broken import Broken
from recordmap.streams.json import UnreadableError
from recordmap.streams.reading import Input
from recordmap.streams.texts import is_blank, read_text
from recordmap.sync.incoming import Incoming
from recordmap.sync.matching import Matcher
from recordmap.sync.pipeline import MatchField, MatchLink, MatchRule, Pipeline
from recordmap.template.model import MatchByField
from recordmap.wiring import destination_rules

if TYPE_CHECKING:
    from recordmap.connectors.destination import Unit
    from recordmap.runtime.plan import Plan
    from recordmap.schema.record import RecordSchema
    from recordmap.template.model import Integration

_WRAPPING = {"id", "record", "external_ids"}


class Existing:
    """Destination records that source records may belong to."""

    def __init__(self, pipeline: Pipeline, entries: Iterable[Mapping[str, Any]]) -> None:
        """Index records.

        An entry is a destination record, or wraps one as `{"id", "record", "external_ids"}` where `external_ids` maps
        the name of a source system to the IDs (one, or a list) of the source records that were linked to it.

        Raises:
            ConfigurationError: the external IDs of an entry are something else.
        """
        self._pipeline = pipeline
        rules = [rule.rule for rule in pipeline.match if isinstance(rule, MatchField)]
        self._shelf = _Shelf(pipeline.system, rules, entries)

    @classmethod
    def from_file(cls, pipeline: Pipeline, path: Path) -> Existing:
        """Index the records of a file: NDJSON or a JSON array, plain or compressed.

        Raises:
            ConfigurationError: the file, or an entry of it, can't be read.
        """
        return cls(pipeline, entries(path))

    def find(self, record: Record) -> Record | None:
        """Return the destination record that a source record belongs to, with its children in place.

        Raises:
            Fault: more than one has the key that decides.
        """
        found = self.locate(record)
        return found.record if found is not None else None

    def locate(self, record: Record) -> Stored | None:
        """Return the same record with its ID, which is its number in the file, from 1.

        Raises:
            Fault: as `find`.
        """
        external_id = text_id(self._pipeline.external_id, record) or ""
        incoming = Incoming(record, external_id, external_id, None, "")
        # The matcher reads links, keys and records, and nothing else of a unit.
        return Matcher(self._pipeline, cast("Unit", self._shelf)).match(incoming).record


def matching(integration: Integration, schema: RecordSchema, plan: Plan) -> Pipeline:
    """Return as much of an integration's pipeline as matching takes, for the update plan given.

    Raises:
        ConfigurationError: the integration's source names no external ID.
    """
    if integration.source.external_id is None:
        raise ConfigurationError("the integration's source names no external_id, so nothing can be matched")
    rules = {(rule.field, rule.compare): rule for rule in destination_rules(integration, schema).keys}
    match: list[MatchRule] = [
        MatchField(rules[one.field.text, one.compare], compile_picker(one.source.parsed))
        if isinstance(one, MatchByField)
        else MatchLink()
        for one in integration.match
    ]
    return Pipeline(
        system=integration.name.text,
        version=plan.version,
        add=None,
        update=plan,
        external_id=compile_picker(integration.source.external_id.parsed),
        updated=lambda _: None,
        match=tuple(match),
        child_fields={},
    )


class _Shelf:
    """The reading half of a `Unit`, over records that never change."""

    def __init__(self, system: str, rules: Iterable[KeyRule], entries: Iterable[Mapping[str, Any]]) -> None:
        self._records: dict[int, Stored] = {}
        self._links: dict[str, Link] = {}
        self._holders: dict[MatchKey, tuple[int, ...]] = {}
        by_place = {(rule.field, rule.compare): rule for rule in rules}
        for number, entry in enumerate(entries, 1):
            record, linked = _unwrapped(entry, system)
            self._records[number] = Stored(number, record, {})
            self._links.update(
                (external_id, Link(external_id, number, "external_id")) for external_id in linked
            )
            for (field, compare), rule in by_place.items():
                key = match_key(compare, record.get(field), region=rule.region, ignore=rule.ignore)
                if key is not None:
                    place = MatchKey(field, compare, key)
                    self._holders[place] = (*self._holders.get(place, ()), number)

    def links(self, external_ids: Iterable[str]) -> dict[str, Link]:
        return {one: self._links[one] for one in external_ids if one in self._links}

    def find(self, keys: Iterable[MatchKey]) -> dict[MatchKey, tuple[int, ...]]:
        return {key: self._holders[key] for key in keys if key in self._holders}

    def load(self, record_ids: Iterable[int]) -> dict[int, Stored]:
        return {one: self._records[one] for one in record_ids if one in self._records}


def _unwrapped(entry: Mapping[str, Any], system: str) -> tuple[Record, list[str]]:
    """Return a destination record and the external IDs linked to it."""
    record = entry.get("record")
    if not isinstance(record, dict) or not entry.keys() <= _WRAPPING:
        return dict(entry), []
    linked = entry.get("external_ids")
    if linked is not None and not isinstance(linked, dict):
        raise ConfigurationError(
            "the external_ids of an existing record are by integration, such as"
            f' {{"external_ids": {{"{system}": "44552"}}}}'
        )
    ids = linked.get(system) if linked is not None else None
    several = ids if isinstance(ids, list) else [ids]
    return record, [str(one) for one in several if isinstance(one, str | int) and not isinstance(one, bool)]


def entries(path: Path) -> Iterator[Record]:
    """Yield the records of a file: NDJSON or a JSON array, plain or compressed.

    Raises:
        ConfigurationError: the file, or an entry of it, can't be read.
    """
    with Input(path) as stream:
        number = 0
        for block in stream.blocks():
            for text in block if isinstance(block, tuple) else BytesIO(block):
                number += 1
                if stream.is_array or isinstance(text, Broken) or not is_blank(text):
                    yield _entry(text, f"{path}, {stream.unit} {number}")


def _entry(text: bytes | Broken, place: str) -> Record:
    try:
        if isinstance(text, Broken):
            raise UnreadableError(text.reason)
        return read_text(text)
    except UnreadableError as error:
        raise ConfigurationError(f"{place}: {error}") from None
