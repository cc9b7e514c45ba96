"""Mapping a block of texts: read, map, write, in one tight loop; every text that is not usual leaves it.

A text that can't be read, a record that is refused and an exception of any kind are rejects of that one record. What
is written for a record never depends on the road it took or on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, cast

import orjson

from recordmap.batch.ids import PickId, text_id
from recordmap.batch.part import Making, Part, Reject
from recordmap.frozen import Frozen
from recordmap.runtime.outcome import Kind, Outcome, Reason, Record
from recordmap.runtime.plan import Plan
from recordmap.runtime.values import Place, failed
from recordmap.streams.broken import Broken
from recordmap.streams.json import UnreadableError, shown_text
from recordmap.streams.reading import BLOCK, Block, Range, line_blocks
from recordmap.streams.texts import is_blank, is_shallow, is_utf8, plain_lines, read_text, shallow_lines

if TYPE_CHECKING:
    from recordmap.batch.existing import Existing
    from recordmap.batch.narrow import Narrow
    from recordmap.batch.previous import Previous

UNREADABLE = "source-record-unreadable"
PATIENCE = 60
"""Blocks that are decoded as a whole: what they would take less otherwise is what it takes to get the other way."""


class Wishes(Frozen):
    """How results are wanted.

    `with_outcome`: every record's outcome in the output, not the mapped records alone. `keep_rejects`: rejects with
    their text, for a file. `stop`: nothing is mapped after the first reject.
    """

    with_outcome: bool = False
    keep_rejects: bool = False
    stop: bool = False

    @property
    def shows(self) -> bool:
        """Whether records that were not mapped are shown, with their IDs."""
        return self.with_outcome or self.keep_rejects


PLAIN = Wishes()
"""Mapped records and nothing else."""


class Mapper:
    """A plan, and everything else that mapping a stream of records takes. Holds no state of any record.

    `pick_id` picks a source record's external ID; `existing` finds the destination record of an Update, `previous` the
    source record as it was last synced; `now` is the run's time, where the plan asks for it. `narrow` makes a decoder
    that decodes no more than is needed of records, the ID of those that are shown included, and the function for it;
    None where that's not possible. It is used after `patience` blocks, or at once where `expect` told of more.
    """

    def __init__(  # noqa: PLR0913 - what may be left out is keyword-only
        self,
        plan: Plan,
        wishes: Wishes = PLAIN,
        *,
        pick_id: PickId | None = None,
        existing: Existing | None = None,
        previous: Previous | None = None,
        now: str | None = None,
        narrow: Callable[[], Narrow | None] = lambda: None,
        patience: int = PATIENCE,
    ) -> None:
        self._collection = plan.name
        self._function = plan.function
        self.wishes = wishes
        self._pick_id = pick_id
        self._existing = existing
        self._previous = previous
        self._now = now
        self._make_narrow = narrow
        self._patience = patience
        self._is_plain = not wishes.with_outcome and existing is None and previous is None

    def expect(self, size: int | None) -> None:
        """Make ready for a stream of `size` bytes, where that is known."""
        if self._is_plain and size is not None and size > self._patience * BLOCK:
            self._patience = 0
            _ = self._narrow  # processes forked from here on have it

    def map(self, work: Block | Range) -> Iterator[Part]:
        """Map some of a stream, block by block; with `stop`, up to the first reject.

        Raises:
            ConfigurationError: a part of a file can't be read.
        """
        if isinstance(work, tuple):
            yield self._map_elements(work)
            return
        for block in work.blocks() if isinstance(work, Range) else line_blocks(work):
            part = self._map_lines(block)
            yield part
            if part.rejects and self.wishes.stop:
                return

    def _map_lines(self, block: bytes) -> Part:
        making = Making()
        self._patience -= self._is_plain
        narrow = self._narrow if self._patience < 0 else None
        if narrow is not None and shallow_lines(block) and is_utf8(block):
            self._map_needed(making, block, narrow)
        elif self._is_plain and plain_lines(block):
            self._map_plain(making, BytesIO(block))
        else:
            for text in BytesIO(block):
                self._map_line(making, text)
                if self._is_over(making):
                    break
        return making.part()

    def _map_plain(self, making: Making, texts: BytesIO) -> None:
        """Map lines that orjson alone reads right. What is not usual is done again, or ended, by other methods."""
        function, now = self._function, self._now
        loads, dumps, write = orjson.loads, orjson.dumps, making.lines.append
        record: Record | None
        for text in texts:
            try:
                record = loads(text)
                result = function(record, None, None, now, None)
                if type(result) is dict:
                    write(dumps(result))
                    continue
            except Exception:  # noqa: BLE001 - `_map_line` meets it again, step by step, and says what it is
                record = result = None
            if type(record) is dict:
                self._end(making, record, cast("Outcome", result), record)
            else:
                self._map_line(making, text)
            if self._is_over(making):
                return

    def _map_needed(self, making: Making, block: bytes, narrow: Narrow) -> None:
        """Map lines of which no more is decoded than is needed. What is not usual is done again by other methods."""
        function, now = narrow.function, self._now
        dumps, write = orjson.dumps, making.lines.append
        texts, passed = BytesIO(block), 0
        for needed in narrow.objects(block):
            try:
                result = function(needed, None, None, now, None)
                if type(result) is dict:
                    write(dumps(result))
                    continue
            except Exception:  # noqa: BLE001 - as above
                result = None
            if type(result) is Outcome and not self.wishes.keep_rejects:
                self._end(making, None, result, None)
            else:
                number = making.number
                self._map_line(making, next(islice(texts, number - 1 - passed, None)))
                passed = number
            if self._is_over(making):
                return

    @cached_property
    def _narrow(self) -> Narrow | None:
        # Which record exists already, or was synced before, may depend on keys that the collection doesn't read.
        alone = self._existing is None and self._previous is None
        return self._make_narrow() if alone else None

    def _map_elements(self, texts: tuple[bytes | Broken, ...]) -> Part:
        making = Making()
        for text in texts:
            if isinstance(text, Broken):
                self._refuse(making, self._reason(text.reason), None, None)
            else:
                self._map_text(making, text)
            if self._is_over(making):
                break
        return making.part()

    def _is_over(self, making: Making) -> bool:
        return self.wishes.stop and bool(making.rejects)

    def _map_line(self, making: Making, text: bytes) -> None:
        if is_blank(text):
            making.blank += 1
        else:
            self._map_text(making, text.removesuffix(b"\n").removesuffix(b"\r"))

    def _map_text(self, making: Making, text: bytes) -> None:
        shown: Record | str
        try:
            record = shown = read_text(text)
        except UnreadableError as error:
            shown = shown_text(text)
            needed = self._read_needed(text)
            if needed is None:
                self._refuse(making, self._reason(str(error)), None, shown)
                return
            record = needed
        outcome: Record | Outcome
        try:
            existing = self._existing.find(record) if self._existing is not None else None
            making.matched += existing is not None
            previous = self._previous.find(record) if self._previous is not None else None
            outcome = self._function(record, existing, None, self._now, previous)
            if type(outcome) is dict:
                making.lines.append(self._line(record, outcome))
                return
        except Exception as error:  # noqa: BLE001 - the boundary of a record: it is refused, the run goes on
            outcome = failed(Place(self._collection, None, None, None), error)
        self._end(making, record, cast("Outcome", outcome), shown)

    def _read_needed(self, text: bytes) -> Record | None:
        """Read what is needed of a record that can't be read as a whole; None where that can't be read either.

        It must come to the same end wherever it stands, also in a block of which no more than that is decoded.
        """
        narrow = self._narrow
        if narrow is None or not is_shallow(text) or not is_utf8(text):
            return None
        try:
            return narrow.read(text)
        except (ValueError, RecursionError):
            return None

    def _end(
        self, making: Making, record: Record | None, outcome: Outcome, shown: Record | str | None
    ) -> None:
        """Take note of a record that was not mapped. What it was is for those who want to see it."""
        reason = outcome.reason or self._reason("no reason was given")
        if outcome.kind is Kind.SKIPPED:
            making.skipped += 1
            self._tell(making, outcome.kind, self._id(record), reason)
        else:
            self._refuse(making, reason, self._id(record), shown)

    def _refuse(
        self, making: Making, reason: Reason, source_id: str | None, shown: Record | str | None
    ) -> None:
        text = b""
        if self.wishes.keep_rejects:
            text = orjson.dumps({"source_id": source_id, **_shown_reason(reason), "record": shown})
        making.rejects.append(Reject(making.number, reason.code, reason.message, reason.field, text))
        self._tell(making, Kind.REJECTED, source_id, reason)

    def _line(self, source: Record, record: Record) -> bytes:
        if not self.wishes.with_outcome:
            return orjson.dumps(record)
        source_id = self._id(source)
        return orjson.dumps(
            {"outcome": Kind.MAPPED, "source_id": source_id, "record": record, "reason": None}
        )

    def _tell(self, making: Making, kind: Kind, source_id: str | None, reason: Reason) -> None:
        if self.wishes.with_outcome:
            told = {"outcome": kind, "source_id": source_id, "record": None, "reason": _shown_reason(reason)}
            making.lines.append(orjson.dumps(told))
            making.others += 1

    def _id(self, record: Record | None) -> str | None:
        return text_id(self._pick_id, record) if self._pick_id is not None and record is not None else None

    def _reason(self, message: str) -> Reason:
        return Reason(UNREADABLE, message, self._collection)


def _shown_reason(reason: Reason) -> dict[str, str | None]:
    return {"code": reason.code, "message": reason.message, "field": reason.field}
