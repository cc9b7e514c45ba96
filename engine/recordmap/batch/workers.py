"""Mapping in several processes, in the order of the input.

Each worker has a pipe of its own and one piece of work at a time. So a worker that dies is noticed at once, even in
the middle of a message, and workers whose parent died find their pipe closed and end: `concurrent.futures` shares
one pipe among all workers and waits for ever in both cases.

On Linux processes are forked: they have the parent's mapper at once, where spawned ones have to start Python and read
the project again. A process with threads is never forked, because a lock that another thread holds would stay locked.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, cast

from recordmap.batch.faults import WorkerLostError
from recordmap.batch.mapper import Mapper
from recordmap.batch.part import Part
from recordmap.batch.reading import Block, Range
from recordmap.diagnostics import ConfigurationError, RecordmapError
from recordmap.frozen import Frozen

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

AHEAD = 3
"""Pieces of work for each worker that may be under way or wait for their turn to be written."""


class _Refusal(Frozen):
    """Why a worker can't work, in words: exceptions don't travel well."""

    message: str
    hint: str | None


class _Worker:
    """A process, our end of its pipe, and the number of the piece that it maps; -1 before the first."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.number = -1


def map_in_workers(
    make: Callable[[], Mapper], work: Iterable[Block | Range], jobs: int, *, ready: Mapper | None = None
) -> Generator[tuple[Part, ...]]:
    """Map pieces of work in `jobs` processes; yield what came of each, in order. Close the iterator to stop them.

    `make` is called once in each process, so it must be something that pickle can send. Forked processes use a mapper
    like it that is `ready`.

    Raises:
        ConfigurationError: a worker can't make its mapper, or can't read its part of a file.
        WorkerLostError: a worker died.
    """
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            workers.append(_start(make, ready, [worker.pipe for worker in workers]))
        yield from _in_order(workers, enumerate(work))
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


def _start(make: Callable[[], Mapper], ready: Mapper | None, before: list[Connection]) -> _Worker:
    forks = can_fork()
    context: BaseContext = get_context("fork" if forks else "spawn")
    ours, theirs = context.Pipe()
    if forks and ready is not None:
        mapper = ready
        make = lambda: mapper  # noqa: E731 - nothing is sent to a forked process
    # Nobody but us may hold our ends of pipes, or our death would not close them: a forked process has them too.
    held = (ours, *before) if forks else ()
    process: BaseProcess = context.Process(target=_serve, args=(make, theirs, held), daemon=True)  # type: ignore[attr-defined]
    process.start()
    # The worker must be the only one that holds its end, or its death would not close the pipe.
    theirs.close()
    return _Worker(process, ours)


def _in_order(
    workers: list[_Worker], work: Iterator[tuple[int, Block | Range]]
) -> Iterator[tuple[Part, ...]]:
    busy = {worker.pipe: worker for worker in workers}  # until each says that it is ready
    idle: list[_Worker] = []
    done: dict[int, tuple[Part, ...]] = {}
    wanted = 0
    while busy:
        for pipe in wait(list(busy)):
            worker = busy.pop(cast("Connection", pipe))
            result = worker.pipe.recv()
            if isinstance(result, _Refusal):
                raise ConfigurationError(result.message, result.hint)
            if worker.number >= 0:
                done[worker.number] = result
            idle.append(worker)
            # Work first, then results: the worker is at it while they are written.
            _set_to_work(idle, busy, work, AHEAD * len(workers) - len(done))
            while wanted in done:
                yield done.pop(wanted)
                wanted += 1
        _set_to_work(idle, busy, work, AHEAD * len(workers) - len(done))


def _set_to_work(
    idle: list[_Worker],
    busy: dict[Connection, _Worker],
    work: Iterator[tuple[int, Block | Range]],
    room: int,
) -> None:
    """Give work to idle workers, until there is no more or `room` of them are busy."""
    while idle and len(busy) < room:
        number, piece = next(work, (-1, None))
        if piece is None:
            return
        worker = idle.pop()
        worker.number = number
        worker.pipe.send(piece)
        busy[worker.pipe] = worker


def _serve(make: Callable[[], Mapper], pipe: Connection, held: tuple[Connection, ...]) -> None:
    """Be a worker: map what comes through the pipe until it is closed."""
    for other in held:
        other.close()
    # Ctrl-C goes to the whole group of processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        try:
            mapper = make()
            pipe.send(())
            while True:
                pipe.send(tuple(mapper.map(pipe.recv())))
        except RecordmapError as error:
            pipe.send(_Refusal(str(error), getattr(error, "hint", None)))
