"""A language client of a few lines: messages to a server process and back, as they stand on the wire.

It knows no library of the protocol, so that what the server's library does wrong would be seen. Nothing sleeps: a
message is waited for, and a guard ends the process when none comes.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 120
"""After so long without an end the process is killed, and the wait for its next message fails."""


class ServerError(Exception):
    """The server answered a request with an error."""


class Client:
    """The client's end of one connection. `asked` holds what the server asked for, `hello` how it greeted."""

    def __init__(self, process: subprocess.Popen[bytes], configuration: dict[str, Any]) -> None:
        self.process = process
        self.asked: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self._configuration = configuration
        self._notified: deque[dict[str, Any]] = deque()
        self._answers: dict[int, dict[str, Any]] = {}
        self._last = 0

    def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result."""
        self._last += 1
        number = self._last
        self.send({"id": number, "method": method, **({} if params is None else {"params": params})})
        while number not in self._answers:
            self._take()
        answer = self._answers.pop(number)
        if "error" in answer:
            raise ServerError(answer["error"])
        return answer["result"]

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method, **({} if params is None else {"params": params})})

    def wait(self, method: str, which: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the parameters of the next notification of this kind; those before it are dropped."""
        while True:
            while self._notified:
                message = self._notified.popleft()
                if message["method"] == method and which(message["params"]):
                    return message["params"]
            self._take()

    def send(self, message: dict[str, Any]) -> None:
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_raw(self, body: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _take(self) -> None:
        """Read one message. A request of the server is answered at once."""
        message = self._read()
        if "method" not in message:
            self._answers[message["id"]] = message
        elif "id" in message:
            self.asked.append(message)
            self.send({"id": message["id"], "result": self._answer(message)})
        else:
            self._notified.append(message)

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] == "workspace/configuration":
            return [self._configuration.get(item.get("section")) for item in message["params"]["items"]]
        return None

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            if not line:
                raise EOFError("the server ended")
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message


@contextmanager
def connected(
    command: Sequence[str | Path],
    folder: Path,
    *,
    capabilities: dict[str, Any] | None = None,
    configuration: dict[str, Any] | None = None,
) -> Iterator[Client]:
    """Start a server in a folder, say hello, and see to it that it ends in the way that the protocol asks for."""
    process = subprocess.Popen(
        [str(one) for one in command],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    guard = threading.Timer(SECONDS, process.kill)
    guard.start()
    try:
        client = Client(process, configuration or {})
        client.hello = client.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": "project"}],
                "capabilities": capabilities or {},
            },
        )
        client.notify("initialized", {})
        yield client
        assert client.request("shutdown") is None
        client.notify("exit")
        assert process.stdin
        process.stdin.close()
        assert process.wait(SECONDS) == 0
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
