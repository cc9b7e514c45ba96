"""One file of a project as it is read: its bytes, and what it is by its name."""

from __future__ import annotations

from pathlib import Path

from recordmap.frozen import Frozen
from recordmap.project import INTEGRATION_FILE, OUTSIDE, FilesBeside, is_cases_file, is_overlay, leads_out
from recordmap.template.characters import MAX_BYTES

_COPY = "put a copy of the file into the project, in place of the link"
_MAY_READ = "see whether it is there, and whether you may read it"


class Document(Frozen):
    """One file to read: its name in findings, its bytes, and what lies beside it (None for text from memory).

    `fault` says why the file wasn't read at all, `advice` what to do then.
    """

    name: str | None
    data: bytes | str
    beside: FilesBeside | None = None
    fault: str | None = None
    advice: str | None = None

    @classmethod
    def from_file(cls, path: Path, shown: str, project: Path | None = None) -> Document:
        """Read a file, but no more of it than shows that it is too large, and nothing outside of the project."""
        beside = FilesBeside(path.parent, project)
        try:
            if project is not None and leads_out(path, project):
                return cls(shown, b"", beside, f"it is a link, and {OUTSIDE}", _COPY)
            with path.open("rb") as file:
                return cls(shown, file.read(MAX_BYTES + 1), beside)
        except OSError as error:
            return cls(shown, b"", beside, error.strerror or type(error).__name__, _MAY_READ)

    @property
    def place(self) -> Path | None:
        """Where the file lies; None for text from memory."""
        return None if self.name is None or self.beside is None else self.beside.place(Path(self.name).name)

    @property
    def text(self) -> str:
        """The text as far as it can be read, without the byte order mark that no column counts."""
        text = self.data if isinstance(self.data, str) else self.data.decode("utf-8", "replace")
        return text.removeprefix("\ufeff")

    @property
    def is_integration(self) -> bool:
        """Whether the name is that of an integration file."""
        return self.name is not None and Path(self.name).name == INTEGRATION_FILE

    @property
    def is_cases(self) -> bool:
        """Whether the name is that of a cases file."""
        return self.name is not None and is_cases_file(Path(self.name))

    @property
    def is_overlay(self) -> bool:
        """Whether it is an overlay: by its name, or by its own word where it has none."""
        if self.name is not None:
            return is_overlay(Path(self.name))
        return any(line.startswith("overlay:") for line in self.text.splitlines())
