"""What came of some records (`Part`) and of a whole run (`Tally`). Counting only; nothing here maps or writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Reject(NamedTuple):
    """One record that was refused.

    `number` counts lines, or elements of an array, from 1: within the part at first, within the input once a tally
    took it. `text` is the reject as one JSON object, without its number; empty where nobody keeps rejects.
    """

    number: int
    code: str
    message: str
    field: str | None
    text: bytes = b""

    def behind(self, before: int) -> Reject:
        """Return this with a number that counts `before` more."""
        return Reject(before + self.number, self.code, self.message, self.field, self.text)

    def line(self, unit: str) -> bytes:
        """Return the reject as a line of a rejects file; `unit` (line, item) names its number."""
        return b'{"%s":%d,%s\n' % (unit.encode(), self.number, self.text[1:])


class Part(NamedTuple):
    """What came of a block, in the order of its records. `output` holds whole lines.

    `mapped`, `skipped`, `blank` and `rejects` add up to the texts of the block, or to those before the one that
    stopped the run. `matched` counts records whose existing destination record was found.
    """

    output: bytes = b""
    mapped: int = 0
    skipped: int = 0
    blank: int = 0
    matched: int = 0
    rejects: tuple[Reject, ...] = ()

    @property
    def texts(self) -> int:
        """How many texts came to this."""
        return self.mapped + self.skipped + self.blank + len(self.rejects)


def joined(parts: Sequence[Part]) -> Part:
    """Return what came of parts that follow each other as one part."""
    if len(parts) == 1:
        return parts[0]
    rejects: list[Reject] = []
    before = 0
    for part in parts:
        rejects += [one.behind(before) for one in part.rejects]
        before += part.texts
    return Part(
        b"".join([part.output for part in parts]),
        sum(part.mapped for part in parts),
        sum(part.skipped for part in parts),
        sum(part.blank for part in parts),
        sum(part.matched for part in parts),
        tuple(rejects),
    )


class Making:
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
        """How many records were mapped."""
        return len(self.lines) - self.others

    @property
    def number(self) -> int:
        """The number of the text that comes next."""
        return self.mapped + self.skipped + self.blank + len(self.rejects) + 1

    def part(self) -> Part:
        """Return the part. Nothing can be added to it then."""
        self.lines.append(b"")
        mapped = self.mapped - 1
        return Part(
            b"\n".join(self.lines), mapped, self.skipped, self.blank, self.matched, tuple(self.rejects)
        )


class Count(NamedTuple):
    """How often a code was met, and the number of the first record with it."""

    times: int
    first: int


class Tally:
    """What came of a run so far.

    `unit` names what numbers count: `line` or `item`. `position` is how many bytes of the input were read, as they
    lie on disk. `stopped_by` is the reject that stopped the run.
    """

    def __init__(self, unit: str = "line") -> None:
        self.unit = unit
        self.mapped = 0
        self.skipped = 0
        self.blank = 0
        self.matched = 0
        self.rejected = 0
        self.position = 0
        self.codes: dict[str, Count] = {}
        self.stopped_by: Reject | None = None

    @property
    def records(self) -> int:
        """How many records were read, whatever came of them."""
        return self.mapped + self.skipped + self.rejected

    def add(self, part: Part) -> Sequence[Reject]:
        """Count a part that follows those before; return its rejects numbered within the input."""
        before = self.records + self.blank
        rejects = [one.behind(before) for one in part.rejects] if before else part.rejects
        for reject in rejects:
            times, first = self.codes.get(reject.code, (0, reject.number))
            self.codes[reject.code] = Count(times + 1, first)
        self.mapped += part.mapped
        self.skipped += part.skipped
        self.blank += part.blank
        self.matched += part.matched
        self.rejected += len(rejects)
        return rejects
