"""Mapping in several processes, in the order of the input.

Each worker has a pipe of its own. So a worker that dies is noticed at once, even in the middle of a message, and
workers whose parent died find their pipe closed and end: `concurrent.futures` shares one pipe among all workers and
waits for ever in both cases.

A worker that reads its pieces from the file itself has the next one before it is done with the one before, so that it
never waits for us. Pieces that travel through the pipe go one at a time: two that send to each other, and of whom
neither reads, would wait for ever.

Where the output is a plain file, forked workers write it themselves. A worker keeps what a piece came to until all
pieces before it are done, and is told where it goes together with its next piece; so results travel through no pipe.

On Linux processes are forked: they have the parent's mapper at once, where spawned ones have to start Python and read
the project again. A process with threads is never forked, because a lock that another thread holds would stay locked.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, NamedTuple, cast

from recordmap.batch.faults import WorkerLostError
from recordmap.batch.mapper import Mapper
from recordmap.batch.part import Part, joined
from recordmap.batch.writing import Shared
from recordmap.diagnostics import ConfigurationError, RecordmapError
from recordmap.frozen import Frozen
from recordmap.streams.reading import Block, Range

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

AHEAD = 3
"""Pieces of work for each worker that may be under way or wait for their turn to be written."""

_READY = -1
"""What stands for a piece where a worker says that it is ready, or has only written."""


class _Refusal(Frozen):
    """Why a worker can't work, in words: exceptions don't travel well."""

    message: str
    hint: str | None


class _Order(NamedTuple):
    """What a worker is to do: write what came of earlier pieces at their places, then map one more, if there is one."""

    places: tuple[tuple[int, int], ...]
    number: int = _READY
    piece: Block | Range | None = None


class _Done(NamedTuple):
    """What came of a piece. The worker keeps `length` bytes of it, which the part doesn't hold."""

    part: Part
    length: int


class _Worker:
    """A process, our end of its pipe, the numbers of the pieces it is at, and the places of those that it keeps.

    A place is the number of a piece and where in the file it goes.
    """

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.at = deque([_READY])
        self.places: list[tuple[int, int]] = []

    def order(self, number: int = _READY, piece: Block | Range | None = None) -> None:
        """Send the worker to its places, and to a piece."""
        order = _Order(tuple(self.places), number, piece)
        self.at.append(number)
        self.places.clear()
        # One that has ended said why, which is read as its answer; where it didn't, that is noticed there.
        with suppress(ConnectionError):
            self.pipe.send(order)

    def answer(self) -> tuple[int, _Done]:
        """Return what came of the piece that the worker was at, and the piece's number.

        Raises:
            ConfigurationError: it can't work, and says why.
            EOFError, OSError: it died.
        """
        answer = self.pipe.recv()
        if isinstance(answer, _Refusal):
            raise ConfigurationError(answer.message, answer.hint)
        return self.at.popleft(), cast("_Done", answer)


def map_in_workers(
    make: Callable[[], Mapper],
    work: Iterable[Block | Range],
    jobs: int,
    *,
    at_once: int = 1,
    ready: Mapper | None = None,
    target: Shared | None = None,
) -> Generator[Part]:
    """Map pieces of work in `jobs` processes; yield what came of each, in order. Close the iterator to stop them.

    A worker has `at_once` pieces at most: 1 for blocks, and more only for ranges, whose messages are short.

    `make` is called once in each process, so it must be something that pickle can send. Forked processes use a mapper
    like it that is `ready`, and write `target` themselves: the parts hold no output then.

    Raises:
        ConfigurationError: a worker can't make its mapper, can't read its part of a file, or can't write.
        WorkerLostError: a worker died.
    """
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            workers.append(_start(make, ready, [worker.pipe for worker in workers], target))
        yield from _in_order(workers, enumerate(work), at_once)
        for worker in workers:
            worker.pipe.close()
            worker.process.join()
    except (EOFError, OSError) as error:
        raise WorkerLostError(
            "a worker process ended unexpectedly; perhaps there was no memory left"
        ) from error
    finally:
        # They hold nothing that could be left half-done, so there is nothing to wait for.
        for worker in workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()


def can_fork() -> bool:
    """Whether processes are forked here and now."""
    return sys.platform == "linux" and threading.active_count() == 1


def _start(
    make: Callable[[], Mapper], ready: Mapper | None, before: list[Connection], target: Shared | None
) -> _Worker:
    forks = can_fork()
    context: BaseContext = get_context("fork" if forks else "spawn")
    ours, theirs = context.Pipe()
    if forks and ready is not None:
        mapper = ready
        make = lambda: mapper  # noqa: E731 - nothing is sent to a forked process
    # Nobody but us may hold our ends of pipes, or our death would not close them: a forked process has them too.
    held = (ours, *before) if forks else ()
    arguments = (make, theirs, held, target if forks else None)
    process: BaseProcess = context.Process(target=_serve, args=arguments, daemon=True)  # type: ignore[attr-defined]
    process.start()
    # The worker must be the only one that holds its end, or its death would not close the pipe.
    theirs.close()
    return _Worker(process, ours)


def _in_order(
    workers: list[_Worker], work: Iterator[tuple[int, Block | Range]], at_once: int
) -> Iterator[Part]:
    by_pipe = {worker.pipe: worker for worker in workers}
    done: dict[int, tuple[_Worker, _Done]] = {}
    wanted = end = 0
    while busy := [worker.pipe for worker in workers if worker.at]:
        for pipe in wait(busy):
            worker = by_pipe[cast("Connection", pipe)]
            number, result = worker.answer()
            if number != _READY:
                done[number] = worker, result
            # Work first, then results: the workers are at it while they are written.
            _set_to_work(workers, work, at_once, AHEAD * len(workers) - len(done))
            while wanted in done:
                holder, (part, length) = done.pop(wanted)
                if length:
                    holder.places.append((wanted, end))
                    end += length
                yield part
                wanted += 1
        _set_to_work(workers, work, at_once, AHEAD * len(workers) - len(done))
    behind = [worker for worker in workers if worker.places]
    for worker in behind:
        worker.order()
    for worker in behind:
        worker.answer()


def _set_to_work(
    workers: list[_Worker], work: Iterator[tuple[int, Block | Range]], at_once: int, room: int
) -> None:
    """Give each worker pieces until it has `at_once`, those with the least first, and all together `room`."""
    room -= sum(len(worker.at) for worker in workers)
    for level in range(at_once):
        for worker in workers:
            if len(worker.at) > level or _READY in worker.at:
                continue
            if room <= 0:
                return
            number, piece = next(work, (_READY, None))
            if piece is None:
                return
            worker.order(number, piece)
            room -= 1


def _serve(
    make: Callable[[], Mapper], pipe: Connection, held: tuple[Connection, ...], target: Shared | None
) -> None:
    """Be a worker: map what comes through the pipe until it is closed."""
    for other in held:
        other.close()
    # Ctrl-C goes to the whole group of processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kept: dict[int, bytes] = {}
    with suppress(EOFError, OSError):
        try:
            mapper = make()
            pipe.send(_Done(Part(), 0))
            while True:
                order: _Order = pipe.recv()
                for number, at in order.places:
                    cast("Shared", target).write(kept.pop(number), at)
                part = Part() if order.piece is None else joined(tuple(mapper.map(order.piece)))
                length = 0 if target is None else len(part.output)
                if length:
                    kept[order.number] = part.output
                    part = part._replace(output=b"")
                pipe.send(_Done(part, length))
        except RecordmapError as error:
            pipe.send(_Refusal(str(error), getattr(error, "hint", None)))
