"""A run: records from an input through a mapper to an output, with rejects beside it, counted.

A run ends in whole results or in none: files are put in place after the last record. Only what goes to standard
output, or to something else that is no file, is there as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from recordmap.batch.mapper import Mapper
from recordmap.batch.part import Part, Tally
from recordmap.batch.writing import Output
from recordmap.frozen import Frozen
from recordmap.streams.reading import Input

PIECE = 1 << 21
"""Bytes of input that a worker gets at a time."""


class Jobs(Frozen):
    """Several processes. `make` makes a mapper like the run's own in each, so pickle must be able to send it."""

    count: int
    make: Callable[[], Mapper]
    piece: int = PIECE


def run(
    mapper: Mapper,
    source: Input,
    output: Output,
    rejects: Output | None = None,
    *,
    jobs: Jobs | None = None,
    on_progress: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Map every record of `source`; return what came of them. The outputs are committed here, and closed by the caller.

    A mapper that stops at a reject stops the run: nothing is committed then, and `stopped_by` of the tally is the
    reject. `on_progress` is called after every block.

    Raises:
        ConfigurationError: the input can't be read to its end, or a result can't be written.
        WorkerLostError: a worker process died.
    """
    tally = Tally(source.unit)
    if not source.is_array:
        mapper.expect(source.size)
    with closing(_parts(mapper, source, output, jobs)) as parts:
        for part, tally.position in parts:
            refused = tally.add(part)
            if part.output:
                output.write(part.output)
            if refused and rejects is not None:
                rejects.write(b"".join(reject.line(source.unit) for reject in refused))
                rejects.hasten()
            output.hasten()
            if refused and mapper.wishes.stop:
                tally.stopped_by = refused[0]
                return tally
            on_progress(tally)
    # The rejects first: whoever finds the output finds them too.
    if rejects is not None:
        rejects.commit()
    output.commit()
    return tally


def _parts(mapper: Mapper, source: Input, output: Output, jobs: Jobs | None) -> Generator[tuple[Part, int]]:
    """Yield what came of each block, in order, and the position in the input behind it."""
    ranges = source.ranges(jobs.piece) if jobs is not None else []
    if jobs is None or len(ranges) == 1:
        for block in source.blocks():
            for part in mapper.map(block):
                yield part, source.position
        return
    from recordmap.batch.workers import map_in_workers  # noqa: PLC0415 - only where there are several

    if ranges:
        count, target = min(jobs.count, len(ranges)), output.shared()
        workers = map_in_workers(jobs.make, ranges, count, at_once=2, ready=mapper, target=target)
        with closing(workers) as results:
            yield from ((part, done.end) for done, part in zip(ranges, results, strict=True))
    else:
        blocks, target = source.blocks(jobs.piece), output.shared()
        with closing(map_in_workers(jobs.make, blocks, jobs.count, ready=mapper, target=target)) as results:
            yield from ((part, source.position) for part in results)
