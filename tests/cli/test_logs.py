"""The log on standard error: for people and as JSON, one line a message whatever it holds, and nobody in it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click
import pytest

from cli.syncing import NO_EMAIL, Do, edit
from recordmap.cli.logs import FORMAT_KEY, say, set_up_logging
from recordmap.diagnostics.log import event
from recordmap.sandbox import Sandbox

CANARY = {
    "email": "canary.wren@example.com",
    "phone_number": "+12025550187",
    "first_name": "Canarina",
    "last_name": "Quillfeather",
}
UNREADABLE = {**CANARY, "email": "canary.wren\n@example.com", "phone_number": "canary 0187"}


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_is_in_the_log(
    form: str, do: Do, sandbox: Sandbox, failing: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At debug level: records that fail, a service that fails, a key that is refused, templates that are wrong."""
    monkeypatch.setenv("RECORDMAP_LOG", "debug")
    monkeypatch.setenv("RECORDMAP_LOG_FORMAT", form)
    sandbox.add(CANARY)
    sandbox.add(UNREADABLE)
    sandbox.script([{"kind": "html_page", "times": 1}])
    codes, logs = [], []

    def take(*arguments: str) -> None:
        code, _, log = do(*arguments)
        codes.append(code)
        logs.append(log)

    take("sync")
    take("sync-one", failing)
    monkeypatch.setenv("KLAVIYO_API_KEY", "pk_of_nobody")
    take("sync")
    edit(project / "customer_add.yaml", "operation: add", "operation: ad")
    take("sync")
    log = "".join(logs)
    assert codes == [1, 1, 1, 1]
    for text in (*NO_EMAIL.values(), *CANARY.values(), "canary", sandbox.key, "pk_of_nobody", "@"):
        assert text not in log
    if form == "text":
        assert f"recordmap: warning: {failing} failed: required-field-missing\n" in log
        assert "recordmap: info: run 1 complete: {" in log
        return
    lines = [json.loads(line) for line in log.splitlines()]
    assert all({"time", "level", "event", "message"} <= line.keys() for line in lines)
    told = {line["event"]: line for line in reversed(lines)}
    assert told["run-started"]["run"] == 1
    assert told["request-repeated"].items() >= {"run": 1, "code": "source-bad-answer", "attempt": 1}.items()
    assert told["page-transferred"]["records"] == 28
    failed = {"level": "warning", "run": 1, "source_id": failing, "code": "required-field-missing"}
    assert failed in [{key: line.get(key) for key in failed} for line in lines]
    assert told["run-ended"].items() >= {"run": 1, "status": "complete"}.items()
    assert told["run-ended"]["counts"]["failed"] >= 1
    assert told["run-broken-off"].items() >= {"run": 3, "code": "source-refused-key"}.items()
    assert told["finding"].items() >= {"level": "error", "file": "customer_add.yaml", "line": 9}.items()


FORGED = 'done\n{"level": "forged"}\r\u2028\u0085\x1b[2Kgone\x7f\ud800\u202e'


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_message_stays_on_its_line(
    form: str, commandline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with click.Context(click.Command("sync"), obj=None) as context:
        context.meta[FORMAT_KEY] = form
        set_up_logging()
    logging.getLogger("recordmap.test").error("%s", FORGED, extra=event("tried", code=FORGED))
    if form == "json":
        say("said", FORGED)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == (2 if form == "json" else 1)
    assert all(line.isascii() and line.isprintable() for line in lines)
    if form == "json":
        assert [json.loads(line)["event"] for line in lines] == ["tried", "said"]


def test_what_holds_for_every_run_is_said_once_and_the_rest_each_time(
    commandline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging()
    log = logging.getLogger("recordmap.test")
    for _ in range(3):
        log.warning("retired", extra=event("revision-retired", once=True))
        log.warning("again", extra=event("again"))
    assert capsys.readouterr().err.count("retired") == 1
    for _ in range(3):
        log.warning("again", extra=event("again"))
    assert capsys.readouterr().err.count("again") == 3
