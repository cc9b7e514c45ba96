"""Fixes as files show them: what is changed, what is not, and that nothing gets worse. Cases are in `fixes.yaml`."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.calls import Calls
from recordmap.checking import check_around, check_files
from recordmap.diagnostics import ConfigurationError, Edit, Fix, Position, Span
from recordmap.diagnostics.edits import apply
from recordmap.diagnostics.findings import Findings
from recordmap.repair import Repair, repair
from recordmap.template.collection import parse_collection
from recordmap.template.fixes import fallback, rename
from recordmap.template.nodes import Mapping, Scalar, plain
from recordmap.template.reader import read

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("fixes.yaml").read_text(encoding="utf-8")
)
HEAD = "recordmap: 1\ncollection: Test\noperation: add\nsource: any\ndestination: any\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "a.yaml"
    path.write_bytes(text.encode())
    return path


def fixed(path: Path) -> Repair:
    result = repair([path])
    for change in result.changes:
        change.write()
    return result


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_fixes(case: dict[str, Any], tmp_path: Path) -> None:
    head = "" if "text" in case else HEAD
    before = head + case.get("text", case.get("before"))
    after = head + case["after"] if "after" in case else before
    path = write(tmp_path, before)
    result = fixed(path)
    assert path.read_bytes().decode() == after
    assert sorted({one.code for one in result.left}) == case.get("left", [])
    assert bool(result.fixed) == (before != after)
    assert repair([path]).changes == ()


def test_a_fix_that_does_harm_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recordmap.checks import destination_fields

    monkeypatch.setattr(destination_fields, "rename", lambda name, _: Fix("", (Edit(name.span, "["),)))
    text = HEAD.replace("destination: any", "destination: ipaas/customer").replace("add", "update")
    path = write(tmp_path, f"{text}fields:\n  Name: {{sorce: name}}\n")
    result = fixed(path)
    assert path.read_text().endswith("  Name: {source: name}\n")
    assert [one.code for one in result.fixed] == ["unknown-key"]
    assert [one.code for one in result.left] == ["unknown-destination-field"]


def test_one_that_does_harm_keeps_no_other_from_being_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recordmap.checks import lookups

    monkeypatch.setattr(lookups, "rename", lambda name, _: Fix("", (Edit(name.span, "["),)))
    rows = "".join(f"  F{number}: {{source: attributes.emial}}\n" for number in range(300))
    head = HEAD.replace("source: any", "source: klaviyo/profile")
    last = "  Last: {source: id, lookup: tt}\nlookups: {t: {table: {a: b}}}\n"
    path = write(tmp_path, f"{head}fields:\n{rows}{last}")
    checks = 0

    def counted(*given: Any) -> Any:
        nonlocal checks
        checks += 1
        return check_around(*given)

    monkeypatch.setattr("recordmap.repair.check_around", counted)
    result = fixed(path)
    assert path.read_text().count("attributes.email") == 300
    assert "unknown-lookup" in {one.code for one in result.left}
    assert checks < 30


def test_only_the_files_named_are_changed(tmp_path: Path) -> None:
    (tmp_path / "integration.yaml").write_text("recordmap: 1\nintegraton: x\n")
    other = tmp_path / "b.yaml"
    other.write_text(f"{HEAD.replace('Test', 'Other')}fields: {{A: {{sorce: a}}}}\n")
    path = write(tmp_path, f"{HEAD}fields: {{A: {{sorce: a}}}}\n")
    before = other.read_bytes()
    result = fixed(path)
    assert [change.path for change in result.changes] == [path.resolve()]
    assert {one.file for one in result.left} <= {str(path)}
    assert other.read_bytes() == before


def test_only_the_findings_wanted_are_fixed(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD}fields: {{A: {{sorce: a, value: 012}}}}\n")
    result = repair([path], lambda one: one.code == "ambiguous-scalar")
    assert [one.code for one in result.fixed] == ["ambiguous-scalar"]
    assert result.left == ()
    assert '{sorce: a, value: "012"}' in result.changes[0].after.decode()


def test_the_file_keeps_its_rights_and_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD}fields: {{A: {{sorce: a}}}}\n")
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    fixed(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.yaml", "link.yaml"]
    assert check_files([path]) == []


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD}fields: {{A: {{sorce: a}}}}\n")
    (change,) = repair([path]).changes
    path.write_text("another")
    with pytest.raises(ConfigurationError, match="changed meanwhile"):
        change.write()
    assert path.read_text() == "another"


def test_what_fails_while_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, f"{HEAD}fields: {{A: {{sorce: a}}}}\n")
    before = path.read_bytes()
    (change,) = repair([path]).changes

    def fails(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="no room"):
        change.write()
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
    assert path.read_bytes() == before


def test_a_text_in_memory_is_repaired_without_its_file(tmp_path: Path) -> None:
    path = (tmp_path / "unsaved.yaml").resolve()
    result = repair([path], texts={path: f"{HEAD}fields: {{A: {{sorce: a}}}}\n".encode()})
    assert b"{source: a}" in result.changes[0].after
    assert not path.exists()


def test_the_diff_of_a_file_without_a_last_line_end(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD}fields: {{A: {{sorce: a}}}}")
    (change,) = repair([path]).changes
    assert change.diff().splitlines()[-4:] == [
        "-fields: {A: {sorce: a}}",
        "\\ No newline at end of file",
        "+fields: {A: {source: a}}",
        "\\ No newline at end of file",
    ]


def at(line: int, column: int, length: int, text: str) -> Fix:
    return Fix("", (Edit(Span.at(line, column, length), text),))


def test_of_two_that_overlap_one_is_applied() -> None:
    text, applied = apply("abcdef\n", [at(1, 3, 2, "X"), at(1, 2, 2, "Y"), at(1, 5, 1, "Z")])
    assert (text, len(applied)) == ("aYdZf\n", 2)


def test_a_fix_is_applied_as_a_whole_or_not_at_all() -> None:
    two = Fix("", (Edit(Span.at(1, 1, 1), "X"), Edit(Span.at(1, 5, 1), "Y")))
    assert apply("abcdef", [two, at(1, 4, 3, "Z")])[0] == "XbcdYf"
    assert apply("abcdef", [at(1, 1, 1, "A"), two])[0] == "Abcdef"


def test_thousands_of_fixes_of_one_text_are_applied_in_one_go() -> None:
    fixes = [at(line, 1, 2, "no") for line in range(1, 5001)]
    with Calls(400_000):
        text, applied = apply("ab\n" * 5000, [*fixes, at(7, 2, 1, "x")])
    assert text == "no\n" * 5000
    assert len(applied) == 5000


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a\r\nb\r\n", "a\r\nnew\r\nb\r\n"),
        ("a\rb", "a\rnew\rb"),
        ("a\n", "a\nnew\n"),
        ("a", "a\nnew\n"),
        ("a\r\nb", "a\r\nnew\r\nb"),
    ],
)
def test_a_line_that_is_added_ends_as_the_others(text: str, after: str) -> None:
    assert apply(text, [Fix("", (Edit(Span(Position(2, 1), Position(2, 1)), "new\n"),))])[0] == after


@given(st.text(alphabet="ab#:\n\r ", max_size=60), st.integers(0, 60), st.integers(0, 5), st.text(max_size=4))
def test_what_is_not_named_stays(text: str, begin: int, length: int, new: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    row = begin % len(lines)
    column = min(begin, len(lines[row]))
    length = min(length, len(lines[row]) - column)
    new = new.replace("\r", "").replace("\n", "")
    after, applied = apply(text, [at(row + 1, column + 1, length, new)])
    assert len(applied) == 1
    lines[row] = lines[row][:column] + new + lines[row][column + length :]
    assert after.replace("\r\n", "\n").replace("\r", "\n").split("\n") == lines


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ("A: {source: a}", "A: {source: a, formula: 'first_of(value, \"N/A\")'}"),
        (
            "A: {source: a, level: required}",
            "A: {source: a, formula: 'first_of(value, \"N/A\")', level: required}",
        ),
        (
            "A:\n    source: a # a\n    level: required",
            'A:\n    source: a # a\n    formula: first_of(value, "N/A")\n    level: required',
        ),
        ("A:\n    source: a", 'A:\n    source: a\n    formula: first_of(value, "N/A")'),
        ("A:\n    formula: record.a", "A:\n    formula: 'first_of(record.a, \"N/A\")'"),
        ("A: {formula: 'record.a'}", "A: {formula: 'first_of(record.a, \"N/A\")'}"),
        ('A: {formula: "record.a"}', "A: {formula: 'first_of(record.a, \"N/A\")'}"),
        (
            "A: {formula: record.a if record.b else null}",
            "A: {formula: 'first_of(record.a if record.b else null, \"N/A\")'}",
        ),
        ("A: {formula: record.a or record.b}", "A: {formula: 'first_of(record.a or record.b, \"N/A\")'}"),
        ("A: {formula: 'trim(record.a) or \"none\"'}", "A: {formula: 'first_of(trim(record.a), \"none\")'}"),
        (
            "A: {formula: 'record.a or record.b or \"none\"'}",
            "A: {formula: 'first_of(record.a, record.b, \"none\")'}",
        ),
        ("A: {formula: 'record.a or \" \"'}", 'A: {formula: \'first_of(record.a or " ", "N/A")\'}'),
        ("A: {value: a}", None),
        ("A:\n    formula: >-\n      record.a", None),
    ],
)
def test_a_fallback_is_added(rule: str, after: str | None) -> None:
    text = f"{HEAD}fields:\n  {rule}\n"
    collection, findings = parse_collection(text, None, None)
    assert collection is not None
    assert not len(findings)
    fix = fallback(collection.fields[0])
    if after is None:
        assert fix is None
    else:
        assert fix is not None
        made = apply(text, [fix])[0]
        assert made == f"{HEAD}fields:\n  {after}\n"
        assert not len(parse_collection(made, None, None)[1])


@given(st.text(alphabet="abyno'\"\\:#, -[]{}.12é", min_size=1, max_size=8))
def test_any_name_can_be_written(name: str) -> None:
    for value in ("old", "'old'", '"old"', '"\\x6fld"'):
        node = read(f"{{k: {value}}}", Findings(None))
        assert isinstance(node, Mapping)
        scalar = node.get("k")
        assert isinstance(scalar, Scalar)
        fix = rename(scalar, name)
        assert fix is not None
        findings = Findings(None)
        made = read(apply(f"{{k: {value}}}", [fix])[0], findings)
        assert not len(findings)
        assert isinstance(made, Mapping)
        assert plain(made) == {"k": name}
