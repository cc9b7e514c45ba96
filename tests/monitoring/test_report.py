"""The report: its figures from cases, and its page as a strict reader finds it."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from data_files.support import read_yaml
from monitoring.support import HERE
from recordmap.connectors.destination import Run
from recordmap.connectors.errorlog import Failure
from recordmap.monitoring import report as module
from recordmap.monitoring.charts import HEIGHT, Series, columns
from recordmap.monitoring.figures import MOST_STRETCHES, figures
from recordmap.monitoring.report import report
from recordmap.pages.rendering import render
from sync.fakes import FakeClock, FakeDestination
from sync.plans import RULES

BEGIN = datetime(2026, 11, 25, 12, tzinfo=UTC)
CANARY = "canary.wren@example.com"
VOID = {"meta"}


def run(number: int, minute: int, seconds: int | None, status: str, counts: dict[str, int]) -> Run:
    began = BEGIN + timedelta(minutes=minute)
    ended = None if seconds is None else began + timedelta(seconds=seconds)
    return Run(number, "poll", began, ended, status, counts, None)


@pytest.mark.parametrize("case", read_yaml(HERE / "figures.yaml"), ids=lambda case: case["name"])
def test_figures(case: dict[str, Any]) -> None:
    runs = [run(number, *poll) for number, poll in enumerate(case["polls"])]
    found = figures([*reversed(runs), Run(99, "manual", BEGIN, BEGIN, "complete", {"added": 1}, None)])
    assert found.step == timedelta(minutes=case["step"])
    told = []
    for one in found.stretches:
        values = {name: getattr(one, name) for name in ("outcomes", "ended", "longest", "lag", "rate")}
        values["rate"] = values["rate"] and round(values["rate"], 3)
        shown = {name: value for name, value in values.items() if value not in (None, {})}
        told.append([round((one.begin - BEGIN).total_seconds() / 60), shown])
    assert (told[:: len(told) - 1] if case.get("first_and_last_only") else told) == case["expect"]


@pytest.mark.parametrize("minutes", [1, 47, 48, 49, 1000, 100_000, 3_000_000])
def test_there_are_never_too_many_columns(minutes: int) -> None:
    found = figures([run(1, 0, 1, "complete", {}), run(2, minutes, 1, "complete", {})])
    assert 1 < len(found.stretches) <= MOST_STRETCHES
    assert found.total("ended") == {"complete": 2}


@pytest.mark.parametrize("highest", [0, 0.3, 1, 4, 5, 99, 100, 101, 12_345_678])
@pytest.mark.parametrize("times", [False, True])
def test_columns_stay_within_their_chart(highest: float, times: bool) -> None:
    values = [Series("a", "a", [highest, None]), Series("b", "b", [highest / 2, 0])]
    chart = columns("A chart", "", ["one", "two"], values, str, times=times)
    assert len(chart["boxes"]) == (2 if highest else 0)
    lines = [line["y"] for line in chart["lines"]]
    assert lines == sorted(lines, reverse=True)
    assert 2 <= len(lines) <= 8
    for box in chart["boxes"]:
        assert lines[-1] - 0.2 <= box["y"] <= box["y"] + box["height"] <= HEIGHT
    if highest:
        low, high = chart["boxes"]
        assert high["y"] + high["height"] == pytest.approx(low["y"], abs=0.2), "one stands on the other"


class Strict(HTMLParser):
    """Reads a page, and holds that every tag is closed where it should be and nothing is left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.style = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open, "only there a tag ends itself"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def destination(clock: FakeClock) -> FakeDestination:
    """Polls over a day, Manual Syncs, and errors of a person."""
    destination = FakeDestination(RULES, clock)
    for number in range(48):
        kind = "manual" if number % 6 == 5 else "poll"
        run_id = destination.start_run(kind)
        clock.forward(seconds=20)
        status = "failed" if number in (9, 10) else "complete"
        message = f"{CANARY} <b>" if kind == "manual" else "Klaviyo <temporarily> unavailable"
        counts = {"added": number, "updated": 2, "failed": 1, "unchanged": 40}
        destination.finish_run(run_id, status, counts, message if number in (5, 40, 47) else None)
        clock.forward(minutes=30)
    with destination.unit() as unit:
        for name in ("ada", "bob", "cleo"):
            record = {"id": name, "email": CANARY}
            code = "value-not-unique" if name == "cleo" else "required-field-missing"
            unit.log_failure(
                Failure(f"{name}-{CANARY}", name, code, f"{CANARY} is taken", False, record=record)
            )
        unit.resolve(f"bob-{CANARY}")
    return destination


def page(destination: FakeDestination, clock: FakeClock, days: int = 30, **options: Any) -> Strict:
    values = report(destination, "klaviyo", clock(), days, **options)  # type: ignore[arg-type]
    return Strict(b"".join(render("report", **values)).decode())


def test_the_page_stands_alone_and_tells_of_nobody(destination: FakeDestination, clock: FakeClock) -> None:
    read = page(destination, clock)
    strange = {"script", "img", "link", "iframe", "object", "form", "a", "use", "image", "foreignobject"}
    assert not {tag for tag, _ in read.tags} & strange
    everything = read.text + "".join(str(value) for _, given in read.tags for value in given.values())
    assert "://" not in everything
    for given in (given for _, given in read.tags):
        assert not [name for name in given if name in ("style", "src", "href") or name.startswith("on")]
    [policy] = [given["content"] for _, given in read.tags if given.get("http-equiv")]
    digest = b64encode(sha256(read.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    for part in ("canary", "@", "ada", "cleo", "taken"):
        assert part not in everything.lower()
    assert "Klaviyo <temporarily> unavailable" in read.text, "why a poll failed, escaped"


def test_what_the_page_shows(destination: FakeDestination, clock: FakeClock) -> None:
    read = page(destination, clock, max_lag=timedelta(minutes=5))
    assert "behind: the last complete poll began" in read.text
    labels = [str(given.get("aria-label")).partition(":")[0] for tag, given in read.tags if tag == "svg"]
    for title in ("Polls", "Outcomes", "Nothing to do", "Lag", "Duration", "Rate", "Errors by code"):
        assert title in labels
    assert "required-field-missing: 1 resolved" in read.text
    assert "required-field-missing: 1 open" in read.text
    assert "Polls in this report40" in read.text.replace("\n", "")
    assert "The list of runs shows the latest 25 of 48." in read.text
    drawn = [given for tag, given in read.tags if tag == "rect" and given["class"] == "failed"]
    assert len(drawn) > 2


def test_what_is_left_out_is_said(
    destination: FakeDestination, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "are left out; --days" not in page(destination, clock).text
    clock.forward(hours=12)
    assert "are left out; --days shows more." in page(destination, clock, days=1).text
    clock.forward(hours=48)
    assert "There was no poll in these days." in page(destination, clock, days=1).text
    monkeypatch.setattr(module, "MOST_RUNS", 40)
    monkeypatch.setattr(module, "MOST_CODES", 1)
    text = page(destination, clock).text
    assert "Only the latest 40 runs are shown: there are older ones in these days." in text
    assert "The chart of errors leaves out 1 rarer code." in text


def test_before_the_first_run(clock: FakeClock) -> None:
    text = page(FakeDestination(RULES, clock), clock).text
    assert "no poll has come to its end yet" in text
    assert text.count("There are none.") == 2
