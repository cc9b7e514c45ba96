"""The commands around a sync, against a local Klaviyo API on real HTTP and a real store."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.syncing import NO_EMAIL, PROFILES, UPDATE, Do, data, edit, someone
from data_files.support import validator
from recordmap import Engine
from recordmap.connectors.errorlog import Failure
from recordmap.sandbox import Sandbox


def fail_once(project: Path, external_id: str, next_retry: datetime | None) -> int:
    """Put a failure that passes into the error log, as a poll would have."""
    with Engine.load(project).session() as session:
        with session.destination.unit() as unit:
            unit.log_failure(
                Failure(
                    subject=external_id,
                    external_id=external_id,
                    code="source-unavailable",
                    message="Klaviyo temporarily unavailable",
                    transient=True,
                    collection=None,
                    field=None,
                    version="1",
                    record=None,
                    next_retry=next_retry,
                )
            )
        return int(session.destination.errors()[0].id)


def test_a_sync_and_what_it_leaves(do: Do, failing: str) -> None:
    code, out, err = do("sync")
    assert (code, err) == (1, "")
    assert re.search(rf"^added +{PROFILES} ", out, re.MULTILINE)
    assert "failed: 1 with required-field-missing" in out

    code, out, _ = do("status")
    assert code == 0
    assert re.search(rf"^ok\nrecords +{PROFILES}\s", out)
    code, out, _ = do("status", "--json")
    status = data(out, version="1.2")
    validator("cli/status-output").validate(status)
    assert (code, status["verdict"], status["counts"]["open_errors"]) == (0, "ok", 1)
    assert status["runs"][0]["status"] == "complete"
    assert status["open_errors_wait_for"] == {"time": 0, "change": 1, "person": 0}
    assert "Open errors wait: 1 for a change of record or template\n" in do("status")[1]

    code, out, _ = do("errors")
    assert (code, failing in out, "EmailAddress: An email address is required" in out) == (0, True, True)
    assert do("errors", "list", "--limit", "1")[1] == out


def test_sync_as_json(do: Do) -> None:
    code, out, err = do("sync", "--json")
    report = data(out)
    assert (code, err, report["status"], report["records"]) == (1, "", "complete", PROFILES + 1)
    assert report["counts"]["added"] == PROFILES
    assert report["retried"] == []
    code, out, _ = do("sync", "--full", "--json")
    assert data(out)["counts"]["unchanged"] == PROFILES


def test_a_wrong_key(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLAVIYO_API_KEY", "pk_of_nobody")
    code, out, err = do("sync", "--json")
    report = data(out)
    assert (code, report["status"], report["code"]) == (1, "failed", "source-refused-key")
    code, out, err = do("sync")
    assert (code, "recordmap rule source-refused-key" in err) == (1, True)
    assert "pk_of_nobody" not in out + err
    assert do("rule", "source-refused-key")[0] == 0
    code, out, _ = do("status", "--json")
    status = data(out, version="1.2")
    validator("cli/status-output").validate(status)
    assert (code, status["verdict"], status["healthy"]) == (1, "failing", False)
    assert [one["code"] for one in status["reasons"]] == ["last-poll-failed"]
    assert len(status["runs"]) == 2
    assert len(data(do("status", "--json", "--limit", "1")[1], version="1.2")["runs"]) == 1
    code, out, _ = do("status", "--limit", "0")
    assert (code, out.splitlines()[0]) == (
        1,
        f"failing: the last poll failed: {status['runs'][0]['message']}",
    )
    assert "started" not in out


def test_a_store_out_of_reach_is_told_to_a_health_check(do: Do, project: Path) -> None:
    (project / ".recordmap").mkdir(exist_ok=True)
    (project / ".recordmap" / "store.db").write_text("this is no database\n", encoding="utf-8")
    code, out, _ = do("status", "--json")
    status = data(out, version="1.2")
    validator("cli/status-output").validate(status)
    assert (code, status["verdict"], status["runs"]) == (1, "failing", [])
    assert [one["code"] for one in status["reasons"]] == ["store-unreadable"]


def test_an_error_from_its_listing_to_its_end(do: Do, failing: str, sandbox: Sandbox) -> None:
    do("sync")
    [entry] = data(do("errors", "--json")[1])["errors"]
    number = str(entry["number"])
    assert (entry["source_id"], entry["code"], entry["status"]) == (failing, "required-field-missing", "open")

    code, out, _ = do("errors", "show", number)
    assert (code, "--show-values" in out, NO_EMAIL["last_name"] in out) == (0, True, False)
    shown = data(do("errors", "show", number, "--json")[1])
    assert shown["error"] == entry
    code, out, _ = do("errors", "show", number, "--json", "--show-values")
    assert data(out)["error"]["record"]["attributes"]["last_name"] == NO_EMAIL["last_name"]
    assert NO_EMAIL["last_name"] in do("errors", "show", number, "--show-values")[1]

    code, out, _ = do("errors", "retry", number)
    reason = "EmailAddress: An email address is required [required-field-missing]"
    assert (code, f"error {number}, {failing}\n  was: {reason}\n" in out) == (1, True)
    assert re.search(rf"^  now: failed \(.*\): {re.escape(reason)}, as before$", out, re.MULTILINE)

    sandbox.change(failing, {"email": "w.quartermain@example.org"})
    validator("cli/errors-output").validate(data(do("errors", "--json")[1]))
    code, out, _ = do("errors", "retry", "--all", "--json")
    validator("cli/retry-output").validate(data(out))
    [retried] = data(out)["retried"]
    assert (code, retried["transfer"]["result"], retried["same_reason"]) == (0, "added", False)
    assert retried["error"]["waits_for"] == "change"
    assert "w.quartermain@example.org" in {one["after"] for one in retried["fields"]}
    assert do("errors")[1] == "no failed transfers\n"
    code, out, _ = do("errors", "--all", "--json")
    assert [one["status"] for one in data(out)["errors"]] == ["resolved"]
    validator("cli/errors-output").validate(data(out))
    code, _, err = do("errors", "retry", number)
    assert (code, "only open entries can be tried again" in err) == (2, True)
    assert do("errors", "retry", "--all")[:2] == (0, "nothing to retry\n")


def test_a_retry_with_another_template_shows_field_by_field_what_became_of_it(
    do: Do, project: Path, failing: str
) -> None:
    """From a field's reason to another reason, and from there to the value that it has now."""
    rule, other = (
        f"formula: to_text({function}(record.attributes.last_name))"
        for function in ("to_integer_required", "to_boolean_required")
    )
    edit(project / "customer_add.yaml", "source: attributes.last_name", rule)
    edit(project / "customer_add.yaml", "source: attributes.email", "value: ada@example.org")
    do("sync-one", failing)
    [entry] = data(do("errors", "--json")[1])["errors"]
    assert (entry["field"], entry["waits_for"]) == ("LastName", "change")
    edit(project / "customer_add.yaml", rule, other)
    code, out, _ = do("errors", "retry", str(entry["number"]), "--json")
    [retried] = data(out)["retried"]
    assert (code, retried["same_reason"]) == (1, False)
    validator("cli/retry-output").validate(data(out))
    [field] = retried["fields"]
    assert (field["field"], field["after"]) == ("LastName", None)
    assert (field["reason_before"], field["reason_after"]) == (
        entry["message"],
        retried["transfer"]["message"],
    )

    edit(project / "customer_add.yaml", other, "source: attributes.last_name")
    code, out, _ = do("errors", "retry", "--all")
    assert code == 0
    assert re.search(r"^LastName +failed: .*.* Quartermain *$", out, re.MULTILINE)


