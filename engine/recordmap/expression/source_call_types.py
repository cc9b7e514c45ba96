"""The functions of JMESPath by types: what a call gives, and what of its arguments makes it fail.

Their signatures stand in `source_functions`; here is what depends on the types of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from recordmap.expression.functions.written_types import in_a_row
from recordmap.expression.number_limits import length_type, without_sign
from recordmap.expression.problems import unfit, words
from recordmap.expression.source_functions import SIGNATURES, Signature
from recordmap.expression.source_nodes import FunctionCall
from recordmap.frozen import replace
from recordmap.schema.inside import element, values_of
from recordmap.schema.narrowing import limited, not_null, only
from recordmap.schema.types import (
    INTEGER,
    LIST,
    NEVER,
    NULL,
    NUMBER,
    OBJECT,
    TEXT,
    Kind,
    Objects,
    Texts,
    Type,
)
from recordmap.schema.unions import NUMBERS, constants, list_of, or_null, union

_TEXTS = frozenset({Kind.TEXT})
_TYPE_NAMES = {
    Kind.NULL: "null",
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "number",
    Kind.NUMBER: "number",
    Kind.TEXT: "string",
    Kind.LIST: "array",
    Kind.OBJECT: "object",
}
_NUMBERS_ONLY = {"avg": (0, "numbers"), "sum": (0, "numbers")}
_COMPARABLE = ("max", "min", "sort")
_BY_KEY = ("max_by", "min_by", "sort_by")

Fault = tuple[int, str, bool]
"""The argument that is at fault, the sentence, and whether the call always fails."""


def call_type(call: FunctionCall, given: Sequence[Type]) -> tuple[Type, Fault | None]:
    """Return the type of a call's result, and the first fault of its arguments.

    For an expression reference `given` holds the type of what it makes of an element.
    """
    signature = SIGNATURES[call.name]
    fault = _kind_fault(signature, given) or _entry_fault(call.name, given)
    infer = _RESULTS.get(call.name)
    fixed = _FIXED.get(call.name) or Type(_with_integers(signature.returns))
    return (infer(given) if infer else fixed), fault


def _kind_fault(signature: Signature, given: Sequence[Type]) -> Fault | None:
    for at, type_ in enumerate(given):
        argument = signature.arguments[min(at, len(signature.arguments) - 1)]
        if argument.reference:
            continue
        problem = unfit(type_, argument.kinds)
        if problem is not None:
            needs = argument.words or words(argument.kinds)
            never = not type_.kinds & _with_integers(argument.kinds)
            return at, f"{signature.name} needs {needs}, and {problem}", never
    if signature.name == "contains" and Kind.TEXT in given[0].kinds and not given[0].unsure:
        problem = unfit(given[1], _TEXTS)
        if problem is not None:
            never = given[0].kinds == _TEXTS and Kind.TEXT not in given[1].kinds
            return 1, f"contains, on a text, needs a text, and {problem}", never
    return None


def _entry_fault(name: str, given: Sequence[Type]) -> Fault | None:
    """Return what is wrong with the elements of a list, or with the keys that they are compared by."""
    if name in _NUMBERS_ONLY:
        wrong = unfit(element(given[0]), NUMBERS)
        return (0, f"{name} needs a list of numbers, and of its entries {wrong}", False) if wrong else None
    if name == "join":
        wrong = unfit(element(given[1]), _TEXTS)
        return (1, f"join needs a list of texts, and of its entries {wrong}", False) if wrong else None
    if name in _COMPARABLE or name in _BY_KEY:
        compared = given[1] if name in _BY_KEY else element(given[0])
        wrong = None if compared.kinds <= NUMBERS else unfit(compared, _TEXTS)
        if wrong:
            what = "keys" if name in _BY_KEY else "entries"
            return (
                int(name in _BY_KEY),
                f"{name} needs numbers only or texts only, and of its {what} {wrong}",
                False,
            )
    return None


def _with_integers(kinds: frozenset[Kind]) -> frozenset[Kind]:
    return kinds | {Kind.INTEGER} if Kind.NUMBER in kinds else kinds


def _extreme(given: Sequence[Type]) -> Type:
    return or_null(element(given[0]))


def _absolute(given: Sequence[Type]) -> Type:
    kinds = given[0].kinds & NUMBERS
    return limited(Type(kinds or NUMBERS), without_sign(given[0].limits))


def _mapped(given: Sequence[Type]) -> Type:
    return list_of(given[0])


def _merged(given: Sequence[Type]) -> Type:
    """Return the type of objects merged: of equal keys the last counts."""
    types = [only(one, OBJECT.kinds) for one in given]
    if any(one.objects.open or one.unsure for one in types):
        return OBJECT
    properties: dict[str, Type] = {}
    required: set[str] = set()
    for one in (type_.objects for type_ in types):
        for name, type_ in one.properties.items():
            before = properties.get(name, NEVER)
            properties[name] = type_ if name in one.required else union(before, type_)
        required |= one.required
    merged = Objects(MappingProxyType(properties), frozenset(required), open=False)
    return Type(OBJECT.kinds, objects=merged, falsy=not required)


def _first_not_null(given: Sequence[Type]) -> Type:
    made = NEVER
    for one in given:
        made = union(made, not_null(one))
        if not one.nullable:
            return made
    return or_null(made) if made.kinds else NULL


def _reversed(given: Sequence[Type]) -> Type:
    one = only(given[0], frozenset({Kind.LIST, Kind.TEXT}))
    texts, lists = one.texts, one.lists
    ends = None if lists.ends is None else lists.ends[::-1]
    return replace(
        one,
        texts=replace(texts, leading=texts.trailing, trailing=texts.leading),
        lists=replace(lists, entries=lists.entries[::-1], ends=ends),
        enum=None,
        listed=(),
        barred=(),
    )


def _by_list(given: Sequence[Type]) -> Type:
    lists = only(given[0], LIST.kinds)
    return replace(lists, lists=replace(lists.lists, entries=(), ends=None))


def _joined(given: Sequence[Type]) -> Type:
    """Return the type of a list's texts with a separator between them: of one that is written out all are known."""
    separator, entries = only(given[0], _TEXTS), [only(one, _TEXTS) for one in given[1].lists.entries]
    if not entries:
        return TEXT
    between = [part for one in entries for part in (separator, one)]
    return in_a_row(between[1:])


