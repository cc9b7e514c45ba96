"""Calls in formulas by types: what they give, which arguments make them fail, and what their answers tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from itertools import product
from types import MappingProxyType

from recordmap.diagnostics import Fault, Severity
from recordmap.expression.facts import Facts, Found, answering, made
from recordmap.expression.formula import Formula
from recordmap.expression.functions.spec import FunctionSpec, NullRule, Parameter
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.expression.lookups_asked import Lookups
from recordmap.expression.problems import Problem, unfit, words
from recordmap.frozen import Frozen, replace
from recordmap.schema.narrowing import filled, may_be_false, not_null, only_null, unfilled
from recordmap.schema.types import ANY, NULL, Kind, Type
from recordmap.schema.unions import MAX_CONSTANTS, NUMBERS, constants, kind_of

_KEEP_EMPTINESS = ("trim", "upper", "lower", "title")
"""Functions whose result is empty where their argument is, and nowhere else."""
_JUDGED_ELSEWHERE = ("pattern",)
"""Parameters whose constants have a rule of their own."""
_PROBES: tuple[object, ...] = ("", -1, [[]])
"""Values that are refused where some of their kind are: they bring out what an argument must be."""
_MAX_LETTERS = 4_000
"""Characters of all that a call can give, where it is listed: as many as a formula may have."""
_CHAINS = ("first_of", "coalesce")
_LOOKUPS = ("lookup", "lookup_required")


class Scope(Frozen):
    """What the formulas of a collection refer to; `schemas` are the names of schemas by root."""

    functions: Mapping[str, FunctionSpec]
    lookups: Lookups
    schemas: Mapping[str, str] = MappingProxyType({})


class CallTypes(Frozen):
    """Infers calls of one formula. `value` infers an argument, `say` is told of problems."""

    scope: Scope
    say: Callable[[Problem], None]
    formula: Formula
    value: Callable[[ast.expr, Facts], Found]

    def infer(self, name: str, node: ast.Call, facts: Facts) -> Found:
        """Return what a call gives, and what it tells of its arguments."""
        spec = self.scope.functions.get(name)
        nodes = _in_order(spec, node) if spec is not None else None
        if spec is None or nodes is None:  # another rule has said so
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                self.value(argument, facts)
            return made(ANY, facts)
        given = [made(NULL, facts) if one is None else self.value(one, facts) for one in nodes]
        types = [one.type for one in given]
        if not facts.dead:
            self._check(spec, node, nodes, types)
        result = _folded(spec, nodes, types) or spec.result(_used(spec, given, facts))
        if name in _LOOKUPS and len(types) == 2:
            result = self._looked_up(spec, node, nodes, types, result, facts)
        return _told(spec, given, result, facts)

    def _say(
        self, code: str, message: str, node: ast.expr, hint: str | None = None, *, always: bool = False
    ) -> None:
        place = self.formula.place(node)
        severity = Severity.ERROR if always else Severity.WARNING
        self.say(Problem(code, message, place.offset, place.length, hint, severity))

    def _check(
        self, spec: FunctionSpec, node: ast.Call, nodes: list[ast.expr | None], types: list[Type]
    ) -> None:
        fits = True
        for at, (argument, type_) in enumerate(zip(nodes, types, strict=True)):
            parameter = spec.parameter_at(at)
            takes = parameter.type.kinds
            if parameter.optional or spec.null is not NullRule.HANDLED:
                takes |= NULL.kinds
            problem = unfit(type_, takes)
            if problem is not None and argument is not None:
                message = (
                    f"{spec.name} needs {words(parameter.type.kinds)} for '{parameter.name}', and {problem}"
                )
                hint = _hint(parameter, type_)
                self._say("may-fail", message, argument, hint, always=not type_.kinds & _wide(takes))
                fits = False
            elif argument is not None:
                self._check_value(spec, parameter, argument, type_)
        misfit = spec.misfit(types) if spec.misfit is not None and fits else None
        if misfit is not None and not any(one.unsure for one in types):
            wrong = words(types[misfit].kinds - NULL.kinds - {Kind.TEXT})
            message = f"{spec.name} looks for a text in a text, and this may be {wrong}"
            self._say("may-fail", message, nodes[misfit] or node, "write to_text(…)")
        self._check_order(spec, nodes, types)

    def _check_value(self, spec: FunctionSpec, parameter: Parameter, argument: ast.expr, type_: Type) -> None:
        """Say where an argument of the right kind is refused for its value."""
        if parameter.check is None or type_.unsure or type_.kinds == NULL.kinds:
            return
        if type_.enum is None:
            if parameter.passes is None or not parameter.passes(not_null(type_)):
                probes = [probe for probe in _PROBES if kind_of(probe) in type_.kinds]
                must = next(filter(None, map(parameter.check, probes)), f"is {parameter.doc}")
                message = f"{spec.name}: '{parameter.name}' {must}, and nothing makes sure of that"
                self._say("may-fail", message, argument, "write the value itself there, a text in quotes")
            return
        if parameter.name in _JUDGED_ELSEWHERE:
            return
        problems = [parameter.check(one) for one in type_.enum]
        wrong = next((one for one in problems if one is not None), None)
        if wrong is not None:
            always = None not in problems and not type_.nullable
            code = "wrong-arguments" if always else "may-fail"
            message = f"{spec.name}: '{parameter.name}' {wrong}"
            self._say(code, message, argument, f"it is {parameter.doc}", always=always)

    def _check_order(self, spec: FunctionSpec, nodes: list[ast.expr | None], types: list[Type]) -> None:
        """Say which fallback of `coalesce` or `first_of` is never used."""
        if spec.name not in _CHAINS:
            return
        for node, type_ in zip(nodes[1:], types, strict=False):
            open_ = type_.may_be_empty if spec.name == "first_of" else type_.nullable
            if not open_ and node is not None:
                never = "empty" if spec.name == "first_of" else "null"
                message = f"this is never used: what stands before it is never {never}"
                self._say("unreachable-fallback", message, node, "delete it")
                return

    def _looked_up(
        self,
        spec: FunctionSpec,
        node: ast.Call,
        nodes: list[ast.expr | None],
        types: list[Type],
        result: Type,
        facts: Facts,
    ) -> Type:
        named = types[0].enum
        table_name = str(named[0]) if named else ""
        required = spec.name == "lookup_required"
        found = self.scope.lookups.up(table_name, types[1], required=required, dead=facts.dead)
        if found is None:
            return result
        from recordmap.expression.lookup_types import missing_words  # noqa: PLC0415 - few templates have any

        always = found.missing is not None and found.missing == types[1].enum
        if found.missing is None or facts.dead or types[1].unsure or (required and not always):
            return found.type  # that a miss rejects is what the name of lookup_required asks for
        hint = "add rows for them" + ("" if required else ", or write what on_miss shall do")
        message = f"the table '{table_name}' {missing_words(found.missing)}"
        self._say("lookup-may-miss", message, nodes[1] or node, hint, always=always)
        return ANY if always else found.type  # so that one slip is told once


def _used(spec: FunctionSpec, given: list[Found], facts: Facts) -> list[Type]:
    """Return the types of arguments where a call uses them: of a chain of fallbacks, where nothing was before them.

    All of them are evaluated before, and can fail, wherever they are used.
    """
    if spec.name not in _CHAINS:
        return [one.type for one in given]
    types = []
    here = facts
    for one in given:
        types.append(one.type if one.path is None else here.read(one.path))
        here = here.met(facts, one.if_empty if spec.name == "first_of" else one.if_none)
    return types


def _folded(spec: FunctionSpec, nodes: list[ast.expr | None], types: list[Type]) -> Type | None:
    """Return what a call gives where all it is given is listed, one argument by several values at most."""
    if spec.needs is not None or spec.extra is not None or FUNCTIONS.get(spec.name) is not spec:
        return None  # an embedder's function is not run before there is a record
    counts = not_null(spec.returns).kinds <= NUMBERS and all(
        one.type.kinds <= NUMBERS for one in spec.parameters
    )
    given = [_listed(node, type_, numbers=counts) for node, type_ in zip(nodes, types, strict=True)]
    known = [values for values in given if values is not None]
    if any(len(values) > MAX_CONSTANTS for values in known):
        return None
    # Two that have several may be of one record, and then not all of their pairs come.
    if len(known) < len(given) or sum(len(values) > 1 for values in known) > 1:
        return None
    try:
        made = [spec.call(*values) for values in product(*known)]
    except Fault:
        return None  # another rule says so
    if any(isinstance(one, list | dict) for one in made):
        return None
    # What is longer is known by its length: a thousand fields may each have a hundred of them.
    letters = sum(len(one) for one in made if isinstance(one, str))
    if letters > _MAX_LETTERS:
        return None
    cause = next((one.cause for one in types if one.nullable), None) if None in made else None
    return replace(constants(made), cause=cause)


def _listed(node: ast.expr | None, type_: Type, *, numbers: bool) -> tuple[object, ...] | None:
    """Return all values of an argument; None where they aren't known to the letter, or `numbers` by their size."""
    if node is None or type_.kinds == NULL.kinds:
        return (None,)
    kinds = type_.kinds - NULL.kinds
    # A schema's 1 may come as 1.0, which isn't written the same.
    exact = kinds == {Kind.TEXT} or _written_out(node) or (numbers and kinds <= NUMBERS)
    if not exact or type_.unsure or type_.enum is None:
        return None
    return (*type_.enum, None) if type_.nullable else type_.enum


