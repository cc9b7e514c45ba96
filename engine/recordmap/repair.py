"""Applying the fixes of findings to files: in place, in several passes, and never for the worse.

A pass applies what doesn't overlap and checks again, together with the project around. When that finds more than
before, each half of its fixes is tried, down to the one that makes it worse, which is left out. Only then is anything
written.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from recordmap.checking import check_around
from recordmap.diagnostics import ConfigurationError, Diagnostic, Fix, Severity
from recordmap.diagnostics.codes import CODES, Stage
from recordmap.diagnostics.edits import apply
from recordmap.project import located, shown
from recordmap.replacing import in_place_of

MAX_PASSES = 100
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

Texts = dict[Path, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file."""

    path: Path
    before: bytes
    after: bytes

    def diff(self) -> str:
        """Return the change as a unified diff."""
        name = shown(self.path)
        old, new = (_LINE.findall(text.decode("utf-8")) for text in (self.before, self.after))
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in unified_diff(old, new, name, name)
        )

    def write(self) -> None:
        """Replace the file at once, with the rights it had.

        Raises:
            ConfigurationError: the file is another one by now.
            OSError: it can't be written.
        """
        if self.path.read_bytes() != self.before:
            raise ConfigurationError(f"'{shown(self.path)}' was changed meanwhile", "check again")
        if not os.access(self.path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), shown(self.path))
        with in_place_of(self.path, name=shown(self.path)) as file:
            file.write(self.after)
            shutil.copymode(self.path, file.name)


@dataclass(frozen=True, slots=True)
class Repair:
    """What fixing came to: the files changed, the findings fixed, and those that are left in the files asked for."""

    changes: tuple[Change, ...]
    fixed: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def repair(
    files: Iterable[Path],
    wanted: Callable[[Diagnostic], bool] = lambda _finding: True,
    texts: Mapping[Path, bytes] | None = None,
) -> Repair:
    """Apply the fixes of the wanted findings in these files, in memory.

    `texts` stand in for what is on disk, by resolved path.
    """
    paths = {shown(path): path for path in map(located, files)}
    work = _Work(paths, dict(texts or {}))
    fixed: list[Diagnostic] = []
    for _ in range(MAX_PASSES):
        done = work.pass_over([one for one in work.found if one.file in paths and wanted(one)])
        if not done:
            break
        fixed += done
    left = tuple(one for one in work.found if one.file in paths and wanted(one))
    return Repair(work.changes(), tuple(fixed), left)


class _Work:
    """Files as far as they are fixed, and what is found in them and around them."""

    def __init__(self, paths: Mapping[str, Path], texts: Texts) -> None:
        self._paths = paths
        self._texts = texts
        self._before: Texts = {}
        self._refused: set[object] = set()
        self.found = self._check(texts)

    def pass_over(self, findings: list[Diagnostic]) -> list[Diagnostic]:
        """Apply all that can be applied, or the first half of it that does no harm; return the findings fixed."""
        pending = [[one for one in findings if one.fix and _what(one) not in self._refused]]
        while pending:
            together = pending.pop()
            fixed = self._try(together)
            if fixed:
                return fixed
            if len(together) == 1:
                self._refused.add(_what(together[0]))
            elif together:
                half = len(together) // 2
                pending += [together[half:], together[:half]]
        return []

    def changes(self) -> tuple[Change, ...]:
        """Return what is different now."""
        return tuple(
            Change(path, before, after)
            for path, before in self._before.items()
            if (after := self._texts.get(path, before)) != before
        )

    def _check(self, texts: Texts) -> list[Diagnostic]:
        return check_around(self._paths.values(), texts)

    def _try(self, fixable: list[Diagnostic]) -> list[Diagnostic]:
        """Apply fixes, unless they do harm, or no good; return the findings that are fixed."""
        texts, fixed = dict(self._texts), []
        by_file: dict[str | None, list[Diagnostic]] = {}
        for one in fixable:
            by_file.setdefault(one.file, []).append(one)
        for name, path in self._paths.items():
            here = by_file.get(name)
            if not here:
                continue
            before = texts.get(path)
            if before is None:
                before = path.read_bytes()
            after, applied = apply(before.decode("utf-8"), _once(here))
            self._before.setdefault(path, before)
            texts[path] = after.encode("utf-8")
            done = set(applied)
            fixed += [one for one in here if one.fix in done]
        if not fixed:
            return []
        found = self._check(texts)
        what = {_what(one) for one in fixed}
        still = sum(_what(one) in what for one in found)
        if _weight(found) > _weight(self.found) or still >= sum(_what(one) in what for one in self.found):
            return []
        self._texts, self.found = texts, found
        return fixed


def _what(finding: Diagnostic) -> tuple[str | None, str, str]:
    """Return what tells a finding apart, wherever an edit above it has moved it."""
    return finding.file, finding.code, finding.message


def _once(findings: Iterable[Diagnostic]) -> list[Fix]:
    return list(dict.fromkeys(one.fix for one in findings if one.fix is not None))


def _weight(findings: Iterable[Diagnostic]) -> tuple[int, ...]:
    """Return how bad it is: errors weigh more than any number of warnings, and these more than notes.

    What can't be read weighs most, because it hides everything else.
    """
    findings = list(findings)
    counts = Counter(one.severity for one in findings)
    unread = sum(CODES[one.code].stage is Stage.READING for one in findings)
    return unread, *(counts[severity] for severity in Severity)
