"""Lookup files: read once, however many lookups name them, and bounded together."""

from __future__ import annotations

from pathlib import Path

from recordmap.diagnostics.findings import Findings
from recordmap.project import FilesBeside
from recordmap.streams.json import MAX_RECORD
from recordmap.template.collection import parse_collection
from recordmap.template.lookups import LONGEST, MAX_READ

HEAD = "recordmap: 1\ncollection: Main\noperation: add\nsource: any\ndestination: any\nfields: {A: {source: a}}\n"


class Files:
    """Files of one content under any name, and how often they were read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.reads = 0

    def read(self, _: str) -> bytes:
        self.reads += 1
        return self._data


def parsed(files: Files, names: list[str]) -> tuple[list[int], Findings]:
    """Return how many rows each of these lookup files gives, and what is found."""
    lookups = "".join(f"  t{at}: {{file: {name}}}\n" for at, name in enumerate(names))
    collection, findings = parse_collection(f"{HEAD}lookups:\n{lookups}", None, files.read)
    assert collection is not None
    return [len(one.table) for one in collection.lookups.values()], findings


def test_a_file_is_read_once_for_all_lookups_that_name_it() -> None:
    files = Files(b"from,to\na,b\n")
    rows, findings = parsed(files, ["t.csv", "./t.csv", ".//t.csv"] * 100)
    assert (rows, files.reads, list(findings)) == ([1] * 300, 1, [])


def test_the_way_back_from_a_link_leads_to_another_file(tmp_path: Path) -> None:
    (tmp_path / "sub" / "folder").mkdir(parents=True)
    (tmp_path / "link").symlink_to("sub/folder")
    (tmp_path / "t.csv").write_text("from,to\nx,here\n", encoding="utf-8")
    (tmp_path / "sub" / "t.csv").write_text("from,to\nx,there\n", encoding="utf-8")
    lookups = "lookups:\n  a: {file: t.csv}\n  b: {file: link/../t.csv}\n"
    collection, _ = parse_collection(f"{HEAD}{lookups}", None, FilesBeside(tmp_path).read)
    assert collection is not None
    assert [one.table["x"] for one in collection.lookups.values()] == ["here", "there"]


def test_a_file_that_can_not_be_used_is_told_for_each_lookup() -> None:
    files = Files(b"from\n")
    rows, findings = parsed(files, ["t.csv", "t.csv"])
    assert (rows, files.reads) == ([0, 0], 1)
    assert [one.code for one in findings] == ["invalid-lookup"] * 2


def test_all_files_have_so_many_bytes_together() -> None:
    rows = b"".join(b"%d,%s\n" % (at, b"b" * 100_000) for at in range(MAX_READ // 400_000))
    counts, findings = parsed(Files(b"from,to\n" + rows), [f"t{at}.csv" for at in range(5)])
    assert counts == [MAX_READ // 400_000] * 4 + [0]
    assert [one.code for one in findings] == ["invalid-lookup"]
    assert "lookup files of this template have more than 16,777,216 bytes" in next(iter(findings)).message


def test_a_value_without_end() -> None:
    _, findings = parsed(Files(b'from,to\na,"' + b"b" * (LONGEST + 1)), ["t.csv"])
    assert "line 2: a value of more than 1,000,000 characters" in next(iter(findings)).message
    assert LONGEST == MAX_RECORD, "the limit of the process, whoever set it last"
