"""Metrics as a scrape over HTTP finds them, and who may ask for them."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.errorlog import Failure
from recordmap.diagnostics import ConfigurationError
from recordmap.monitoring.metrics import Metrics
from recordmap.monitoring.serving import Address, parse_address, served
from recordmap.sync.report import Report, RunStatus
from recordmap.sync.results import Problem, Result, Transfer
from sync.fakes import FakeClock, FakeDestination
from sync.plans import RULES

CANARY = "canary.wren@example.com"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def destination(clock: FakeClock) -> FakeDestination:
    destination = FakeDestination(RULES, clock)
    with destination.unit() as unit:
        unit.log_failure(Failure(CANARY, CANARY, "value-not-unique", CANARY, False, record={"email": CANARY}))
    return destination


@pytest.fixture
def metrics(destination: Any, clock: FakeClock) -> Metrics:
    return Metrics(destination, clock)


@pytest.fixture
def address(metrics: Metrics) -> Iterator[Address]:
    with served(metrics, Address("127.0.0.1", 0)) as address:
        yield address


def report(clock: FakeClock, status: RunStatus = RunStatus.COMPLETE) -> Report:
    retried = Transfer(Result.FAILED, CANARY, problem=Problem("value-not-unique", CANARY))
    return Report(
        run_id=1,
        status=status,
        message=CANARY,
        code=None,
        started_at=clock.now - timedelta(seconds=3),
        finished_at=clock.now,
        pages=1,
        counts={"added": 7, "failed": 2},
        failures={"required-field-missing": 2},
        retried=(retried,),
        children={},
        notices=(),
        notice_counts={},
        source_seconds=1.5,
        transfer_seconds=0.5,
        watermark_before=None,
        watermark_after=None,
    )


def ask(address: Address, path: str = "/metrics", *hosts: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for host in hosts or (str(address),):
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def scrape(address: Address) -> dict[str, float]:
    """Return all samples, as `name{label}`."""
    status, text = ask(address)
    assert status == 200
    assert CANARY not in text
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_polls_are_counted(
    metrics: Metrics, address: Address, destination: FakeDestination, clock: FakeClock
) -> None:
    before = scrape(address)
    assert (
        str(before["recordmap_poll_lag_seconds"]) == str(before["recordmap_watermark_lag_seconds"]) == "nan"
    )
    assert before["recordmap_open_errors{change}"] == 1
    destination.finish_run(destination.start_run("poll"), "complete", {}, None)
    with destination.unit() as unit:
        unit.save_watermark(clock.now - timedelta(minutes=10))
    metrics.take(report(clock))
    metrics.take(report(clock, RunStatus.FAILED))
    clock.forward(minutes=2)
    found = scrape(address)
    expected = {
        "recordmap_polls_total{complete}": 1,
        "recordmap_polls_total{failed}": 1,
        "recordmap_records_total{added}": 14,
        "recordmap_records_total{failed}": 4,
        "recordmap_failures_total{required-field-missing}": 4,
        "recordmap_retries_total{failed}": 2,
        "recordmap_poll_duration_seconds_count": 2,
        "recordmap_poll_duration_seconds_sum": 6,
        "recordmap_poll_duration_seconds_bucket{1.0}": 0,
        "recordmap_poll_duration_seconds_bucket{5.0}": 2,
        "recordmap_spent_seconds_total{source}": 3,
        "recordmap_spent_seconds_total{transfer}": 1,
        "recordmap_poll_lag_seconds": 120,
        "recordmap_watermark_lag_seconds": 720,
    }
    assert {name: found[name] for name in expected} == expected


def test_a_poll_is_counted_when_the_store_is_out_of_reach(
    metrics: Metrics, address: Address, destination: FakeDestination, clock: FakeClock, monkeypatch: Any
) -> None:
    def watermark() -> None:
        raise ConnectorError("store-unavailable", "no server", transient=True)

    monkeypatch.setattr(destination, "watermark", watermark)
    with pytest.raises(ConnectorError):
        metrics.take(report(clock))
    assert scrape(address)["recordmap_polls_total{complete}"] == 1


def test_only_who_names_the_address_gets_an_answer(address: Address) -> None:
    port = address.port
    assert ask(address, "/metrics", f"localhost:{port}")[0] == 200
    strange = (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"127.0.0.1:{port}.",
        "",
    )
    for host in strange:
        assert ask(address, "/metrics", host) == (421, "this address goes by another name\n")
    assert ask(address, "/metrics", str(address), "evil.example")[0] == 421, "two names"
    assert ask(address, "/")[0] == ask(address, "/metrics/..")[0] == 404
    assert ask(address, method="POST")[0] == 501


@pytest.mark.parametrize(
    ("text", "address", "is_own"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464), True),
        ("127.8.8.8:1", ("127.8.8.8", 1), True),
        ("LocalHost:9464", ("localhost", 9464), True),
        ("[::1]:9464", ("::1", 9464), True),
        ("0.0.0.0:9464", ("0.0.0.0", 9464), False),
        ("[::]:9464", ("::", 9464), False),
        ("10.0.0.5:9464", ("10.0.0.5", 9464), False),
        ("localhost.evil.example:9464", ("localhost.evil.example", 9464), False),
        ("9464", None, None),
        ("127.0.0.1", None, None),
        ("127.0.0.1:65536", None, None),
        ("http://127.0.0.1:9464", None, None),
        ("127.0.0.1:9464\n", None, None),
    ],
)
def test_addresses(text: str, address: Any, is_own: Any) -> None:
    found = parse_address(text)
    assert found == address
    if found is not None:
        assert found.is_own == is_own
        assert str(found) == text.lower()


def test_an_address_that_is_taken(metrics: Metrics, address: Address) -> None:
    with (
        pytest.raises(ConfigurationError, match="metrics can't be served on 127"),
        served(metrics, address),
    ):
        pass


def test_without_the_library(destination: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigurationError) as caught:
        Metrics(destination, clock)
    assert caught.value.hint == "pip install 'recordmap[metrics]'"
