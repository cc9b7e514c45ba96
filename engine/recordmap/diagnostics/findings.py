"""Collecting diagnostics: one place knows the file, so that whoever finds something says only what and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from recordmap.diagnostics.layers import fix_within, is_overlaid, labels_within, lowered
from recordmap.diagnostics.model import FILE_START, Diagnostic, Fix, Label, Severity, Span

if TYPE_CHECKING:
    from difflib import SequenceMatcher


class Findings:
    """The diagnostics of one file, in the order found; of two files, where an overlay is laid over a template.

    `collection` and `field` are what the findings that follow are about; whoever walks the file sets them. `overlay`
    is the file that places beyond `recordmap.diagnostics.layers.LAID_OVER` are in.
    """

    def __init__(self, file: str | None, collection: str | None = None) -> None:
        self.file = file
        self.overlay: str | None = None
        self.collection = collection
        self.field: str | None = None
        self._found: list[Diagnostic] = []

    def add(
        self,
        code: str,
        message: str,
        span: Span = FILE_START,
        *,
        hint: str | None = None,
        labels: tuple[Label, ...] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Add a diagnostic. `fix` is made by `recordmap.template.fixes`; `severity` is the code's unless given."""
        if severity is None:
            from recordmap.diagnostics.codes import CODES  # noqa: PLC0415 - only for what is wrong

            severity = CODES[code].severity
        file = self.overlay if is_overlaid(span.start.line) else self.file
        labels, fix, span = labels_within(labels, span), fix_within(fix, span), lowered(span)
        self._found.append(
            Diagnostic(code, message, severity, file, span, hint, self.collection, self.field, labels, fix)
        )

    def withdraw(self, code: str, span: Span) -> None:
        """Take back what was found at a place, because more is known about it now."""
        self._found = [one for one in self._found if (one.code, one.span) != (code, span)]

    def again(self, found: Iterable[Diagnostic]) -> Findings:
        """Return findings of the same file, with these among them."""
        made = Findings(self.file, self.collection)
        made.overlay = self.overlay
        made._found.extend(found)
        return made

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> bool:
        """Whether any of the findings is an error."""
        return any(found.severity is Severity.ERROR for found in self._found)


MAX_GUESSES = 5_000
"""Names that are compared with a wrong one in one reading, or one checking, of a project: about a second's work."""

_left: ContextVar[list[int] | None] = ContextVar("guesses left", default=None)


@contextmanager
def guessing() -> Iterator[None]:
    """Bound the search for names that could be meant: whoever has thousands of wrong names is not helped by it."""
    token = _left.set([MAX_GUESSES])
    try:
        yield
    finally:
        _left.reset(token)


def _affords(word: str, names: Collection[str]) -> bool:
    left = _left.get()
    if left is None:
        return True
    left[0] -= len(names) * (1 + len(word) // 100)
    return left[0] >= 0


_PART = 4
"""Letters from which a part of a name is taken for the name."""


def nearest(word: str, legal: Iterable[str]) -> str | None:
    """Return the legal name that `word` most likely means, or None when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for what is wrong

    names = list(legal)
    if not _affords(word, names):
        return None
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return folded[near[0]]
    # "Email" means EmailAddress, when nothing else has it in its name.
    holding = [name for name in folded if len(word) >= _PART and word.casefold() in name]
    return folded[holding[0]] if len(holding) == 1 else None


_CERTAIN, _LEAD = 0.8, 0.1
"""How alike a name must be to be meant for certain, and by how much more than any other."""


def _is_near(matcher: SequenceMatcher[str]) -> bool:
    """Whether a name is near enough to be meant, or to make it doubtful which is: bounds first, they cost less."""
    least = _CERTAIN - _LEAD
    return matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least


def certain(word: str, legal: Iterable[str]) -> str | None:
    """Return the one legal name that `word` can be a slip of, or None where there is doubt: for fixes, not hints."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - only for what is wrong

    folded = word.casefold()
    names = dict.fromkeys(legal)
    if not _affords(word, names):
        return None
    same = [name for name in names if name.casefold() == folded]
    if same:
        return same[0] if len(same) == 1 else None
    matchers = ((SequenceMatcher(None, folded, name.casefold()), name) for name in names)
    alike = sorted((one.ratio(), name) for one, name in matchers if _is_near(one))
    if not alike or alike[-1][0] < _CERTAIN:
        return None
    return alike[-1][1] if len(alike) == 1 or alike[-1][0] - alike[-2][0] >= _LEAD else None


def suggestion(word: str, legal: Iterable[str]) -> str | None:
    """Return a hint with the nearest legal name, or with all of them when they are few."""
    names = list(legal)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"known here: {', '.join(names)}" if 0 < len(names) <= 12 else None
