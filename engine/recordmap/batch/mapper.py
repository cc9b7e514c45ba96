"""Mapping a block of texts: read, map, write, in one tight loop; every text that is not usual leaves it.

A text that can't be read, a record that is refused and an exception of any kind are rejects of that one record. What
is written for a record never depends on the road it took or on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, cast

import orjson

from recordmap.batch.faults import Broken
from recordmap.batch.ids import PickId, text_id
from recordmap.batch.part import Part, Reject
from recordmap.batch.reading import Block, Range, line_blocks
from recordmap.batch.texts import is_blank, is_plain, is_utf8, plain_lines, read_text
from recordmap.connectors.json import UnreadableError
from recordmap.frozen import Frozen
from recordmap.runtime.outcome import Kind, Outcome, Reason, Record
from recordmap.runtime.plan import Plan
from recordmap.runtime.values import Place, failed

if TYPE_CHECKING:
    from recordmap.batch.existing import Existing
    from recordmap.batch.narrow import Decode
    from recordmap.compiler.needs import Need

UNREADABLE = "source-record-unreadable"
PATIENCE = 80
"""Blocks that are decoded as a whole: mapping them takes about as long as importing the other decoder."""
_SHOWN = 100_000


class Wishes(Frozen):
    """How results are wanted.

    `with_outcome`: every record's outcome in the output, not the mapped records alone. `keep_rejects`: rejects with
    their text, for a file. `stop`: nothing is mapped after the first reject.
    """

    with_outcome: bool = False
    keep_rejects: bool = False
    stop: bool = False


PLAIN = Wishes()
"""Mapped records and nothing else."""


class _Making:
    """A part in the making. `others` counts lines that are outcomes of records not mapped."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.others = 0
        self.skipped = 0
        self.blank = 0
        self.matched = 0
        self.rejects: list[Reject] = []

    @property
    def mapped(self) -> int:
        return len(self.lines) - self.others

    @property
    def number(self) -> int:
        """The number of the text that comes next."""
        return self.mapped + self.skipped + self.blank + len(self.rejects) + 1

    def part(self) -> Part:
        self.lines.append(b"")
        mapped = self.mapped - 1
        return Part(
            b"\n".join(self.lines), mapped, self.skipped, self.blank, self.matched, tuple(self.rejects)
        )


class Mapper:
    """A plan, and everything else that mapping a stream of records takes. Holds no state of any record.

    `pick_id` picks a source record's external ID; `existing` finds the destination record of an Update; `now` is the
    run's time, where the plan asks for it. `need` says what is read of records, the ID included; after `patience`
    blocks no more than that is decoded.
    """

    def __init__(
        self,
        plan: Plan,
        wishes: Wishes = PLAIN,
        *,
        pick_id: PickId | None = None,
        existing: Existing | None = None,
        now: str | None = None,
        need: Need | None = None,
        patience: int = PATIENCE,
    ) -> None:
        self._collection = plan.name
        self._function = plan.function
        self.wishes = wishes
        self._pick_id = pick_id
        self._existing = existing
        self._now = now
        self._need = need if need is not None and not need.whole and existing is None else None
        self._patience = patience

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
        making = _Making()
        texts = BytesIO(block)
        if self.wishes.with_outcome or self._existing is not None or not plain_lines(block):
            for text in texts:
                self._map_line(making, text)
                if self._is_over(making):
                    break
        else:
            self._patience -= 1
            is_narrow = self._need is not None and self._patience < 0 and is_utf8(block)
            self._map_plain(making, texts, self._decode_needed if is_narrow else orjson.loads)
        return making.part()

    def _map_plain(self, making: _Making, texts: BytesIO, decode: Decode) -> None:
        """Map lines that `decode` alone reads right. What is not usual is done again, or ended, by other methods."""
        function, now = self._function, self._now
        dumps, write = orjson.dumps, making.lines.append
        is_whole = decode is orjson.loads or not self.wishes.keep_rejects
        record: Record | None
        for text in texts:
            try:
                record = decode(text)
                result = function(record, None, None, now)
                if type(result) is dict:
                    write(dumps(result))
                    continue
            except Exception:  # noqa: BLE001 - `_map_line` meets it again, step by step, and says what it is
                record = result = None
            if type(record) is dict and is_whole:
                self._end(making, record, cast("Outcome", result), record)
            else:
                self._map_line(making, text)
            if self._is_over(making):
                return

    @cached_property
    def _decode_needed(self) -> Decode:
        from recordmap.batch.narrow import narrow_decoder  # noqa: PLC0415 - pays from some thousands of records on

        return narrow_decoder(self._need) if self._need is not None else orjson.loads

    def _map_elements(self, texts: tuple[bytes | Broken, ...]) -> Part:
        making = _Making()
        for text in texts:
            if isinstance(text, Broken):
                self._refuse(making, self._reason(text.reason), None, None)
            else:
                self._map_text(making, text)
            if self._is_over(making):
                break
        return making.part()

    def _is_over(self, making: _Making) -> bool:
        return self.wishes.stop and bool(making.rejects)

    def _map_line(self, making: _Making, text: bytes) -> None:
        if is_blank(text):
            making.blank += 1
        else:
            self._map_text(making, text.removesuffix(b"\n").removesuffix(b"\r"))

    def _map_text(self, making: _Making, text: bytes) -> None:
        shown: Record | str
        try:
            record = shown = read_text(text)
        except UnreadableError as error:
            shown = text[: 4 * _SHOWN].decode("utf-8", "replace")[:_SHOWN]
            needed = self._read_needed(text)
            if needed is None:
                self._refuse(making, self._reason(str(error)), None, shown)
                return
            record = needed
        outcome: Record | Outcome
        try:
            existing = self._existing.find(record) if self._existing is not None else None
            making.matched += existing is not None
            outcome = self._function(record, existing, None, self._now)
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
        if self._need is None or not is_plain(text) or not is_utf8(text):
            return None
        try:
            return self._decode_needed(text)
        except (ValueError, RecursionError):
            return None

    def _end(self, making: _Making, record: Record, outcome: Outcome, shown: Record | str) -> None:
        """Take note of a record that was not mapped."""
        reason = outcome.reason or self._reason("no reason was given")
        if outcome.kind is Kind.SKIPPED:
            making.skipped += 1
            self._tell(making, outcome.kind, self._id(record), reason)
        else:
            self._refuse(making, reason, self._id(record), shown)

    def _refuse(
        self, making: _Making, reason: Reason, source_id: str | None, shown: Record | str | None
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

    def _tell(self, making: _Making, kind: Kind, source_id: str | None, reason: Reason) -> None:
        if self.wishes.with_outcome:
            told = {"outcome": kind, "source_id": source_id, "record": None, "reason": _shown_reason(reason)}
            making.lines.append(orjson.dumps(told))
            making.others += 1

    def _id(self, record: Record) -> str | None:
        return text_id(self._pick_id, record) if self._pick_id is not None else None

    def _reason(self, message: str) -> Reason:
        return Reason(UNREADABLE, message, self._collection)


def _shown_reason(reason: Reason) -> dict[str, str | None]:
    return {"code": reason.code, "message": reason.message, "field": reason.field}
