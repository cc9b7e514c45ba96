"""Serves metrics over HTTP to one address, which is this machine's own unless somebody says otherwise.

A page in a browser on this machine could ask for them by a name of its own that leads here, so requests to an own
address have to name it.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from typing import TYPE_CHECKING, NamedTuple

from recordmap.connectors.origin import is_this_machine
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordmap.monitoring.metrics import Metrics

PATH = "/metrics"
PATIENCE = 5
"""Seconds that a request may take to come."""

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})")


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    @property
    def is_own(self) -> bool:
        """Whether only this machine reaches it."""
        return is_this_machine(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address | None:
    """Return the address that a text such as `127.0.0.1:9464` or `[::1]:9464` means, or None. Port 0: any free one."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match[3]) > 65_535:
        return None
    return Address(match[1] or match[2].lower(), int(match[3]))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: Address, metrics: Metrics) -> None:
        self.address_family = AF_INET6 if ":" in address.host else AF_INET
        self.metrics = metrics
        super().__init__((address.host, address.port), _Handler)
        self.address = Address(address.host, self.server_address[1])
        self.names = {str(self.address), f"localhost:{self.address.port}"} if address.is_own else None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that broke: whoever asks, asks again."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "recordmap"
    sys_version = ""
    timeout = PATIENCE

    def do_GET(self) -> None:
        names = self.server.names
        hosts = self.headers.get_all("Host") or []
        if names is not None and (len(hosts) != 1 or hosts[0] not in names):
            self._answer(421, "text/plain", b"this address goes by another name\n")
        elif self.path != PATH:
            self._answer(404, "text/plain", f"there is only {PATH}\n".encode())
        else:
            self._answer(200, self.server.metrics.content_type, self.server.metrics.text())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log no request: they come every few seconds."""


@contextmanager
def served(metrics: Metrics, address: Address) -> Iterator[Address]:
    """Serve metrics until the block ends; the address is as it was taken, with its port.

    Raises:
        ConfigurationError: the address can't be listened on.
    """
    try:
        server = _Server(address, metrics)
    except OSError as error:
        raise ConfigurationError(
            f"metrics can't be served on {address}: {error.strerror or 'no such address'}",
            "choose another address or port",
        ) from None
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
