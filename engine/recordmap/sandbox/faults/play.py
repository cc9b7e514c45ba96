"""The stage a fault plays on: the request, the answer it would have had, and ways to send something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from recordmap.sandbox.errors import ApiError
from recordmap.sandbox.generator.times import text
from recordmap.sandbox.settings import Clock
from recordmap.sandbox.store import Store
from recordmap.sandbox.wire import Asgi, Receive, Scope, Send, disconnected, pause, wire_of


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Names of headers are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def document(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def is_last_page(self) -> bool:
        """Whether this is a list that no page follows."""
        document = self.document
        return isinstance(document, dict) and document.get("links", {}).get("next", "") is None

    def with_document(self, document: Any) -> Answer:
        """Return the same answer with another JSON body."""
        return replace(self, body=orjson.dumps(document))

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return the same answer with further headers."""
        return replace(self, headers={**self.headers, **headers})


def html(status: int, body: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an HTML page."""
    return Answer(status, {"content-type": "text/html; charset=UTF-8", **(headers or {})}, body.encode())


def refusal(error: ApiError) -> Answer:
    """Return an error as the API itself would send it."""
    headers = {"content-type": "application/vnd.api+json"} | {n.lower(): v for n, v in error.headers.items()}
    return Answer(error.status, headers, orjson.dumps(error.body()))


@dataclass(slots=True)
class Play:
    """One turn of a fault.

    Attributes:
        options: the options of the fault, with the defaults of its kind.
        page: the number of the page that was asked for, None when none was.
    """

    options: Mapping[str, Any]
    page: int | None
    app: Asgi
    scope: Scope
    receive: Receive
    send: Send
    store: Store
    clock: Clock
    _answer: Answer | None = None

    async def answer(self) -> Answer:
        """Return what the API answers. It is asked once at most, so a write happens once."""
        if self._answer is None:
            self._answer = await collect(self.app, self.scope, self.receive)
        return self._answer

    async def document(self) -> Any:
        """Return the JSON of the API's answer, for changing; None when it is no list of profiles."""
        document = (await self.answer()).document
        is_list = isinstance(document, dict) and isinstance(document.get("data"), list)
        return document if is_list else None

    async def give(self, answer: Answer, *, framed: bool = True) -> None:
        """Send an answer. Without `framed` it has no Content-Length, so it comes in chunks."""
        headers = dict(answer.headers)
        headers.pop("content-length", None)
        if framed:
            headers["content-length"] = str(len(answer.body))
        await self.start(answer.status, headers)
        await self.piece(answer.body, more=False)

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head of an answer."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def piece(self, body: bytes, *, more: bool = True) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def pause(self, seconds: float | None) -> bool:
        """Wait some seconds, or for ever; return false when the client or the sandbox ended first."""
        return await pause(seconds, self.scope, self.receive)

    async def cut(self, raw: bytes = b"", *, reset: bool = False) -> None:
        """Send bytes past HTTP's rules, then end or reset the connection.

        Raises:
            ConnectionResetError: there is no connection, because the application runs in process.
        """
        wire = wire_of(self.scope)
        if wire is None:
            raise ConnectionResetError("a scripted fault broke the connection")
        if reset:
            wire.transport.write(raw)
            wire.reset()
        else:
            wire.write_and_close(raw)
        await disconnected(self.receive)

    def touch(self, profile_id: str) -> None:
        """Change a profile now, as if somebody had edited it."""
        profile = self.store.get(profile_id)
        if profile is not None:
            attributes = dict(profile["attributes"])
            attributes["updated"] = text(int(self.clock().timestamp()))
            attributes["title"] = "Changed between pages"
            self.store.replace({"id": profile_id, "attributes": attributes})


async def collect(app: Asgi, scope: Scope, receive: Receive) -> Answer:
    """Return the whole answer of an application."""
    status, headers, body = 500, {}, bytearray()

    async def keep(message: Any) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {
                n.decode("latin-1").lower(): v.decode("latin-1") for n, v in message.get("headers", [])
            }
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return Answer(status, headers, bytes(body))
