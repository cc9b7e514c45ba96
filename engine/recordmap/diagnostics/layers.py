"""Places in a template that two files make: the template itself, and an overlay that is laid over it.

Whatever stands between the parser and a finding knows one template, whose lines count through: those of the overlay
come after every line that a file can have, so that no place has to carry its file along. Only whoever shows a place
asks here which file it is in, and which line of that.
"""

from __future__ import annotations

from recordmap.diagnostics.model import Edit, Fix, Label, Position, Span

LAID_OVER = 1 << 21
"""Lines from here on are those of the overlay. A file has at most 1 MiB (`template.characters`), so it ends before."""


def is_overlaid(line: int) -> bool:
    """Say whether a line is one of the overlay."""
    return line > LAID_OVER


def line_in_file(line: int) -> int:
    """Return the line as its own file counts it."""
    return line - LAID_OVER if is_overlaid(line) else line


def raised(span: Span) -> Span:
    """Return the place that a stretch of an overlay has in the whole template."""
    return _moved(span, LAID_OVER)


def lowered(span: Span) -> Span:
    """Return the place that a stretch of the whole template has in its own file."""
    return _moved(span, -LAID_OVER) if is_overlaid(span.start.line) else span


def labels_within(labels: tuple[Label, ...], layer: Span) -> tuple[Label, ...]:
    """Return the labels in the same file as `layer`, with their places in it: a label can't name another file."""
    here = is_overlaid(layer.start.line)
    return tuple(
        Label(lowered(label.span), label.text)
        for label in labels
        if is_overlaid(label.span.start.line) is here
    )


def fix_within(fix: Fix | None, layer: Span) -> Fix | None:
    """Return a fix with places in the file of `layer`, or None where it would change another file."""
    if fix is None or any(
        is_overlaid(edit.span.start.line) is not is_overlaid(layer.start.line) for edit in fix.edits
    ):
        return None
    return Fix(fix.title, tuple(Edit(lowered(edit.span), edit.text) for edit in fix.edits))


def _moved(span: Span, lines: int) -> Span:
    start, end = span
    return Span(Position(start.line + lines, start.column), Position(end.line + lines, end.column))
