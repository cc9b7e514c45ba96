"""`recordmap map` as its users see it: files, streams, exit codes, what is said, and signals."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordmap.batch.run import PIECE
from recordmap.batch.workers import AHEAD
from recordmap.cli.commands import run
from recordmap.resources import data_folder
from recordmap.starter import make_project

ADD = "Add Klaviyo Profile TO iPaaS.com"
UPDATE = "Update Klaviyo Profile TO iPaaS.com"
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    make_project(folder, "klaviyo")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def profiles(project: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads((project / "records" / "profiles.json").read_bytes())
    return found


def ndjson(records: list[Any]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def test_from_an_array_to_standard_output(project: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["map", "-c", ADD, "records/profiles.json"]) == 0
    out, err = capfdbinary.readouterr()
    records = [orjson.loads(line) for line in out.splitlines()]
    assert [one["EmailAddress"] for one in records] == [
        "marisol.quintero@example.org",
        "t.abernathy@example.com",
        "joanna.pell@example.net",
        "k.osei@example.com",
        "lukas.gruber@example.at",
    ]
    assert re.fullmatch(rb"mapped 5, skipped 0, rejected 0 in \d+\.\d s \([\d,]+ records/s\)\n", err)


def test_rejects(project: Path, profiles: list[Any], capfd: pytest.CaptureFixture[str]) -> None:
    del profiles[1]["attributes"]["email"]
    Path("in.ndjson").write_bytes(ndjson(profiles) + b"\n{broken\n")
    assert run(["map", "-c", ADD, "in.ndjson", "-o", "out.ndjson.gz", "--rejects", "rejects.ndjson"]) == 1
    assert len(gzip.decompress(Path("out.ndjson.gz").read_bytes()).splitlines()) == 4
    missing, broken = (orjson.loads(line) for line in Path("rejects.ndjson").read_bytes().splitlines())
    assert missing == {
        "line": 2,
        "source_id": profiles[1]["id"],
        "code": "required-field-missing",
        "message": "An email address is required",
        "field": "EmailAddress",
        "record": profiles[1],
    }
    assert (broken["line"], broken["code"], broken["record"]) == (7, "source-record-unreadable", "{broken")
    err = capfd.readouterr().err
    assert "mapped 4, skipped 0, rejected 2" in err
    assert re.search(r"required-field-missing +1 +first: line 2\n", err)
    assert re.search(r"source-record-unreadable +1 +first: line 7\n", err)
    assert "--rejects" not in err
    assert run(["map", "-c", ADD, "in.ndjson", "-o", "out.ndjson"]) == 1
    assert "--rejects FILE keeps them" in capfd.readouterr().err


def test_stop(project: Path, profiles: list[Any], capfd: pytest.CaptureFixture[str]) -> None:
    profiles[2]["attributes"]["email"] = " "
    Path("in.ndjson").write_bytes(ndjson(profiles))
    assert run(["map", "-c", ADD, "in.ndjson", "-o", "out.ndjson", "--on-error", "stop"]) == 1
    assert capfd.readouterr().err == (
        "recordmap: stopped at line 3: EmailAddress: An email address is required "
        "[required-field-missing]; nothing was written\n"
    )
    assert not Path("out.ndjson").exists()
    assert run(["map", "-c", ADD, "in.ndjson", "--on-error", "stop"]) == 1
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 2
    assert err.endswith("[required-field-missing]\n")


def test_outcomes(project: Path, profiles: list[Any], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("in.ndjson").write_bytes(ndjson(profiles[:1]))
    assert run(["map", "-c", ADD, "in.ndjson", "--with-outcome"]) == 0
    (one,) = (orjson.loads(line) for line in capfdbinary.readouterr().out.splitlines())
    assert list(one) == ["outcome", "source_id", "record", "reason"]
    assert (one["outcome"], one["source_id"], one["reason"]) == ("mapped", profiles[0]["id"], None)


def test_update(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    existing = ["--existing", "records/customers.json"]
    assert run(["map", "-c", UPDATE, "records/profiles.json", *existing, "-o", "out.ndjson"]) == 1
    records = [orjson.loads(line) for line in Path("out.ndjson").read_bytes().splitlines()]
    customers = {
        one["record"]["EmailAddress"]: one["record"]
        for one in orjson.loads(Path("records/customers.json").read_bytes())
    }
    assert [one["EmailAddress"] for one in records] == [
        "marisol@harborlight.example",
        "K.Osei@Example.com",
        "lukas.gruber@example.at",
    ]
    assert all(customers[one["EmailAddress"]]["Company"] == one["Company"] for one in records)
    assert "3 of 5 belong to an existing record\n" in capfd.readouterr().err
    assert run(["map", "-c", UPDATE, "records/profiles.json", "-o", "out.ndjson"]) == 1
    assert Path("out.ndjson").read_bytes() == b"", "every carried value is missing"


def test_what_was_synced_before_is_found_by_its_id(
    project: Path, profiles: list[Any], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    template = project / "customer_update.yaml"
    rule = "if_changed(existing.FirstName, record.attributes.first_name, previous.attributes.first_name)"
    template.write_text(template.read_text().replace("existing.FirstName", rule))
    Path("before.ndjson").write_bytes(ndjson(profiles))
    Path("in.ndjson").write_bytes(ndjson(profiles))
    files = ["--existing", "records/customers.json", "--previous", "before.ndjson"]
    run(["map", "-c", UPDATE, "in.ndjson", *files])
    kept = [orjson.loads(line)["FirstName"] for line in capfdbinary.readouterr().out.splitlines()]
    for profile in profiles:
        profile["attributes"]["first_name"] = "Other"
    Path("in.ndjson").write_bytes(ndjson(profiles))
    run(["map", "-c", UPDATE, "in.ndjson", *files])
    changed = [orjson.loads(line)["FirstName"] for line in capfdbinary.readouterr().out.splitlines()]
    assert len(kept) == len(changed) == 3
    assert "Other" not in kept
    assert set(changed) == {"Other"}


def test_several_processes(project: Path, profiles: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    profiles[3]["attributes"]["email"] = None
    Path("in.ndjson").write_bytes(ndjson(profiles) * 400)
    assert Path("in.ndjson").stat().st_size > 2 * 2**20, "more than one piece"
    for collection, more in ((ADD, []), (UPDATE, ["--existing", "records/customers.json", "--with-outcome"])):
        files = []
        for jobs in ("1", "2"):
            out, rejects = Path(f"out{jobs}"), Path(f"rejects{jobs}")
            assert (
                run(
                    [
                        "map",
                        "-c",
                        collection,
                        "in.ndjson",
                        "-o",
                        str(out),
                        "--rejects",
                        str(rejects),
                        "--jobs",
                        jobs,
                        *more,
                    ]
                )
                == 1
            )
            files.append((out.read_bytes(), rejects.read_bytes()))
        assert files[0] == files[1]
        assert len(files[0][1].splitlines()) >= 400


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-c", "Add Klaviyo Profile TO iPaaS.co", "x.ndjson"], f"did you mean '{ADD}'"),
        (["-c", "Add Klaviyo Profile Address TO iPaaS.com", "x.ndjson"], "is a child collection"),
        (["-c", ADD, "missing.ndjson"], "there is no file 'missing.ndjson'"),
        (["-c", ADD, "x.ndjson", "-o", "missing/out.ndjson"], "there is no folder 'missing'"),
        (["-c", ADD, "x.ndjson", "--existing", "x.ndjson"], "makes new records"),
        (["-c", UPDATE, "x.ndjson", "--existing", "bad.ndjson"], "bad.ndjson, line 1"),
        (["-c", UPDATE, "--existing", "-"], "can't both come from standard input"),
        (["-c", ADD, "x.ndjson", "--previous", "x.ndjson"], "makes new records"),
        (["-c", UPDATE, "x.ndjson", "--previous", "bad.ndjson"], "bad.ndjson, line 1"),
        (["-c", UPDATE, "--previous", "-"], "can't both come from standard input"),
        (["-c", UPDATE, "x.ndjson", "--existing", "-", "--jobs", "2"], "come from files"),
        (["-c", ADD, "x.ndjson", "-o", "out", "--rejects", "./out"], "can't go to the same place"),
        (["-c", ADD, "x.ndjson", "--rejects", "-"], "can't go to the same place"),
        (["-c", ADD, "x.ndjson", "--jobs", "0"], "a whole number from 1 to 256"),
        (["-c", ADD, "cut.ndjson.gz"], "was cut off"),
        (["x.ndjson"], "--collection"),
    ],
)
def test_wrong_usage(
    project: Path, arguments: list[str], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("x.ndjson").write_bytes(b"")
    Path("bad.ndjson").write_bytes(b"bad")
    Path("cut.ndjson.gz").write_bytes(gzip.compress(b"{}")[:-3])
    assert run(["map", *arguments]) == 2
    assert says in capfd.readouterr().err


@POSIX
@pytest.mark.parametrize("way", ["itself", "symlink", "hard link", "existing", "rejects"])
def test_what_is_read_is_not_written_over(
    project: Path, profiles: list[Any], capfd: pytest.CaptureFixture[str], way: str
) -> None:
    before = ndjson(profiles)
    Path("in.ndjson").write_bytes(before)
    Path("soft.ndjson").symlink_to("in.ndjson")
    Path("hard.ndjson").hardlink_to("in.ndjson")
    options = {
        "itself": ["in.ndjson", "-o", "./in.ndjson"],
        "symlink": ["soft.ndjson", "-o", "in.ndjson"],
        "hard link": ["in.ndjson", "-o", "hard.ndjson"],
        "existing": ["records/profiles.json", "--existing", "in.ndjson", "-o", "soft.ndjson"],
        "rejects": ["in.ndjson", "-o", "out.ndjson", "--rejects", "hard.ndjson"],
    }
    assert run(["map", "-c", ADD, *options[way]]) == 2
    assert "would take the place of what is read from it" in capfd.readouterr().err
    assert Path("in.ndjson").read_bytes() == before
    assert not Path("out.ndjson").exists()


@POSIX
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_pipe_by_its_name(project: Path, profiles: list[Any], jobs: str) -> None:
    """/dev/stdout leads to a pipe, which has no name of its own."""
    Path("in.ndjson").write_bytes(ndjson(profiles) * 20)
    command = ["map", "-c", ADD, "in.ndjson", "-o", "/dev/stdout", "--jobs", jobs]
    done = subprocess.run(
        [sys.executable, "-m", "recordmap", *command], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 100)


def test_a_template_with_errors_maps_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    template = Path("customer_add.yaml")
    template.write_text(template.read_text("utf-8").replace("attributes.email", "attributes.["), "utf-8")
    assert run(["map", "-c", ADD, "records/profiles.json", "-o", "out.ndjson"]) == 1
    assert "source-syntax" in capfd.readouterr().err
    assert not Path("out.ndjson").exists()


def test_a_broken_integration_maps_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = Path("integration.yaml")
    file.write_text(file.read_text("utf-8").replace("external_id: id", "external_id: '['"), "utf-8")
    assert run(["map", "-c", ADD, "records/profiles.json", "-o", "out.ndjson"]) == 1
    assert "source-syntax" in capfd.readouterr().err


def test_the_time_of_a_run_is_one_for_all(project: Path, profiles: list[Any]) -> None:
    template = Path("customer_add.yaml")
    text = template.read_text("utf-8").replace(
        "custom_fields:", "  Comment:\n    formula: now()\n\ncustom_fields:", 1
    )
    template.write_text(text, "utf-8")
    Path("in.ndjson").write_bytes(ndjson(profiles) * 400)
    assert run(["map", "-c", ADD, "in.ndjson", "-o", "out.ndjson", "--jobs", "2"]) == 0
    times = {orjson.loads(line)["Comment"] for line in Path("out.ndjson").read_bytes().splitlines()}
    assert len(times) == 1


@contextmanager
def mapping(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a process of its own, fed through a pipe."""
    command = [sys.executable, "-m", "recordmap", "map", "-c", ADD, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **(pipes | options)) as process:
        # Whatever hangs must end as a failed test.
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def test_through_pipes(project: Path, profiles: list[Any]) -> None:
    with mapping() as process:
        out, err = process.communicate(ndjson(profiles), timeout=60)
    assert process.returncode == 0
    assert len(out.splitlines()) == 5
    assert err.startswith(b"mapped 5,")