def _written_out(node: ast.expr) -> bool:
    """Whether a value stands in the formula itself, with a sign or without."""
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def _told(spec: FunctionSpec, given: list[Found], result: Type, facts: Facts) -> Found:
    """Return the result of a call with what its answers tell of the arguments."""
    if spec.name in ("is_empty", "is_null"):
        one = given[0]
        yes, no = facts, one.if_filled if spec.name == "is_empty" else one.if_some
        if one.path is not None:
            narrow = unfilled if spec.name == "is_empty" else only_null
            yes = facts.having(one.path, narrow(one.type))
        return answering(result, yes, no)
    some = facts
    if spec.null is NullRule.GIVES_NULL:
        for at, one in enumerate(given):
            if not spec.parameter_at(at).optional:
                some = some.met(facts, one.if_some)
    full = given[0].if_filled if spec.name in _KEEP_EMPTINESS else some
    true = full if spec.name == "trim" else some
    length_of = given[0].path if spec.name == "length" else None
    none, empty, false = (
        facts if possible else facts.never()
        for possible in (result.nullable, result.may_be_empty, may_be_false(result))
    )
    open_ = [one for at, one in enumerate(given) if one.type.nullable and not spec.parameter_at(at).optional]
    if spec.name in _KEEP_EMPTINESS:
        empty = given[0].if_empty
    if spec.null is NullRule.GIVES_NULL and len(open_) == 1:  # then its null is what the result has null from
        of_some = spec.result([not_null(one.type) for one in given])
        none = none if of_some.nullable else open_[0].if_none
        empty = empty if of_some.may_be_empty else open_[0].if_none
        false = false if may_be_false(of_some) else open_[0].if_none
    return Found(
        result,
        facts,
        true=true,
        false=false,
        some=some,
        none=none,
        filled=full,
        empty=empty,
        length_of=length_of,
    )


