"""How `recordmap check` prints what it found: the formats, what is counted, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click

from recordmap.cli.output import read_lines, wants_color
from recordmap.diagnostics import Diagnostic, Severity, render
from recordmap.diagnostics.render import ReadLines
from recordmap.frozen import Frozen

FOR_PEOPLE = ("full", "concise")
FORMATS = (*FOR_PEOPLE, "json", "sarif", "github", "gitlab")


class Reporting(Frozen):
    """What the user wants to see, and how. `select` and `ignore` are codes."""

    output_format: str
    select: frozenset[str]
    ignore: frozenset[str]
    strict: bool
    statistics: bool

    def wants(self, finding: Diagnostic) -> bool:
        """Whether a finding is to be shown and counted."""
        return (not self.select or finding.code in self.select) and finding.code not in self.ignore

    def show(
        self, found: Iterable[Diagnostic], files: int, repaired: str = "", *, lines: ReadLines = read_lines
    ) -> int:
        """Print findings; return the exit code.

        `files` is how many were checked, `repaired` what is said of fixes, `lines` gives the lines of a file.
        """
        shown = [one for one in found if self.wants(one)]
        text = self._text(shown, lines)
        if text:
            click.echo(text)
        if self.statistics and shown:
            click.echo(render.statistics(shown), err=self.output_format not in FOR_PEOPLE)
        if self.output_format == "full":
            if text:
                click.echo()
            click.echo(repaired or _summary(shown, files))
        elif repaired:
            click.echo(repaired, err=True)
        return 1 if self.fails(shown) else 0

    def fails(self, shown: Iterable[Diagnostic]) -> bool:
        """Whether any of the findings is an error, or counts as one."""
        failing = {Severity.ERROR, Severity.WARNING} if self.strict else {Severity.ERROR}
        return any(one.severity in failing for one in shown)

    def _text(self, shown: Sequence[Diagnostic], lines: ReadLines) -> str:
        if self.output_format == "full":
            return render.full(shown, lines, color=wants_color(sys.stdout))
        if self.output_format == "concise":
            return render.concise(shown)
        if self.output_format == "sarif":
            from recordmap import __version__
            from recordmap.diagnostics.sarif import sarif

            return sarif(shown, __version__)
        from recordmap.diagnostics import machine

        formats = {"json": machine.json, "github": machine.github, "gitlab": machine.gitlab}
        return formats[self.output_format](shown)


def _summary(shown: Sequence[Diagnostic], files: int) -> str:
    fixable = sum(one.fix is not None for one in shown)
    return render.summary(shown, files) + (f"; {fixable:,} can be repaired with --fix" if fixable else "")
