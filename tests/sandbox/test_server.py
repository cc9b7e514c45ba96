"""A sandbox on its port: started, stopped, started again, on loopback only."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import httpx
import pytest

import recordmap.sandbox
from recordmap.diagnostics import ConfigurationError
from recordmap.sandbox import Sandbox
from sandbox.client import KEY, headers, sandbox


def client(box: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=box.url, headers=headers(), trust_env=False)


def test_a_walk_over_http() -> None:
    with sandbox(250) as box, client(box) as http:
        rows = []
        link = "/api/profiles?page[size]=100"
        while link:
            answer = http.get(link)
            assert answer.headers["content-type"] == "application/vnd.api+json"
            assert answer.headers["ratelimit-limit"]
            rows += answer.json()["data"]
            link = answer.json()["links"]["next"]
            assert link is None or link.startswith(f"{box.url}/api/profiles?")
        assert [row["id"] for row in rows] == list(box.ids())
        changed = http.patch(
            f"/api/profiles/{rows[0]['id']}/",
            json={"data": {"type": "profile", "id": rows[0]["id"], "attributes": {"first_name": "Ada"}}},
        )
        assert changed.status_code == 200
        assert box.profile(rows[0]["id"])["attributes"]["first_name"] == "Ada"
    seen = box.requests
    assert [(one.method, one.path, one.page, one.status, one.fault) for one in seen] == [
        ("GET", "/api/profiles", 1, 200, None),
        ("GET", "/api/profiles", 2, 200, None),
        ("GET", "/api/profiles", 3, 200, None),
        ("PATCH", f"/api/profiles/{rows[0]['id']}/", None, 200, None),
    ]
    assert [one.number for one in seen] == [1, 2, 3, 4]
    assert seen[0].params == {"page[size]": "100"}
    assert seen[1].params.keys() == {"page[size]", "page[cursor]"}
    assert seen[0].headers["revision"] == "2023-10-15"
    assert KEY not in repr(seen)


def test_stop_gives_the_port_back_and_keeps_the_profiles() -> None:
    box = sandbox(3)
    with pytest.raises(ConfigurationError, match="not running"):
        _ = box.url
    with box as same:
        assert same is box.start()
        url = box.url
        added = box.add({"email": "new@example.org"})
        assert httpx.get(f"{url}/api/profiles/{added}/", headers=headers()).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/api/profiles/", headers=headers())
    box.stop()
    with box:
        assert box.url == url
        assert httpx.get(f"{url}/api/profiles/{added}/", headers=headers()).status_code == 200


def test_a_stop_does_not_wait_for_clients() -> None:
    box = sandbox(3, faults=[{"kind": "hang", "request": 2}]).start()
    with client(box) as http:
        assert http.get("/api/profiles/").status_code == 200
        failed = []

        def ask() -> None:
            try:
                http.get("/api/profiles/", timeout=60)
            except httpx.TransportError as error:
                failed.append(error)

        waiting = Thread(target=ask)
        waiting.start()
        while len(box.requests) < 2 and waiting.is_alive():
            pass
        box.stop()
        waiting.join(20)
        assert not waiting.is_alive()
    assert len(failed) == 1


def test_a_taken_port_is_told() -> None:
    with sandbox(1) as box:
        port = int(box.url.rpartition(":")[2])
        other = sandbox(1, port=port)
        with pytest.raises(ConfigurationError, match=f"port {port}"):
            other.start()
        with pytest.raises(ConfigurationError):
            other.open()
        with pytest.raises(ConfigurationError, match="background"):
            box.serve()
    with pytest.raises(ConfigurationError):
        sandbox(1, port=70_000).start()


def test_only_loopback_is_bound() -> None:
    with sandbox(1) as box:
        assert box.url.startswith("http://127.0.0.1:")
        assert box._socket is not None
        assert box._socket.getsockname()[0] == "127.0.0.1"
        port = int(box.url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port), timeout=5):
            pass
    source = "".join(
        path.read_text("utf-8") for path in Path(recordmap.sandbox.__file__).parent.rglob("*.py")
    )
    assert "0.0.0.0" not in source


@pytest.mark.parametrize("client_address", ["203.0.113.7", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1"])
def test_the_application_refuses_other_machines(client_address: str) -> None:
    box = sandbox(1)
    assert ask_as(box, (client_address, 1)) == 421
    assert ask_as(box, ("127.0.0.9", 1)) == 200
    assert ask_as(box, ("::1", 1)) == 200
    assert ask_as(box, None) == 200
    assert len(box.requests) == 3


def ask_as(box: Sandbox, address: tuple[str, int] | None) -> int:
    import asyncio

    async def ask() -> int:
        transport = httpx.ASGITransport(box.app, client=address)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return (await http.get("/api/profiles/", headers=headers())).status_code

    return asyncio.run(ask())


PROGRAM = """
from recordmap.sandbox import Sandbox
box = Sandbox(5, key="{key}").open()
print(box.url, flush=True)
box.serve()
"""


def test_serving_in_the_foreground_ends_with_a_signal() -> None:
    command = [sys.executable, "-c", PROGRAM.format(key=KEY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        try:
            answer = httpx.get(f"{url}/api/profiles/", headers=headers(), timeout=30)
            assert len(answer.json()["data"]) == 5
        finally:
            process.send_signal(signal.SIGTERM)
        errors = process.stderr.read()
        assert process.wait(30) == -signal.SIGTERM
    assert errors == ""


def test_importing_the_package_starts_nothing() -> None:
    command = [sys.executable, "-c", "import recordmap.sandbox, threading; print(threading.active_count())"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "1"
