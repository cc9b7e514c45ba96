"""Taking typed values out of YAML nodes, with a finding for everything that doesn't fit.

Each method returns a value or None and never raises: one pass over a file finds all that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TypeVar

from recordmap.diagnostics.findings import Findings, suggestion
from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import parse_formula
from recordmap.expression.source import parse_source
from recordmap.template.model import Constant, FormulaText, SourceText
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence

E = TypeVar("E", bound=StrEnum)


def kind_of(node: Node) -> str:
    """Return what a node is, in words."""
    match node:
        case Mapping():
            return "a map of keys and values"
        case Sequence():
            return "a list"
        case Scalar(value=str()):
            return "text"
        case Scalar(value=bool()):
            return "true or false"
        case Scalar(value=None):
            return "nothing"
        case _:
            return "a number"


class Keys:
    """The keys of one mapping. `place` names the mapping in messages: "a field rule", "the integration"."""

    def __init__(self, node: Mapping, legal: Iterable[str], place: str, findings: Findings) -> None:
        self.node = node
        self._place = place
        self._findings = findings
        legal = tuple(legal)
        for key, _ in node:
            if key.text not in legal:
                hint = suggestion(key.text, legal)
                findings.add("unknown-key", f"'{key.text}' is not a key of {place}", key.span, hint=hint)

    def get(self, key: str) -> Node | None:
        """Return the node under `key`, or None."""
        return self.node.get(key)

    def key(self, name: str) -> Scalar | None:
        """Return the key itself as written, for its place."""
        return next((key for key, _ in self.node if key.text == name), None)

    def require(self, *keys: str) -> bool:
        """Report each of `keys` that isn't there, and return whether all are."""
        missing = [key for key in keys if self.node.get(key) is None]
        for key in missing:
            self._findings.add("missing-key", f"{self._place} has no '{key}'", self.node.span)
        return not missing

    def wrong(self, key: str, node: Node, expected: str) -> None:
        """Report that the value of `key` is something else than `expected`."""
        message = f"'{key}' must be {expected}, not {kind_of(node)}"
        self._findings.add("wrong-value", message, node.span)

    def scalar(self, key: str, expected: str = "one value") -> Scalar | None:
        """Return any scalar but null."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.value is not None:
            return node
        self.wrong(key, node, expected)
        return None

    def text(self, key: str) -> Scalar | None:
        """Return a scalar that is text and not blank."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str):
            if node.text.strip():
                return node
            self._findings.add("wrong-value", f"'{key}' is empty", node.span)
            return None
        self.wrong(key, node, "text")
        return None

    def choice(self, key: str, choices: type[E], default: E) -> E:
        """Return one of the members of `choices`; the word null is read as YAML's null and means the word."""
        legal = [choice.value for choice in choices]
        node = self.node.get(key)
        if (
            not isinstance(node, Scalar)
            or node.value is not None
            or "null" not in legal
            or node.text != "null"
        ):
            node = self.text(key)
        if node is None:
            return default
        if node.text in legal:
            return choices(node.text)
        hint = suggestion(node.text, legal)
        message = f"'{key}' is one of: {', '.join(legal)}"
        self._findings.add("wrong-value", message, node.span, hint=hint)
        return default

    def mapping(self, key: str) -> Mapping | None:
        """Return a mapping; nothing at all counts as an empty one left out."""
        node = self.node.get(key)
        if node is None or isinstance(node, Mapping):
            return node
        self.wrong(key, node, "a map of keys and values")
        return None

    def entries(self, key: str) -> Iterator[Node]:
        """Yield the entries of a list."""
        node = self.node.get(key)
        if isinstance(node, Sequence):
            yield from node
        elif node is not None:
            self.wrong(key, node, "a list")

    def constant(self, key: str) -> Constant | None:
        """Return a constant: any scalar, null too."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return Constant(node)
        self.wrong(key, node, "one value")
        return None

    def source(self, key: str) -> SourceText | None:
        """Return a parsed JMESPath."""
        node = self.text(key)
        return None if node is None else parse_source_at(node, self._findings)

    def formula(self, key: str) -> FormulaText | None:
        """Return a parsed formula; `formula: 5` and `when: true` are formulas too."""
        node = self.node.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or not node.text.strip():
            self.wrong(key, node, "a formula")
            return None
        try:
            return FormulaText(node, parse_formula(node.text))
        except ExpressionError as error:
            report_expression(node, error, self._findings)
            return None


def parse_source_at(node: Scalar, findings: Findings) -> SourceText | None:
    """Parse the JMESPath of a scalar, with its faults as findings."""
    try:
        return SourceText(node, parse_source(node.text))
    except ExpressionError as error:
        report_expression(node, error, findings)
        return None


def report_expression(node: Scalar, error: ExpressionError, findings: Findings) -> None:
    """Turn a fault of an expression into a finding at its place in the file."""
    findings.add(error.code, error.message, node.at(error.offset, error.length), hint=error.hint)
