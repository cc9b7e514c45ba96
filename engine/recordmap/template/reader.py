"""YAML text to positioned nodes: the only door to PyYAML.

Works on the event stream, never on PyYAML's loaders: the parser is iterative, so depth, size, tags and aliases
are refused with line and column where a loader dies, hangs or guesses. Scalars follow JSON, not YAML 1.1: a plain
scalar that some YAML reader takes for a truth value, a number, a time or a date is an error that says to quote it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from recordmap.patterns import put_off

with put_off():
    import yaml

from recordmap.diagnostics import Edit, Fix, Label, Position, Span
from recordmap.diagnostics.findings import Findings
from recordmap.frozen import Frozen
from recordmap.template.characters import decode, split_lines
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence
from recordmap.template.plain import KINDS, TOO_LARGE, read_plain

MAX_DEPTH = 50
MAX_NODES = 50_000
MAX_ALIASES = 20
MAX_SHOWN = 40
"""Characters of a scalar shown in a message."""

_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_TOO_DEEP_HINT = "delete the brackets that are too many"
_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
"""libyaml from 0.2.6 on scans no more than 1,000 brackets, and may say so before the first event of them."""

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_new = tuple.__new__  # places are made by the thousand, and calling their class costs twice as much
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers


def _read_plain(text: str) -> tuple[str | int | float | bool | None, str | None]:
    return read_plain(text, _RESOLVERS)


_known_plain = lru_cache(4096)(_read_plain)  # files repeat their keys and words


class _Refused(Exception):  # noqa: N818 - not an error: reading has ended
    """Reading stops here: the finding has been made."""


def read(data: str | bytes, findings: Findings) -> Node | None:
    """Read a YAML file's text and return its one document, or None when there are findings instead.

    Every fault of the text is one finding with line and column: this never raises.
    """
    text = decode(data, findings)
    if text is None:
        return None
    lines = split_lines(text)
    try:
        return _Builder(text, lines, findings).build()
    except yaml.YAMLError as error:
        _report_syntax(error, lines, findings)
    except _Refused:
        pass
    return None


def scalar_spans(text: str) -> tuple[Span, ...] | None:
    """Return where the scalars of a text stand, for whoever looks for comments between them; None if it is no YAML.

    A block of text counts from its first line: behind its `|` or `>` a comment may stand.
    """
    lines = split_lines(text)
    spans: list[Span] = []
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            if isinstance(event, yaml.ScalarEvent):
                start, end = _position(event.start_mark, lines), _position(event.end_mark, lines)
                block = event.style in ("|", ">")
                spans.append(
                    Span(Position(start.line, len(lines[start.line - 1]) + 1) if block else start, end)
                )
    except yaml.YAMLError:
        return None
    return tuple(spans)


def _report_syntax(error: yaml.YAMLError, lines: list[str], findings: Findings) -> None:
    mark, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    place = Position(1, 1) if mark is None else _position(mark, lines)
    start = place if began is None else _position(began, lines)
    problem = getattr(error, "problem", None) or ""
    if problem.startswith(_LIBYAML_TOO_DEEP):
        findings.add("too-deep", _TOO_DEEP, Span.at(place.line, place.column), hint=_TOO_DEEP_HINT)
        return
    from recordmap.template.complaints import complaint  # noqa: PLC0415 - only for what is wrong

    words = complaint(problem, lines, place.line, place.column)
    labels: tuple[Label, ...] = ()
    if words.at_start:
        place = start
    elif words.label is not None and start != place:
        labels = (Label(Span.at(start.line, start.column), words.label),)
    span = Span.at(place.line, place.column)
    findings.add("yaml-syntax", words.message, span, hint=words.hint, labels=labels)


class _Builder:
    """Builds nodes from events, with a stack of open collections instead of recursion."""

    def __init__(self, text: str, lines: list[str], findings: Findings) -> None:
        self._text = text
        self._lines = lines
        self._findings = findings
        self._anchors: dict[str, _Anchored] = {}
        self._nodes = 0
        self._aliases = 0

    def build(self) -> Node | None:
        root: Node | None = None
        stack: list[_Open] = []
        documents = 0
        scalar_event = yaml.ScalarEvent
        # There is no event but None after the last.
        for event in iter(_PARSER(self._text).get_event, None):
            if type(event) is scalar_event:  # most of them are, and asking costs more than anything else here
                self._admit(event)
                root = self._scalar(event)
                if event.anchor is not None:
                    self._anchors[event.anchor] = _Anchored(root, 1, 0)
                if stack:
                    stack[-1].nodes.append(root)
                continue
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        hint = "put it into a file of its own, or delete the line ---"
                        message = "a second document begins here; a file holds one"
                        self._refuse("yaml-feature", message, event, hint)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._admit(event)
                    self._admit_depth(event, len(stack) + 1)
                    stack.append(_Open(event, self._nodes))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    opened = stack.pop()
                    node = self._close(opened, event)
                    made = _Anchored(node, self._nodes - opened.count, opened.height + 1)
                    root = self._place(made, opened.event.anchor, stack)
                case yaml.AliasEvent():
                    root = self._place(self._alias(event, len(stack)), None, stack)
                case _:
                    pass
        if root is None:
            self._findings.add(
                "yaml-syntax", "the file is empty", hint="is it the right file, and was it saved?"
            )
        return root

    def _place(self, made: _Anchored, anchor: str | None, stack: list[_Open]) -> Node:
        if anchor is not None:
            self._anchors[anchor] = made
        if stack:
            stack[-1].nodes.append(made.node)
            stack[-1].height = max(stack[-1].height, made.height)
        return made.node

    def _admit(self, event: Any, count: int = 1) -> None:
        self._nodes += count
        if self._nodes > MAX_NODES:
            message = f"more than {MAX_NODES:,} values in one file"
            self._refuse("file-too-large", message, event, "make several files of it")
        tag = None if type(event) is yaml.AliasEvent else event.tag
        if tag is not None:
            written = tag.replace("tag:yaml.org,2002:", "!!")
            hint = "delete it; to mean text, put the value in double quotes"
            self._refuse("yaml-feature", f"the tag '{_short(written)}': templates have no tags", event, hint)

    def _admit_depth(self, event: yaml.NodeEvent, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._refuse("too-deep", _TOO_DEEP, event, _TOO_DEEP_HINT)

    def _alias(self, event: Any, depth: int) -> _Anchored:
        self._aliases += 1
        hint = "write out what it stands for"
        if self._aliases > MAX_ALIASES:
            self._refuse("yaml-feature", f"more than {MAX_ALIASES} references in one file", event, hint)
        if event.anchor not in self._anchors:
            message = f"'*{_short(event.anchor)}' refers to nothing that stands above"
            self._refuse("yaml-feature", message, event, f"to mean text, put it in quotes; otherwise {hint}")
        made = self._anchors[event.anchor]
        self._admit(event, made.size)
        self._admit_depth(event, depth + made.height)
        return made

    def _close(self, opened: _Open, end: yaml.Event) -> Node:
        span = Span(_position(opened.event.start_mark, self._lines), _position(end.end_mark, self._lines))
        if isinstance(opened.event, yaml.SequenceStartEvent):
            return Sequence(tuple(opened.nodes), span)
        items: list[tuple[Scalar, Node]] = []
        first: dict[str, Span] = {}
        for key, value in zip(opened.nodes[::2], opened.nodes[1::2], strict=True):
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                hint = "put the key in double quotes"
                self._findings.add("wrong-value", "a key must be text", key.span, hint=hint)
            elif key.text in first:
                self._findings.add(
                    "duplicate-key",
                    f"'{key.text}' is given twice",
                    key.span,
                    hint="keep one of the two",
                    labels=(Label(first[key.text], "first given here"),),
                )
            else:
                first[key.text] = key.span
                items.append((key, value))
        return Mapping(tuple(items), span)

    def _scalar(self, event: Any) -> Scalar:
        lines, begins, ends = self._lines, event.start_mark, event.end_mark
        text, style, shown = event.value, event.style, None
        line, column = begins.line, begins.column
        if line == ends.line and line < len(lines):
            last = ends.column
            shown = lines[line][column:last]
            start, end = _new(Position, (line + 1, column + 1)), _new(Position, (line + 1, last + 1))
        else:
            start, end = _position(begins, lines), _position(ends, lines)
        span = _new(Span, (start, end))
        value: str | int | float | bool | None = text
        if not style:
            value = self._plain(text, span)
        elif "\x00" in text or (not text.isascii() and any(0xD800 <= ord(c) <= 0xDFFF for c in text)):
            message = "a text with a character that no record can hold"
            self._findings.add("forbidden-character", message, span, hint="delete its escape")
        inner = None
        if shown is not None:
            if not style:
                inner = start if shown == text else None
            elif style in ("'", '"') and shown[1:-1] == text:
                inner = _new(Position, (line + 1, column + 2))
        return Scalar(value, text, span, inner)

    def _plain(self, text: str, span: Span) -> str | int | float | bool | None:
        value, other = _known_plain(text) if len(text) <= MAX_SHOWN else _read_plain(text)
        if other == TOO_LARGE:
            self._findings.add("wrong-value", "a number too large to be exact", span, hint=_quote_hint(text))
        elif other is not None:
            kind, instead = KINDS.get(other, ("an instruction", ""))
            message = f"'{_short(text)}' needs quotes: some YAML programs take it for {kind}"
            hint = _quote_hint(text) + instead
            self._findings.add("ambiguous-scalar", message, span, hint=hint, fix=_quote(text, span))
        return value

    def _refuse(self, code: str, message: str, event: yaml.Event, hint: str | None = None) -> None:
        start = _position(event.start_mark, self._lines)
        self._findings.add(code, message, Span.at(start.line, start.column), hint=hint)
        raise _Refused


class _Open:
    """A mapping or sequence whose end hasn't come. `height` is that of the tallest node in it so far."""

    __slots__ = ("count", "event", "height", "nodes")

    def __init__(self, event: yaml.CollectionStartEvent, count: int) -> None:
        self.event = event
        self.count = count
        self.height = 0
        self.nodes: list[Node] = []


class _Anchored(Frozen):
    """A node with what an alias to it costs: how many nodes it holds, and how many levels."""

    node: Node
    size: int
    height: int


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _quote_hint(text: str) -> str:
    return (
        f'to mean text, write "{text}"' if len(text) <= MAX_SHOWN else "to mean text, put it in double quotes"
    )


def _quote(text: str, span: Span) -> Fix | None:
    """Return the fix that puts a plain scalar in quotes: that is what it was read as all the time."""
    if span.start.line != span.end.line or set(text) & {'"', "\\"}:
        return None
    return Fix(f'write "{_short(text)}"', (Edit(span, f'"{text}"'),))


def _position(mark: Any, lines: list[str]) -> Position:
    """Return a mark's place. At the end of a text without a line end libyaml counts one line too many."""
    line, column = mark.line, mark.column
    if line >= len(lines):
        return Position(len(lines), len(lines[-1]) + 1)
    end = len(lines[line])
    return _new(Position, (line + 1, (end if column > end else column) + 1))  # noqa: FURB136 - see _new
