"""One request over real sockets: what arrives, what a server may do wrong, and the limits that hold anyway."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.http import Client, ClientOptions
from recordmap.connectors.origin import Origin
from recordmap.connectors.retries import PassingError

KEY = "pk_canary_0123456789"
OK = b"HTTP/1.1 200 OK\r\n"
Script = Callable[[socket.socket, threading.Event], None]


class Server:
    """Answers every connection by a script, and keeps what was asked. `stopping` is set when the test is over."""

    def __init__(
        self, script: Script, wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain
    ) -> None:
        self.script = script
        self.wrap = wrap
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.stopping.is_set():
                connection.close()
                return
            # A client that breaks off is what some tests are about.
            with connection, suppress(OSError), self.wrap(connection) as wrapped:
                while request := wrapped.recv(65536):
                    self.requests.append(request)
                    self.script(wrapped, self.stopping)

    def close(self) -> None:
        self.stopping.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*arguments) -> Server:
        servers.append(Server(*arguments))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(server: Server, scheme: str = "http", **limits) -> Client:
        origin = Origin(scheme, "127.0.0.1", server.port)
        limits = {"connect_timeout": 5.0, "read_timeout": 5.0, "deadline": 20.0} | limits
        clients.append(Client("Service", ClientOptions(origin, {"Authorization": f"Key {KEY}"}, **limits)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def send(answer: bytes) -> Script:
    """Send an answer and close."""

    def script(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)

    return script


def with_length(body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return OK + f"{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_the_request_is_what_was_asked_for(serve, connect) -> None:
    server = serve(send(with_length(b"{}", "Content-Type: application/json; charset=utf-8", "X-A: b")))
    answer = connect(server).get(
        "/api/profiles/", {"filter": "greater-than(updated,2024-01-01T00:00:00Z)", "page[cursor]": "a+b/=&c"}
    )
    (request,) = server.requests
    assert request.startswith(
        b"GET /api/profiles/?filter=greater-than%28updated%2C2024-01-01T00%3A00%3A00Z%29"
        b"&page%5Bcursor%5D=a%2Bb%2F%3D%26c HTTP/1.1\r\n"
    )
    assert f"\r\nAuthorization: Key {KEY}\r\n".encode() in request
    assert b"\r\nAccept-Encoding: gzip\r\n" in request
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, b"{}", "b")
    assert answer.describe() == "HTTP 200, application/json, 2 bytes"


@pytest.mark.parametrize("status", [204, 302, 307, 400, 401, 404, 429, 500, 503, 599])
def test_every_status_is_an_answer_and_a_redirect_is_not_followed(serve, connect, status: int) -> None:
    head = (
        f"HTTP/1.1 {status} Whatever\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n"
    )
    server = serve(send(head.encode()))
    assert connect(server).get("/", {}).status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "target", ["http://xn--/", "http://[", "javascript:1", "//", "http://a:b/", "x" * 70_000]
)
def test_a_redirect_is_told_as_one_wherever_it_leads(serve, connect, target: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
    assert connect(serve(send(head.encode()))).get("/", {}).status == 302


def test_an_address_that_cannot_be_asked_is_our_error(serve, connect) -> None:
    with pytest.raises(ConnectorError) as caught:
        connect(serve(send(OK))).get("/", {"cursor": "x" * 70_000})
    assert caught.value.code == "source-refused-request"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cookie", ["a=b; Path=/", f"a=b; Expires=01-Jan-{'9' * 5_000}"])
def test_what_a_server_wants_remembered_is_not_sent_back(serve, connect, cookie: str) -> None:
    server = serve(lambda connection, _: connection.sendall(with_length(b"{}", f"Set-Cookie: {cookie}")))
    client = connect(server)
    assert [client.get("/", {}).status for _ in range(2)] == [200, 200]
    assert [b"\r\nCookie:" in request for request in server.requests] == [False, False]


def test_a_connection_is_used_again(serve, connect) -> None:
    server = serve(lambda connection, _: connection.sendall(with_length(b"{}")))
    client = connect(server)
    assert [client.get("/", {}).body for _ in range(3)] == [b"{}"] * 3
    assert len(server.requests) == 3


CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
BODY = b'{"data": []}'


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(OK + CHUNKED.encode() + b'5\r\n{"dat\r\n7\r\na": []}\r\n0\r\n\r\n', BODY, id="chunked"),
        pytest.param(OK + b"\r\n" + BODY, BODY, id="ends with the connection"),
        pytest.param(with_length(gzip.compress(BODY), "Content-Encoding: gzip"), BODY, id="gzip"),
        pytest.param(
            with_length(gzip.compress(BODY), "Content-Encoding: X-Gzip"), BODY, id="old name of gzip"
        ),
        pytest.param(with_length(BODY, "Content-Encoding: identity"), BODY, id="identity"),
        pytest.param(with_length(BODY, "Content-Encoding: "), BODY, id="no name of a compression"),
        pytest.param(with_length(b"", "Content-Encoding: gzip"), b"", id="nothing, compressed"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" + with_length(BODY), BODY, id="informational answer first"
        ),
    ],
)
def test_bodies(serve, connect, answer: bytes, body: bytes) -> None:
    assert connect(serve(send(answer))).get("/", {}).body == body


def reset(connection: socket.socket, stopping: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang(connection: socket.socket, stopping: threading.Event) -> None:
    stopping.wait()


def half_then_hang(connection: socket.socket, stopping: threading.Event) -> None:
    connection.sendall(OK + b'Content-Length: 100\r\n\r\n{"da')
    stopping.wait()


BROKEN = [
    pytest.param(send(b""), "source-unavailable", id="closed without an answer"),
    pytest.param(reset, "source-unavailable", id="reset"),
    pytest.param(send(b"garbage\r\n\r\n"), "source-unavailable", id="not HTTP"),
    pytest.param(send(b"\x16\x03\x01\x02\x00" * 20), "source-unavailable", id="TLS bytes"),
    pytest.param(send(b"HTTP/1.1 200 OK\r\nContent-Le"), "source-unavailable", id="cut in the headers"),
    pytest.param(
        send(OK + b"Content-Length: 50\r\n\r\n{}"), "source-unavailable", id="shorter than its length"
    ),
    pytest.param(send(OK + b"Content-Length: ten\r\n\r\n{}"), "source-unavailable", id="length no number"),
    pytest.param(send(OK + CHUNKED.encode() + b'a\r\n{"data'), "source-unavailable", id="cut in a chunk"),
    pytest.param(send(OK + CHUNKED.encode() + b"2\r\n{}\r\n"), "source-unavailable", id="cut between chunks"),
    pytest.param(
        send(OK + CHUNKED.encode() + b"zz\r\n{}\r\n"), "source-unavailable", id="chunk size no number"
    ),
    pytest.param(send(OK + b"X: " + b"y" * 200_000 + b"\r\n\r\n{}"), "source-unavailable", id="huge header"),
    pytest.param(send(OK + b"X: y\r\n" * 50_000 + b"\r\n"), "source-unavailable", id="headers without end"),
    pytest.param(
        send(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), "source-unavailable", id="two lengths"
    ),
    pytest.param(
        send(with_length(BODY, "Content-Encoding: gzip")), "source-bad-answer", id="gzip that is none"
    ),
    pytest.param(
        send(with_length(gzip.compress(BODY)[:-12], "Content-Encoding: gzip")),
        "source-bad-answer",
        id="cut gzip",
    ),
    pytest.param(send(with_length(BODY, "Content-Encoding: br")), "source-bad-answer", id="brotli"),
    pytest.param(
        send(with_length(BODY, "Content-Encoding: gzip, gzip")), "source-bad-answer", id="gzip twice"
    ),
    pytest.param(
        send(with_length(zlib.compress(BODY), "Content-Encoding: deflate")), "source-bad-answer", id="deflate"
    ),
]


@pytest.mark.parametrize(("script", "code"), BROKEN)
def test_broken_answers_may_pass(serve, connect, script: Script, code: str) -> None:
    with pytest.raises(PassingError) as caught:
        connect(serve(script)).get("/", {})
    assert caught.value.code == code
    assert caught.value.transient
    assert caught.value.message.startswith("Service ")


@pytest.mark.parametrize("script", [hang, half_then_hang])
def test_a_silent_server_is_given_up(serve, connect, script: Script) -> None:
    with pytest.raises(PassingError, match=r"^Service temporarily unavailable$") as caught:
        connect(serve(script), read_timeout=0.05).get("/", {})
    assert caught.value.hint == "no answer in time"


def drip(start: bytes, byte: bytes) -> Script:
    """Send a byte now and then for ever, so that no time-out of a single read is reached."""

    def script(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(start)
        while not stopping.wait(0.01):
            connection.sendall(byte)

    return script


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(drip(b"", b"H"), id="status line"),
        pytest.param(drip(OK + b"X: ", b"y"), id="header"),
        pytest.param(drip(OK + b"Content-Length: 1000000\r\n\r\n", b"x"), id="body with a length"),
        pytest.param(drip(OK + b"\r\n", b"x"), id="body that ends with the connection"),
        pytest.param(drip(OK + CHUNKED.encode(), b"1\r\nx\r\n"), id="chunks"),
    ],
)
def test_a_dripping_server_meets_the_deadline(serve, connect, script: Script) -> None:
    with pytest.raises(PassingError) as caught:
        connect(serve(script), deadline=0.15).get("/", {})
    assert caught.value.hint == "no complete answer within 0.15 s"


def test_a_request_after_a_missed_deadline_works(serve, connect) -> None:
    server = serve(drip(OK + b"\r\n", b"x"))
    client = connect(server, deadline=0.15)
    with pytest.raises(PassingError):
        client.get("/", {})
    server.script = send(with_length(BODY))
    assert client.get("/", {}).body == BODY


def test_nobody_there(serve, connect) -> None:
    server = serve(hang)
    client = connect(server)
    server.port, taken = 1, server.port
    client = connect(server)
    server.port = taken
    with pytest.raises(PassingError) as caught:
        client.get("/", {})
    assert (caught.value.code, caught.value.hint) == ("source-unavailable", "no connection")


def test_an_unknown_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*arguments, **named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    client = Client("Service", ClientOptions(Origin.read("https://nowhere.invalid"), {}, trust_env=False))
    with pytest.raises(PassingError) as caught:
        client.get("/", {})
    client.close()
    assert caught.value.hint == "the host name nowhere.invalid was not found"


def test_an_untrusted_certificate_ends_it_before_the_key_is_sent(serve, connect) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("data") / "untrusted.pem")
    server = serve(send(with_length(BODY)), lambda plain: context.wrap_socket(plain, server_side=True))
    with pytest.raises(ConnectorError) as caught:
        connect(server, "https").get("/", {})
    assert caught.value.code == "source-not-trusted"
    assert not caught.value.transient
    assert server.requests == []


def test_plain_http_where_tls_is_expected(serve, connect) -> None:
    server = serve(send(with_length(BODY)))
    with pytest.raises(PassingError):
        connect(server, "https").get("/", {})
    assert KEY.encode() not in b"".join(server.requests)


BIG = 1_000_000


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(with_length(b"x" * (BIG + 1)), id="plain"),
        pytest.param(OK + b"\r\n" + b"x" * (BIG + 1), id="without a length"),
        pytest.param(with_length(gzip.compress(b"x" * (BIG + 1)), "Content-Encoding: gzip"), id="compressed"),
        pytest.param(
            with_length(gzip.compress(b"x" * 100 * BIG), "Content-Encoding: gzip"), id="compressed bomb"
        ),
    ],
)
def test_a_body_over_the_limit_is_an_error_that_trying_again_does_not_help(
    serve, connect, answer: bytes
) -> None:
    with pytest.raises(ConnectorError, match="more than 1,000,000 bytes") as caught:
        connect(serve(send(answer)), body_limit=BIG).get("/", {})
    assert not isinstance(caught.value, PassingError)
    assert caught.value.code == "source-bad-answer"


@pytest.mark.parametrize("headers", [[], ["Content-Encoding: gzip"]])
def test_a_body_at_the_limit_is_fine(serve, connect, headers: list[str]) -> None:
    body = b"x" * BIG
    answer = with_length(gzip.compress(body) if headers else body, *headers)
    assert connect(serve(send(answer)), body_limit=BIG).get("/", {}).body == body


def test_a_header_that_cannot_be_sent_is_an_error_without_its_value(serve) -> None:
    server = serve(send(with_length(BODY)))
    options = ClientOptions(Origin("http", "127.0.0.1", server.port), {"Authorization": f"Key {KEY}\r\nX: y"})
    client = Client("Service", options)
    with pytest.raises(ConnectorError) as caught:
        client.get("/", {})
    client.close()
    assert caught.value.code == "source-refused-request"
    assert not isinstance(caught.value, PassingError)
    assert KEY not in f"{caught.value} {caught.value.hint}"
    assert server.requests == []


def test_the_key_is_in_no_log_and_no_description(serve, connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(send(with_length(BODY)))
    client = connect(server)
    client.get("/", {})
    server.script = reset
    with pytest.raises(PassingError) as caught:
        client.get("/", {})
    assert caplog.records, "the libraries below do log at this level"
    options = ClientOptions(Origin("http", "127.0.0.1", 9), {"Authorization": KEY})
    assert KEY not in caplog.text + repr(options) + repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    ("base", "trust_env", "proxied"),
    [
        ("https://service.example", True, True),
        ("https://service.example", False, False),
        ("http://127.0.0.1:8765", True, False),
        ("http://localhost:8765", True, False),
    ],
)
def test_proxies_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, base: str, trust_env: bool, proxied: bool
) -> None:
    asked: list[str] = []

    def refuse(address, *arguments, **named):
        asked.append(address[0])
        raise ConnectionRefusedError

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "create_connection", refuse)
    client = Client("Service", ClientOptions(Origin.read(base), {}, trust_env=trust_env))
    with pytest.raises(PassingError):
        client.get("/", {})
    client.close()
    assert asked == ["proxy.example" if proxied else Origin.read(base).host]


def test_a_transport_stands_in_for_the_network() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=iter([b"a", b"b"])))
    client = Client("Service", ClientOptions(Origin.read("https://service.example"), {}), transport)
    assert client.get("/", {}).body == b"ab"
    client.close()


@pytest.mark.parametrize("kind", ["", "a" * 60, "te\u00dft/html", "text/html"])
def test_a_description_shows_a_plain_content_type_only(kind: str) -> None:
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, headers={"Content-Type": kind.encode()}, content=iter([b"body"]))
    )
    client = Client("Service", ClientOptions(Origin.read("https://service.example"), {}), transport)
    described = client.get("/", {}).describe()
    client.close()
    assert described == f"HTTP 200, {kind if kind == 'text/html' else 'no known type'}, 4 bytes"