def test_records_of_settled_errors_are_pruned(do: Do, project: Path, failing: str) -> None:
    settings = "errors: {retries: 3, keep_records_days: 0}\n"
    integration = project / "integration.yaml"
    integration.write_text(integration.read_text(encoding="utf-8") + settings, encoding="utf-8")
    do("sync")
    code, out, _ = do("errors", "prune", "--json")
    assert (code, data(out)["pruned"], data(out)["keep_records_days"]) == (0, 0, 0)
    assert do("errors", "dismiss", "1")[0] == 0
    assert do("errors", "prune")[1] == "1 source record forgotten, of errors settled more than 0 days ago\n"
    assert "it is forgotten" in do("errors", "show", "1")[1]
    assert data(do("errors", "show", "1", "--json", "--show-values")[1])["error"]["record"] is None


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_dismiss(do: Do, options: list[str]) -> None:
    do("sync")
    code, out, err = do("errors", "dismiss", "1", *options)
    assert (code, err) == (0, "")
    assert data(out)["dismissed"] == 1 if options else out == "error 1 dismissed\n"
    assert do("errors", "dismiss", "1")[0] == 2
    assert data(do("errors", "--json")[1])["errors"] == []


def test_a_sync_tries_again_what_has_waited_long_enough(
    do: Do, project: Path, failing: str, sandbox: Sandbox
) -> None:
    do("sync")
    person = someone(sandbox, failing)
    later = fail_once(project, person, datetime(2100, 1, 1, tzinfo=UTC))
    assert data(do("sync", "--json")[1])["retried"] == []
    assert do("errors", "dismiss", str(later))[0] == 0
    fail_once(project, person, datetime(2020, 1, 1, tzinfo=UTC))
    [transfer] = data(do("sync", "--json")[1])["retried"]
    assert (transfer["id"], transfer["result"]) == (person, "unchanged")
    open_errors = data(do("errors", "--json")[1])["errors"]
    assert [one["source_id"] for one in open_errors] == [failing]

    fail_once(project, person, datetime(2020, 1, 1, tzinfo=UTC))
    out = do("sync")[1]
    assert "tried again from the error log: 1 unchanged\n" in out
    assert re.search(r"^poll .* 1 retried +$", do("status")[1], re.MULTILINE)


