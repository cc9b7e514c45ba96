"""The Klaviyo source over real HTTP against the sandbox: whole walks, ties, faults on every page, one profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recordmap.connectors.base import ConnectorError, Malformed, Record
from recordmap.connectors.klaviyo import build_source as build
from recordmap.connectors.klaviyo.options import KlaviyoOptions
from recordmap.connectors.klaviyo.source import KlaviyoSource
from recordmap.connectors.times import read_time
from recordmap.sandbox import Sandbox, SeenRequest, Settings

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
START = datetime(2026, 11, 1, tzinfo=UTC)


class Account:
    """A sandbox and a source that reads it, with the waits the source would have made."""

    def __init__(self, sandbox: Sandbox, **options: Any) -> None:
        self.sandbox = sandbox
        self.waits: list[float] = []
        self._first = len(sandbox.requests)
        given = {"base_url": sandbox.url, "key": sandbox.key, "revision": "2026-10-15"} | options
        self.source = KlaviyoSource(KlaviyoOptions(**given), pause=self.waits.append, clock=lambda: NOW)

    def walk(self, since: datetime | None = None) -> list[Record]:
        return [record for page in self.source.pages(since) for record in page.records]

    def ids(self, since: datetime | None = None) -> list[str]:
        return [record["id"] for record in self.walk(since)]

    def fault(self) -> ConnectorError:
        """Walk, and return what stopped the walk."""
        with pytest.raises(ConnectorError) as caught:
            self.walk()
        return caught.value

    @property
    def requests(self) -> list[SeenRequest]:
        """The requests of this source."""
        return self.sandbox.requests[self._first :]

    @property
    def all_ids(self) -> set[str]:
        return {profile["id"] for profile in self.sandbox}


@pytest.fixture
def account() -> Iterator[Callable[..., Account]]:
    """Make accounts of their own."""
    opened: list[Account] = []

    def make(
        profiles: Any = 25, *, settings: Settings | None = None, faults: Any = (), **options: Any
    ) -> Account:
        sandbox = Sandbox(profiles, clock=lambda: NOW, settings=settings, faults=faults).start()
        opened.append(Account(sandbox, **({"page_size": 10} | options)))
        return opened[-1]

    yield make
    for each in opened:
        each.source.close()
        each.sandbox.stop()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One account of 25 profiles, three pages of at most ten, for tests that leave it as it is."""
    with Sandbox(25, clock=lambda: NOW) as started:
        yield started


@pytest.fixture
def faulty(sandbox: Sandbox) -> Iterator[Callable[..., Account]]:
    """Connect to the one account, with a fault."""
    opened: list[Account] = []

    def make(fault: dict[str, Any], **options: Any) -> Account:
        sandbox.script([fault])
        opened.append(Account(sandbox, **({"page_size": 10} | options)))
        return opened[-1]

    yield make
    for each in opened:
        each.source.close()
    sandbox.script([])


def profiles(count: int, seconds: Callable[[int], int]) -> list[dict[str, Any]]:
    """Profiles with given times of change, in seconds after `START`."""
    return [
        {
            "id": f"P{number:05}",
            "attributes": {
                "email": f"p{number}@example.com",
                "updated": (START + timedelta(seconds=seconds(number))).isoformat(),
            },
        }
        for number in range(count)
    ]


def test_a_full_walk_gives_every_profile_once_in_order(account) -> None:
    found = account(1050, page_size=100)
    records = found.walk()
    assert [each["id"] for each in records] == list(dict.fromkeys(each["id"] for each in records))
    assert {each["id"] for each in records} == found.all_ids
    times = [read_time(each["attributes"]["updated"]) for each in records]
    assert times == sorted(times)
    assert [request.status for request in found.requests] == [200] * 11
    assert found.waits == []
    assert found.source.rate_limit is not None
    for record in records[::100]:
        assert record["attributes"] == {
            name: value
            for name, value in found.sandbox.profile(record["id"])["attributes"].items()
            if name in record["attributes"]
        }
        assert "subscriptions" in record["attributes"]


