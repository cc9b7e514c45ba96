"""The command as a process: signals, streams that break or know few characters, and the sandbox as a server."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import IO, ClassVar

import httpx
import orjson
import pytest

from recordmap.sandbox import Sandbox
from recordmap.starter import make_project

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and streams are another matter there")
SECONDS = 120
ADD = "Add Klaviyo Profile TO iPaaS.com"
EXPLAIN = ("explain", "FirstName", "-c", ADD, "--record", "records/profiles.json#0")

ENVIRON = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("RECORDMAP_", "KLAVIYO_", "PYTHONIO")) and name not in {"NO_COLOR", "FORCE_COLOR"}
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "Prüf stand"
    make_project(folder, "klaviyo")
    return folder


@contextmanager
def started(arguments: tuple[str, ...], folder: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command beside the test, for `SECONDS` at most."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recordmap", *arguments],
        cwd=folder,
        env=ENVIRON | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    guard = threading.Timer(SECONDS, process.kill)
    guard.start()
    try:
        with process:
            yield process
            process.kill()
    finally:
        guard.cancel()


def done(*arguments: str, folder: Path, **environ: str) -> tuple[int, bytes, bytes]:
    with started(arguments, folder, **environ) as process:
        out, err = process.communicate()
    assert b"Traceback" not in err, err
    return process.returncode, out, err


def in_shell(line: str, folder: Path, **environ: str) -> tuple[int, str, str]:
    """Run a line of shell in which `recordmap` is the command."""
    completed = subprocess.run(
        ["sh", "-c", f'recordmap() {{ "{sys.executable}" -m recordmap "$@"; }}; {line}'],
        cwd=folder,
        env=ENVIRON | environ,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return completed.returncode, completed.stdout, completed.stderr


# Watching


@POSIX
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_change_is_checked_until_a_signal_comes(project: Path, number: int, code: int) -> None:
    with started(("check", "--watch"), project, PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        assert b"no problems in 8 files" in process.stdout.readline()
        file = project / "customer_add.yaml"
        changed = file.read_text(encoding="utf-8").replace("operation: add", "operation: ad")
        # The first change may come before the watch has begun: go on until one is seen.
        while not select.select([process.stdout], [], [], 0.5)[0]:
            file.write_text(changed, encoding="utf-8")
        line = next(line for line in process.stdout if b"error" in line)
        assert line.startswith(b"customer_add.yaml:9:12: error[wrong-value]")
        process.send_signal(number)
        _, err = process.communicate()
    assert process.returncode == code, err
    assert b"Traceback" not in err


# Signals


@POSIX
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_schedule_between_two_polls(project: Path, number: int, code: int) -> None:
    with Sandbox(profiles=5) as sandbox:
        environ = {"KLAVIYO_API_KEY": sandbox.key, "RECORDMAP_SOURCE_URL": sandbox.url}
        with started(("sync", "--every", "1h", "--json"), project, **environ) as process:
            assert process.stdout is not None
            report = orjson.loads(process.stdout.readline())
            process.send_signal(number)
            rest, err = process.communicate()
    assert process.returncode == code, err
    assert (report["format_version"], report["counts"]["added"], rest) == ("1.0", 5, b"")
    assert b"Traceback" not in err


class Collector(BaseHTTPRequestHandler):
    """Takes traces as a collector of OpenTelemetry does."""

    taken: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@POSIX
def test_a_schedule_is_watched_from_outside(project: Path) -> None:
    """Logs as JSON, metrics over HTTP, and traces to a collector, until a signal ends it; nobody is in any of them."""
    options = ("--metrics", "127.0.0.1:0", "--traces", "--log-format", "json", "--json")
    with Sandbox(profiles=5) as sandbox, HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        environ = {
            "KLAVIYO_API_KEY": sandbox.key,
            "RECORDMAP_SOURCE_URL": sandbox.url,
            "RECORDMAP_LOG": "debug",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_address[1]}",
        }
        try:
            with started(("sync", "--every", "1h", *options), project, **environ) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                first = orjson.loads(process.stderr.readline())
                process.stdout.readline()
                metrics = httpx.get(first["message"].removeprefix("metrics are at "), trust_env=False).text
                process.send_signal(signal.SIGTERM)
                _, err = process.communicate()
        finally:
            collector.shutdown()
            thread.join()
    assert process.returncode == 143
    events = {orjson.loads(line)["event"] for line in err.splitlines()}
    assert {"run-started", "page-transferred", "run-ended", "stopping"} <= events
    assert 'recordmap_records_total{outcome="added"} 5.0' in metrics
    sent = b"".join(body for path, body in Collector.taken if path == "/v1/traces")
    assert b"recordmap.records" in sent
    told = sent + err + metrics.encode()
    assert sandbox.key.encode() not in told
    # A whole address: among the random bytes of the numbers of spans, a lone @ may well be.
    assert re.search(rb"[\w.+-]+@[\w-]+\.[a-z]", told) is None


@POSIX
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_ends_a_sync_at_once(project: Path, number: int, code: int) -> None:
    with Sandbox(profiles=5) as sandbox:
        sandbox.script([{"kind": "throttled", "times": 1000, "retry_after": 30}])
        environ = {
            "KLAVIYO_API_KEY": sandbox.key,
            "RECORDMAP_SOURCE_URL": sandbox.url,
            "RECORDMAP_LOG": "info",
        }
        with started(("sync",), project, **environ) as process:
            assert process.stderr is not None
            wait_for(process.stderr, b"trying again in")
            process.send_signal(number)
            wait_for(process.stderr, b"once more to stop at once")
            process.send_signal(number)
            rest = process.stderr.read()
    assert process.returncode == code
    assert b"Traceback" not in rest


def wait_for(stream: IO[bytes], words: bytes) -> None:
    assert any(words in line for line in stream), "the process ended"


@POSIX
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_sandbox_serves_until_it_is_stopped(tmp_path: Path, number: int, code: int) -> None:
    with started(("sandbox", "--port", "0", "--profiles", "3"), tmp_path) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().decode() for _ in range(4)]
        words = said[0].split()
        url, key = words[5], words[-1]
        answer = httpx.get(
            f"{url}/api/profiles",
            headers={"Authorization": f"Klaviyo-API-Key {key}", "revision": "2026-10-15"},
            trust_env=False,
        )
        assert (answer.status_code, len(answer.json()["data"])) == (200, 3)
        process.send_signal(number)
        _, err = process.communicate()
    assert process.returncode == code
    assert said[2:] == [f"  export KLAVIYO_API_KEY={key} RECORDMAP_SOURCE_URL={url}\n", "  recordmap sync\n"]
    assert b"Traceback" not in err


def test_two_sandboxes_on_one_port(tmp_path: Path) -> None:
    with Sandbox(profiles=1) as sandbox:
        port = str(httpx.URL(sandbox.url).port)
        code, _, err = done("sandbox", "--port", port, folder=tmp_path)
    assert code == 2
    assert f"can't use port {port}".encode() in err or f"cannot use port {port}".encode() in err
    assert b"0 for any that is free" in err


# Streams


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("arguments", [EXPLAIN, ("functions",), ("check",)], ids=lambda words: words[0])
def test_a_terminal_of_few_characters(project: Path, encoding: str, arguments: tuple[str, ...]) -> None:
    code, out, err = done(*arguments, folder=project, PYTHONIOENCODING=encoding, LC_ALL="C")
    assert (code, err) == (0, b"")
    assert out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_is_utf_8_whatever_the_terminal_is(project: Path, encoding: str) -> None:
    code, out, _ = done("functions", "--json", folder=project, PYTHONIOENCODING=encoding)
    assert code == 0
    assert orjson.loads(out)["format_version"] == "1.0"
    assert not out.isascii()


@POSIX
@pytest.mark.parametrize("command", ["check", "functions", "functions --json", "rule", "--help", "test"])
def test_nobody_reads_to_the_end(project: Path, command: str) -> None:
    (project / "integration.yaml").write_text("x: 1\n" * 500, encoding="utf-8")
    _, out, err = in_shell(f"{{ recordmap {command}; echo $? >&2; }} | true", project)
    *said, code = err.split()
    assert code in {"0", "1"} if command in {"check", "test"} else code == "0", err
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    assert out == ""
    if command not in {"check", "test"}:
        assert said == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
@pytest.mark.parametrize("command", ["functions", "functions --json", "check"])
def test_the_disk_is_full(project: Path, command: str) -> None:
    code, _, err = in_shell(f"recordmap {command} >/dev/full", project)
    assert (code, err) == (2, "recordmap: reading or writing: No space left on device\n")


@POSIX
@pytest.mark.parametrize("stream", ["1", "2", "0"])
def test_a_stream_is_closed(project: Path, stream: str) -> None:
    code, _, err = in_shell(f"recordmap check {stream}>&-", project)
    assert (code, err) == (0, "")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever may do everything is refused nothing"
)
@pytest.mark.parametrize("command", ["init new", "demo new"])
def test_a_folder_that_may_not_be_written(project: Path, command: str) -> None:
    project.chmod(0o555)
    try:
        code, _, err = in_shell(f"recordmap {command}", project)
    finally:
        project.chmod(0o755)
    assert code == 2
    assert "'new': Permission denied" in err
    assert "choose another folder" in err


# A fault of our own


def test_a_fault_of_ours_is_no_riddle(project: Path) -> None:
    broken = (
        "import recordmap.cli.status as s; s.load_for_transfers = None; from recordmap.cli.main import main"
    )
    line = f'"{sys.executable}" -c "{broken}; main([\'status\'])"'
    code, _, err = in_shell(line, project)
    assert code == 3
    assert err == (
        "recordmap: a fault of ours (TypeError); set RECORDMAP_DEBUG=1 to see where, and report it\n"
    )
    code, _, err = in_shell(line, project, RECORDMAP_DEBUG="1")
    assert (code, "Traceback" in err, "TypeError" in err) == (3, True, True)


# All of it


def test_demo(tmp_path: Path) -> None:
    code, out, err = done("demo", "shop", "--profiles", "30", folder=tmp_path)
    assert code == 0, err
    assert b"UNEXPECTED" not in err
    assert b"FirstName is now 'Remapped'." in out
    assert b"The next demo makes this folder anew" in out
    (tmp_path / "shop" / "customer_add.yaml").unlink()
    assert done("demo", "shop", "--profiles", "10", folder=tmp_path)[0] == 0
    assert done("check", folder=tmp_path / "shop")[0] == 0
