"""Plan, apply and match, against a local Klaviyo API on real HTTP and a real store."""

from __future__ import annotations

import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.syncing import PROFILES, UPDATE, Do, data, edit, someone
from recordmap import Engine
from recordmap.resources import data_folder
from recordmap.sandbox import Sandbox

HOSTILE = '<script>alert("x")</script><img src=https://evil.example/x.png>\x1b[31m\u202e'


def rules(name: str) -> Any:
    return json.loads((data_folder("schemas") / "cli" / f"{name}.schema.json").read_bytes())


def plan_lines(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines()]
    validator = jsonschema.Draft7Validator(rules("plan-line"))
    assert [error.message for line in lines for error in validator.iter_errors(line)] == []
    return lines


@pytest.fixture
def remapped(do: Do, project: Path, sandbox: Sandbox, failing: str) -> str:
    """A profile whose customer would get another first name; everything else is synced."""
    sandbox.change(failing, {"email": "w.quartermain@example.org"})
    edit(project / UPDATE, "formula: existing.FirstName", "source: attributes.first_name")
    do("sync")
    person = someone(sandbox, failing)
    sandbox.change(person, {"first_name": HOSTILE})
    return person


def test_a_plan_is_shown_kept_and_done(do: Do, project: Path, remapped: str) -> None:
    code, out, err = do("plan", "--output", "next.plan")
    assert (code, err) == (0, "")
    assert "would be updated  1" in out
    assert f"  {remapped}  record " in out
    assert "linked before (Update Klaviyo Profile TO iPaaS.com)" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "Fields that would change, and in how many records\n  FirstName  1" in out
    assert "recordmap apply next.plan does this" in out
    assert stat.S_IMODE((project / "next.plan").stat().st_mode) == 0o600
    assert [path.name for path in project.glob(".*plan*")] == []
    assert do("plan", "--show", "next.plan")[1] == out
    for kept in ("--show", "--output"):
        code, _, err = do("plan", kept, "next.plan", "--html", "./next.plan")
        assert (code, "would take the place of the plan" in err) == (2, True)

    code, out, err = do("apply", "next.plan")
    assert (code, err) == (0, "")
    assert "updated  1" in out
    code, out, _ = do("apply", "next.plan", "--json")
    assert (code, data(out)["counts"]["unchanged"], data(out)["counts"]["updated"]) == (0, 1, 0)
    code, out, _ = do("status", "--json")
    assert [run["kind"] for run in data(out, version="1.2")["runs"]][:3] == ["apply", "apply", "poll"]
    assert "Nothing has changed." in do("plan")[1] or "unchanged" in do("plan")[1]


