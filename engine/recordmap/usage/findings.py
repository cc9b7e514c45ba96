"""Drift as findings: a code, a place and what to do, so that it is shown and processed like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recordmap.diagnostics import Diagnostic, Span
from recordmap.diagnostics.advised import command
from recordmap.diagnostics.codes import CODES
from recordmap.expression.source import source_path
from recordmap.usage.drift import Drift, Sort
from recordmap.usage.uses import KeyPlace, Side, Use

_CODES = {
    Sort.VANISHED: "source-field-vanished",
    Sort.KIND: "source-field-changed",
    Sort.APPEARED: "source-field-appeared",
}


def findings(
    drifts: Iterable[Drift], uses: Iterable[Use], schema: str, place: Diagnostic
) -> Iterator[Diagnostic]:
    """Yield a finding for each drift: at the first use of the path, or at `place` where nothing uses it.

    It is at the key that the path ends with, and at a use of which the text has that key where there is one: a child
    reads `city` of its records, wherever its parent picks them.
    """
    known = [use for use in uses if use.side is Side.SOURCE]
    for drift in drifts:
        code = CODES[_CODES[drift.sort]]
        hits = [use for use in known if use.path[: len(drift.path)] == drift.path]
        message, hint = _message(drift, schema), _hint(drift, hits, schema)
        if hits:
            last = len(drift.path) - 1
            first = next((use for use in hits if use.keys[last] is not None), hits[0])
            span = Span.at(first.line, *(first.keys[last] or KeyPlace(first.column, 1)))
            where = (first.file, span, hint, first.collection, first.field)
        else:
            where = (place.file, place.span, hint, None, None)
        yield Diagnostic(code.slug, message, code.severity, *where)


def _message(drift: Drift, schema: str) -> str:
    path = source_path(drift.path)
    if drift.sort is Sort.VANISHED:
        return f"'{path}' is in none of {drift.count:,} records"
    share = f"{drift.count:,} of {drift.records:,} records"
    if drift.sort is Sort.APPEARED:
        return f"'{path}' is in {share}, and {schema} doesn't name it: {drift.found}"
    return f"'{path}' is {drift.found} in {share}; {schema} says {drift.expected}"


def _hint(drift: Drift, hits: list[Use], schema: str) -> str:
    path = source_path(drift.path)
    uses = f"{command('where', path)} lists what uses it" if hits else "no template uses it"
    if drift.sort is Sort.VANISHED:
        follows = f"; {command('impact', '--remove', path)} says what follows" if hits else ""
        return f"ask whether the source still sends it{follows}"
    if drift.sort is Sort.APPEARED:
        return f"to use it, name it in the record schema {schema}"
    return f"if this is how it is now, say so in the record schema {schema}, and check again; {uses}"
