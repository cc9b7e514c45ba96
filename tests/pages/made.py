"""The pages as they are made: of ordinary content, of nothing, and of texts that would rather be a program."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from recordmap import Engine
from recordmap.cli.planview import PlanView
from recordmap.connectors.destination import StoredChild
from recordmap.connectors.errorlog import Failure
from recordmap.mapdocs.site import pages
from recordmap.monitoring.report import report
from recordmap.pages.rendering import render
from recordmap.starter import make_project
from recordmap.sync.incoming import Incoming
from recordmap.sync.planfile import PlanFile, PlanHeader, PlanWriter
from recordmap.sync.report import Report, RunStatus, Tally
from recordmap.sync.results import ChildAction, ChildChange, Problem, Result, Transfer
from sync.fakes import START, FakeClock, FakeDestination
from sync.plans import ADD, RULES, UPDATE

MARK = "hacked"
"""What a page's title becomes when a text in it was obeyed."""

HOSTILE = (
    f"<script>document.title = '{MARK}'</script>",
    f'"><img src=x onerror="document.title=\'{MARK}\'"><svg onload="document.title=\'{MARK}\'">',
    "</title></style></svg></table><h1 style='position:fixed;inset:0'>cover</h1>",
    f"<a href=\"javascript:document.title='{MARK}'\">javascript:document.title='{MARK}'</a>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'><base href=http://evil.example/>",
    "<link rel=stylesheet href=http://evil.example/a.css><iframe src=http://evil.example/></iframe>",
    "{{ 7 * 7 }} {% raw %} ${7*7} &lt;b&gt;",
    "\u202eright to left\u2066 \u200f",
    "Z" + "\u0301\u0316\u0308" * 40,
    "Donaudampfschifffahrtsgesellschaft" * 20,
)
_EVERYTHING = " ".join(HOSTILE)


def make(folder: Path) -> None:
    """Write all pages into a folder."""
    made = {**_reports(), **_plans(), **_documents(folder)}
    for name, page in made.items():
        (folder / name).write_bytes(page)


def _reports() -> dict[str, bytes]:
    clock = FakeClock()
    return {
        "report.html": _report(
            "klaviyo", ["Klaviyo is not to be reached (503)"], ["invalid-email", "undone"]
        ),
        "report-empty.html": _rendered(FakeDestination(RULES, clock), "klaviyo", clock),
        "report-hostile.html": _report(_EVERYTHING, HOSTILE, HOSTILE),
    }


def _report(name: str, messages: Sequence[str], codes: Sequence[str]) -> bytes:
    clock = FakeClock()
    destination = FakeDestination(RULES, clock)
    for number in range(120):
        run = destination.start_run("poll")
        clock.forward(seconds=20 + number % 50)
        status = "failed" if number % 23 == 9 else "stopped" if number % 5 == 2 else "complete"
        counts = {"added": number * 7, "updated": 400 - number, "failed": number % 5, "unchanged": 40}
        message = None if status == "complete" else messages[number % len(messages)]
        destination.finish_run(run, status, counts, message)
        clock.forward(hours=3)
    with destination.unit() as unit:
        for number in range(30):
            code = codes[number % len(codes)]
            unit.log_failure(Failure(str(number), None, code, "a message", transient=False))
            if number % 3 == 0:
                unit.resolve(str(number))
    return _rendered(destination, name, clock)


def _rendered(destination: FakeDestination, name: str, clock: FakeClock) -> bytes:
    values = report(destination, name, clock(), 30, timedelta(hours=1))  # type: ignore[arg-type]
    return b"".join(render("report", **values))


def _plans() -> dict[str, bytes]:
    ordinary = [
        _added("01HQ7YV2M4E8X", {"EmailAddress": "ada@example.com", "CustomerNumber": "+44 20 7946 0958"}),
        _updated("01HQ7YV2M4E8Y", {"FirstName": "Ada", "CustomFields": {"Consent": "SUBSCRIBED"}}),
        _failed("01HQ7YV2M4E8Z", "EmailAddress", "An email address is required"),
        Transfer(Result.LINKED, "01HQ7YV2M4E90", 7, "EmailAddress", collection=UPDATE),
    ]
    hostile = [
        one
        for text in HOSTILE
        for one in (_added(text, {text: text}), _updated(text, {text: text}), _failed(text, text, text))
    ]
    return {
        "plan.html": _plan("klaviyo", ordinary * 5, None),
        "plan-empty.html": _plan("klaviyo", [], None),
        "plan-hostile.html": _plan(_EVERYTHING, hostile, _EVERYTHING),
    }


def _added(subject: str, record: dict[str, Any]) -> Transfer:
    return Transfer(Result.ADDED, subject, 1_000_000, "added", collection=ADD, changes=record)


def _updated(subject: str, record: dict[str, Any]) -> Transfer:
    old = StoredChild(4, dict.fromkeys(record, "a former value"), None, None)
    child = ChildChange("Addresses", ChildAction.REPLACED, record, old)
    return Transfer(
        Result.UPDATED, subject, 12, "EmailAddress", collection=UPDATE,
        before=dict(old.record), changes=record, children=(child,),
    )  # fmt: skip


def _failed(subject: str, field: str, message: str) -> Transfer:
    problem = Problem("required-field-missing", message, ADD, field)
    return Transfer(Result.FAILED, subject, 3, "external_id", problem=problem)


def _plan(name: str, transfers: Sequence[Transfer], message: str | None) -> bytes:
    file, tally = io.BytesIO(), Tally()
    writer = PlanWriter(file, PlanHeader(name, f"/srv/{name}.db", "v1", START, full=False, watermark=START))
    tally.add(transfers)
    for transfer in transfers:
        writer.record(Incoming({}, transfer.subject, transfer.subject, START, ""), transfer)
    status = RunStatus.FAILED if message else RunStatus.COMPLETE
    told = Report(
        None, status, message, None, START, START, 1, tally.counts, tally.failures, (), tally.children, (),
        tally.notice_counts, 0, 0, START, START,
    )  # fmt: skip
    writer.summary(told, 0)
    return b"".join(render("plan", **PlanView(PlanFile(file), 1000).values()))


def _documents(folder: Path) -> dict[str, bytes]:
    """Return the documents of the shipped collections, and of one whose every text is hostile, its file's name too."""
    ordinary, hostile = folder / "ordinary", folder / "hostile"
    make_project(ordinary, "klaviyo")
    texts = list(HOSTILE)
    template = {
        "recordmap": 1, "collection": f"{texts[0]} {texts[1]} {texts[-1][:40]}", "operation": "add",
        "source": "any", "destination": "any", "description": " ".join(texts),
        "names": {"who": f"who || {json.dumps(texts[0])}"},
        "lookups": {"codes": {"table": dict(zip(texts, reversed(texts), strict=True)), "on_miss": "keep"}},
        "errors": [{"when": f"record.a == {json.dumps(text)}", "message": text} for text in texts],
        "fields": {
            f"Field{number} {text}": {"value": text, "description": text} for number, text in enumerate(texts)
        },
    }  # fmt: skip
    make_project(hostile, "klaviyo")
    for name in ("javascript:document.title='hacked'", "#?%41 &", "index"):
        text = json.dumps({**template, "collection": f"{name} {template['collection']}"})
        (hostile / f"{name}.yaml").write_text(text, encoding="utf-8")
    made = {}
    for project in (ordinary, hostile):
        for name, page in pages(Engine.load(project), as_html=True).items():
            (project / name).write_text(page, encoding="utf-8")
    return made
