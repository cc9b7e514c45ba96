"""The Klaviyo source against scripted answers: requests made, pages walked, and every answer's meaning."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import yaml

from recordmap.connectors.base import ConnectorError, Page, Source
from recordmap.connectors.klaviyo.answers import RateLimit
from recordmap.connectors.klaviyo.options import KlaviyoOptions
from recordmap.connectors.klaviyo.source import KlaviyoSource

KEY = "pk_canary_0123456789abcdef"
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
HOME = "https://a.klaviyo.com"
CASES = yaml.safe_load(Path(__file__).with_name("klaviyo_answers.yaml").read_text("utf-8"))

Answering = Callable[[httpx.Request], httpx.Response]


def reply(status: int = 200, body: str | bytes = "", headers: dict[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else body.encode()
    return httpx.Response(status, headers=headers, content=iter([content]))


def page(*ids: str, after: str | None = None, **links: Any) -> httpx.Response:
    """A page of profiles, with a link that carries the cursor `after`."""
    if after is not None:
        links["next"] = f"{HOME}/api/profiles/?page%5Bcursor%5D={quote(after, safe='')}&page%5Bsize%5D=100"
    return reply(body=json.dumps({"data": [profile(each) for each in ids], "links": links}))


def profile(each: str, updated: str = "2026-11-01T00:00:00+00:00") -> dict[str, Any]:
    return {"type": "profile", "id": each, "attributes": {"email": f"{each}@example.com", "updated": updated}}


class Klaviyo:
    """Gives the answers of a list in turn, the last one again and again, and keeps requests and waits."""

    def __init__(self, answers: Iterable[Callable[[], httpx.Response]] | Answering, **options: Any) -> None:
        self.answers = answers if callable(answers) else list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.source = KlaviyoSource(
            KlaviyoOptions(key=KEY, **({"revision": "2026-10-15"} | options)),
            transport=httpx.MockTransport(self._answer),
            pause=self.waits.append,
            clock=lambda: NOW,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if callable(self.answers):
            return self.answers(request)
        return self.answers[min(len(self.requests), len(self.answers)) - 1]()

    def walk(self, since: datetime | None = None) -> list[str]:
        return [record["id"] for page in self.source.pages(since) for record in page.records]

    @property
    def params(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.requests]


def test_it_is_a_source_and_closes_with_its_block() -> None:
    with Klaviyo([page]).source as source:
        assert isinstance(source, Source)
        assert list(source.pages(None)) == [Page(())]
    with pytest.raises(RuntimeError, match="closed"):
        list(source.pages(None))


def test_the_request_for_a_list() -> None:
    klaviyo = Klaviyo([lambda: page("p1")])
    assert klaviyo.walk(datetime(2024, 1, 2, 3, 4, 5, 678900, tzinfo=timezone(timedelta(hours=2)))) == ["p1"]
    (request,) = klaviyo.requests
    assert (request.method, request.url.host, request.url.path) == ("GET", "a.klaviyo.com", "/api/profiles/")
    assert klaviyo.params == [
        {
            "filter": "greater-than(updated,2024-01-02T01:04:05Z)",
            "sort": "updated",
            "page[size]": "100",
            "additional-fields[profile]": "subscriptions",
        }
    ]
    assert request.headers["Authorization"] == f"Klaviyo-API-Key {KEY}"
    assert request.headers["revision"] == "2026-10-15"
    assert request.headers["Accept"] == "application/json, application/vnd.api+json"


def test_everything_is_asked_for_without_a_filter() -> None:
    klaviyo = Klaviyo([lambda: page("p1")], page_size=7, base_url="https://proxy.example:8443")
    klaviyo.walk()
    assert "filter" not in klaviyo.params[0]
    assert klaviyo.params[0]["page[size]"] == "7"
    assert klaviyo.requests[0].url.netloc == b"proxy.example:8443"


@pytest.mark.parametrize(
    ("since", "asked"),
    [
        (NOW, "2026-11-24T11:59:55Z"),
        (NOW + timedelta(days=400), "2026-11-24T11:59:55Z"),
        (NOW - timedelta(seconds=4), "2026-11-24T11:59:55Z"),
        (NOW - timedelta(seconds=6), "2026-11-24T11:59:54Z"),
        (NOW - timedelta(seconds=5, milliseconds=1), "2026-11-24T11:59:54Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (datetime.max.replace(tzinfo=UTC), "2026-11-24T11:59:55Z"),
    ],
)
def test_a_time_practically_now_is_moved_back(since: datetime, asked: str) -> None:
    klaviyo = Klaviyo([page])
    klaviyo.walk(since)
    assert klaviyo.params[0]["filter"] == f"greater-than(updated,{asked})"


def test_a_time_without_offset_is_an_error() -> None:
    with pytest.raises(ValueError, match="offset"):
        Klaviyo([page]).walk(datetime(2024, 1, 1))  # noqa: DTZ001 - the point of the test


def test_pages_are_followed_by_cursor_alone() -> None:
    klaviyo = Klaviyo(
        [lambda: page("p1", after="a+/=="), lambda: page(after="c2"), lambda: page("p3", next=None)]
    )
    assert klaviyo.walk(datetime(2024, 1, 1, tzinfo=UTC)) == ["p1", "p3"]
    first, second, third = klaviyo.params
    assert second == first | {"page[cursor]": "a+/=="}
    assert third == first | {"page[cursor]": "c2"}
    assert {request.url.path for request in klaviyo.requests} == {"/api/profiles/"}


@pytest.mark.parametrize("links", [{}, {"next": None}, {"next": ""}])
def test_the_three_forms_of_an_end(links: dict[str, Any]) -> None:
    klaviyo = Klaviyo([lambda: page("p1", **links)])
    assert klaviyo.walk() == ["p1"]
    assert len(klaviyo.requests) == 1


def test_a_short_page_without_links_is_the_end() -> None:
    short = json.dumps({"data": [profile("p1")], "links": None})
    assert Klaviyo([lambda: reply(body=short)], page_size=2).walk() == ["p1"]


def test_a_full_page_without_links_is_asked_for_again() -> None:
    full = json.dumps({"data": [profile("p1"), profile("p2")]})
    klaviyo = Klaviyo([lambda: reply(body=full), lambda: page("p1", "p2", next=None)], page_size=2)
    assert klaviyo.walk() == ["p1", "p2"]
    assert len(klaviyo.waits) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/profiles/?page%5Bcursor%5D=c",
        "http://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=c",
        "https://a.klaviyo.com@evil.example/api/profiles/?page%5Bcursor%5D=c",
        "//evil.example/api/profiles/?page%5Bcursor%5D=c",
        "https://a.klaviyo.com/api/lists/?page%5Bcursor%5D=c",
        "https://a.klaviyo.com/api/profiles/",
        "https://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=",
        "https://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=a&page%5Bcursor%5D=b",
        "https://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=" + "a" * 8_000,
        "not a link",
        7,
        True,
        ["https://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=c"],
        {"href": "https://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=c"},
    ],
)
def test_a_link_that_leads_elsewhere_stops_the_walk(link: object) -> None:
    klaviyo = Klaviyo([lambda: page("p1", next=link)])
    pages = klaviyo.source.pages(None)
    assert len(next(pages).records) == 1
    with pytest.raises(ConnectorError) as caught:
        next(pages)
    assert caught.value.code == "source-bad-link"
    assert not caught.value.transient
    assert "evil" not in str(caught.value)
    assert len(klaviyo.requests) == 1


@pytest.mark.parametrize("cursors", [["c1", "c1"], ["c1", "c2", "c1"]])
def test_a_cursor_that_comes_twice_stops_the_walk(cursors: list[str]) -> None:
    klaviyo = Klaviyo([lambda cursor=cursor: page("p", after=cursor) for cursor in cursors])
    with pytest.raises(ConnectorError, match="came twice") as caught:
        klaviyo.walk()
    assert caught.value.code == "source-bad-link"
    assert len(klaviyo.requests) == len(cursors)


def test_pages_without_end_stop_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recordmap.connectors.klaviyo.source._PAGE_LIMIT", 5)
    count = iter(range(100))
    klaviyo = Klaviyo(lambda request: page(after=f"c{next(count)}"))
    with pytest.raises(ConnectorError, match="more than 5 pages") as caught:
        klaviyo.walk()
    assert caught.value.code == "source-bad-link"
    assert len(klaviyo.requests) == 5


REFUSED = json.dumps(
    {"errors": [{"code": "invalid", "detail": "Whatever.", "source": {"pointer": "/data/"}}]}
)


def test_a_refused_cursor_begins_again_near_the_last_change() -> None:
    later = json.dumps(
        {
            "data": [
                profile("p2", "2026-11-02T10:00:00Z"),
                profile("p3", "2026-11-03T00:00:00Z"),
                profile("p4", "?"),
            ],
            "links": {"next": "/api/profiles/?page%5Bcursor%5D=c2"},
        }
    )
    klaviyo = Klaviyo(
        [
            lambda: page("p1", after="c1"),
            lambda: reply(body=later),
            lambda: reply(400, REFUSED),
            lambda: page("p3", after="c1"),
            lambda: page("p4"),
        ]
    )
    assert klaviyo.walk(datetime(2026, 10, 1, tzinfo=UTC)) == ["p1", "p2", "p3", "p4", "p3", "p4"]
    assert [params["filter"].partition(",")[2] for params in klaviyo.params] == [
        "2026-10-01T00:00:00Z)",
        "2026-10-01T00:00:00Z)",
        "2026-10-01T00:00:00Z)",
        # One second before the earliest change of the last page; a cursor seen in the first walk is no repetition.
        "2026-11-02T09:59:59Z)",
        "2026-11-02T09:59:59Z)",
    ]
    assert klaviyo.waits == []


def test_a_page_that_tells_no_time_leaves_the_point_of_the_one_before() -> None:
    timeless = json.dumps(
        {"data": [profile("p2", None)], "links": {"next": "/api/profiles/?page%5Bcursor%5D=c2"}}
    )
    klaviyo = Klaviyo(
        [
            lambda: page("p1", after="c1"),
            lambda: reply(body=timeless),
            lambda: reply(400, REFUSED),
            lambda: page("p3"),
        ]
    )
    klaviyo.walk(datetime(2020, 10, 1, tzinfo=UTC))
    first, *_, again = [params["filter"].partition(",")[2] for params in klaviyo.params]
    assert first == "2020-10-01T00:00:00Z)"
    assert again > first


@pytest.mark.parametrize(
    ("updated", "since", "again"),
    [
        ("2026-11-02T10:00:00Z", None, "2026-11-02T09:59:59Z"),
        ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00+00:00", "2026-10-01T00:00:00Z"),
        (None, "2026-10-01T00:00:00+00:00", "2026-10-01T00:00:00Z"),
        ("2030-01-01T00:00:00Z", "2026-10-01T00:00:00+00:00", "2026-11-24T11:59:55Z"),
        ("0001-01-01T00:00:00Z", None, "1969-12-31T23:59:59Z"),
        (None, None, None),
    ],
)
def test_where_a_walk_begins_again(updated: Any, since: str | None, again: str | None) -> None:
    body = json.dumps(
        {"data": [profile("p1", updated)], "links": {"next": "/api/profiles?page%5Bcursor%5D=c"}}
    )
    klaviyo = Klaviyo([lambda: reply(body=body), lambda: reply(400, REFUSED), page])
    klaviyo.walk(since and datetime.fromisoformat(since))
    assert klaviyo.params[2].get("filter") == (again and f"greater-than(updated,{again})")


def test_cursors_refused_again_and_again_end_the_walk() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return reply(400, REFUSED) if "page[cursor]" in request.url.params else page("p1", after="c")

    klaviyo = Klaviyo(answer)
    with pytest.raises(ConnectorError, match="refused its own page cursor 4 times") as caught:
        klaviyo.walk()
    assert (caught.value.code, caught.value.transient) == ("source-refused-request", True)
    assert len(klaviyo.requests) == 8


def test_a_bad_record_does_not_stop_the_walk() -> None:
    body = b'{"data": [{"id": "p1"}, {"id": "p2", "n": NaN}, {"id": "p3"}], "links": {}}'
    (found,) = Klaviyo([lambda: reply(body=body)]).source.pages(None)
    assert [record["id"] for record in found.records] == ["p1", "p3"]
    assert [bad.external_id for bad in found.malformed] == ["p2"]


def answer_of(case: dict[str, Any]) -> Callable[[], httpx.Response]:
    headers = dict(case.get("headers", {}))
    if "error" in case:
        headers["Content-Type"] = "application/vnd.api+json"
        body = json.dumps({"errors": [{"id": "1", "title": "Title", **case["error"]}]})
    elif "html" in case:
        headers["Content-Type"] = "text/html; charset=UTF-8"
        body = case["html"]
    else:
        body = case["body"]
    return lambda: reply(case["status"], body, headers)


def check(error: ConnectorError, klaviyo: Klaviyo, expect: dict[str, Any]) -> None:
    assert (error.code, error.message) == (expect["code"], expect["message"])
    assert error.transient == expect.get("transient", False)
    assert expect.get("hint", "") in (error.hint or "")
    waits = expect.get("waits", [])
    if waits == "back-off":
        assert [low <= wait <= low + 1 for low, wait in zip([1, 2, 4, 8], klaviyo.waits, strict=True)] == [
            True
        ] * 4
    else:
        assert klaviyo.waits == waits
    assert len(klaviyo.requests) == len(klaviyo.waits) + 1
    assert KEY not in f"{error} {error.hint}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_what_an_answer_means_for_a_list(case: dict[str, Any]) -> None:
    klaviyo = Klaviyo([answer_of(case)])
    with pytest.raises(ConnectorError) as caught:
        klaviyo.walk()
    check(caught.value, klaviyo, case["expect"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_what_an_answer_means_for_one_profile(case: dict[str, Any]) -> None:
    klaviyo = Klaviyo([answer_of(case)])
    with pytest.raises(ConnectorError) as caught:
        klaviyo.source.fetch("p1")
    check(caught.value, klaviyo, case["expect"])


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["expect"].get("transient")], ids=lambda case: case["why"]
)
@pytest.mark.parametrize("bad_page", [0, 1, 2])
def test_what_may_pass_does_pass(case: dict[str, Any], bad_page: int) -> None:
    """Each passing fault, once, at the first, a middle and the last page: nothing is lost, nothing comes twice."""
    if case["expect"].get("waits") == []:
        case = {**case, "headers": {"Retry-After": "5"}}
    answers = [lambda: page("p1", after="c1"), lambda: page("p2", after="c2"), lambda: page("p3")]
    answers.insert(bad_page, answer_of(case))
    klaviyo = Klaviyo(answers)
    assert klaviyo.walk() == ["p1", "p2", "p3"]
    assert len(klaviyo.waits) == 1


def test_faults_of_the_connection_are_tried_again() -> None:
    faults = iter([httpx.ConnectTimeout("x"), httpx.RemoteProtocolError("x"), httpx.ReadError("x")])

    def answer(request: httpx.Request) -> httpx.Response:
        for fault in faults:
            raise fault
        return page("p1")

    klaviyo = Klaviyo(answer)
    assert klaviyo.walk() == ["p1"]
    assert len(klaviyo.waits) == 3


def test_faults_of_the_connection_that_stay() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("x")

    klaviyo = Klaviyo(answer, attempts=2)
    with pytest.raises(ConnectorError) as caught:
        klaviyo.walk()
    error = caught.value
    assert (error.code, error.message, error.transient) == (
        "source-unavailable",
        "Klaviyo temporarily unavailable",
        True,
    )
    assert error.hint == "no connection in time; tried 2 times"


@pytest.mark.parametrize("external_id", ["01H8ABCDEFGHJKMNPQRSTVWXYZ", "44552", "GJK3PA", "a-b_C", "x" * 64])
def test_one_profile_by_its_id(external_id: str) -> None:
    klaviyo = Klaviyo(
        [lambda: reply(body=json.dumps({"data": profile(external_id), "links": {"self": "s"}}))]
    )
    assert klaviyo.source.fetch(external_id) == profile(external_id)
    (request,) = klaviyo.requests
    assert request.url.path == f"/api/profiles/{external_id}/"
    assert klaviyo.params == [{"additional-fields[profile]": "subscriptions"}]


@pytest.mark.parametrize(
    "external_id",
    [
        "",
        " ",
        "a b",
        "../lists",
        "a/b",
        "a%2Fb",
        "a?b",
        "a#b",
        "\u00e9",
        "\u0664\u0664",
        "a\n",
        "x" * 65,
        "ada@example.com",
    ],
)
def test_what_cannot_be_an_id_is_not_asked_for(external_id: str) -> None:
    klaviyo = Klaviyo([page])
    with pytest.raises(ConnectorError) as caught:
        klaviyo.source.fetch(external_id)
    assert (caught.value.code, caught.value.transient) == ("source-bad-id", False)
    assert "ada@" not in f"{caught.value} {caught.value.hint}"
    assert klaviyo.requests == []


def test_no_profile_of_this_id() -> None:
    gone = json.dumps({"errors": [{"code": "not_found", "detail": "A profile with id p1 does not exist."}]})
    klaviyo = Klaviyo([lambda: reply(404, gone)])
    assert klaviyo.source.fetch("p1") is None
    assert klaviyo.waits == []


@pytest.mark.parametrize("data", ["null", "[]", '{"n": NaN}', '"text"'])
def test_one_profile_that_cannot_be_read(data: str) -> None:
    klaviyo = Klaviyo([lambda: reply(body=f'{{"data": {data}}}')])
    with pytest.raises(ConnectorError, match="the profile cannot be read") as caught:
        klaviyo.source.fetch("p1")
    assert (caught.value.code, caught.value.transient) == ("source-record-unreadable", False)
    assert klaviyo.waits == []


def test_one_profile_with_a_number_as_its_id() -> None:
    numbered = {**profile("44552"), "id": 44552}
    klaviyo = Klaviyo([lambda: reply(body=json.dumps({"data": numbered}))])
    assert klaviyo.source.fetch("44552") == numbered


@pytest.mark.parametrize("given", ["p2", "P1", True, None, 1.0])
def test_another_profile_than_the_one_asked_for(given: object) -> None:
    klaviyo = Klaviyo([lambda: reply(body=json.dumps({"data": {**profile("p1"), "id": given}}))])
    with pytest.raises(ConnectorError, match="another profile") as caught:
        klaviyo.source.fetch("1" if given in (True, 1.0) else "p1")
    assert (caught.value.code, caught.value.transient) == ("source-record-unreadable", False)


def test_the_quota_is_read_and_kept_over_a_429() -> None:
    headers = {
        "RateLimit-Limit": "750, 75;w=1, 750;w=60",
        "RateLimit-Remaining": "748",
        "RateLimit-Reset": "12",
    }
    klaviyo = Klaviyo(
        [
            lambda: reply(
                body='{"data": [], "links": {"next": "/api/profiles/?page%5Bcursor%5D=c"}}', headers=headers
            ),
            lambda: reply(429, "", {"Retry-After": "1"}),
            lambda: reply(
                body='{"data": []}', headers={"RateLimit-Remaining": "many", "RateLimit-Limit": "10"}
            ),
        ]
    )
    pages = klaviyo.source.pages(None)
    assert klaviyo.source.rate_limit is None
    next(pages)
    assert klaviyo.source.rate_limit == RateLimit(750, 748, 12)
    next(pages)
    assert klaviyo.source.rate_limit == RateLimit(10, None, None)


def quota_page(remaining: int, reset: int, cursor: str | None) -> httpx.Response:
    following = f'"/api/profiles/?page%5Bcursor%5D={cursor}"' if cursor else "null"
    headers = {
        "RateLimit-Limit": "750",
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(reset),
    }
    return reply(body=f'{{"data": [], "links": {{"next": {following}}}}}', headers=headers)


@pytest.mark.parametrize(
    ("remaining", "reset", "waits"), [(1, 12, []), (0, 12, [12.0]), (0, 0, []), (0, 60, [60.0]), (0, 61, [])]
)
def test_a_quota_used_up_is_waited_for(remaining: int, reset: int, waits: list[float]) -> None:
    klaviyo = Klaviyo(
        [
            lambda: quota_page(remaining, reset, "a"),
            lambda: quota_page(700, 59, "b"),
            lambda: quota_page(699, 58, None),
        ]
    )
    assert len(list(klaviyo.source.pages(None))) == 3
    assert klaviyo.waits == waits


def test_a_quota_is_waited_for_once() -> None:
    klaviyo = Klaviyo(
        [
            lambda: quota_page(0, 12, "a"),
            lambda: reply(429, "", {"Retry-After": "3"}),
            lambda: reply(body='{"data": []}'),
        ]
    )
    assert len(list(klaviyo.source.pages(None))) == 2
    assert klaviyo.waits == [12.0, 3.0]


@pytest.mark.parametrize(
    ("revision", "warned"),
    [
        ("2023-10-15", True),
        ("2024-11-24", True),
        ("2024-11-25", False),
        ("2026-10-15", False),
        ("2024-10-15.pre", True),
    ],
)
def test_a_retired_revision_is_warned_of(
    revision: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    Klaviyo([page], revision=revision)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * warned
    assert (revision in caplog.text) == warned


def test_the_key_and_the_profiles_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    klaviyo = Klaviyo(
        [
            lambda: reply(503, "<html>"),
            lambda: reply(200, "<html>maintenance\n</html>"),
            lambda: page("p1", after="c1"),
            lambda: reply(400, REFUSED),
            lambda: reply(body='{"data": [{"id": "p2", "email": "p1@example.com", NaN}]}'),
        ]
    )
    klaviyo.walk()
    assert "Klaviyo temporarily unavailable (HTTP 503); trying again in" in caplog.text
    assert "refused a page cursor" in caplog.text
    assert "maintenance" not in caplog.text, "whatever a page holds stays out"
    assert KEY not in caplog.text
    assert "example.com" not in caplog.text.replace("a.klaviyo.com", "")
    assert KEY not in repr(klaviyo.source) + repr(KlaviyoOptions(key=KEY))
