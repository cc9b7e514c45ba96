"""Calls a sandbox in process, the way a poller would over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from recordmap.sandbox import Sandbox, make_key

DATA = Path(__file__).parent.parent / "data" / "klaviyo"
KEY = make_key(1)
REVISION = "2023-10-15"
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
EVERYTHING = {"additional-fields[profile]": "subscriptions,predictive_analytics"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def sandbox(profiles: Any = 50, **options: Any) -> Sandbox:
    return Sandbox(profiles, **{"key": KEY, "clock": Clock(), **options})


def headers(**changes: str | None) -> dict[str, str]:
    given = {"authorization": f"Klaviyo-API-Key {KEY}", "revision": REVISION, **changes}
    return {name.replace("_", "-"): value for name, value in given.items() if value is not None}


def call(
    box: Sandbox, path: str, params: Any = None, *, method: str = "GET", given: Any = None, **body: Any
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(box.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            sent = headers() if given is None else given
            return await client.request(method, path, params=params, headers=sent, **body)

    return asyncio.run(ask())


def write(box: Sandbox, method: str, path: str, data: Any) -> httpx.Response:
    return call(box, path, method=method, json={"data": data})


def pages(box: Sandbox, params: dict[str, Any], way: str = "next") -> Iterator[list[dict[str, Any]]]:
    answer = call(box, "/api/profiles/", params)
    while True:
        assert answer.status_code == 200, answer.text
        document = answer.json()
        yield document["data"]
        link = document["links"][way]
        if link is None:
            return
        answer = call(box, link)


def walk(box: Sandbox, **params: Any) -> list[dict[str, Any]]:
    given = {"page[size]": 100, **params}
    return [row for page in pages(box, given) for row in page]


def ids(rows: Any) -> list[str]:
    return [row["id"] for row in rows]


def error(answer: httpx.Response) -> dict[str, Any]:
    (found,) = answer.json()["errors"]
    assert isinstance(found, dict)
    assert found["status"] == answer.status_code
    return found
