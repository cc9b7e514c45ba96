"""Taking typed values out of YAML nodes, with a finding for everything that doesn't fit.

Each method returns a value or None and never raises: one pass over a file finds all that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TypeVar

from recordmap.diagnostics.findings import Findings, certain, nearest, suggestion
from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import parse_formula
from recordmap.expression.source import parse_source
from recordmap.template.fixes import rename, replace
from recordmap.template.model import Constant, FormulaText, SourceText
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence

E = TypeVar("E", bound=StrEnum)

TEXT, ONE, LIST, MAP = "text", "one value", "a list", "a map of keys and values"
PATH, FORMULA = "a path into the source record", "a formula"

LANGUAGE_VERSION = 1
_SHOWN = 40
_HINTS = {
    (TEXT, "a number"): "put it in quotes",
    (TEXT, "true or false"): "put it in quotes",
    (TEXT, LIST): "write one text on the same line, without '- ' and without [ ]",
    (TEXT, MAP): "write one text on the same line",
    (ONE, LIST): 'to write a list, use a formula: ["a", "b"]',
    (LIST, MAP): "begin each entry with '- '",
    (LIST, TEXT): "begin each entry with '- ', or put the list in [ ]",
    (MAP, LIST): "write the names without '- ' before them",
    (MAP, TEXT): "write its keys on the lines below, indented",
    (MAP, "nothing"): "write them below it, indented",
    (LIST, "nothing"): "write its entries below it, each with '- ' before it",
    (PATH, "a number"): "write where the value is, such as attributes.email; for a fixed value, use 'value'",
    (PATH, MAP): "write the path on the same line, such as attributes.email",
    (PATH, LIST): "for a path that begins with [, put it in quotes",
    (FORMULA, LIST): "for a formula that gives a list, put it in quotes",
    (FORMULA, MAP): "for a formula that gives an object, put it in quotes",
}
"""What to do when one thing was expected and another is there."""
_SAMPLES = {
    "operation": "add",
    "external_id": "id",
    "connector": "klaviyo",
    "schema": "klaviyo/profile",
    "when": "is_empty(record.country)",
    "name": "A customer without a phone number",
    "into": "Addresses",
    "field": "EmailAddress",
}
"""What a key that is missing may look like."""
_ELSEWHERE = {
    **dict.fromkeys(("path", "from", "field"), "source"),
    **dict.fromkeys(("expression", "transform"), "formula"),
    **dict.fromkeys(("constant", "static"), "value"),
    **dict.fromkeys(("if", "condition"), "when"),
    **dict.fromkeys(("translate", "translation", "map"), "lookup"),
    **dict.fromkeys(("required", "mandatory"), "level"),
    **dict.fromkeys(("default", "fallback"), "on_miss"),
    "name": "collection",
    "title": "collection",
    "type": "operation",
    "enabled": "status",
    "parent": "child_of",
    "where": "filter",
    "rows": "table",
    "error": "message",
}
"""What other programs call the keys of templates."""
_ON, _OFF = ("on", "yes", "true", "y"), ("off", "no", "false", "n")
_SWITCHES = {
    "status": {**dict.fromkeys(_ON, "enabled"), **dict.fromkeys(_OFF, "disabled")},
    "level": {**dict.fromkeys(_ON, "required"), **dict.fromkeys(_OFF, "optional")},
}
"""What is meant by a yes or a no where words are meant."""


def kind_of(node: Node) -> str:
    """Return what a node is, in words."""
    match node:
        case Mapping():
            return MAP
        case Sequence():
            return LIST
        case Scalar(value=str()):
            return TEXT
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
        unknown = [(key, value) for key, value in node if key.text not in legal]
        if unknown:
            taken = {key.text for key, _ in node}
            free = [name for name in legal if name not in taken]
            for key, value in unknown:
                message = f"'{shown(key)}' is not a key of {place}"
                fix = rename(key, certain(key.text, free))
                findings.add("unknown-key", message, key.span, hint=_meant(key, value, legal), fix=fix)

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
            message = f"{self._place} needs '{key}'"
            self._findings.add(
                "missing-key", message, self.node.span, hint=f"add a line '{key}: {_SAMPLES.get(key, '…')}'"
            )
        return not missing

    def wrong(self, key: str, node: Node, expected: str) -> None:
        """Report that the value of `key` is something else than `expected`."""
        message = f"'{key}' must be {expected}, not {kind_of(node)}"
        hint = _HINTS.get((expected, kind_of(node)))
        if kind_of(node) == "nothing":
            is_word = expected == PATH and isinstance(node, Scalar) and node.text
            always = f"for a value that is always null, write 'value: null' in place of '{key}'"
            hint = always if is_word else hint or f"write it behind '{key}:'"
            hint += ", or delete the line"
        self._findings.add("wrong-value", message, node.span, hint=hint)

    def _empty(self, key: str, node: Node) -> None:
        hint = "write something between the quotes, or delete the line"
        self._findings.add("wrong-value", f"'{key}' is empty", node.span, hint=hint)

    def scalar(self, key: str, expected: str = ONE) -> Scalar | None:
        """Return any scalar but null."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.value is not None:
            return node
        self.wrong(key, node, expected)
        return None

    def text(self, key: str, expected: str = TEXT) -> Scalar | None:
        """Return a scalar that is text and not blank."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str):
            if node.text.strip():
                return node
            self._empty(key, node)
            return None
        self.wrong(key, node, expected)
        return None

    def choice(self, key: str, choices: type[E], default: E, hint: str | None = None) -> E:
        """Return one of the members of `choices`; the word null is read as YAML's null and means the word."""
        legal = [choice.value for choice in choices]
        node = self.node.get(key)
        # What YAML takes for true or a number is no way to say one of these, with quotes or without.
        if not isinstance(node, Scalar) or not _is_said(node, legal):
            node = self.text(key)
        if node is None:
            return default
        if node.text in legal:
            return choices(node.text)
        meant = _SWITCHES.get(key, {}).get(node.text.casefold())
        near = meant or nearest(node.text, legal)
        hint = hint if near is None else f"did you mean '{near}'?"
        # Quotes around it would make no better word of it.
        self._findings.withdraw("ambiguous-scalar", node.span)
        message = f"'{key}' must be {', '.join(legal[:-1])} or {legal[-1]}, not '{shown(node)}'"
        fix = rename(node, certain(node.text, legal))
        self._findings.add("wrong-value", message, node.span, hint=hint, fix=fix)
        return default

    def whole(self, key: str, least: int, most: int, default: int) -> int:
        """Return a whole number from `least` to `most`, or `default` where it isn't given or something else."""
        node = self.node.get(key)
        match node:
            case None:
                pass
            case Scalar(value=bool()):
                self.wrong(key, node, "a whole number")
            case Scalar(value=int(value)) if least <= value <= most:
                return value
            case Scalar(value=int() | float()):
                message = f"'{key}' must be a whole number from {least} to {most:,}, not {shown(node)}"
                self._findings.add("wrong-value", message, node.span)
            case _:
                self.wrong(key, node, "a whole number")
        return default

    def mapping(self, key: str) -> Mapping | None:
        """Return a mapping; nothing at all counts as an empty one left out."""
        node = self.node.get(key)
        if node is None or isinstance(node, Mapping):
            return node
        self.wrong(key, node, MAP)
        return None

    def entries(self, key: str) -> Iterator[Node]:
        """Yield the entries of a list."""
        node = self.node.get(key)
        if isinstance(node, Sequence):
            yield from node
        elif node is not None:
            self.wrong(key, node, LIST)

    def constant(self, key: str) -> Constant | None:
        """Return a constant: any scalar, null too."""
        node = self.node.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return Constant(node)
        self.wrong(key, node, ONE)
        return None

    def source(self, key: str) -> SourceText | None:
        """Return a parsed JMESPath."""
        node = self.text(key, PATH)
        return None if node is None else parse_source_at(node, self._findings)

    def formula(self, key: str) -> FormulaText | None:
        """Return a parsed formula; `formula: 5` and `when: true` are formulas too."""
        node = self.node.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or (node.value is None and not node.text):
            self.wrong(key, node, FORMULA)
            return None
        if not node.text.strip():
            self._empty(key, node)
            return None
        try:
            return FormulaText(node, parse_formula(node.text))
        except ExpressionError as error:
            report_expression(node, error, self._findings)
            return None