def _as_list(given: Sequence[Type]) -> Type:
    rest = only(given[0], given[0].kinds - LIST.kinds)
    lists = only(given[0], LIST.kinds)
    boxed = list_of(rest, falsy=False) if rest.kinds else NEVER
    return union(lists, boxed) if lists.kinds else boxed


def _number_of(given: Sequence[Type]) -> Type:
    kinds = given[0].kinds
    numbers = only(given[0], NUMBERS) if kinds & NUMBERS else NEVER
    if kinds <= NUMBERS:
        return numbers
    return or_null(union(numbers, NUMBER) if Kind.TEXT in kinds else numbers)


def _text_of(given: Sequence[Type]) -> Type:
    texts = only(given[0], _TEXTS)
    if texts.kinds == given[0].kinds:
        return texts
    json = Type(_TEXTS, texts=Texts.solid())
    return union(texts, json) if texts.kinds else json


def _type_names(given: Sequence[Type]) -> Type:
    return constants(dict.fromkeys(_TYPE_NAMES[kind] for kind in given[0].kinds))


def _values(given: Sequence[Type]) -> Type:
    return list_of(values_of(given[0]))


_RESULTS: Mapping[str, Callable[[Sequence[Type]], Type]] = {
    "abs": _absolute,
    "join": _joined,
    "length": lambda given: length_type(given[0]),
    "map": _mapped,
    "max": _extreme,
    "max_by": _extreme,
    "merge": _merged,
    "min": _extreme,
    "min_by": _extreme,
    "not_null": _first_not_null,
    "reverse": _reversed,
    "sort": _by_list,
    "sort_by": _by_list,
    "to_array": _as_list,
    "to_number": _number_of,
    "to_string": _text_of,
    "type": _type_names,
    "values": _values,
}
"""What calls give that depends on their arguments."""

_FIXED: Mapping[str, Type] = {
    "ceil": INTEGER,
    "floor": INTEGER,
    "keys": list_of(TEXT),
}
"""What calls always give, where signatures say less of it."""
