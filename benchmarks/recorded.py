"""A Klaviyo API that answers from a file: what is measured is the sync, not how fast the sandbox makes profiles.

Run as a program, it walks through a sandbox once, keeps every page, and only then tells its address. A page of that
walk is sent from the file; whatever else is asked (what has changed since, one profile) the sandbox answers itself.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import PIPE, Popen
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson

from recordmap.sandbox import Sandbox

KEY = "pk_benchmark"
_WALK = "/api/profiles/?sort=updated&page[size]=100&additional-fields[profile]=subscriptions"


@contextmanager
def served(profiles: int, seed: int = 1) -> Iterator[str]:
    """Serve so many profiles from a process of its own, once all are made; give its address."""
    command = [sys.executable, "-m", "benchmarks.recorded", str(profiles), str(seed)]
    with Popen(command, stdout=PIPE, text=True) as server:  # noqa: S603 - this Python
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()


class _Recording:
    """The pages of one walk, by what they were asked for with."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[_Asked, tuple[int, int]] = {}

    def record(self, ask: httpx.Client) -> None:
        """Walk to the end."""
        link: str | None = _WALK
        while link:
            body = ask.get(link).raise_for_status().content
            self._places[_asked(link)] = self._file.tell(), len(body)
            self._file.write(body)
            # Only path and query: the links lead to this server, which is not there yet.
            following = urlsplit(orjson.loads(body)["links"]["next"] or "")
            link = f"{following.path}?{following.query}" if following.path else None
        self._file.flush()

    def place(self, link: str) -> tuple[int, int] | None:
        """Return where in the file a page is, and its length; None when the walk had no such page."""
        return self._places.get(_asked(link))

    def send(self, place: tuple[int, int], to: socket.socket) -> None:
        """Send a page."""
        start, length = place
        while length:
            sent = os.sendfile(to.fileno(), self._file.fileno(), start, length)
            start, length = start + sent, length - sent


_Asked = tuple[str, frozenset[tuple[str, str]]]


def _asked(link: str) -> _Asked:
    split = urlsplit(link)
    return split.path, frozenset(parse_qsl(split.query))


def main(profiles: int, seed: int) -> None:
    """Record, tell the address, and serve until the end."""
    with tempfile.TemporaryFile() as file, Sandbox(profiles, key=KEY, seed=seed) as sandbox:
        recording = _Recording(file)

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                place = recording.place(self.path)
                if place is not None:
                    self._head(200, place[1])
                    recording.send(place, self.connection)
                    return
                answer = ask.get(self.path, headers=dict(self.headers.items()))
                self._head(answer.status_code, len(answer.content))
                self.wfile.write(answer.content)

            def _head(self, status: int, length: int) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.api+json")
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
            host = f"127.0.0.1:{server.server_address[1]}"
            # The sandbox makes its links for the host that it is asked under.
            headers = {"Host": host, "Authorization": f"Klaviyo-API-Key {KEY}", "revision": "2026-10-15"}
            with httpx.Client(base_url=sandbox.url, headers=headers) as ask:
                recording.record(ask)
                sys.stdout.write(f"http://{host}\n")
                sys.stdout.flush()
                server.serve_forever()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