def _is_said(node: Scalar, legal: list[str]) -> bool:
    return isinstance(node.value, bool | int | float) or (node.value is None and node.text == "null" in legal)


def check_version(keys: Keys, findings: Findings) -> None:
    """Report a missing or unknown `recordmap:` version."""
    node = keys.get("recordmap")
    if node is None:
        message = "the file doesn't say which version of the language it is in"
        findings.add("missing-key", message, keys.node.span, hint="begin with 'recordmap: 1'")
    elif not isinstance(node, Scalar) or node.value is not LANGUAGE_VERSION:
        hint = f"write recordmap: {LANGUAGE_VERSION}"
        findings.add("wrong-value", "this version of the language is not known", node.span, hint=hint)


def parse_source_at(node: Scalar, findings: Findings) -> SourceText | None:
    """Parse the JMESPath of a scalar, with its faults as findings."""
    try:
        return SourceText(node, parse_source(node.text))
    except ExpressionError as error:
        report_expression(node, error, findings)
        return None


def report_expression(node: Scalar, error: ExpressionError, findings: Findings) -> None:
    """Turn a fault of an expression into a finding at its place in the file."""
    hint = error.hint
    if hint is None and error.code == "expression-too-long":
        hint = "split it: give parts of it a name under 'names', or use a table under 'lookups'"
    fix = replace(node, error.offset, error.length, error.meant)
    findings.add(error.code, error.message, node.at(error.offset, error.length), hint=hint, fix=fix)


def shown(node: Scalar) -> str:
    """Return a scalar's text as a message shows it: not whole pages of it."""
    return node.text if len(node.text) <= _SHOWN else f"{node.text[:_SHOWN]}…"


def _meant(key: Scalar, value: Node, legal: tuple[str, ...]) -> str | None:
    """Return a hint for a key that is none."""
    if isinstance(value, Scalar) and value.span.start == value.span.end == key.span.end:
        return "between { } a comma ends the value before it: put a value that holds a comma in quotes"
    meant = _ELSEWHERE.get(key.text.casefold())
    if meant in legal:
        return f"did you mean '{meant}'?"
    return suggestion(key.text, legal)
