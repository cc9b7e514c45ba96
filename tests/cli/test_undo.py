"""The journal and undo on the command line, after a real sync."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.syncing import PROFILES, UPDATE, Do, data, edit, someone
from data_files.support import validator
from recordmap.engine import Engine
from recordmap.sandbox import Sandbox


def test_a_sync_is_seen_in_the_journal_and_undone(
    do: Do, project: Path, sandbox: Sandbox, failing: str
) -> None:
    assert do("journal")[1] == "the journal is empty: nothing was written yet\n"
    do("sync")
    listed = do("journal", "--run", "1", "--limit", "1000", "--json")
    journal = data(listed[1])
    validator("cli/journal-output").validate(journal)
    assert (listed[0], len(journal["entries"])) == (0, PROFILES)
    assert {(one["action"], one["rule"], one["run"]) for one in journal["entries"]} == {("added", "added", 1)}

    person = someone(sandbox, failing)
    edit(project / UPDATE, "formula: existing.FirstName", 'value: "Augusta"')
    assert do("sync-one", person)[0] == 0
    code, out, _ = do("journal", "--id", person)
    assert (code, "FirstName" in out, "Augusta" in out, "the whole record" in out) == (0, True, False, True)
    [entry, added] = data(do("journal", "--id", person, "--show-values", "--json")[1])["entries"]
    assert [one["after"] for one in entry["changes"]] == ["Augusta"]
    number = str(entry["number"])
    assert "--show-values shows what was there before" in do("journal", number)[1]
    assert '"Augusta"' in do("journal", number, "--show-values")[1]

    code, out, _ = do("undo", number, "--dry-run")
    assert (code, out) == (0, f"entry {number}: would be put back: FirstName\n")
    code, out, _ = do("undo", number)
    assert (code, out) == (0, f"entry {number}: put back: FirstName\n")
    code, out, _ = do("undo", number)
    assert (code, "it was undone before" in out) == (1, True)
    assert do("sync")[0] == 1, "the failing profile is tried again, and this one is left"
    assert data(do("journal", "--id", person, "--json")[1])["entries"][0]["action"] == "undone"

    code, out, _ = do("undo", "--id", person, "--json")
    undone = data(out)
    validator("cli/undo-output").validate(undone)
    assert (code, undone["counts"]) == (0, {"undone": 1, "partly": 0, "left": 0})
    assert [(one["number"], one["removed"]) for one in undone["undone"]] == [(added["number"], True)]
    assert data(do("status", "--json")[1], version="1.2")["counts"]["records"] == PROFILES - 1
    assert do("undo", "--id", person)[1] == "the journal holds nothing of this that could be undone\n"


def test_a_link_that_was_undone_is_none_for_a_diff_either(do: Do, project: Path, sandbox: Sandbox) -> None:
    with Engine.load(project).session() as session, session.destination.unit() as unit:
        unit.add({"EmailAddress": "ada@example.org", "CustomerNumber": "N/A", "FirstName": "Ada"})
    profile = {"email": "ada@example.org", "first_name": "Augusta"}
    person = sandbox.add(profile)
    record = {"type": "profile", "id": person, "attributes": profile}
    (project / "records.json").write_text(json.dumps([record]), encoding="utf-8")
    edit(project / UPDATE, "formula: existing.FirstName", "source: attributes.first_name")
    compare = ("diff", ".delivered", ".", "--records", "records.json", "--store")
    assert "Update Klaviyo Profile TO iPaaS.com: 1 of 1 record comes out differently" in do(*compare)[1]
    assert do("sync-one", person)[0] == 0
    assert do("undo", "--id", person)[0] == 0
    out = do(*compare)[1]
    assert "Add Klaviyo Profile TO iPaaS.com: 0 of 1 record come out differently" in out
    assert "Update Klaviyo Profile TO iPaaS.com: " not in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("journal", "99"), "the journal has no entry 99"),
        (("journal", "1", "--run", "1"), "a number names one entry"),
        (("undo",), "name one of these"),
        (("undo", "1", "--run", "1"), "name one of these"),
        (("undo", "99"), "the journal has no entry 99"),
    ],
)
def test_wrong_usage(do: Do, arguments: tuple[str, ...], says: str) -> None:
    code, _, err = do(*arguments)
    assert (code, says in err) == (2, True), err
