"""Files that a template names: within its project, of bounded size, and nothing that isn't a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recordmap.project import MAX_FILE, MAX_RECORDS, FilesBeside


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "tables").mkdir(parents=True)
    (tmp_path / "outside.csv").write_text("key,value\n", encoding="utf-8")
    (folder / "linked.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "above").symlink_to(tmp_path)
    (folder / "itself.csv").symlink_to("itself.csv")
    os.mkfifo(folder / "pipe.csv")
    with (folder / "large.csv").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    (folder / "good.csv").write_text("key,value\na,b\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "name",
    [
        *("linked.csv", "above/outside.csv", "../outside.csv", "/etc/hosts", "itself.csv", "pipe.csv"),
        *(
            "large.csv",
            "tables",
            "missing.csv",
            "good.csv/x.csv",
            "a\0b.csv",
            "x" * 5000 + ".csv",
            "~/good.csv",
        ),
    ],
    ids=lambda name: name[:20],
)
def test_nothing_else_is_read(name: str, project: Path) -> None:
    with pytest.raises((OSError, ValueError)):
        FilesBeside(project).read(name)


def test_what_lies_within_is_read(project: Path) -> None:
    assert FilesBeside(project / "tables", project).read("../good.csv") == b"key,value\na,b\n"


def test_a_file_with_records_is_read_once_by_whatever_name(project: Path) -> None:
    (project / "records.json").write_bytes(b"[1, 2]" + b" " * (MAX_FILE - 6))
    beside = FilesBeside(project)
    for at in range(MAX_RECORDS // MAX_FILE + 1):
        assert beside.record(f"{'./' * at}tables/../records.json#1") == 2


def test_files_with_records_have_so_many_bytes_together(project: Path) -> None:
    beside = FilesBeside(project)
    for at in range(MAX_RECORDS // MAX_FILE + 1):
        (project / f"{at}.json").write_bytes(b"[]" + b" " * (MAX_FILE - 2))
    for at in range(MAX_RECORDS // MAX_FILE):
        assert beside.record(f"{at}.json") == []
    with pytest.raises(ValueError, match="have more than 16,777,216 bytes"):
        beside.record(f"{at + 1}.json")


def test_a_record_with_a_number_without_end(project: Path) -> None:
    (project / "records.json").write_text("1" * 5000, encoding="utf-8")
    with pytest.raises(ValueError, match="a number that is too long"):
        FilesBeside(project).record("records.json")
