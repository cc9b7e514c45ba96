"""The functions that JMESPath has: their signatures, and the checks of calls that need no record.

What the functions do stands in `recordmap.runtime.path_functions`; a test holds the two tables together.
Source: the JMESPath specification, "Built-in Functions".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from recordmap.diagnostics.findings import certain, suggestion
from recordmap.expression.caps import ExpressionError
from recordmap.expression.source_nodes import (
    Comparator,
    ExpressionReference,
    FunctionCall,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    Node,
    Not,
)
from recordmap.frozen import Frozen
from recordmap.schema.types import Kind

Kinds = frozenset[Kind]

ANYTHING: Kinds = frozenset(Kind) - {Kind.INTEGER}
"""Every kind that JMESPath tells apart: a whole number is a number like any other."""
_NULL: Kinds = frozenset({Kind.NULL})
_BOOLEAN: Kinds = frozenset({Kind.BOOLEAN})
_NUMBER: Kinds = frozenset({Kind.NUMBER})
_TEXT: Kinds = frozenset({Kind.TEXT})
_LIST: Kinds = frozenset({Kind.LIST})
_OBJECT: Kinds = frozenset({Kind.OBJECT})


class Argument(Frozen):
    """What an argument takes. `reference` is an expression for each element, written `&expression`.

    `words` say what it takes where the kinds don't say enough: "a list of numbers".
    """

    name: str
    kinds: Kinds = ANYTHING
    words: str = ""
    reference: bool = False


class Signature(Frozen):
    """One function. `repeats` takes the last argument any number of times, at least once."""

    name: str
    arguments: tuple[Argument, ...]
    returns: Kinds
    repeats: bool = False

    def __str__(self) -> str:
        names = [f"&{argument.name}" if argument.reference else argument.name for argument in self.arguments]
        return f"{self.name}({', '.join(names)}{', …' if self.repeats else ''})"


_ANY = Argument("value")
_A_NUMBER = Argument("number", _NUMBER)
_A_TEXT = Argument("text", _TEXT)
_A_LIST = Argument("list", _LIST)
_AN_OBJECT = Argument("object", _OBJECT)
_NUMBERS = Argument("list", _LIST, "a list of numbers")
_COMPARABLE = Argument("list", _LIST, "a list of numbers or a list of texts")
_KEY = Argument("key", reference=True)

SIGNATURES: Mapping[str, Signature] = MappingProxyType(
    {
        signature.name: signature
        for signature in (
            Signature("abs", (_A_NUMBER,), _NUMBER),
            Signature("avg", (_NUMBERS,), _NUMBER | _NULL),
            Signature("ceil", (_A_NUMBER,), _NUMBER),
            Signature("contains", (Argument("subject", _LIST | _TEXT), Argument("search")), _BOOLEAN),
            Signature("ends_with", (_A_TEXT, Argument("suffix", _TEXT)), _BOOLEAN),
            Signature("floor", (_A_NUMBER,), _NUMBER),
            Signature("join", (Argument("glue", _TEXT), Argument("list", _LIST, "a list of texts")), _TEXT),
            Signature("keys", (_AN_OBJECT,), _LIST),
            Signature("length", (Argument("subject", _TEXT | _LIST | _OBJECT),), _NUMBER),
            Signature("map", (Argument("expression", reference=True), _A_LIST), _LIST),
            Signature("max", (_COMPARABLE,), _NUMBER | _TEXT | _NULL),
            Signature("max_by", (_A_LIST, _KEY), ANYTHING),
            Signature("merge", (_AN_OBJECT,), _OBJECT, repeats=True),
            Signature("min", (_COMPARABLE,), _NUMBER | _TEXT | _NULL),
            Signature("min_by", (_A_LIST, _KEY), ANYTHING),
            Signature("not_null", (_ANY,), ANYTHING, repeats=True),
            Signature("reverse", (Argument("subject", _LIST | _TEXT),), _LIST | _TEXT),
            Signature("sort", (_COMPARABLE,), _LIST),
            Signature("sort_by", (_A_LIST, _KEY), _LIST),
            Signature("starts_with", (_A_TEXT, Argument("prefix", _TEXT)), _BOOLEAN),
            Signature("sum", (_NUMBERS,), _NUMBER),
            Signature("to_array", (_ANY,), _LIST),
            Signature("to_number", (_ANY,), _NUMBER | _NULL),
            Signature("to_string", (_ANY,), _TEXT),
            Signature("type", (_ANY,), _TEXT),
            Signature("values", (_AN_OBJECT,), _LIST),
        )
    }
)


def kind_of(value: object) -> Kind:
    """Return the kind of a JSON value, as JMESPath tells kinds apart."""
    if value is None:
        return Kind.NULL
    by_type = {bool: Kind.BOOLEAN, str: Kind.TEXT, list: Kind.LIST, dict: Kind.OBJECT}
    return by_type.get(type(value), Kind.NUMBER)


def possible_kinds(node: Node) -> Kinds:
    """Return the kinds that a node's value can have, whatever the record."""
    match node:
        case Literal(value=value):
            return frozenset({kind_of(value)})
        case FunctionCall(name=name) if name in SIGNATURES:
            return SIGNATURES[name].returns
        case Comparator(comparison=comparison):
            return _BOOLEAN | _NULL if comparison.orders else _BOOLEAN
        case Not():
            return _BOOLEAN
        case MultiSelectList():
            return _LIST | _NULL
        case MultiSelectHash():
            return _OBJECT | _NULL
        case _:
            return ANYTHING