@pytest.mark.parametrize("page_size", [1, 7, 100])
def test_every_page_size(account, page_size: int) -> None:
    found = account(23, page_size=page_size)
    assert sorted(found.ids()) == sorted(found.all_ids)


@pytest.mark.parametrize("ties", [1, 9, 10, 11, 35])
def test_profiles_that_share_a_second_all_come(account, ties: int) -> None:
    """A run of equal times that begins before, at and beyond the edges of pages of ten."""
    found = account(profiles(50, lambda number: min(number, 5) if number < 5 + ties else number))
    assert sorted(found.ids()) == sorted(found.all_ids)
    # The filter is strict: it gives what changed after the second, never within it.
    after = found.ids(START + timedelta(seconds=5))
    assert sorted(after) == sorted(each for each in found.all_ids if int(each[1:]) >= 5 + ties)


def test_since(account) -> None:
    found = account(profiles(30, lambda number: number * 60))
    assert found.ids(START + timedelta(seconds=60 * 20 + 59)) == [f"P{number:05}" for number in range(21, 30)]
    # Cut to whole seconds downwards, so nothing is missed.
    assert found.ids(START + timedelta(seconds=60 * 29, milliseconds=-1)) == ["P00029"]


@pytest.mark.parametrize("ahead", [0, 1, 86_400])
def test_a_time_ahead_is_not_refused(account, ahead: int) -> None:
    found = account(5, settings=Settings(newest_bound=5))
    assert found.ids(NOW + timedelta(seconds=ahead)) == []


PASSING: list[dict[str, Any]] = [
    {"kind": "throttled"},
    {"kind": "throttled", "retry_after": None},
    {"kind": "throttled", "retry_after": "0"},
    {"kind": "throttled", "retry_after": "2.5"},
    {"kind": "throttled", "retry_after": "Tue, 24 Nov 2026 12:00:09 GMT"},
    {"kind": "throttled", "retry_after": "soon"},
    *({"kind": "server_error", "status": status} for status in (500, 502, 503, 504, 524)),
    *({"kind": "server_error", "body": body} for body in ("json", "text", "empty")),
    {"kind": "server_error", "retry_after": "3"},
    {"kind": "challenge"},
    {"kind": "html_page"},
    {"kind": "empty"},
    {"kind": "empty", "status": 204},
    {"kind": "wrong_type"},
    {"kind": "wrong_type", "data": None},
    {"kind": "missing_member"},
    {"kind": "wrong_document"},
    {"kind": "error_document"},
    *({"kind": "bad_json", "form": form} for form in ("cut", "trailing", "utf16", "latin1")),
    *({"kind": "reset", "at": at} for at in ("start", "head", "body")),
    *({"kind": "truncated", "framing": framing} for framing in ("length", "chunked", "none")),
    {"kind": "huge_header"},
    {"kind": "bad_gzip"},
]


def name(fault: dict[str, Any]) -> str:
    return "-".join(str(value) for value in fault.values())


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("fault", PASSING, ids=name)
def test_faults_that_pass(faulty, fault: dict[str, Any], page: int) -> None:
    found = faulty({**fault, "page": page})
    assert sorted(found.ids()) == sorted(found.all_ids)
    assert [request.fault for request in found.requests].count(fault["kind"]) == 1
    assert len(found.waits) == 1


@pytest.mark.parametrize("page", [1, 2, 3])
def test_faults_that_only_look_like_one(faulty, page: int) -> None:
    for fault in (
        {"kind": "unframed"},
        {"kind": "bad_json", "form": "bom"},
        {"kind": "slow", "seconds": 0.01},
        {"kind": "next_link", "form": "relative"} if page < 3 else {"kind": "next_link", "form": "missing"},
    ):
        found = faulty({**fault, "page": page})
        assert sorted(found.ids()) == sorted(found.all_ids)
        assert found.waits == []


