"""Traces: which spans a poll leaves, and that nobody is in them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from recordmap.connectors.base import ConnectorError
from recordmap.diagnostics import ConfigurationError
from recordmap.monitoring.tracing import traced
from recordmap.sync.poll import poll
from sync.fakes import START, FakeClock, FakeDestination, FakeSource
from sync.plans import PIPELINE, RULES

CANARY = "canary.wren@example.com"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OTEL_TRACES_EXPORTER",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_SERVICE_NAME",
        "OTEL_SDK_DISABLED",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def source() -> FakeSource:
    source = FakeSource()
    for number in range(4):
        source.put(f"P{number}", START - timedelta(hours=2, seconds=-number), email=f"{number}.{CANARY}")
    source.put("P5", START - timedelta(hours=1), first_name="Canary")
    return source


def spans_of(source: FakeSource, destination: Any = None) -> list[Any]:
    exporter, clock = InMemorySpanExporter(), FakeClock()
    with traced(exporter) as observe:
        poll(PIPELINE, source, destination or FakeDestination(RULES, clock), clock=clock, observe=observe)
    return list(exporter.get_finished_spans())


def test_a_span_for_each_poll_page_and_transfer(source: FakeSource) -> None:
    spans = spans_of(source)
    assert [span.name for span in spans] == ["page", "transfer", "page", "transfer", "page", "poll"]
    *parts, whole = spans
    assert {part.parent.span_id for part in parts} == {whole.context.span_id}
    assert [dict(part.attributes) for part in parts] == [{"recordmap.records": n} for n in (3, 3, 2, 2, 0)]
    told = dict(whole.attributes)
    assert (told["recordmap.status"], told["recordmap.added"], told["recordmap.failed"]) == ("complete", 4, 1)
    assert all(span.status.is_unset and not span.events for span in spans)
    assert whole.resource.attributes["service.name"] == "recordmap"
    assert "anary" not in "".join(span.to_json() for span in spans)


def raising(error: Exception) -> Callable[[int], None]:
    def before_page(number: int) -> None:
        if number == 2:
            raise error

    return before_page


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ConnectorError("source-unavailable", f"away from {CANARY}", transient=True), "source-unavailable"),
        (ZeroDivisionError(CANARY), "ZeroDivisionError"),
    ],
)
def test_what_an_error_says_stays_out(source: FakeSource, error: Exception, name: str) -> None:
    source.before_page = raising(error)
    exporter, clock = InMemorySpanExporter(), FakeClock()
    with traced(exporter) as observe:
        try:
            poll(PIPELINE, source, FakeDestination(RULES, clock), clock=clock, observe=observe)  # type: ignore[arg-type]
        except ZeroDivisionError:
            assert name == "ZeroDivisionError"
    spans = exporter.get_finished_spans()
    failed = [(span.name, span.attributes["error.type"]) for span in spans if not span.status.is_unset]
    assert failed == [("page", name), ("poll", name)]
    assert "anary" not in "".join(span.to_json() for span in spans)


def test_the_variables_decide(source: FakeSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "donors")
    assert spans_of(source)[-1].resource.attributes["service.name"] == "donors"
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert spans_of(source) == []
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    with traced() as observe, observe("poll") as note:
        note("records", 1)


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
)
def test_what_can_not_be_done_is_said(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"{name} is '{value}'"), traced():
        pass


def test_without_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError) as caught, traced():
        pass
    assert caught.value.hint == "pip install 'recordmap[tracing]'"