def words_for(kinds: Kinds) -> str:
    """Return kinds in words: "text or a list"."""
    return " or ".join(kind.value for kind in Kind if kind in kinds)


def check_references(node: Node) -> None:
    """Check that an expression reference stands only where a function takes it.

    Raises:
        ExpressionError: it stands somewhere else.
    """
    allowed: set[int] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, FunctionCall):
            allowed |= {id(argument) for argument in one.arguments}
        elif isinstance(one, ExpressionReference) and id(one) not in allowed:
            message = "'&' makes an expression for a function such as sort_by; it is not a value"
            raise ExpressionError("source-syntax", message, one.offset, one.length, "for 'and', write &&")
        stack.extend(reversed(one.children))


def check_call(call: FunctionCall) -> None:
    """Check a call against its signature.

    Raises:
        ExpressionError: there is no such function (unknown-function), or the arguments don't fit whatever the
            record holds (wrong-arguments).
    """
    signature = SIGNATURES.get(call.name)
    if signature is None:
        hint = _in_formulas(call.name) or suggestion(call.name, SIGNATURES)
        message = f"JMESPath has no function '{call.name}'"
        meant = certain(call.name, SIGNATURES)
        raise ExpressionError("unknown-function", message, call.offset, len(call.name), hint, meant=meant)
    expected, given = len(signature.arguments), len(call.arguments)
    if given < expected or (given > expected and not signature.repeats):
        number = f"{'at least ' if signature.repeats else ''}{expected} argument{'s' if expected > 1 else ''}"
        message = f"{call.name} takes {number}, not {given}"
        raise ExpressionError("wrong-arguments", message, call.offset, len(call.name), f"write {signature}")
    for position, node in enumerate(call.arguments):
        argument = signature.arguments[min(position, expected - 1)]
        fault = _fault(argument, node)
        if fault is not None:
            message = f"{call.name}: '{argument.name}' must be {fault}"
            raise ExpressionError("wrong-arguments", message, node.offset, node.length, f"write {signature}")


def _in_formulas(name: str) -> str | None:
    """Return a hint when it is a function of formulas that was meant."""
    from recordmap.expression.functions.table import FUNCTIONS  # noqa: PLC0415 - only for what is wrong

    known = next((one for one in (name, name.removeprefix("to_")) if one in FUNCTIONS), None)
    return known and f"formulas have it: let 'source' pick the value, and add formula: {known}(value)"


def _fault(argument: Argument, node: Node) -> str | None:
    """Return what an argument must be and never is, or None."""
    if argument.reference != isinstance(node, ExpressionReference):
        return (
            "an expression for each element, written &expression"
            if argument.reference
            else "a value, without '&'"
        )
    kinds = possible_kinds(node)
    if argument.reference or kinds & argument.kinds:
        return None
    return f"{argument.words or words_for(argument.kinds)}, and this is {words_for(kinds)}"
