"""Files that a template names: within its project, of bounded size, and nothing that isn't a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recordmap.project import MAX_FILE, FilesBeside


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
