"""Rate limits in fixed windows, and the headers that tell of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from recordmap.sandbox import Settings
from sandbox.client import Clock, call, error, headers, sandbox, write


def until_throttled(ask: Callable[[], httpx.Response], most: int = 1000) -> tuple[int, httpx.Response]:
    for count in range(most):
        answer = ask()
        if answer.status_code == 429:
            return count, answer
        assert answer.status_code == 200
        assert "retry-after" not in answer.headers
    raise AssertionError("never throttled")


def limited() -> tuple[Any, Clock]:
    clock = Clock()
    return sandbox(1, clock=clock, settings=Settings(limits=True)), clock


def test_the_burst_of_a_second() -> None:
    box, clock = limited()
    count, refused = until_throttled(lambda: call(box, "/api/profiles/"))
    assert count == 75
    assert refused.headers["retry-after"] == "1"
    assert not [name for name in refused.headers if name.startswith("ratelimit")]
    assert error(refused)["detail"] == "Request was throttled. Expected available in 1 second."
    clock.move(0.999)
    assert call(box, "/api/profiles/").status_code == 429
    clock.move(0.001)
    assert until_throttled(lambda: call(box, "/api/profiles/"))[0] == 75


def test_the_steady_minute() -> None:
    box, clock = limited()
    count = 0
    answer = call(box, "/api/profiles/")
    while answer.status_code == 200:
        count += 1
        assert answer.headers["ratelimit-limit"] == "75, 75;w=1, 700;w=60"
        assert int(answer.headers["ratelimit-remaining"]) == 700 - count
        if count % 75 == 0:
            clock.move(1)
        answer = call(box, "/api/profiles/")
    assert count == 700
    assert answer.headers["retry-after"] == "51"
    clock.move(50.5)
    assert call(box, "/api/profiles/").headers["retry-after"] == "1"
    clock.move(0.5)
    answer = call(box, "/api/profiles/")
    assert (answer.status_code, answer.headers["ratelimit-reset"]) == (200, "60")


def test_each_endpoint_has_its_own_quota() -> None:
    box, _ = limited()
    profile_id = next(box.ids())
    until_throttled(lambda: call(box, "/api/profiles/"))
    assert call(box, "/api/profiles").status_code == 429, "both forms of a path are one endpoint"
    assert until_throttled(lambda: call(box, f"/api/profiles/{profile_id}/"))[0] == 75
    body = {"type": "profile", "id": profile_id, "attributes": {}}
    assert until_throttled(lambda: write(box, "PATCH", f"/api/profiles/{profile_id}/", body))[0] == 75


def test_predictions_are_counted_everywhere() -> None:
    box, _ = limited()
    profile_id = next(box.ids())
    wanted = {"additional-fields[profile]": "subscriptions,predictive_analytics"}
    answer = call(box, "/api/profiles/", wanted)
    assert answer.headers["ratelimit-limit"] == "10, 10;w=1, 150;w=60"
    assert until_throttled(lambda: call(box, f"/api/profiles/{profile_id}/", wanted))[0] == 9
    assert call(box, "/api/profiles/", wanted).status_code == 429
    plain = until_throttled(lambda: call(box, "/api/profiles/"))[0]
    assert plain == 74, "the call with predictions was counted here too"


def test_includes_are_scarce() -> None:
    box, _ = limited()
    path = f"/api/profiles/{next(box.ids())}/"
    assert until_throttled(lambda: call(box, path, {"include": "lists"}))[0] == 1


def test_refusals_before_the_count_cost_nothing() -> None:
    box, _ = limited()
    for _ in range(80):
        assert call(box, "/api/profiles/", given=headers(authorization=None)).status_code == 401
    for count in range(75):
        answer = call(box, "/api/profiles/", {"sort": "x"})
        assert answer.status_code == 400
        assert int(answer.headers["ratelimit-remaining"]) == 699 - count
    assert call(box, "/api/profiles/").status_code == 429


def test_without_limits_the_headers_never_slow_a_client() -> None:
    box = sandbox(1)
    for _ in range(800):
        answer = call(box, "/api/profiles/")
        assert answer.status_code == 200
        assert answer.headers["ratelimit-remaining"] == "699"
        assert answer.headers["ratelimit-limit"] == "75, 75;w=1, 700;w=60"
        assert answer.headers["ratelimit-reset"] == "60"
