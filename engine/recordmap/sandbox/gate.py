"""What stands before the API: the guard of loopback, the log of requests, the turns of faults.

Refuses every request that is not from this machine or does not name it: a sandbox wearing Klaviyo's shape must not
be taken for the real service by anybody, and a web page must not reach it under a name of its own (DNS rebinding).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

from recordmap.sandbox.cursors import page_number
from recordmap.sandbox.faults.kinds import KINDS
from recordmap.sandbox.faults.play import Answer, Play
from recordmap.sandbox.faults.script import Arrival, Script
from recordmap.sandbox.settings import Clock
from recordmap.sandbox.store import Store
from recordmap.sandbox.wire import Asgi, Receive, Scope, Send

_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
_SECRET_HEADERS = frozenset(("authorization", "cookie"))
_MOST_KEPT = 100_000


@dataclass(slots=True)
class SeenRequest:
    """A request that reached the sandbox.

    Attributes:
        number: from 1.
        method: such as `GET`.
        path: without the query.
        params: the query, decoded; of a name that repeats, the last.
        headers: names in lower case; the one with the key is left out.
        page: the number of the page in its walk, None when it asks for no list.
        status: of the answer; None while there is none, or when a fault sent something beside HTTP.
        fault: the kind of the fault it met, if any.
    """

    number: int
    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    page: int | None
    status: int | None = None
    fault: str | None = None


class Gate:
    """The application that is served: the API with everything before it."""

    def __init__(self, app: Asgi, store: Store, clock: Clock, script: Callable[[], Script]) -> None:
        self._app = app
        self._store = store
        self._clock = clock
        self._script = script
        self._seen: deque[SeenRequest] = deque(maxlen=_MOST_KEPT)
        self._count = 0
        self._lock = Lock()

    @property
    def seen(self) -> list[SeenRequest]:
        """The requests so far, oldest first; of very many, the newest."""
        with self._lock:
            return list(self._seen)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if not _is_local(scope, headers.get("host", "")):
            await _send_plain(send, 421, "This sandbox serves this machine only.")
            return
        seen = self._note(scope, headers)

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            await send(message)

        await self._answer(seen, scope, receive, watched)

    async def _answer(self, seen: SeenRequest, scope: Scope, receive: Receive, send: Send) -> None:
        script = self._script()
        play: Play | None = None
        for fault in script.arrive(Arrival(seen.method, seen.path, seen.page)):
            play = play or Play({}, seen.page, self._app, scope, receive, send, self._store, self._clock)
            if fault.page == "last" and not (await play.answer()).is_last_page:
                continue
            script.spend(fault)
            seen.fault = fault.kind
            play.options = fault.options
            await KINDS[fault.kind].play(play)
            return
        if play is not None:
            await play.give(await play.answer())
            return
        await self._app(scope, receive, send)

    def _note(self, scope: Scope, headers: Mapping[str, str]) -> SeenRequest:
        query = scope.get("query_string", b"").decode("latin-1")
        params = dict(parse_qsl(query, keep_blank_values=True))
        path = scope["path"]
        is_list = scope["method"] == "GET" and path.rstrip("/") == "/api/profiles"
        page = page_number(params.get("page[cursor]")) if is_list else None
        shown = {name: value for name, value in headers.items() if name not in _SECRET_HEADERS}
        with self._lock:
            self._count += 1
            seen = SeenRequest(self._count, scope["method"], path, params, shown, page)
            self._seen.append(seen)
        return seen


def _is_local(scope: Scope, host: str) -> bool:
    """Whether a request comes from this machine and is meant for it."""
    if _HOST.fullmatch(host) is None:
        return False
    client = scope.get("client")
    if client is None:
        return True
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        # No address at all: a client that runs in this process.
        return True


async def _send_plain(send: Send, status: int, text: str) -> None:
    answer = Answer(status, {"content-type": "text/plain", "content-length": str(len(text))}, text.encode())
    raw = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
