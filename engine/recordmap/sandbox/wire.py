"""The door to uvicorn: a server that binds loopback only, and the connection beneath an answer.

ASGI cannot break a connection or send a body that is too short. Each connection therefore hands its transport and
the end of the server to the application in `scope["state"]`; only scripted faults use them.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from recordmap.diagnostics import ConfigurationError

LOOPBACK = "127.0.0.1"
_STATE = "recordmap.sandbox.wire"
_GRACE_SECONDS = 2
_LAST_PORT = 65_535

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wire:
    """The connection a request came over, and an event that is set when the server ends."""

    transport: asyncio.Transport
    closing: asyncio.Event

    def reset(self) -> None:
        """Break the connection at once: the other side sees a reset, not an end."""
        linger = struct.pack("ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()

    def write_and_close(self, raw: bytes) -> None:
        """Send bytes past HTTP's rules and end the connection."""
        self.transport.write(raw)
        self.transport.close()


def wire_of(scope: Scope) -> Wire | None:
    """Return the connection of a request, None when there is none because the application runs in process."""
    found = scope.get("state", {}).get(_STATE)
    return found if isinstance(found, Wire) else None


class _Connection(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, _STATE: Wire(transport, self.app_state[_STATE])}


class Server(uvicorn.Server):
    """Serves one application on one socket of this machine."""

    def __init__(self, app: Asgi) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Connection,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        self._closing = asyncio.Event()
        self.lifespan.state[_STATE] = self._closing
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let faults that wait for ever end, then stop."""
        self._closing.set()
        await super().shutdown(sockets)


def bind(port: int) -> socket.socket:
    """Return a listening socket on loopback; port 0 takes any that is free.

    Raises:
        ConfigurationError: the port is taken, not allowed, or no port.
    """
    hint = "give another port, or 0 for any that is free"
    if not 0 <= port <= _LAST_PORT:
        raise ConfigurationError(f"there is no port {port}", hint=hint)
    try:
        listening = socket.create_server((LOOPBACK, port))
        # Connections inherit it. Without it, a small answer waits 40 ms for the client's acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise ConfigurationError(
            f"the sandbox cannot use port {port}: {error.strerror}", hint=hint
        ) from error


async def disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def pause(seconds: float | None, scope: Scope, receive: Receive) -> bool:
    """Wait some seconds, or for ever; return false when the client or the server ended first.

    Then the connection is gone, and nothing may be sent any more.
    """
    waits: list[asyncio.Task[Any]] = [asyncio.ensure_future(disconnected(receive))]
    wire = wire_of(scope)
    if wire is not None:
        waits.append(asyncio.ensure_future(wire.closing.wait()))
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
    if done and wire is not None:
        # Else uvicorn would answer a request that nobody answered.
        wire.transport.abort()
        await disconnected(receive)
    return not done
