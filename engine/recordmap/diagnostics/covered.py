"""Findings that say nothing of a secret but where it stands: one rule finds it, others quote what they stumble over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recordmap.diagnostics.model import Diagnostic
from recordmap.frozen import replace

SECRET, COVER = "literal-secret", "\N{BULLET}"
_LEAST = 8
"""Characters from which a secret is looked for in other texts: a shorter one may be part of any word."""


def secrets_in(found: Iterable[Diagnostic], lines: Sequence[str]) -> tuple[str, ...]:
    """Return the secrets that were found in a file of these lines, the longest first."""
    spans = [one.span for one in found if one.code == SECRET]
    texts = {
        lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]
        for span in spans
        if span.start.line == span.end.line <= len(lines)
    }
    return tuple(sorted((text for text in texts if len(text) >= _LEAST), key=len, reverse=True))


def without(secrets: Sequence[str], one: Diagnostic) -> Diagnostic:
    """Return a finding with a dot in its words for each character of a secret. Its fix keeps what has to be written."""

    def covered(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, COVER * len(secret))
        return text

    labels = tuple(replace(label, text=covered(label.text)) for label in one.labels)
    hint = None if one.hint is None else covered(one.hint)
    return replace(one, message=covered(one.message), hint=hint, labels=labels)
