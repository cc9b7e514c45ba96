"""Checking again while somebody types: what is read anew, and that the findings are those of a check from scratch."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordmap.lsp.projects import Checked, check
from recordmap.starter import make_project

ADD, CASES = "customer_add.yaml", "customer_add.cases.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path.resolve()
    make_project(made, "klaviyo")
    add = made / ADD
    text = add.read_text(encoding="utf-8").replace("    source: attributes.title\n", "")
    add.write_text(f"{text}lookups:\n  tiers: {{file: tiers.csv, on_miss: keep}}\n", encoding="utf-8")
    (made / "tiers.csv").write_text("from,to\na,b\n", encoding="utf-8")
    return made


def parsed_again(before: Checked, after: Checked) -> set[str]:
    """Return the names of the collections that are other objects now, and `cases` if any case is."""
    old, new = before.engine.workspace, after.engine.workspace
    names = {name for name, one in new.collections.items() if one is not old.collections.get(name)}
    cases = {id(case) for _, cases in old.cases for case in cases}
    return names | {"cases" for _, some in new.cases for case in some if id(case) not in cases}


def text_of(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def checked_again(folder: Path, texts: dict[str, str], before: Checked) -> Checked:
    """Check with what was read before, and from scratch; both must find the same."""
    given = {folder / name: text for name, text in texts.items()}
    again = check(folder, given, before.readings)
    assert again.findings == check(folder, given).findings
    return again


def test_a_folder_that_is_deleted_meanwhile_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path.resolve() / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)  # as editors start the server in the folder that they show
    gone.rmdir()
    findings = check(gone, {gone / ADD: "recordmap: 1\noperation: ad\n"}).findings
    assert "wrong-value" in {one.code for one in findings[gone / ADD]}


def test_only_what_changed_is_read_again(folder: Path) -> None:
    add = text_of(folder, ADD)
    first = check(folder, {folder / ADD: add})
    same = checked_again(folder, {ADD: add}, first)
    assert parsed_again(first, same) == set()
    edited = checked_again(
        folder, {ADD: add.replace("source: attributes.email", "source: attributes.emial")}, same
    )
    assert parsed_again(same, edited) == {"Add Klaviyo Profile TO iPaaS.com"}
    assert [one.code for one in edited.findings[folder / ADD]][:1] == ["unknown-source-path"]
    repaired = checked_again(folder, {ADD: add}, edited)
    assert repaired.findings == first.findings


def test_a_name_that_is_lost_is_missed_in_files_that_are_not_read_again(folder: Path) -> None:
    add = text_of(folder, ADD)
    first = check(folder, {folder / ADD: add})
    edited = add.replace("collection: Add Klaviyo Profile TO", "collection: Add To")
    renamed = checked_again(folder, {ADD: edited}, first)
    assert {one.code for one in renamed.findings[folder / CASES]} == {"unknown-collection"}
    assert parsed_again(first, renamed) == {"Add To iPaaS.com"}


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("tiers.csv", "from,to\na,b\na,c\n", {"Add Klaviyo Profile TO iPaaS.com"}),
        ("tiers.csv", None, {"Add Klaviyo Profile TO iPaaS.com"}),
        ("records/profiles.json", "[]", {"cases"}),
    ],
)
def test_a_file_that_another_names_counts_as_part_of_it(
    folder: Path, name: str, text: str | None, read: set[str]
) -> None:
    first = check(folder, {})
    path = folder / name
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    again = checked_again(folder, {}, first)
    assert parsed_again(first, again) == read
    assert again.findings != first.findings


def test_with_overlays_all_templates_are_read_again(folder: Path) -> None:
    first = check(folder, {})
    overlay = (
        "recordmap: 1\noverlay: Add Klaviyo Profile TO iPaaS.com\nfields:\n  FirstName: {source: nothing}\n"
    )
    (folder / "mine.overlay.yaml").write_text(overlay, encoding="utf-8")
    again = checked_again(folder, {}, first)
    assert again.findings[folder / "mine.overlay.yaml"] != []
    (folder / "mine.overlay.yaml").unlink()
    assert checked_again(folder, {}, again).findings == first.findings
