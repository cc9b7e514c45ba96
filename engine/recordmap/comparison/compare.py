"""Two sides over a stream of records: each record is read once, mapped twice, and what differs is counted.

Memory doesn't grow with the stream: of each kind of difference a count and a few examples stay. Records come from
`recordmap.batch`'s readers, so that what `map` reads is read here, and what it refuses is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson

from recordmap.batch.faults import Broken
from recordmap.batch.ids import PickId, text_id
from recordmap.batch.mapper import PATIENCE
from recordmap.batch.texts import is_blank, is_plain, is_utf8, plain_lines, read_text
from recordmap.comparison.changes import Change, Nature, Way, changes
from recordmap.comparison.routes import Arrival, Routes, mapped
from recordmap.connectors.json import UnreadableError
from recordmap.frozen import Frozen
from recordmap.keys import match_key
from recordmap.runtime.outcome import Kind, Outcome, Record

if TYPE_CHECKING:
    from recordmap.batch.narrow import Decode
    from recordmap.batch.reading import Block, Input
    from recordmap.compiler.needs import Need
    from recordmap.connectors.destination import KeyRule
    from recordmap.runtime.plan import Plan

EXAMPLES = 3
"""Examples kept of each kind of difference, the first ones met."""


class Example(Frozen):
    """One record with a difference: its number in the input, from 1, its ID, and the difference."""

    number: int
    source_id: str | None
    change: Change


class Row:
    """One kind of difference: how many records have it, and the first of them."""

    def __init__(self, collection: str, change: Change) -> None:
        self.collection = collection
        self.field = change.field
        self.way = change.way
        self.code = change.code
        self.count = 0
        self.examples: list[Example] = []


class Count:
    """How many records came to a collection, and how many of them end differently now."""

    def __init__(self) -> None:
        self.records = 0
        self.changed = 0


class Result:
    """What came of a comparison. `key_hits` counts records whose value under a match key has another key now."""

    def __init__(self, unit: str = "line") -> None:
        self.unit = unit
        self.records = 0
        self.unreadable = 0
        self.changed = 0
        self.position = 0
        self.collections: dict[str, Count] = {}
        self.rows: dict[tuple[str, str | None, Way, str | None], Row] = {}
        self.key_hits: Counter[str] = Counter()

    def count(self, collection: str) -> Count:
        """Return the counts of a collection."""
        return self.collections.setdefault(collection, Count())


class Comparison:
    """Two sides, ready for records.

    `keys` are the match rules of both sides. `need` is what either side reads of a record, the ID included; None where
    records are needed whole.
    """

    def __init__(
        self,
        old: Routes,
        new: Routes,
        *,
        pick_id: PickId | None = None,
        keys: Iterable[KeyRule] = (),
        now: str | None = None,
        need: Need | None = None,
    ) -> None:
        self._old = old
        self._new = new
        self._pick_id = pick_id
        self._need = need
        self._patience = PATIENCE
        self._natures: dict[tuple[str | None, str | None], Nature] = {}
        self._keys: dict[str, list[KeyRule]] = {}
        for rule in keys:
            self._keys.setdefault(rule.field, []).append(rule)
        self._now = now

    def run(self, stream: Input, on_progress: Callable[[Result], None] = lambda _: None) -> Result:
        """Compare every record of a stream.

        Raises:
            ConfigurationError: the stream can't be read to its end.
        """
        result = Result(stream.unit)
        number = 0
        for block in stream.blocks():
            for record in self._records(block):
                number += 1
                if record is None:
                    continue
                if isinstance(record, str):
                    result.unreadable += 1
                else:
                    self._one(record, number, result)
            result.position = stream.position
            on_progress(result)
        return result

    def _records(self, block: Block) -> Iterator[Record | str | None]:
        """Yield the records of a block; a text for one that can't be read, None for a blank line."""
        if isinstance(block, tuple):
            for element in block:
                yield element.reason if isinstance(element, Broken) else self._read(element)
            return
        self._patience -= 1
        plain = plain_lines(block)
        is_narrow = plain and self._patience < 0 and self._need is not None and is_utf8(block)
        decode = self._decode_needed if is_narrow else orjson.loads
        for text in BytesIO(block):
            if plain:
                try:
                    record = decode(text)
                except (ValueError, RecursionError):
                    record = None
                if type(record) is dict:
                    yield record
                    continue
            yield None if is_blank(text) else self._read(text.removesuffix(b"\n").removesuffix(b"\r"))

    def _read(self, text: bytes) -> Record | str:
        """Read a text with care; what can't be read as a whole is, as in a map, read as far as it is needed."""
        try:
            return read_text(text)
        except UnreadableError as error:
            if self._need is None or not is_plain(text) or not is_utf8(text):
                return str(error)
            try:
                return self._decode_needed(text)
            except (ValueError, RecursionError):
                return str(error)

    @cached_property
    def _decode_needed(self) -> Decode:
        from recordmap.batch.narrow import narrow_decoder  # noqa: PLC0415 - pays from some thousands of records on

        return narrow_decoder(self._need) if self._need is not None else orjson.loads

    def _one(self, record: Record, number: int, result: Result) -> None:
        result.records += 1
        old_plan, new_plan = self._old.sole, self._new.sole
        if old_plan is None or new_plan is None:
            old, new = self._old.go(record), self._new.go(record)
        else:
            before, after = (_result(plan, record, self._now) for plan in (old_plan, new_plan))
            if type(before) is dict and type(after) is dict and orjson.dumps(before) == orjson.dumps(after):
                result.count(new_plan.name).records += 1
                return
            old = Arrival(old_plan, _outcome(before, old_plan, record, self._now))
            new = Arrival(new_plan, _outcome(after, new_plan, record, self._now))
        plan = new.plan or old.plan
        name = plan.name if plan is not None else ""
        count = result.count(name)
        count.records += 1
        found = list(self._changes(old, new))
        if not found:
            return
        count.changed += 1
        result.changed += 1
        self._count_keys(old, new, found, result)
        source_id = text_id(self._pick_id, record) if self._pick_id is not None else None
        for change in found:
            row = result.rows.setdefault((name, *change.key), Row(name, change))
            row.count += 1
            if len(row.examples) < EXAMPLES:
                row.examples.append(Example(number, source_id, change))

    def _changes(self, old: Arrival, new: Arrival) -> Iterator[Change]:
        if old.customer != new.customer:
            if old.customer is None:
                yield Change(None, Way.UPDATED_NOW)
            else:
                yield Change(None, Way.ADDED_NOW if new.customer is None else Way.OTHER_CUSTOMER)
        else:
            yield from changes(old.outcome, new.outcome, self._nature(old, new))

    def _nature(self, old: Arrival, new: Arrival) -> Nature:
        natures = [one for one in (self._old.nature(old.plan), self._new.nature(new.plan)) if one is not None]
        if not natures:
            return Nature("", frozenset(), keeps=False)
        children = frozenset[str]().union(*(one.children for one in natures))
        return Nature(natures[-1].custom, children, natures[-1].keeps)

    def _count_keys(self, old: Arrival, new: Arrival, found: Iterable[Change], result: Result) -> None:
        """Count the match keys that a changed record would be found by, where they are others now."""
        before, after = old.outcome.record, new.outcome.record
        if before is None or after is None:
            return
        for field in {change.field for change in found}:
            for rule in self._keys.get(field or "", ()):
                was, now = (_key(rule, one.outcome.record or {}, one.existing or {}) for one in (old, new))
                if was != now:
                    result.key_hits[rule.field] += 1
                    break


def _together(natures: list[Nature]) -> Nature:
    """Return the nature of records that two plans make: children of either are children."""
    if not natures:
        return Nature("", frozenset(), keeps=False)
    children = frozenset[str]().union(*(one.children for one in natures))
    return Nature(natures[-1].custom, children, natures[-1].keeps)


def _result(plan: Plan, record: Record, now: str | None) -> Any:
    """Return what a plan's function gives; None for what it raises, which is looked at again."""
    try:
        return plan.function(record, None, None, now)
    except Exception:  # noqa: BLE001 - `mapped` meets it again, and makes it the record's rejection
        return None


def _outcome(result: Any, plan: Plan, record: Record, now: str | None) -> Outcome:
    if type(result) is dict:
        return Outcome(Kind.MAPPED, result)
    return result if isinstance(result, Outcome) else mapped(plan, record, None, now)


def _key(rule: KeyRule, written: Record, existing: Record) -> str | None:
    value = written.get(rule.field, existing.get(rule.field))
    return match_key(rule.compare, value, region=rule.region, ignore=rule.ignore)