def _wide(kinds: frozenset[Kind]) -> frozenset[Kind]:
    return kinds | {Kind.INTEGER} if Kind.NUMBER in kinds else kinds


def _hint(parameter: Parameter, given: Type) -> str | None:
    kinds = parameter.type.kinds
    if kinds == {Kind.TEXT} and not given.kinds & {Kind.LIST, Kind.OBJECT}:
        return "write to_text(…) around it"
    wrong = given.kinds - kinds - NULL.kinds
    if Kind.TEXT in kinds and wrong and not wrong & {Kind.LIST, Kind.OBJECT}:
        return "to take it as text, write to_text(…) around it"
    if Kind.NUMBER in kinds or Kind.INTEGER in kinds:
        return "write to_integer(…) or to_decimal(…) around it"
    if filled(given).kinds and given.nullable:
        return "give a value for when there is none: first_of(…, …)"
    return f"'{parameter.name}' is {parameter.doc}"


def _in_order(spec: FunctionSpec, node: ast.Call) -> list[ast.expr | None] | None:
    """Return a call's arguments by position, None where one isn't given; None for a call with wrong arguments."""
    nodes: list[ast.expr | None] = list(node.args)
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    for parameter in spec.parameters[len(nodes) :]:
        if parameter.repeats:
            break
        nodes.append(named.pop(parameter.name, None))
    repeats = bool(spec.parameters) and spec.parameters[-1].repeats
    required = [at for at, one in enumerate(spec.parameters) if not one.optional]
    missing = any(at >= len(nodes) or nodes[at] is None for at in required)
    if named or missing or (len(nodes) > len(spec.parameters) and not repeats):
        return None
    return nodes
