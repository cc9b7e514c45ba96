"""What was found in the files of a workspace, and what their comments leave out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING

from recordmap.diagnostics import Diagnostic, Severity
from recordmap.diagnostics.findings import Findings
from recordmap.document import Document
from recordmap.template.characters import split_lines

if TYPE_CHECKING:
    from recordmap.diagnostics.ignores import Ignore


class Found:
    """The findings of files. Their mere text is looked at when somebody asks for more than errors."""

    def __init__(self) -> None:
        self._findings: list[Findings] = []
        self._texts: list[tuple[Findings, str | None, Document]] = []
        self._ignores: dict[int, tuple[Ignore, ...]] = {}  # by the identity of findings
        self._secrets: dict[str | None, tuple[str, ...]] = {}  # by file

    def add(self, findings: Findings, document: Document | None = None) -> None:
        """Add the findings of a file, which may grow, and its text, where it could be read."""
        self._findings.append(findings)
        if document is not None:
            self._texts.append((findings, findings.collection, document))

    def errors_of(self, files: Set[str | None]) -> list[Diagnostic]:
        """Return the errors in some files, by place. Text alone holds none, and none is ever ignored."""
        every = (one for findings in self._findings for one in findings if one.file in files)
        return by_place(one for one in every if one.severity is Severity.ERROR)

    def shown(self) -> list[Diagnostic]:
        """Return all findings by place, but those that are ignored."""
        self._read_texts()
        return by_place(self._covered(one) for found in self._by_file() for one in found)

    def accepted(self) -> list[Diagnostic]:
        """Return the findings that comments leave out, by place."""
        self._read_texts()
        return by_place(
            self._covered(one)
            for findings in self._findings
            for one in findings
            if any(ignore.leaves_out(one) for ignore in self._ignores.get(id(findings), ()))
        )

    def _read_texts(self) -> None:
        # Whoever maps asks for errors alone.
        from recordmap.checks.secrets import check_text  # noqa: PLC0415
        from recordmap.diagnostics.covered import SECRET, secrets_in  # noqa: PLC0415
        from recordmap.diagnostics.ignores import within_limit  # noqa: PLC0415
        from recordmap.template.ignores import ignores_in  # noqa: PLC0415

        texts, self._texts = self._texts, []
        for findings, collection, document in texts:
            findings.collection = collection
            check_text(document.text, findings)
            here = [one for one in findings if one.code == SECRET and one.file == findings.file]
            if here:
                self._secrets[findings.file] = secrets_in(here, split_lines(document.text))
            self._ignores[id(findings)] = within_limit(ignores_in(document.data), findings)

    def _covered(self, one: Diagnostic) -> Diagnostic:
        secrets = self._secrets.get(one.file)
        if not secrets:
            return one
        from recordmap.diagnostics.covered import without  # noqa: PLC0415 - as above

        return without(secrets, one)

    def _by_file(self) -> Iterator[Iterable[Diagnostic]]:
        """Yield what was found in each file, but what is ignored there. What a template finds may be its overlay's."""
        from recordmap.diagnostics.ignores import without_ignored  # noqa: PLC0415 - as above

        complete = not any(one.severity is Severity.ERROR for found in self._findings for one in found)
        strays: dict[str | None, list[Diagnostic]] = {}
        for findings in self._findings:
            for one in findings:
                if one.file != findings.file:
                    strays.setdefault(one.file, []).append(one)
        for findings in self._findings:
            ignores = self._ignores.get(id(findings))
            found = [one for one in findings if one.file == findings.file] + strays.pop(findings.file, [])
            if ignores:
                found = without_ignored(found, ignores, findings.file, complete=complete)
            yield found


def by_place(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return findings in the order of files and places, each once."""
    return sorted(set(found), key=lambda one: one.sort_key)
