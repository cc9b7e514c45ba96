"""Arguments off the happy path: nulls by the null rule, wrong kinds and unfit values as faults.

A function tests for the usual arguments itself and hands everything else to `refuse_unless_null`, which
knows what to say from the function's own spec. Messages name kinds, never values: arguments come from
records.
"""

from __future__ import annotations

from recordmap.diagnostics import Fault
from recordmap.expression.functions.spec import FunctionSpec, NullRule, Parameter
from recordmap.schema.types import Kind, Type

SCALAR = Type.of(Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN)
"""The type of a text, a number, or true or false."""

_KINDS = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    str: Kind.TEXT,
    list: Kind.LIST,
    dict: Kind.OBJECT,
}
_ORDER = (Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.LIST, Kind.OBJECT)


def refuse_unless_null(spec: FunctionSpec, *given: object) -> None:
    """Return if the arguments make the function give null, else raise what is wrong with them.

    Null wins over other problems, so that the order of arguments doesn't matter.

    Raises:
        Fault: `conversion-failed` for a null where the null rule rejects it, `wrong-argument` for an argument
            of the wrong kind or one that its parameter's `check` refuses.
    """
    if spec.null is not NullRule.HANDLED:
        for at, value in enumerate(given):
            if value is None and not spec.parameter_at(at).optional:
                if spec.null is NullRule.GIVES_NULL:
                    return
                raise Fault("conversion-failed", f"{spec.name}: '{spec.parameter_at(at).name}' is null")
    for at, value in enumerate(given):
        parameter = spec.parameter_at(at)
        if value is not None or not parameter.optional:
            _refuse_unfit(spec.name, parameter, value)
    raise AssertionError(f"{spec.name} refused arguments that fit its spec")


def not_converted(spec: FunctionSpec, value: object, into: str) -> Fault:
    """Return the fault of a `…_required` conversion whose first argument can't be made `into`."""
    reason = "is null" if value is None else f"can't be read as {into}"
    return Fault("conversion-failed", f"{spec.name}: '{spec.parameters[0].name}' {reason}")


def not_empty(text: str) -> str | None:
    """Refuse an empty text, as a `Parameter.check`."""
    return None if text else "must not be empty"


def not_negative(number: int) -> str | None:
    """Refuse a negative number, as a `Parameter.check`."""
    return None if number >= 0 else "must not be negative"


def is_not_empty(type_: Type) -> bool:
    """Return whether `not_empty` takes every text of a type, as a `Parameter.passes`."""
    return not type_.texts.empty


def is_not_negative(type_: Type) -> bool:
    """Return whether `not_negative` takes every number of a type, as a `Parameter.passes`."""
    return type_.limits.low is not None and type_.limits.low >= 0


def _refuse_unfit(function: str, parameter: Parameter, value: object) -> None:
    kinds = parameter.type.kinds
    kind = _KINDS.get(type(value))
    if kind not in kinds and not (kind is Kind.INTEGER and Kind.NUMBER in kinds):
        wanted = _words(parameter.type)
        raise Fault(
            "wrong-argument", f"{function}: '{parameter.name}' must be {wanted}, not {_name(kind, kinds)}"
        )
    problem = parameter.check(value) if parameter.check else None
    if problem is not None:
        raise Fault("wrong-argument", f"{function}: '{parameter.name}' {problem}")


def _words(type_: Type) -> str:
    """Return kinds as a sentence needs them: "text, a number or a list"."""
    kinds = [kind for kind in _ORDER if kind in type_.kinds]
    if Kind.NUMBER in kinds and Kind.INTEGER in kinds:
        kinds.remove(Kind.INTEGER)
    *most, last = (kind.value for kind in kinds)
    return f"{', '.join(most)} or {last}" if most else last


def _name(kind: Kind | None, wanted: frozenset[Kind]) -> str:
    if kind is None:
        return "something that is not JSON"
    if kind is Kind.NUMBER and Kind.INTEGER in wanted:
        return "a decimal number"
    return Kind.NUMBER.value if kind is Kind.INTEGER else kind.value
