"""Writing further entries into an overlay that is there, so that its comments and layout stay.

Only what stands in brackets is written anew, with what stands behind them; comments between brackets are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from recordmap.frozen import Frozen
from recordmap.template.characters import split_lines
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence, plain
from recordmap.template.writer import block, flow
from recordmap.upgrades.edits import Edits, Entry, by_section
from recordmap.upgrades.excerpts import Excerpts, last_line


class _Piece(Frozen):
    """Lines that take the place of those from `first` to before `after`, both from 0; none when they are equal."""

    first: int
    after: int
    lines: tuple[str, ...]


def with_sections(text: str, laid: Mapping, excerpts: Excerpts, edits: Edits) -> str:
    """Return the text of an overlay with these edits in it. None of them is about what it says already."""
    lines = split_lines(text.rstrip())
    there = {key.text for key, _ in laid}
    pieces = [*_sections(lines, laid, excerpts, edits), *_removals(lines, laid, edits)]
    for piece in sorted(pieces, key=lambda one: one.first, reverse=True):
        lines[piece.first : piece.after] = piece.lines
    rest = Edits(
        tuple(entry for entry in edits.entries if entry.section not in there),
        () if "remove" in there else edits.removed,
        edits.neutral,
    )
    return "\n".join([*lines, *excerpts.sections(rest), ""])


def _sections(lines: list[str], laid: Mapping, excerpts: Excerpts, edits: Edits) -> Iterator[_Piece]:
    """Yield the entries of sections that the overlay has."""
    for key, node in laid:
        own = tuple(entry for entry in edits.entries if entry.section == key.text)
        if not own:
            continue
        indent = _indent(lines, node)
        if indent is not None:
            end = last_line(node)
            yield _Piece(end, end, _entries(excerpts, own, indent))
        else:  # all in one { }: its entries get a line each
            held = plain(node)
            above = (
                block(held, "  ") if isinstance(held, dict) else (f"  - {flow(one)}" for one in _items(held))
            )
            written = (f"{key.text}:{_behind(lines, node)}", *above, *_entries(excerpts, own, "  "))
            yield _Piece(key.span.start.line - 1, last_line(node), written)


def _removals(lines: list[str], laid: Mapping, edits: Edits) -> Iterator[_Piece]:
    """Yield the names to be removed, behind those that the overlay removes."""
    listed = laid.get("remove")
    if not edits.removed or not isinstance(listed, Mapping):
        return
    added = by_section(edits.removed)
    indent = _indent(lines, listed)
    if indent is None:  # all in one { }: its sections get a line each
        held = {key.text: _names(one) for key, one in listed}
        whole = {section: [*held.get(section, ()), *added.get(section, ())] for section in {**held, **added}}
        written = (
            f"remove:{_behind(lines, listed)}",
            *(f"  {section}: {flow(names)}" for section, names in whole.items()),
        )
        yield _Piece(_line_of(laid, "remove"), last_line(listed), written)
        return
    # New sections first: where both end with the same line, what is written later comes before what was.
    end = last_line(listed)
    new = tuple(f"{indent}{one}: {flow(names)}" for one, names in added.items() if listed.get(one) is None)
    if new:
        yield _Piece(end, end, new)
    for section, names in added.items():
        there = listed.get(section)
        if there is None:
            continue
        deeper, end = _indent(lines, there), last_line(there)
        if deeper is not None:
            yield _Piece(end, end, tuple(f"{deeper}- {flow(name)}" for name in names))
        else:
            line = f"{indent}{section}: {flow([*_names(there), *names])}{_behind(lines, there)}"
            yield _Piece(_line_of(listed, section), end, (line,))


def _line_of(mapping: Mapping, name: str) -> int:
    """Return the line of a key, from 0."""
    return next(key for key, _ in mapping if key.text == name).span.start.line - 1


def _names(listed: Node) -> list[str]:
    return [one.text for one in listed if isinstance(one, Scalar)] if isinstance(listed, Sequence) else []


def _entries(excerpts: Excerpts, entries: tuple[Entry, ...], indent: str) -> tuple[str, ...]:
    return tuple(line for entry in entries for line in excerpts.entry(entry, indent))


def _indent(lines: list[str], node: Node) -> str | None:
    """Return what stands before each entry of a block; None for one in brackets."""
    start = node.span.start
    line, column = lines[start.line - 1], start.column - 1
    before = line[:column]
    is_block = not before.strip() and not line.startswith(("[", "{"), column)
    return before if is_block and tuple(_inside(node)) else None


def _behind(lines: list[str], node: Node) -> str:
    """Return what stands behind something in brackets on its last line: nothing, or a comment."""
    end = node.span.end
    return lines[end.line - 1][end.column - 1 :].rstrip()


def _inside(node: Node) -> Iterator[object]:
    if not isinstance(node, Scalar):
        yield from node


def _items(held: object) -> list[object]:
    return held if isinstance(held, list) else []