@pytest.mark.parametrize("fault", [{"kind": "hang"}, {"kind": "drip", "seconds": 0.02}], ids=name)
@pytest.mark.parametrize("page", [1, 3])
def test_a_server_too_slow_is_asked_again(faulty, fault: dict[str, Any], page: int) -> None:
    found = faulty({**fault, "page": page}, deadline=0.5)
    assert sorted(found.ids()) == sorted(found.all_ids)
    assert len(found.waits) == 1


STOPPING: list[tuple[dict[str, Any], str, bool]] = [
    ({"kind": "refused", "status": 401}, "source-refused-key", False),
    ({"kind": "refused", "status": 403}, "source-not-permitted", False),
    ({"kind": "refused", "status": 404}, "source-refused-request", False),
    ({"kind": "refused", "status": 410}, "source-revision-retired", False),
    ({"kind": "redirect"}, "source-bad-answer", False),
    ({"kind": "redirect", "status": 307, "location": "/api/profiles/"}, "source-bad-answer", False),
    ({"kind": "bomb", "megabytes": 30}, "source-bad-answer", False),
    ({"kind": "foreign_next"}, "source-bad-link", False),
    ({"kind": "next_link", "form": "number"}, "source-bad-link", False),
    ({"kind": "next_link", "form": "garbage"}, "source-bad-link", False),
    ({"kind": "server_error", "times": "always"}, "source-unavailable", True),
    ({"kind": "throttled", "retry_after": "7200"}, "source-unavailable", True),
    ({"kind": "html_page", "times": "always"}, "source-bad-answer", True),
    ({"kind": "next_link", "form": "no_links", "times": "always"}, "source-bad-answer", True),
]


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize(
    ("fault", "code", "transient"), STOPPING, ids=lambda value: name(value) if isinstance(value, dict) else ""
)
def test_faults_that_stop_the_walk(
    faulty, fault: dict[str, Any], code: str, transient: bool, page: int
) -> None:
    found = faulty({**fault, "page": page})
    error = found.fault()
    assert (error.code, error.transient) == (code, transient)
    tries = 5 if fault.get("times") == "always" else 1
    assert len(found.requests) == page - 1 + tries
    assert found.sandbox.key not in f"{error} {error.hint}"


@pytest.mark.parametrize("kind", ["edge_refusal", "refused"])
def test_a_refused_first_request_stops_the_walk(faulty, kind: str) -> None:
    options = {"status": 400} if kind == "refused" else {}
    error = faulty({"kind": kind, "page": 1, **options}).fault()
    assert (error.code, error.transient) == ("source-refused-request", False)


