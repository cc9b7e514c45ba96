"""Deliberate exceptions: `# recordmap: ignore[code] reason` leaves findings out that begin on its line.

Warnings and notes can be left out, errors can't: a template with an error doesn't run. An exception that has lost its
purpose, or never had one, is a finding of its own, and no exception is made for these.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordmap.diagnostics.codes import CODES
from recordmap.diagnostics.findings import Findings, certain, suggestion
from recordmap.diagnostics.model import Diagnostic, Edit, Fix, Severity, Span
from recordmap.frozen import Frozen

FORM = "write # recordmap: ignore[code] and the reason"
MAX_CODES = 1_000
"""Codes that the comments of one file name, all together."""


class IgnoredCode(Frozen):
    """A code as the comment names it."""

    text: str
    span: Span


class Ignore(Frozen):
    """One comment. `lines` are those whose findings it leaves out, `whole` is what to delete to be rid of it.

    `inside` is the stretch between its brackets, None where it has none.
    """

    span: Span
    whole: Span
    lines: range
    codes: tuple[IgnoredCode, ...] = ()
    inside: Span | None = None
    reason: str = ""

    def covers(self, code: str, found: Diagnostic) -> bool:
        """Whether a finding has this code and begins on one of the lines."""
        return found.code == code and found.span.start.line in self.lines

    def leaves_out(self, found: Diagnostic) -> bool:
        """Whether a finding is one that this comment leaves out: errors never are."""
        names = (code.text for code in self.codes)
        return found.severity is not Severity.ERROR and any(self.covers(name, found) for name in names)


def within_limit(ignores: Iterable[Ignore], findings: Findings) -> tuple[Ignore, ...]:
    """Return the comments of a file that count. The first beyond `MAX_CODES` is a finding."""
    kept: list[Ignore] = []
    codes = 0
    for ignore in sorted(ignores, key=lambda one: one.span.start):
        codes += max(len(ignore.codes), 1)
        if codes > MAX_CODES:
            message = (
                f"the comments of this file ignore more than {MAX_CODES:,} codes; from here on none counts"
            )
            hint = "repair what is found, or make several templates of this one"
            findings.add("ignore-syntax", message, ignore.span, hint=hint)
            break
        kept.append(ignore)
    return tuple(kept)


def without_ignored(
    found: Iterable[Diagnostic], ignores: Iterable[Ignore], file: str | None, *, complete: bool = True
) -> list[Diagnostic]:
    """Return the findings of one file without those that are ignored, and with those about the comments themselves.

    `complete` says that no other file has an error.
    """
    found = list(found)
    about = Findings(file)
    # With an error not every rule has looked at everything: what is not found now may be found later.
    complete = complete and not any(one.severity is Severity.ERROR for one in found)
    left_out: set[Diagnostic] = set()
    for ignore in ignores:
        if not ignore.codes:
            message = "a comment to ignore something that doesn't say what"
            about.add("ignore-syntax", message, ignore.span, hint=FORM)
            continue
        if not any(map(str.isalnum, ignore.reason)):
            message = "nothing says why this is ignored"
            hint = "write the reason after the bracket, for whoever reads the template next"
            about.add("ignore-without-reason", message, ignore.span, hint=hint)
        left_out |= _apply(ignore, found, about, complete=complete)
    return [*(one for one in found if one not in left_out), *about]


def _apply(ignore: Ignore, found: list[Diagnostic], about: Findings, *, complete: bool) -> set[Diagnostic]:
    """Return what one comment leaves out; report codes that mean nothing there."""
    left_out: set[Diagnostic] = set()
    unused: list[IgnoredCode] = []
    for code in ignore.codes:
        known = CODES.get(code.text)
        if known is None:
            hint = suggestion(code.text, CODES) or "`recordmap rule` lists them all"
            meant = certain(code.text, CODES)
            fix = Fix(f"write '{meant}'", (Edit(code.span, meant),)) if meant else None
            about.add(
                "unknown-ignored-code", f"there is no code '{code.text}'", code.span, hint=hint, fix=fix
            )
        elif known.severity is Severity.ERROR or _is_error(ignore, code, found):
            message = f"'{code.text}' is an error, and errors can't be ignored"
            hint = "repair it, and delete the comment: only warnings and notes can be ignored"
            about.add("ignored-error", message, code.span, hint=hint)
        else:
            here = {one for one in found if ignore.covers(code.text, one) and ignore.leaves_out(one)}
            left_out |= here
            if not here:
                unused.append(code)
    if complete:
        _report_unused(ignore, unused, about)
    return left_out


def _is_error(ignore: Ignore, code: IgnoredCode, found: list[Diagnostic]) -> bool:
    """Whether what a code stands for here is an error, because no record gets past it."""
    return any(ignore.covers(code.text, one) and one.severity is Severity.ERROR for one in found)


def _report_unused(ignore: Ignore, unused: list[IgnoredCode], about: Findings) -> None:
    kept = [code.text for code in ignore.codes if code not in unused]
    # One fix for all of them: of several in one pair of brackets each would have to know of the others.
    edit = Edit(ignore.inside, ", ".join(kept)) if kept and ignore.inside else Edit(ignore.whole, "")
    for code in unused:
        message = f"no finding '{code.text}' here: there is nothing to ignore"
        fix = Fix("delete what is not needed", (edit,))
        about.add("unused-ignore", message, code.span, hint="delete it", fix=fix)
