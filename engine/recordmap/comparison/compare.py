"""Two sides over a stream of records: each record is read once, mapped twice, and what differs is counted.

Memory doesn't grow with the stream. Records come from `recordmap.batch`'s readers, so that what `map` reads is read
here, and what it refuses is refused; as there, no more of them is decoded than is needed, once that pays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, cast

import orjson

from recordmap.batch.ids import PickId, text_id
from recordmap.batch.mapper import PATIENCE
from recordmap.comparison.changes import Change, Nature, Way, changes
from recordmap.comparison.counting import EXAMPLES, Example, Result
from recordmap.comparison.routes import Arrival, Routes, mapped
from recordmap.frozen import Frozen
from recordmap.keys import match_key
from recordmap.runtime.outcome import Kind, Outcome, Record
from recordmap.streams.broken import Broken
from recordmap.streams.json import UnreadableError
from recordmap.streams.texts import is_blank, is_shallow, is_utf8, plain_lines, read_text, shallow_lines

if TYPE_CHECKING:
    from recordmap.batch.narrow import Narrow
    from recordmap.connectors.destination import KeyRule
    from recordmap.runtime.plan import Function, Plan
    from recordmap.streams.reading import Block, Input


class Pair(Frozen):
    """The plans that all records take, a decoder of no more than both need, and functions for what it makes."""

    plans: tuple[Plan, Plan]
    narrow: Narrow
    old: Function
    new: Function


class Comparison:
    """Two sides, ready for records.

    `keys` are the match rules of both sides. `pair` makes the decoder and functions for records that all take the same
    way; None where that's not possible. It is used after `patience` blocks.
    """

    def __init__(
        self,
        old: Routes,
        new: Routes,
        *,
        pick_id: PickId | None = None,
        keys: Iterable[KeyRule] = (),
        now: str | None = None,
        pair: Callable[[], Pair | None] = lambda: None,
        patience: int = PATIENCE,
    ) -> None:
        self._old = old
        self._new = new
        self._pick_id = pick_id
        self._now = now
        self._make_pair = pair
        self._patience = patience
        self._natures: dict[tuple[str, str], Nature] = {}
        self._keys: dict[str, list[KeyRule]] = {}
        for rule in keys:
            self._keys.setdefault(rule.field, []).append(rule)

    def run(self, stream: Input, on_progress: Callable[[Result], None] = lambda _: None) -> Result:
        """Compare every record of a stream.

        Raises:
            ConfigurationError: the stream can't be read to its end.
        """
        result = Result(stream.unit)
        number = 0
        for block in stream.blocks():
            number = self._block(block, number, result)
            result.position = stream.position
            on_progress(result)
        return result

    def _block(self, block: Block, last: int, result: Result) -> int:
        """Compare the records of a block, the next after number `last`; return the number of the last of them."""
        number = last
        if isinstance(block, tuple):
            for number, text in enumerate(block, last + 1):
                self._text(None if isinstance(text, Broken) else text, number, result)
            return number
        self._patience -= 1
        pair = self._pair if self._patience < 0 else None
        texts = BytesIO(block)
        if pair is not None and shallow_lines(block) and is_utf8(block):
            return self._needed(texts, pair, last, result)
        loads = orjson.loads if plain_lines(block) else None
        for number, text in enumerate(texts, last + 1):
            try:
                record = loads(text) if loads is not None else None
            except orjson.JSONDecodeError:
                record = None
            if type(record) is dict:
                self._record(record, number, result)
            else:
                self._line(text, number, result)
        return number

    def _needed(self, texts: BytesIO, pair: Pair, last: int, result: Result) -> int:
        """Compare lines of which no more is decoded than is needed; what is unusual is done again by other methods."""
        decode, old, new, now, dumps = pair.narrow.decode, pair.old, pair.new, self._now, orjson.dumps
        number, alike = last, 0
        for number, text in enumerate(texts, last + 1):
            try:
                record = decode(text)
                before, after = old(record, None, None, now, None), new(record, None, None, now, None)
                usual = type(before) is dict and type(after) is dict
                if usual and dumps(before) == dumps(after):
                    alike += 1
                    continue
            except Exception:  # noqa: BLE001 - `_line` meets it again, step by step
                usual = False
            if usual:
                was, is_now = (Outcome(Kind.MAPPED, cast("Record", one)) for one in (before, after))
                self._count(Arrival(pair.plans[0], was), Arrival(pair.plans[1], is_now), number, text, result)
            else:
                self._line(text, number, result)
        result.records += alike
        result.count(pair.plans[1].name).records += alike
        return number

    @cached_property
    def _pair(self) -> Pair | None:
        return self._make_pair()

    def _line(self, text: bytes, number: int, result: Result) -> None:
        if not is_blank(text):
            self._text(text.removesuffix(b"\n").removesuffix(b"\r"), number, result)

    def _text(self, text: bytes | None, number: int, result: Result) -> None:
        record = self._read(text) if text is not None else None
        if record is None:
            result.unreadable += 1
        else:
            self._record(record, number, result)

    def _read(self, text: bytes) -> Record | None:
        """Read a text with care; what can't be read as a whole is, as in a map, read as far as it is needed."""
        try:
            return read_text(text)
        except UnreadableError:
            pair = self._pair
            if pair is None or not is_shallow(text) or not is_utf8(text):
                return None
            try:
                return pair.narrow.read(text)
            except (ValueError, RecursionError):
                return None

    def _record(self, record: Record, number: int, result: Result) -> None:
        old_plan, new_plan = self._old.sole, self._new.sole
        if old_plan is None or new_plan is None:
            old, new = self._old.go(record), self._new.go(record)
        else:
            old = Arrival(old_plan, mapped(old_plan, record, None, self._now))
            new = Arrival(new_plan, mapped(new_plan, record, None, self._now))
        self._count(old, new, number, record, result)

    def _count(self, old: Arrival, new: Arrival, number: int, record: Record | bytes, result: Result) -> None:
        """Count one record, which may still be a text."""
        plan = new.plan or old.plan
        name = _name(plan)
        count = result.count(name)
        count.records += 1
        result.records += 1
        found = list(self._changes(old, new))
        if not found:
            return
        count.changed += 1
        result.changed += 1
        self._count_keys(old, new, found, result)
        for change in found:
            row = result.row(name, change)
            row.count += 1
            if len(row.examples) < EXAMPLES:
                row.examples.append(Example(number, self._id(record), change))

    def _id(self, record: Record | bytes) -> str | None:
        if isinstance(record, bytes):
            record = self._read(record) or {}
        return text_id(self._pick_id, record) if self._pick_id is not None else None

    def _changes(self, old: Arrival, new: Arrival) -> Iterator[Change]:
        if old.customer == new.customer:
            key = (_name(old.plan), _name(new.plan))
            if key not in self._natures:
                self._natures[key] = _together(self._old.nature(old.plan), self._new.nature(new.plan))
            yield from changes(old.outcome, new.outcome, self._natures[key])
        elif old.customer is None:
            yield Change(None, Way.UPDATED_NOW)
        else:
            yield Change(None, Way.ADDED_NOW if new.customer is None else Way.OTHER_CUSTOMER)

    def _count_keys(self, old: Arrival, new: Arrival, found: Iterable[Change], result: Result) -> None:
        """Count the match keys that a changed record would be found by, where they are others now."""
        before, after = old.outcome.record, new.outcome.record
        if before is None or after is None:
            return
        for field in {change.field for change in found} & self._keys.keys():
            if field is not None and any(
                _key(rule, before, old.existing or {}) != _key(rule, after, new.existing or {})
                for rule in self._keys[field]
            ):
                result.key_hits[field] += 1


def _name(plan: Plan | None) -> str:
    return plan.name if plan is not None else ""


def _together(*natures: Nature | None) -> Nature:
    """Return the nature of records that two plans make: children of either are children."""
    known = [one for one in natures if one is not None]
    if not known:
        return Nature("", frozenset(), keeps=False)
    children = frozenset[str]().union(*(one.children for one in known))
    return Nature(known[-1].custom, children, known[-1].keeps)


def _key(rule: KeyRule, written: Record, existing: Record) -> str | None:
    value = written.get(rule.field, existing.get(rule.field))
    return match_key(rule.compare, value, region=rule.region, ignore=rule.ignore)