@pytest.mark.parametrize("page", [2, 3, "last"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_refused_cursor_begins_again_and_loses_nothing(account, page: int | str, times: int) -> None:
    fault = {"kind": "invalid_cursor", "page": page, "times": times}
    found = account(profiles(45, lambda number: number // 4), faults=[fault])
    counts = Counter(found.ids())
    assert set(counts) == found.all_ids
    assert found.waits == []


def test_cursors_that_always_die_end_the_walk(faulty) -> None:
    error = faulty({"kind": "invalid_cursor", "page": 2, "times": "always"}).fault()
    assert (error.code, error.transient) == ("source-refused-request", True)


def test_profiles_that_change_behind_the_walk_come_again(account) -> None:
    found = account(
        profiles(30, lambda number: number), faults=[{"kind": "change_profiles", "page": 1, "count": 3}]
    )
    counts = Counter(found.ids())
    assert set(counts) == found.all_ids
    assert sorted(each for each, times in counts.items() if times == 2) == ["P00000", "P00001", "P00002"]


def test_profiles_that_vanish_behind_the_walk_take_none_with_them(account) -> None:
    found = account(
        profiles(30, lambda number: number), faults=[{"kind": "remove_profiles", "page": 1, "count": 10}]
    )
    assert sorted(found.ids()) == [f"P{number:05}" for number in range(30)]


@pytest.mark.parametrize(
    "fault", [{"kind": "duplicate_rows", "count": 10}, {"kind": "shuffled_rows"}], ids=name
)
def test_rows_out_of_order_or_twice_are_passed_on(faulty, fault: dict[str, Any]) -> None:
    found = faulty({**fault, "page": 2})
    assert set(found.ids()) == found.all_ids


@pytest.mark.parametrize("form", ["null", "text", "list"])
def test_a_row_that_is_no_profile_leaves_the_others(faulty, form: str) -> None:
    found = faulty({"kind": "malformed_profile", "form": form, "page": 2, "at": 4})
    pages = list(found.source.pages(None))
    assert sum(len(page.records) for page in pages) == 24
    assert [len(page.malformed) for page in pages] == [0, 1, 0]


@pytest.mark.parametrize("form", ["nan", "surrogate"])
def test_rows_that_are_bad_json_leave_the_others(faulty, form: str) -> None:
    found = faulty({"kind": "bad_json", "form": form, "page": 2})
    pages = list(found.source.pages(None))
    assert sum(len(page.records) + len(page.malformed) for page in pages) == 25
    bad = [each for page in pages for each in page.malformed]
    assert bad
    assert all(isinstance(each, Malformed) and each.external_id in found.all_ids for each in bad)


@pytest.mark.parametrize("form", ["deep", "number"])
def test_hostile_numbers_and_depth_are_one_bad_row(faulty, form: str) -> None:
    found = faulty({"kind": "bad_json", "form": form, "page": 1})
    (page,) = found.source.pages(None)
    assert (len(page.records), len(page.malformed)) == (0, 1)


def test_one_profile_by_its_id(account) -> None:
    attributes = {"email": "ada@example.com", "updated": START.isoformat()}
    found = account(
        [{"id": each, "attributes": attributes} for each in ("01HK3Z8Q5W7M2C9RNT4XVB6YDA", "44552", "GJK3PA")]
    )
    for each in found.all_ids:
        record = found.source.fetch(each)
        assert record is not None
        assert (record["id"], record["attributes"]["email"]) == (each, "ada@example.com")
    assert found.source.fetch("01ZZZZZZZZZZZZZZZZZZZZZZZZ") is None
    found.sandbox.remove("44552")
    assert found.source.fetch("44552") is None
    assert found.waits == []


@pytest.mark.parametrize(
    "fault",
    [{"kind": "throttled"}, {"kind": "server_error"}, {"kind": "truncated"}, {"kind": "challenge"}],
    ids=name,
)
def test_one_profile_after_a_fault(account, fault: dict[str, Any]) -> None:
    found = account(profiles(1, lambda number: 0), faults=[fault])
    record = found.source.fetch("P00000")
    assert record is not None
    assert len(found.waits) == 1


def test_a_wrong_key(account) -> None:
    error = account(key="pk_wrong").fault()
    assert error.code == "source-refused-key"
    assert "KLAVIYO_API_KEY" in (error.hint or "")


def test_a_key_without_the_scope(account) -> None:
    error = account(settings=Settings(scopes=frozenset())).fault()
    assert error.code == "source-not-permitted"
    assert "profiles:read" in (error.hint or "")


def test_a_retired_revision_falls_forward(account, caplog: pytest.LogCaptureFixture) -> None:
    found = account(3, revision="2023-10-15")
    assert len(found.ids()) == 3
    assert "2023-10-15" in caplog.text


def test_build_reads_the_environment(account) -> None:
    sandbox = account(12).sandbox
    environ = {"KLAVIYO_API_KEY": sandbox.key, "RECORDMAP_SOURCE_URL": sandbox.url}
    source = build({"base_url": "https://a.klaviyo.com", "revision": "2026-10-15"}, environ)
    assert sum(len(page.records) for page in source.pages(None)) == 12
    source.close()
