"""The templates of an editor: texts that are open, and the projects around them, checked with what isn't saved yet.

Files are known by their resolved paths. Nothing here knows the protocol, and `check` may run in a thread of its own:
it works on a copy of the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recordmap.diagnostics import Diagnostic
from recordmap.engine import Engine
from recordmap.lsp.facts import Facts
from recordmap.lsp.outline import Outline
from recordmap.lsp.vocabulary import Kind
from recordmap.project import (
    INTEGRATION_FILE,
    folder_around,
    is_cases_file,
    is_overlay,
    located,
    project_files,
    shown,
)
from recordmap.readings import Readings
from recordmap.template.characters import MAX_BYTES, split_lines


@dataclass(frozen=True)
class Checked:
    """A project as it was when it was checked: its engine, the unsaved texts, and the findings of every file."""

    engine: Engine
    texts: Mapping[Path, str]
    findings: Mapping[Path, list[Diagnostic]]
    readings: Readings


@dataclass
class Projects:
    """What is open, and what was read last of each project folder."""

    texts: dict[Path, str] = field(default_factory=dict)
    _checked: dict[Path, Checked] = field(default_factory=dict)

    def open_files(self, folder: Path) -> list[Path]:
        """Return the open files of a project that are templates."""
        return [path for path in self.texts if folder_around(path) == folder and self.is_ours(path)]

    def is_ours(self, path: Path) -> bool:
        """Whether an open file is a template: it says so itself, or lies in a project's folder among others."""
        if path not in self.texts:
            return False
        if _says_so(self.texts[path]):
            return True
        folder = folder_around(path)
        return path.parent == folder and self._is_project(folder)

    def snapshot(self, folder: Path) -> dict[Path, str]:
        """Return the open texts of a project, for `check`."""
        return {path: self.texts[path] for path in self.open_files(folder)}

    def keep(self, folder: Path, checked: Checked) -> None:
        """Keep what was read of a project."""
        self._checked[folder] = checked

    def readings(self, folder: Path) -> Readings | None:
        """Return what was read of a project when it was checked last."""
        checked = self._checked.get(folder)
        return None if checked is None else checked.readings

    def forget(self, folder: Path) -> None:
        """Drop what was read of a project."""
        self._checked.pop(folder, None)

    def checked(self, folder: Path) -> Checked:
        """Return a project as it was checked last, or check it now."""
        if folder not in self._checked:
            self.keep(folder, check(folder, self.snapshot(folder), self.readings(folder)))
        return self._checked[folder]

    def facts(self, path: Path, outline: Outline) -> Facts:
        """Return the facts of an open file."""
        checked = self.checked(folder_around(path))
        return Facts(kind_of(path), outline, checked.engine.workspace)

    def _is_project(self, folder: Path) -> bool:
        """Whether the integration file of a folder is one of ours: other programs have files of that name too."""
        file = folder / INTEGRATION_FILE
        if file in self.texts:
            return _says_so(self.texts[file])
        try:
            with file.open("rb") as stream:
                return _says_so(stream.read(MAX_BYTES).decode("utf-8", "replace"))
        except OSError:
            return False


def kind_of(path: Path) -> Kind:
    """Return what kind of template file a path is."""
    if path.name == INTEGRATION_FILE:
        return Kind.INTEGRATION
    if is_overlay(path):
        return Kind.OVERLAY
    return Kind.CASES if is_cases_file(path) else Kind.COLLECTION


def check(folder: Path, texts: Mapping[Path, str], before: Readings | None = None) -> Checked:
    """Check a project folder with these texts in place of what is on disk.

    `before` is what was read of it last: files that are as they were then are not parsed again.
    """
    readings = Readings(before)
    data = {path: text.encode("utf-8", "surrogatepass") for path, text in texts.items()}
    engine = Engine.for_files(folder, texts, data, readings)
    files = [*texts, *(project_files(folder) if (folder / INTEGRATION_FILE).is_file() else ())]
    findings: dict[Path, list[Diagnostic]] = {located(path): [] for path in files}
    by_name = {shown(path): path for path in findings}
    for one in engine.check():
        path = by_name.get(one.file or "")
        if path is not None:
            findings[path].append(one)
    return Checked(engine, texts, findings, readings)


def path_of(name: str) -> Path:
    """Return the path of a file by its name in findings."""
    return located(Path(name))


def _says_so(text: str) -> bool:
    return any(
        line.startswith(("recordmap:", '"recordmap":')) for line in split_lines(text.removeprefix("\ufeff"))
    )
