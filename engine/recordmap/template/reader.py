"""YAML text to positioned nodes: the only door to PyYAML.

Works on the event stream, never on PyYAML's loaders: the parser is iterative, so depth, size, tags and aliases
are refused with line and column where a loader dies, hangs or guesses. Scalars follow JSON, not YAML 1.1: a plain
scalar that some YAML reader takes for a truth value, a number, a time or a date is an error that says to quote it.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from recordmap.diagnostics import Label, Position, Span
from recordmap.diagnostics.findings import Findings
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 50_000
MAX_ALIASES = 20

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_JSON_WORDS = {"": None, "null": None, "true": True, "false": False}
_OTHER_YAML = re.compile(r"0o[0-7]+|0[xX][0-9a-fA-F]+|[-+]?[0-9][0-9_]*|~|true|false|null", re.IGNORECASE)
# Text that an editor doesn't show, or shows in another order than it is read: control characters, exotic line
# separators, zero-width and direction marks, NUL and lone surrogates.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_PLAIN_WORDS = {
    "found character '\\t' that cannot start any token": "a tab can't be used for indentation",
    "found character that cannot start any token": "this character can't begin a value",
    "mapping values are not allowed in this context": "a ': ' where no key can stand",
    "could not find expected ':'": "a key without ':'",
    "did not find expected key": "the indentation doesn't fit the lines around it",
    "did not find expected '-' indicator": "the indentation doesn't fit the list around it",
    "found unexpected end of stream": "a quote or bracket is not closed",
}


class _Refused(Exception):  # noqa: N818 - not an error: reading has ended
    """Reading stops here: the finding has been made."""


def read(data: str | bytes, findings: Findings) -> Node | None:
    """Read a YAML file's text and return its one document, or None when there are findings instead.

    Every fault of the text is one finding with line and column: this never raises.
    """
    text = _decode(data, findings)
    if text is None or _has_forbidden_characters(text, findings):
        return None
    try:
        return _Builder(text, findings).build()
    except yaml.YAMLError as error:
        _report_syntax(error, findings)
    except _Refused:
        pass
    return None


def _decode(data: str | bytes, findings: Findings) -> str | None:
    size = len(data)
    if size > MAX_BYTES:
        findings.add("file-too-large", f"the file has {size:,} bytes; a template may have {MAX_BYTES:,}")
        return None
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(
            "unreadable-file", "the file is not UTF-8 text", Span.at(line, 1), hint="save the file as UTF-8"
        )
        return None


def _has_forbidden_characters(text: str, findings: Findings) -> bool:
    for match in _FORBIDDEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        findings.add(
            "forbidden-character",
            f"the character U+{ord(match.group()):04X} can't stand in a template",
            Span.at(line, column),
            hint="delete it; in a quoted text write it as an escape",
        )
        return True
    return False


def _report_syntax(error: yaml.YAMLError, findings: Findings) -> None:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "the text can't be read"
    span = Span.at(mark.line + 1, mark.column + 1) if mark is not None else Span.at(1, 1)
    context_mark = getattr(error, "context_mark", None)
    labels: tuple[Label, ...] = ()
    if mark and context_mark and (context_mark.line, context_mark.column) != (mark.line, mark.column):
        labels = (Label(Span.at(context_mark.line + 1, context_mark.column + 1), "it began here"),)
    findings.add("yaml-syntax", _PLAIN_WORDS.get(problem, problem), span, labels=labels)


class _Builder:
    """Builds nodes from events, with a stack of open collections instead of recursion."""

    def __init__(self, text: str, findings: Findings) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._findings = findings
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._nodes = 0
        self._aliases = 0

    def build(self) -> Node | None:
        root: Node | None = None
        stack: list[_Open] = []
        documents = 0
        for event in yaml.parse(self._text, Loader=_PARSER):
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._refuse("yaml-feature", "a second document; a file holds one", event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._admit(event)
                    if len(stack) >= MAX_DEPTH:
                        self._refuse("too-deep", f"nested more than {MAX_DEPTH} levels deep", event)
                    stack.append(_Open(event, self._nodes))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    opened = stack.pop()
                    node = self._close(opened, event)
                    root = self._place(node, opened.event.anchor, self._nodes - opened.count, stack)
                case yaml.ScalarEvent():
                    self._admit(event)
                    root = self._place(self._scalar(event), event.anchor, 1, stack)
                case yaml.AliasEvent():
                    root = self._place(self._alias(event), None, 1, stack)
                case _:
                    pass
        if root is None:
            self._findings.add("yaml-syntax", "the file is empty")
        return root

    def _place(self, node: Node, anchor: str | None, size: int, stack: list[_Open]) -> Node:
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if stack:
            stack[-1].nodes.append(node)
        return node

    def _admit(self, event: yaml.NodeEvent, count: int = 1) -> None:
        self._nodes += count
        if self._nodes > MAX_NODES:
            self._refuse("file-too-large", f"more than {MAX_NODES:,} values in one file", event)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse("yaml-feature", f"the tag '{tag}'; templates have no tags", event)

    def _alias(self, event: Any) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            self._refuse("yaml-feature", f"more than {MAX_ALIASES} aliases in one file", event)
        if event.anchor not in self._anchors:
            self._refuse(
                "yaml-feature", f"the alias '*{event.anchor}' names nothing that ends before it", event
            )
        node, size = self._anchors[event.anchor]
        self._admit(event, size)
        return node

    def _close(self, opened: _Open, end: yaml.Event) -> Node:
        span = Span(_position(opened.event.start_mark), _position(end.end_mark))
        if isinstance(opened.event, yaml.SequenceStartEvent):
            return Sequence(tuple(opened.nodes), span)
        items: list[tuple[Scalar, Node]] = []
        first: dict[str, Span] = {}
        for key, value in zip(opened.nodes[::2], opened.nodes[1::2], strict=True):
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                self._findings.add(
                    "wrong-value", "a key must be text", key.span, hint="put the key in quotes"
                )
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
        span = Span(_position(event.start_mark), _position(event.end_mark))
        text = event.value
        inner = self._inner(event, text)
        value: str | int | float | bool | None = text
        if event.style is None or event.style == "":
            value = self._plain(text, span)
        elif "\x00" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
            self._findings.add("forbidden-character", "this text holds a character that isn't allowed", span)
        return Scalar(value, text, span, inner)

    def _inner(self, event: Any, text: str) -> Position | None:
        start, end = event.start_mark, event.end_mark
        if start.line != end.line:
            return None
        shown = self._lines[start.line][start.column : end.column]
        if shown == text:
            return Position(start.line + 1, start.column + 1)
        if shown[1:-1] == text:
            return Position(start.line + 1, start.column + 2)
        return None

    def _plain(self, text: str, span: Span) -> str | int | float | bool | None:
        if text in _JSON_WORDS:
            return _JSON_WORDS[text]
        if _JSON_NUMBER.fullmatch(text):
            return self._number(text, span)
        if _is_something_else(text):
            self._findings.add(
                "ambiguous-scalar",
                f"'{text[:40]}' is not plain text: some YAML readers take it for another kind of value",
                span,
                hint=f'to mean text, write "{text[:40]}"',
            )
        return text

    def _number(self, text: str, span: Span) -> int | float | None:
        is_float = any(mark in text for mark in ".eE")
        if not is_float and len(text) <= 20 and -(2**63) <= int(text) < 2**63:
            return int(text)
        if is_float and math.isfinite(float(text)):
            return float(text)
        self._findings.add(
            "wrong-value", "a number too large to be exact", span, hint=f'to mean text, write "{text[:20]}…"'
        )
        return None

    def _refuse(self, code: str, message: str, event: yaml.Event) -> None:
        start = _position(event.start_mark)
        self._findings.add(code, message, Span.at(start.line, start.column))
        raise _Refused


class _Open:
    """A mapping or sequence whose end hasn't come."""

    __slots__ = ("count", "event", "nodes")

    def __init__(self, event: yaml.CollectionStartEvent, count: int) -> None:
        self.event = event
        self.count = count
        self.nodes: list[Node] = []


def _is_something_else(text: str) -> bool:
    """Whether YAML 1.1 (by PyYAML's own patterns) or YAML 1.2 reads a plain scalar as something else than text."""
    if _OTHER_YAML.fullmatch(text):
        return True
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    return any(pattern.match(text) for _tag, pattern in resolvers)


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)