def test_a_person_is_forgotten_and_comes_again_unless_kept_out(
    do: Do, sandbox: Sandbox, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    do("sync")
    email = "canary@example.org"
    person = sandbox.add({"email": email, "first_name": "Canary"})
    do("sync")
    code, out, err = do("forget", email, "--dry-run")
    assert (code, err, "Canary" in out, person in out) == (0, "", False, False)
    assert re.search(r"^records +1 ", out, re.MULTILINE)
    assert re.search(r"^links +1 ", out, re.MULTILINE)
    held = data(do("forget", person, "--dry-run", "--json")[1])
    assert (held["dry_run"], held["counts"]) == (
        True,
        {"record_keys": 1, "links": 1, "records": 1, "journal": 1},
    )

    monkeypatch.setattr("click.confirm", lambda question: False)
    assert do("forget", email)[1].endswith("nothing was deleted\n")
    monkeypatch.setattr("click.confirm", lambda question: True)
    code, out, err = do("forget", email)
    assert (code, err, "4 rows deleted" in out, "added anew" in out) == (0, "", True, True)
    code, out, _ = do("forget", email)
    assert (code, "holds nothing of this person" in out) == (0, True)
    assert data(do("sync", "--full", "--json")[1])["counts"]["added"] == 1

    forgotten = data(do("forget", person, "--yes", "--keep-out", "--json")[1])
    assert (forgotten["counts"], forgotten["kept_out"]) == (held["counts"], 1)
    for told in (held, forgotten):
        validator("cli/forget-output").validate(told)
    assert forgotten["files_rewritten"] is True
    report = data(do("sync", "--full", "--json")[1])
    assert (report["counts"]["added"], report["counts"]["skipped"]) == (0, 1)
    assert data(do("sync-one", person, "--json")[1])["transfers"][0]["code"] == "kept-out"
    assert data(do("forget", person, "--let-in", "--json")[1])["let_in"] is True
    assert "was not kept out" in do("forget", person, "--let-in")[1]
    assert data(do("sync-one", person, "--json")[1])["transfers"][0]["result"] == "added"

    do("forget", failing, "--yes")
    assert do("errors", "list", "--all")[1] == "no failed transfers\n"
    for wrong in (["--json"], ["--let-in", "--keep-out"]):
        assert do("forget", email, *wrong)[0] == 2


def test_sync_one_rehearses_explains_and_writes(
    do: Do, project: Path, sandbox: Sandbox, failing: str
) -> None:
    do("sync")
    person = someone(sandbox, failing)
    edit(project / UPDATE, "formula: existing.FirstName", "source: attributes.first_name")
    sandbox.change(person, {"first_name": "Augusta"})
    code, out, _ = do("sync-one", person, "--dry-run")
    assert (code, "would be updated" in out, "Augusta" in out) == (0, True, True)
    code, out, _ = do("sync-one", person, "--dry-run", "--debug", "--json")
    rehearsal = data(out)
    [transfer] = rehearsal["transfers"]
    assert (rehearsal["dry_run"], transfer["result"]) == (True, "updated")
    [first_name] = [one for one in transfer["trace"]["fields"] if one["field"] == "FirstName"]
    assert first_name["value"] == "Augusta"

    code, out, _ = do("explain", "FirstName", "--id", person)
    assert (code, 'FirstName = "Augusta"' in out) == (0, True)
    assert "it was linked to record" in out
    assert "writes it into record" in out
    sandbox.change(person, {"location": {"address1": "12 Mill Road", "city": "Cambridge", "country": "UK"}})
    assert "sync     adds it" in do("explain", "Addresses", "--id", person)[1]
    assert f"{person}: updated" in do("sync-one", person)[1]
    assert "leaves it out: the record has the same one already" in do("explain", "--id", person)[1]

    code, out, _ = do("sync-one", person, "--debug")
    assert 'source   attributes.first_name  →  "Augusta"' in out
    assert f"{person}: unchanged" in out
    code, out, _ = do("sync-one", person, "--json")
    assert (code, data(out)["transfers"][0]["result"]) == (0, "unchanged")


def test_what_failed_is_explained_from_the_error_log(do: Do, project: Path, failing: str) -> None:
    do("sync")
    code, out, _ = do("explain", "--error", "1", "--why-not")
    assert code == 0
    assert "error 1: An email address is required [required-field-missing]" in out
    assert "EmailAddress is rejected: An email address is required, and `attributes.email` is null" in out

    edit(project / "customer_add.yaml", "source: attributes.email\n", 'value: "x@example.org"\n')
    code, out, _ = do("explain", "EmailAddress", "--error", "1")
    assert code == 0
    assert "the templates have changed since then" in out
    assert "now it would be added: recordmap errors retry 1" in out

    fault = Failure("x", "x", "source-record-unreadable", "It can't be read", transient=False, record="{")
    with Engine.load(project).session() as session, session.destination.unit() as unit:
        unit.log_failure(fault)
    code, _, err = do("explain", "--error", "2")
    assert (code, "error 2 kept no record that can be mapped: It can't be read" in err) == (2, True)
    code, _, err = do("explain", "--id", "nobody")
    assert (code, "klaviyo has no record with the ID 'nobody'" in err) == (2, True)


def test_an_edit_is_tried_on_the_customers_of_the_store(
    do: Do, project: Path, sandbox: Sandbox, failing: str
) -> None:
    do("sync")
    person = someone(sandbox, failing)
    profile = {
        "type": "profile",
        "id": person,
        "attributes": {"first_name": "Augusta", "email": "a@example.org"},
    }
    stranger = {"type": "profile", "id": "new", "attributes": {"email": "nobody.yet@example.org"}}
    (project / "records.json").write_text(json.dumps([profile, stranger]), encoding="utf-8")
    edited = project / "edited.overlay.yaml"
    edited.write_text(
        "recordmap: 1\noverlay: Update Klaviyo Profile TO iPaaS.com\n"
        "fields: {FirstName: {source: attributes.first_name}}\n",
        encoding="utf-8",
    )
    target = project.parent / edited.name
    edited.rename(target)
    code, out, _ = do("diff", ".", str(target), "--records", "records.json", "--store", "--show-values")
    assert code == 0
    assert "Update Klaviyo Profile TO iPaaS.com: 1 of 1 record comes out differently" in out
    assert "Add Klaviyo Profile TO iPaaS.com: 0 of 1 record come out differently" in out
    assert '→ "Augusta"' in out


def test_an_edit_that_reads_previous_is_tried_with_what_the_store_keeps(
    do: Do, project: Path, sandbox: Sandbox, failing: str
) -> None:
    name = "attributes.first_name"
    kept = f"source: {name}\n    formula: if_changed(existing.FirstName, value, previous.{name})"
    edit(project / UPDATE, "formula: existing.FirstName", kept)
    do("sync")
    profile = {"type": "profile", "id": someone(sandbox, failing)}
    profile |= {"attributes": {"first_name": "Augusta", "email": "a@example.org"}}
    (project / "records.json").write_text(json.dumps([profile]), encoding="utf-8")
    (project / "customers.json").write_text("[]", encoding="utf-8")
    compare = ("diff", ".delivered", ".", "--records", "records.json")
    code, out, err = do(*compare, "--store")
    assert (code, "`previous`" in err) == (0, False)
    assert "Update Klaviyo Profile TO iPaaS.com: 1 of 1 record comes out differently" in out
    assert "--store has it" in do(*compare, "--existing", "customers.json")[2]


def test_what_failed_and_what_came_through_become_cases_about_nobody(
    do: Do, project: Path, sandbox: Sandbox, failing: str
) -> None:
    do("sync")
    person = someone(sandbox, failing)
    code, out, err = do("capture", "--error", "1", "--id", person)
    assert (code, err) == (0, "")
    assert "1 case in customer_add.cases.yaml" in out
    assert "1 case in customer_update.cases.yaml" in out
    added = "".join(
        (project / f"{name}.cases.yaml").read_text(encoding="utf-8").partition("Captured, ")[2]
        for name in ("customer_add", "customer_update")
    )
    assert "it is rejected, EmailAddress: An email address is required" in added
    for real in (failing, person, *(text for text in NO_EMAIL.values() if text)):
        assert real not in added
    code, out, _ = do("test")
    assert (code, "0 failed" in out) == (0, True)


def test_the_last_sync_is_explained_while_its_records_are_kept(
    do: Do, project: Path, sandbox: Sandbox, failing: str
) -> None:
    do("sync")
    person = someone(sandbox, failing)
    code, _, err = do("explain", "FirstName", "--synced", person)
    assert (code, "records are kept only while an Update reads `previous`" in err) == (2, True)

    formula = "formula: if_changed(existing.FirstName, record.attributes.first_name, previous.attributes.first_name)"
    edit(project / UPDATE, "formula: existing.FirstName", formula)
    sandbox.change(person, {"first_name": "Augusta"})
    do("sync")
    sandbox.change(person, {"first_name": "Ada"})
    code, out, _ = do("explain", "FirstName", "--synced", person)
    assert code == 0
    assert "the record as it was last synced" in out
    assert 'record.attributes.first_name  →  "Augusta"' in out
    assert "it was linked to record" in out


def test_sync_one_goes_on_after_a_wrong_id(do: Do, sandbox: Sandbox, failing: str) -> None:
    person = someone(sandbox, failing)
    code, out, err = do("sync-one", "../x", "nobody", person, "--debug", "--json")
    transfers = data(out)["transfers"]
    assert (code, err) == (1, "")
    assert [one["code"] for one in transfers] == ["source-bad-id", "source-record-not-found", None]
    assert [one["trace"] is None for one in transfers] == [True, True, False]
    code, out, _ = do("sync-one", "nobody")
    assert (code, "source-record-not-found" in out) == (1, True)


def test_a_sync_of_a_connector_and_a_function_of_an_installed_package(
    do: Do, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    install(site)
    monkeypatch.syspath_prepend(site)
    edit(project / "integration.yaml", "connector: klaviyo", "connector: crm")
    assert do("check")[0] == 0
    edit(
        project / "customer_add.yaml",
        "source: attributes.last_name",
        "formula: shout(record.attributes.name)",
    )
    assert do("check")[0] == 0
    code, out, _ = do("sync", "--json")
    assert (code, data(out)["counts"]["added"]) == (0, 1)
    with Engine.load(project).session() as session, session.destination.unit() as unit:
        assert unit.load([1])[1].record["LastName"] == "LOVELACE"

    (site / "recordmap_crm.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    monkeypatch.delitem(__import__("sys").modules, "recordmap_crm")
    code, _, err = do("check")
    assert (code, "'shout' of recordmap-crm can't be loaded: ModuleNotFoundError" in err) == (2, True)


def install(site: Path) -> None:
    """Put a package with a connector and a function where Python finds it."""
    (site / "recordmap_crm.py").write_text(
        "from recordmap.connectors.memory import MemorySource\n"
        "from recordmap.expression.functions.spec import FunctionSpec, Parameter\n"
        "from recordmap.schema.types import TEXT\n"
        "def build(options, environ):\n"
        "    person = {'email': 'ada@example.org', 'name': 'Lovelace', 'updated': '2024-02-11T08:45:29Z'}\n"
        "    return MemorySource([{'type': 'profile', 'id': '7', 'attributes': person}])\n"
        "shout = FunctionSpec(name='shout', parameters=(Parameter('text', TEXT, 'a text'),), returns=TEXT,\n"
        "    doc='The text, louder.', call=lambda text: text.upper(), examples=())\n",
        encoding="utf-8",
    )
    info = site / "recordmap_crm-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: recordmap-crm\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(
        "[recordmap.connectors]\ncrm = recordmap_crm:build\n\n[recordmap.functions]\nshout = recordmap_crm:shout\n",
        encoding="utf-8",
    )