def test_a_plan_as_json_can_be_applied_from_a_pipe(
    do: Do, remapped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    code, out, _ = do("plan", "--json")
    header, record, summary = plan_lines(out)
    assert "\u202e" not in out
    assert [change["after"] for change in record["changes"]] == [HOSTILE]
    assert (code, header["kind"], record["id"], summary["counts"]["updated"]) == (0, "header", remapped, 1)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    code, out, _ = do("apply", "-", "--json")
    jsonschema.validate(data(out), rules("apply-output"))
    assert (code, data(out)["counts"]["updated"]) == (0, 1)


def test_a_plan_is_kept_though_nobody_reads_on(
    do: Do, project: Path, remapped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr("click.echo", closed)
        patch.setattr("recordmap.cli.commands.discard_output", lambda: None)
        assert do("plan", "--output", "next.plan")[0] == 0
    assert do("apply", "next.plan")[0] == 0


def test_exit_codes(do: Do, sandbox: Sandbox, failing: str) -> None:
    assert do("plan")[0] == 1  # a profile without email address would fail
    sandbox.change(failing, {"email": "w.quartermain@example.org"})
    assert do("plan", "--detailed-exitcode")[0] == 4
    assert do("sync")[0] == 0
    assert do("plan", "--detailed-exitcode")[0] == 0
    assert do("plan", "--show", "nothing.plan")[0] == 2


def test_what_was_undone_is_not_done_again_by_the_plan(do: Do, sandbox: Sandbox, failing: str) -> None:
    sandbox.change(failing, {"email": "w.quartermain@example.org"})
    zoe = sandbox.add({"email": "zoe@example.org", "first_name": "Zoe"})
    do("plan", "--output", "next.plan")
    assert do("apply", "next.plan")[0] == 0
    assert do("undo", "--id", zoe)[0] == 0
    code, out, _ = do("apply", "next.plan")
    assert code == 1
    assert f"  refused: {zoe}: Somebody undid its transfer" in out
    assert "The source has been read since this plan was made" in out
    assert (do("sync")[0], do("sync-one", zoe)[1].count("added")) == (0, 1)  # as both messages say


def test_a_plan_is_refused(do: Do, project: Path, remapped: str) -> None:
    do("plan", "--output", "next.plan")
    do("plan", "--full", "--output", "full.plan")
    with Engine.load(project).session() as session, session.destination.unit() as unit:
        number = unit.links([remapped])[remapped].record_id
        unit.update(number, {"Comment": "called on Monday"})
    code, out, _ = do("apply", "next.plan", "--json")
    jsonschema.validate(data(out), rules("apply-output"))
    [refused] = data(out)["refused"]
    assert (code, refused["id"]) == (1, remapped)
    assert refused["message"] == f"Record {number} was changed after the plan was made"
    code, out, _ = do("apply", "next.plan")
    assert re.search(r"^refused +1 ", out, re.MULTILINE)
    assert f"  refused: {remapped}: Record {number} was changed" in out
    assert "The next sync, or the next plan, reads what was refused, and decides anew." in out
    assert (
        "A sync or a plan with --full reads what was refused, and decides anew."
        in do("apply", "full.plan")[1]
    )

    edit(project / UPDATE, "formula: existing.LastName", "source: attributes.last_name")
    code, _, err = do("apply", "next.plan")
    assert (code, "the templates changed since the plan was made" in err) == (2, True)
    code, _, err = do("apply", "integration.yaml")
    assert (code, "this is no plan" in err) == (2, True)
    assert do("plan", "--show", "next.plan", "--full")[0] == 2


class Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_does_nothing(do: Do, project: Path, remapped: str) -> None:
    code, out, _ = do("plan", "--html", "next.html")
    assert (code, "The page is in next.html" in out) == (0, True)
    path = project / "next.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    page = Page(path.read_text(encoding="utf-8"))
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "a"}
    attributes = {name for _, given in page.tags for name in given}
    assert attributes <= {"class", "id", "charset", "http-equiv", "content", "name", "lang", "scope"}
    [policy] = [given["content"] for _, given in page.tags if given.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert '<script>alert("x")</script>' in page.text
    assert remapped in page.text
    assert "\u202e" not in page.text


def test_a_source_out_of_reach(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLAVIYO_API_KEY", "pk_of_nobody")
    code, out, err = do("plan")
    assert (code, "Nothing was written." in out) == (1, True)
    assert "The source could not be read to its end: " in err
    assert do("match", "--preview")[0] == 1


def test_matches_are_previewed(do: Do, project: Path, sandbox: Sandbox, failing: str) -> None:
    code, out, _ = do("match", "--preview", "--limit", "3")
    assert (code, f"new    {PROFILES + 1} " in out) == (0, True)
    assert f"and {PROFILES - 2} more; --limit {PROFILES + 1} shows all" in out
    do("sync")
    code, out, _ = do("match", "--full")
    assert "linked before  25 " in out

    with Engine.load(project).session() as session, session.destination.unit() as unit:
        for one in ("one@example.org", "two@example.org"):
            unit.add({"EmailAddress": one, "CustomerNumber": "+12025550198"})
    person = someone(sandbox, failing)
    records = [
        {"id": person, "attributes": {"email": "one@example.org"}},
        {"id": "N1", "attributes": {"email": "two@example.org"}},
        {"id": "N2", "attributes": {"email": "three@example.org", "phone_number": "+1 202-555-0198"}},
        {"id": "N3", "attributes": {"email": "four@example.org"}},
        {"id": "N4", "attributes": {"email": "FOUR@example.org"}},
        {"attributes": {"email": "five@example.org"}},
    ]
    (project / "some.ndjson").write_text("".join(json.dumps(one) + "\n" for one in records) + "[]\n")
    before = (project / ".recordmap" / "store.db").read_bytes()
    code, out, _ = do("match", "some.ndjson", "--json")
    preview = data(out)
    jsonschema.validate(preview, rules("match-output"))
    found = {row["id"]: row for row in preview["rows"]}
    assert {one: found[one]["match"] for one in (person, "N1", "N2", "N3", "N4")} == {
        person: "conflicting",
        "N1": "found",
        "N2": "ambiguous",
        "N3": "new",
        "N4": "found",
    }
    assert (code, preview["records"]) == (1, 7)
    assert {row["match"]: row["records"] for row in preview["counts"] if row["match"] != "found"} == {
        "conflicting": 1,
        "ambiguous": 1,
        "new": 1,
        "unmatched": 2,
    }
    assert [row["match"] for row in preview["rows"]][:2] == ["conflicting", "ambiguous"]
    assert found[person]["instead_of"] is not None
    assert found["N4"]["added_by"] == "N3"
    assert (project / ".recordmap" / "store.db").read_bytes() == before
    code, out, _ = do("match", "some.ndjson")
    assert f", not {found[person]['instead_of']}" in out
    assert "that of N3" in out


def test_a_match_is_a_preview_whether_it_says_so_or_not(do: Do) -> None:
    assert do("match", "records/profiles.json") == do("match", "--preview", "records/profiles.json")
