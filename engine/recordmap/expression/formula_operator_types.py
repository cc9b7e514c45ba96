"""The operators of formulas by types: what they give, and what makes them fail."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from recordmap.expression.functions.written_types import in_a_row
from recordmap.expression.number_limits import added, multiplied, negated
from recordmap.expression.problems import unfit, words
from recordmap.frozen import replace
from recordmap.schema.narrowing import limited, only
from recordmap.schema.types import NEVER, NUMBER, Kind, Limits, Type
from recordmap.schema.unions import NUMBERS, constants, union

Fault = tuple[ast.expr, str, str | None, bool]
"""The part at fault, the sentence, the hint, and whether it always fails."""

_TEXTS = frozenset({Kind.TEXT})
_FAMILIES = (NUMBERS, _TEXTS)
_CONTAINERS = frozenset({Kind.TEXT, Kind.LIST, Kind.OBJECT})
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_LIMITS: Mapping[type[ast.operator], Callable[[Limits, Limits], Limits]] = {
    ast.Add: added,
    ast.Sub: lambda left, right: added(left, negated(right)),
    ast.Mult: multiplied,
}
_FALLBACK = "give a value for when there is none: coalesce(…, 0)"
_JOIN = "write concat(…), where null counts as empty and numbers are written as text"
_ORDER = "ask before whether it is there: … is not None and …"


def unary_type(sign: ast.unaryop, operand: ast.expr, given: Type) -> tuple[Type, Fault | None]:
    """Return the type of `-x` or `+x`, and what is wrong with it."""
    if given.enum is not None and given.kinds <= NUMBERS and isinstance(sign, ast.USub):
        return constants([-one for one in given.enum if isinstance(one, int | float)]), None
    problem = unfit(given, NUMBERS)
    fault = None
    if problem is not None:
        written = SIGNS[type(sign)]
        fault = (operand, f"{written} needs a number, and {problem}", _FALLBACK, not given.kinds & NUMBERS)
    numbers = only(given, NUMBERS)
    if not numbers.kinds:
        numbers = NUMBER
    minus = isinstance(sign, ast.USub)
    kept = numbers
    if minus:
        kept = limited(replace(numbers, enum=None, barred=()), negated(numbers.limits))
    return replace(kept, unsure=given.unsure), fault


def binary_type(node: ast.BinOp, sign: ast.operator, left: Type, right: Type) -> tuple[Type, Fault | None]:
    """Return the type of an operation on two values, and what is wrong with it."""
    families = _FAMILIES if isinstance(sign, ast.Add) else (NUMBERS,)
    fault = _unlike(SIGNS[type(sign)], node.left, node.right, left, right, families)
    if fault is None and isinstance(sign, ast.Div | ast.FloorDiv | ast.Mod):
        fault = _zero_fault(node.right, right)
    made = NEVER
    if left.kinds & NUMBERS and right.kinds & NUMBERS:
        made = _number_of(sign, only(left, NUMBERS), only(right, NUMBERS))
    if isinstance(sign, ast.Add) and Kind.TEXT in left.kinds and Kind.TEXT in right.kinds:
        made = union(made, in_a_row([only(left, _TEXTS), only(right, _TEXTS)]))
    if not made.kinds:
        made = Type(frozenset().union(*families), unsure=True)
    return replace(made, unsure=made.unsure or left.unsure or right.unsure), fault


def _number_of(sign: ast.operator, left: Type, right: Type) -> Type:
    whole = left.kinds == right.kinds == {Kind.INTEGER}
    if isinstance(sign, ast.Div):
        kinds = frozenset({Kind.NUMBER})
    elif whole:
        kinds = frozenset({Kind.INTEGER})
    else:
        both_mixed = Kind.INTEGER in left.kinds and Kind.INTEGER in right.kinds
        kinds = NUMBERS if both_mixed else frozenset({Kind.NUMBER})
    made = Type(kinds)
    of = _LIMITS.get(type(sign))
    return made if of is None else limited(made, of(left.limits, right.limits))


def order_fault(sign: ast.cmpop, before: ast.expr, after: ast.expr, left: Type, right: Type) -> Fault | None:
    """Return what is wrong with asking for the order of two values."""
    fault = _unlike(SIGNS[type(sign)], before, after, left, right, _FAMILIES)
    return None if fault is None else (fault[0], fault[1], _ORDER, fault[3])


def within_fault(before: ast.expr, after: ast.expr, left: Type, right: Type) -> Fault | None:
    """Return what is wrong with looking for a value in another."""
    problem = unfit(right, _CONTAINERS)
    if problem is not None:
        message = f"'in' looks into a text, a list or an object, and {problem}"
        return after, message, _ORDER, not right.kinds & _CONTAINERS
    if right.unsure or right.kinds == {Kind.LIST}:
        return None
    problem = unfit(left, _TEXTS)
    if problem is not None:
        message = f"'in' looks for a text there, and {problem}"
        never = Kind.TEXT not in left.kinds and Kind.LIST not in right.kinds
        return before, message, _ORDER, never
    return None


def _unlike(
    sign: str,
    left_node: ast.expr,
    right_node: ast.expr,
    left: Type,
    right: Type,
    families: tuple[frozenset[Kind], ...],
) -> Fault | None:
    """Return which of two values doesn't go with the other; both must be of one family, such as numbers."""
    if any(left.kinds <= family and right.kinds <= family for family in families):
        return None
    able = [family for family in families if left.kinds & family and right.kinds & family]
    if able and (left.unsure or right.unsure):
        return None
    family = _likely(left, right, able or list(families))
    for node, given in ((left_node, left), (right_node, right)):
        problem = unfit(given, family)
        if problem is not None:
            hint = _JOIN if _TEXTS in families and sign == "+" and family == _TEXTS else _FALLBACK
            return node, f"{sign} needs {_needs(families, family)}, and {problem}", hint, not able
    return None


def _likely(left: Type, right: Type, families: list[frozenset[Kind]]) -> frozenset[Kind]:
    """Return the family that is meant: the one that one side belongs to wholly, null aside."""
    for family in families:
        if any(one.kinds - {Kind.NULL} and one.kinds - {Kind.NULL} <= family for one in (left, right)):
            return family
    return families[0]


def _needs(families: tuple[frozenset[Kind], ...], family: frozenset[Kind]) -> str:
    return "two numbers" if len(families) == 1 else f"{words(family)} on both sides"


def _zero_fault(node: ast.expr, divisor: Type) -> Fault | None:
    numbers = only(divisor, NUMBERS)
    low = numbers.limits.low
    if divisor.unsure or not numbers.falsy or (low is not None and low > 0):
        return None
    always = numbers.enum is not None and not any(numbers.enum)
    message = f"this {'is' if always else 'may be'} 0, and nothing can be divided by 0"
    return node, message, "ask before whether it is 0: … if x else null", always
