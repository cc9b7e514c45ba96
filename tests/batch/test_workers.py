"""Several processes: the same bytes as one, and a death in any place ends the run with nothing left behind."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batch.support import KEEP, Result, make_mapper, map_file
from recordmap.batch import workers
from recordmap.batch.faults import WorkerLostError
from recordmap.batch.mapper import Mapper, Wishes
from recordmap.batch.part import Part, Reject
from recordmap.batch.run import Jobs, run
from recordmap.batch.workers import AHEAD, map_in_workers
from recordmap.batch.writing import Output, Shared
from recordmap.diagnostics import ConfigurationError, Diagnostic, TemplateError
from recordmap.streams.reading import Input, Range

KINDS = [
    b'{"id": %d, "v": "abc"}',
    b'{"id": %d, "do": "skip"}',
    b'{"id": %d, "do": "refuse"}',
    b'{"id": %d, "v": 12345678901234567890}',
    b"broken %d",
    b"  ",
    b'{"id": %d, "v": "' + b"long" * 60 + b'"}',
]
LINES = [kind % number if b"%" in kind else kind for number in range(60) for kind in KINDS]


@pytest.fixture(autouse=True, params=["fork", "spawn"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Do every test with both ways to start a process."""
    way: str = request.param
    if way == "fork" and (sys.platform != "linux" or sys.version_info >= (3, 12)) and not workers.can_fork():
        pytest.skip("processes are not forked here")
    monkeypatch.setattr(workers, "can_fork", lambda: way == "fork")
    # Spawned processes have to find this module.
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(__file__).parents[2])])
    return way


def both(path: Path, wishes: Wishes = KEEP) -> tuple[Result, Result]:
    return map_file(path, wishes), map_file(path, wishes, jobs=3)


@pytest.mark.parametrize(
    "wishes", [KEEP, Wishes(with_outcome=True, keep_rejects=True)], ids=["plain", "outcomes"]
)
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("in.ndjson", b"\n".join(LINES)),
        ("marked.ndjson", b"\xef\xbb\xbf" + b"\r\n".join(LINES) + b"\r\n"),
        ("in.ndjson.gz", gzip.compress(b"\n".join(LINES))),
        ("in.json", b"[" + b",\n".join(line for line in LINES if b"{" in line) + b"]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_several_processes_write_the_same_bytes(
    name: str, data: bytes, wishes: Wishes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    one, three = both(path, wishes)
    assert three.output == one.output
    assert three.rejects == one.rejects
    one.tally.position = three.tally.position = 0
    assert vars(one.tally) == vars(three.tally)
    assert one.tally.mapped == 180
    assert one.tally.skipped == 60


def test_several_processes_stop_at_the_same_record(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b'{"id": 1}\n' * 100 + b'{"do": "refuse"}\n' * 3 + b'{"id": 1}\n' * 100)
    for result in both(path, Wishes(stop=True)):
        assert result.tally.stopped_by is not None
        assert result.tally.stopped_by.number == 101
        assert result.output == b""
    assert [one.name for one in tmp_path.iterdir()] == ["in.ndjson"]


def test_a_small_file_needs_no_processes(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b'{"id": 1}\n')
    with Input(path) as source, Output(tmp_path / "out") as output:
        assert run(make_mapper(), source, output, jobs=Jobs(8, never)).mapped == 1


def never() -> Mapper:
    raise AssertionError


def test_a_worker_that_is_killed_ends_the_run_with_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b'{"id": 1}\n' * 50 + b'{"do": "die"}\n' + b'{"id": 1}\n' * 50)
    with pytest.raises(WorkerLostError, match="ended unexpectedly"):
        map_file(path, jobs=2)
    assert [one.name for one in tmp_path.iterdir()] == ["in.ndjson"]


def test_a_worker_that_cannot_write_says_so(tmp_path: Path, method: str) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b'{"id": 1}\n')
    with path.open("rb") as unwritable:
        target = Shared(unwritable.fileno(), "out")
        parts = map_in_workers(
            make_mapper, [Range(path, 0, 10, is_first=True)], 1, ready=make_mapper(), target=target
        )
        if method == "fork":
            with pytest.raises(ConfigurationError, match="out can't be written"):
                list(parts)
        else:
            assert [part.output for part in parts] == [b'{"Id":1}\n']


def test_a_worker_that_ended_has_its_say_though_more_was_sent_to_it(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b'{"id": 1}\n' * 100)
    ranges = [Range(path, at * 10, at * 10 + 10, is_first=at == 0) for at in range(100)]
    ranges[50] = Range(tmp_path / "gone", 0, 10, is_first=True)
    with pytest.raises(ConfigurationError, match=r"gone can't be read"):
        list(map_in_workers(make_mapper, ranges, 2, at_once=2))
    assert multiprocessing.active_children() == []


class Gone:
    """A process that has ended."""

    def kill(self) -> None:
        pass

    def join(self) -> None:
        pass


@pytest.mark.skipif(os.name == "nt", reason="messages look otherwise there")
@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\x64", b"\0\0\0\x64half of a message"])
def test_a_worker_that_dies_while_it_answers_is_noticed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: Any) -> Any:
        ours, theirs = multiprocessing.Pipe()
        os.write(theirs.fileno(), sent)
        theirs.close()
        return workers._Worker(Gone(), ours)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "_start", start)
    with pytest.raises(WorkerLostError):
        list(map_in_workers(make_mapper, [b"{}\n"], 2))


def wrong_templates() -> Mapper:
    raise ConfigurationError("a template was changed while the run began", "start it again")


def bad_templates() -> Mapper:
    fault = Diagnostic("unknown-name", "no such name", file="a.yaml")
    raise TemplateError([fault])


@pytest.mark.parametrize("make", [wrong_templates, bad_templates])
def test_a_worker_that_cannot_begin_says_why(make: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"a template was changed|no such name"):
        list(map_in_workers(make, [b"x" * 5_000_000], 2))


def test_work_is_taken_as_it_is_needed() -> None:
    taken = []

    def work() -> Iterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b'{"id": %d}\n' % number

    results = map_in_workers(make_mapper, work(), 2)
    assert next(results).output == b'{"Id":0}\n'
    assert len(taken) <= 2 * AHEAD + 1
    results.close()
    assert multiprocessing.active_children() == []


def test_what_goes_wrong_in_the_input_ends_the_workers() -> None:
    def work() -> Iterator[bytes]:
        yield b'{"id": 1}\n'
        raise ConfigurationError("the input is gone")

    with pytest.raises(ConfigurationError, match="the input is gone"):
        list(map_in_workers(make_mapper, work(), 2))
    assert multiprocessing.active_children() == []


def test_parts_and_works_can_be_sent() -> None:
    part = Part(b"x\n", 1, 2, 3, 4, (Reject(1, "code", "message", None, b"{}"),))
    work = Range(Path("a"), 1, 2, is_first=False)
    assert pickle.loads(pickle.dumps(part)) == part
    assert pickle.loads(pickle.dumps(work)) == work
