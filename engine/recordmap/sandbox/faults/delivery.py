"""Faults in how an answer is sent: late, in drops, never, cut short, far too large.

A body that is cut short is an error to a client only when a length or chunks announced more; without either it
looks whole.
"""

from __future__ import annotations

import asyncio
import zlib
from functools import lru_cache

from recordmap.sandbox.faults.play import Play

_GZIP = 16 + zlib.MAX_WBITS
_MEGABYTE = 1_000_000


async def slow(play: Play) -> None:
    """Wait before answering."""
    answer = await play.answer()
    if await play.pause(play.options["seconds"]):
        await play.give(answer)


async def drip(play: Play) -> None:
    """Send the body in drops, so that no single read takes long."""
    answer = await play.answer()
    await play.start(answer.status, answer.headers)
    size = max(1, int(play.options["bytes"]))
    for place in range(0, len(answer.body), size):
        if not await play.pause(play.options["seconds"]):
            return
        await play.piece(answer.body[place : place + size], more=place + size < len(answer.body))


async def hang(play: Play) -> None:
    """Never answer. The request reaches the API all the same when `after` says so."""
    if play.options["after"]:
        await play.answer()
    await play.pause(None)


async def reset(play: Play) -> None:
    """Break the connection: before the answer, in its head or in its body."""
    answer = await play.answer()
    head = _head(answer.status, {"content-length": str(len(answer.body))})
    raw = {"start": b"", "head": head[:20], "body": head + answer.body[: len(answer.body) // 2]}
    await play.cut(raw[play.options["at"]], reset=True)


async def truncated(play: Play) -> None:
    """End the body too early and close the connection in good order."""
    answer = await play.answer()
    kept = answer.body[: int(len(answer.body) * play.options["keep"])]
    headers = {"content-type": answer.headers.get("content-type", "application/json")}
    framing = play.options["framing"]
    if framing == "length":
        raw = _head(answer.status, headers | {"content-length": str(len(answer.body))}) + kept
    elif framing == "chunked":
        size = f"{len(answer.body):x}\r\n".encode()
        raw = _head(answer.status, headers | {"transfer-encoding": "chunked"}) + size + kept
    else:
        raw = _head(answer.status, headers | {"connection": "close"}) + kept
    await play.cut(raw)


async def bomb(play: Play) -> None:
    """Send little that unpacks to very much."""
    body = await asyncio.to_thread(_bomb, int(play.options["megabytes"]))
    answer = await play.answer()
    headers = {"content-type": "application/vnd.api+json", "content-encoding": "gzip"}
    await play.give(type(answer)(200, headers, body))


@lru_cache(maxsize=2)
def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    blanks = b" " * _MEGABYTE
    packed = [packer.compress(b'{"data":[')]
    packed += [packer.compress(blanks) for _ in range(megabytes)]
    packed += [packer.compress(b'],"links":{"next":null}}'), packer.flush()]
    return b"".join(packed)


async def huge_header(play: Play) -> None:
    """Send a header beyond what clients accept."""
    padding = "x" * (1000 * int(play.options["kilobytes"]))
    await play.give((await play.answer()).with_headers({"x-padding": padding}))


async def bad_gzip(play: Play) -> None:
    """Claim that the body is packed when it is not."""
    await play.give((await play.answer()).with_headers({"content-encoding": "gzip"}))


async def unframed(play: Play) -> None:
    """Send a sound answer in chunks, without a length. No fault to a client that follows HTTP."""
    await play.give(await play.answer(), framed=False)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")
