"""HTTP to one server, and the only door to httpx.

One call is one request and one complete answer, or a `ConnectorError`: never a redirect followed, never a
request to another server, never more than the allowed seconds or bytes. Header values, among them the key,
are neither logged nor put into messages. Which status means what is the connector's business, trying again
`retries`'s.
"""

from __future__ import annotations

import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.deadline import Deadline
from recordmap.connectors.origin import Origin
from recordmap.connectors.retries import PassingError

Transport = httpx.BaseTransport
"""What carries a request: the network unless given, a stand-in in tests."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Where to and under which limits: seconds, and bytes of an answer after decompression.

    `deadline` bounds a request as a whole, since a time-out alone starts anew with every byte. With
    `trust_env` the proxies and certificates named by environment variables are used, except to this machine
    itself, where a proxy cannot help.
    """

    origin: Origin
    headers: Mapping[str, str] = field(repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 20.0
    deadline: float = 30.0
    body_limit: int = 20_000_000
    trust_env: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read to its end. `headers` looks names up whatever their letter case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def describe(self) -> str:
        """Say what kind of answer this is, without showing any of it."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip()
        kind = kind if kind.isascii() and kind.isprintable() and 0 < len(kind) < 50 else "no known type"
        return f"HTTP {self.status}, {kind}, {len(self.body)} bytes"


class Client:
    """A connection to one server. Not for use by several threads at once."""

    def __init__(self, service: str, options: ClientOptions, transport: Transport | None = None) -> None:
        self._service = service
        self._options = options
        self._socket: socket.socket | None = None
        self._deadline = Deadline(options.deadline, self._cut)
        self._client = httpx.Client(
            # Only gzip is asked for, because only gzip is unpacked under a limit here.
            headers={**options.headers, "Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=options.trust_env and not options.origin.is_loopback,
            timeout=httpx.Timeout(options.read_timeout, connect=options.connect_timeout),
            limits=httpx.Limits(max_connections=1),
            cookies=_NoCookies(),
            event_hooks={"response": [_stay]},
            transport=transport,
        )

    def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """Return the answer to a GET, whatever its status.

        Raises:
            PassingError: the server could not be reached, broke off, or was too slow.
            ConnectorError: the request cannot be made, or the answer is over the limit.
        """
        # Joined here, because httpx reads a whole address anew to lay parameters on it.
        url = f"{self._options.origin.url(path)}?{urlencode(params, quote_via=quote)}"
        try:
            request = self._client.build_request("GET", url, extensions={"trace": self._trace})
            with self._deadline:
                response = self._client.send(request, stream=True)
                try:
                    body = self._body(response)
                finally:
                    response.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if self._deadline.expired:
                raise self._too_slow() from error
            raise self._translated(error) from error
        # A connection cut by the deadline can look like the end of an answer without a length.
        if self._deadline.expired:
            raise self._too_slow()
        return Answer(response.status_code, response.headers, body)

    def close(self) -> None:
        """Close the connection."""
        self._deadline.close()
        self._client.close()

    def _body(self, response: httpx.Response) -> bytes:
        limit = self._options.body_limit
        encoding = response.headers.get("Content-Encoding", "").strip().lower() or "identity"
        if encoding not in {"identity", "gzip", "x-gzip"}:
            raise self._unreadable("compressed in a way that was not asked for")
        # 16 tells zlib to expect a gzip header.
        unpacker = None if encoding == "identity" else zlib.decompressobj(16 + zlib.MAX_WBITS)
        parts: list[bytes] = []
        room = limit + 1
        for chunk in response.iter_raw():
            try:
                part = unpacker.decompress(chunk, room) if unpacker else chunk
            except zlib.error:
                raise self._unreadable("damaged compression") from None
            parts.append(part)
            room -= len(part)
            if room <= 0:
                raise ConnectorError(
                    "source-bad-answer",
                    f"{self._service} sent an answer of more than {limit:,} bytes",
                    transient=False,
                    hint="ask for fewer records a page",
                )
        if unpacker and not unpacker.eof and any(parts):
            raise self._unreadable("compression cut off")
        return b"".join(parts)

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket of a new connection, so that the deadline can cut it."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    def _cut(self) -> None:
        """Cut the connection, wherever reading stands."""
        if self._socket is not None:
            # The plain socket's own method: the TLS layer's would leave its reader with undecrypted bytes.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _too_slow(self) -> PassingError:
        return self._unavailable(f"no complete answer within {self._options.deadline:g} s")

    def _unavailable(self, hint: str) -> PassingError:
        return PassingError("source-unavailable", f"{self._service} temporarily unavailable", hint=hint)

    def _unreadable(self, reason: str) -> PassingError:
        return PassingError(
            "source-bad-answer", f"{self._service} sent an answer that cannot be read: {reason}"
        )

    def _translated(self, error: Exception) -> ConnectorError:
        """Say what happened in our words; the library's may quote headers."""
        causes = tuple(_causes(error))
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return ConnectorError(
                "source-not-trusted",
                f"the certificate of {self._options.origin.host} is not trusted; the key was not sent",
                transient=False,
                hint="check the base URL, the clock and, behind a company proxy, SSL_CERT_FILE",
            )
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return self._unavailable(f"the host name {self._options.origin.host} was not found")
        if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | httpx.InvalidURL):
            return ConnectorError(
                "source-refused-request",
                f"the request to {self._service} cannot be sent as it is",
                transient=False,
                hint="check the key and the base URL for blanks and line breaks",
            )
        return self._unavailable(
            next((text for kind, text in _HINTS if isinstance(error, kind)), "broken answer")
        )


_HINTS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.TimeoutException, "no answer in time"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.ConnectError, "no connection"),
    (httpx.NetworkError, "the connection broke"),
)


class _NoCookies(CookieJar):
    """Remembers nothing: it would be sent back with every request, and nothing bounds it.

    Cookies aren't even read, because the library prints a stack trace where it can't read one.
    """

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave cookies where they are."""


def _stay(response: httpx.Response) -> None:
    """Take a redirect's target away: the library reads it although it isn't followed, and fails where it can't."""
    response.headers.pop("Location", None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