def test_records_come_out_while_others_are_written(project: Path, profiles: list[Any]) -> None:
    with mapping() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for profile in profiles:
            process.stdin.write(orjson.dumps(profile) + b"\n")
            process.stdin.flush()
            assert orjson.loads(process.stdout.readline())["EmailAddress"] == profile["attributes"]["email"]
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_reader_that_leaves_is_no_fault(project: Path, profiles: list[Any]) -> None:
    Path("in.ndjson").write_bytes(ndjson(profiles) * 2000)
    with mapping("in.ndjson") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def begin(process: subprocess.Popen[bytes]) -> None:
    """Wait until records come out. Their writer then waits for us: there are more of them than a pipe holds."""
    assert process.stdout is not None
    assert orjson.loads(process.stdout.readline())


@pytest.fixture
def many(project: Path, profiles: list[Any]) -> str:
    """A file of more pieces than the command reads ahead."""
    path = project / "many.ndjson"
    some = ndjson(profiles)
    path.write_bytes(some * (4 * AHEAD * PIECE // len(some)))
    return path.name


@POSIX
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_all_processes(project: Path, many: str, jobs: str, number: int, code: int) -> None:
    with mapping(many, "--rejects", "rejects.ndjson", "--jobs", jobs, start_new_session=True) as process:
        begin(process)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # Ctrl-C goes to every process of a terminal
        else:
            process.send_signal(number)
        # The end of the output comes when every process that could write to it is gone.
        _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert b"Traceback" not in err
    assert not [path.name for path in project.iterdir() if "rejects" in path.name]


@POSIX
def test_workers_do_not_outlive_their_parent(many: str) -> None:
    with mapping(many, "--jobs", "2") as process:
        begin(process)
        process.kill()
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not tell who a child is")
def test_a_killed_worker_ends_the_command(project: Path, many: str) -> None:
    with mapping(many, "--jobs", "2", "--rejects", "rejects.ndjson") as process:
        begin(process)
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split():
            if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read()
        err = process.stderr.read()
        assert process.wait(60) == 3
    assert err == b"recordmap: a worker process ended unexpectedly; perhaps there was no memory left\n"
    assert not [path.name for path in project.iterdir() if "rejects" in path.name]


def test_progress_on_a_terminal(project: Path, profiles: list[Any]) -> None:
    pty = pytest.importorskip("pty")
    Path("in.ndjson").write_bytes(ndjson(profiles) * 20_000)
    ours, theirs = pty.openpty()
    command = ["in.ndjson", "-o", "out.ndjson"]
    with mapping(*command, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"}) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: read_terminal(ours), b""))
        assert process.wait(60) == 0
    os.close(ours)
    assert re.search(rb"records, [\d,]+/s", shown)
    assert b"mapped 100,000" in shown


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 10_000)
    except OSError:
        return b""


def test_help_says_what_comes_out(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["map", "--help"]) == 0
    out = capfd.readouterr().out
    for word in ("NDJSON", "--existing", "--rejects", "--with-outcome", "at all"):
        assert word in out


def test_shipped_records_are_mapped_without_a_project_folder_of_ones_own() -> None:
    project = str(data_folder("collections") / "klaviyo")
    assert (
        run(["map", "-c", ADD, "--project", project, f"{project}/records/profiles.json", "-o", os.devnull])
        == 0
    )
