"""The explaining evaluator: the same collection, the same record, step by step.

It runs jmespath and simpleeval where a plan runs generated code, and must end like the plan: the same outcome for
every record. It is slow and meant for one record at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from recordmap.demands import field_schema, required_children_message, required_message, shape_of
from recordmap.diagnostics import Fault
from recordmap.diagnostics.layers import lowered
from recordmap.expression.evaluate import FormulaEvaluator
from recordmap.expression.functions.spec import Needs
from recordmap.expression.search import search
from recordmap.runtime import operators, values
from recordmap.runtime.budget import Budget
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.values import MAX_RECORD, Place
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER
from recordmap.schema.types import ANY
from recordmap.template.model import Collection, FieldRule, FormulaText, OnEmpty, Operation, SourceText
from recordmap.template.nodes import Scalar
from recordmap.trace.materials import OPERATORS, Materials, Spent
from recordmap.trace.model import FieldTrace, RecordTrace, State, Step, StepKind


class _Ended(Exception):  # noqa: N818 - not an error: the record has ended
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def trace(
    collection: Collection,
    materials: Materials,
    record: Any,
    existing: Any = None,
    parent: Any = None,
    now: str | None = None,
) -> RecordTrace:
    """Trace one record through a checked collection. Never raises for what the record or the template says."""
    if collection.operation is Operation.ADD and collection.child_of is None:
        existing = None
    spent = Spent(Budget())
    scope = {"record": record, "existing": existing, "settings": dict(materials.settings)}
    scope["parent"] = parent if collection.child_of is not None else None
    traced = RecordTrace(collection.title, collection.file)
    if not isinstance(record, dict):
        place = Place(collection.title, None, None, None)
        traced.outcome = values.rejected(place, "wrong-type", "the record is not an object")
        return traced
    _Tracer(collection, materials, scope, now, spent, traced).run()
    return traced


class _Tracer:
    """One record in one collection."""

    def __init__(
        self,
        collection: Collection,
        materials: Materials,
        scope: Mapping[str, Any],
        now: str | None,
        spent: Spent,
        traced: RecordTrace,
        *,
        inlined: bool = False,
    ) -> None:
        self._collection = collection
        self._inlined = inlined
        self._read: dict[str, Any] = {}
        self._materials = materials
        self._scope = scope
        self._now = now
        self._spent = spent
        self._traced = traced
        self._schema = materials.schemas[collection.destination.text]
        needs = {Needs.NOW: now, Needs.LOOKUPS: collection.lookups}
        self._formulas = FormulaEvaluator(materials.functions, needs, OPERATORS, operators.item)

    def run(self) -> None:
        """Run the steps of the record and leave the outcome in the trace."""
        record: dict[str, Any] = {}
        try:
            self._filter()
            self._error_rules()
            self._fields(record)
            self._children(record)
            self._traced.outcome = Outcome(Kind.MAPPED, record)
        except _Ended as ended:
            self._traced.outcome = ended.outcome

    def _place(self, scalar: Scalar, field: str | None) -> Place:
        return Place(self._collection.title, field, *self._collection.start_of(scalar))

    def _step(self, kind: StepKind, scalar: Scalar, value: Any = None) -> Step:
        line, column, file = self._collection.start_of(scalar)
        return Step(kind, scalar.text, line, column, value, file=file)

    def _filter(self) -> None:
        text = self._collection.filter
        if text is None:
            return
        place = self._place(text.scalar, None)
        if not self._guarded(place, lambda: self._formula(StepKind.FILTER, text, self._traced.steps)):
            reason = Reason("filtered", "the filter left this record out", self._collection.title)
            raise _Ended(Outcome(Kind.SKIPPED, reason=reason))

    def _error_rules(self) -> None:
        for rule in self._collection.errors:
            place = self._place(rule.when.scalar, None)
            if self._guarded(
                place, partial(self._formula, StepKind.ERROR_RULE, rule.when, self._traced.steps)
            ):
                raise _Ended(values.rejected(place, "error-filter", rule.message.text))

    def _fields(self, record: dict[str, Any]) -> None:
        custom: dict[str, Any] = {}
        for rule in self._collection.fields:
            traced = FieldTrace(rule.name.text, rule.custom)
            self._traced.fields.append(traced)
            try:
                self._field(rule, traced, custom if rule.custom else record)
            except _Ended as ended:
                traced.state = State.REJECTED
                traced.why = ended.outcome.reason.message if ended.outcome.reason else None
                raise
        if custom:
            record[self._schema.custom_container or DEFAULT_CUSTOM_CONTAINER] = custom

    def _field(self, rule: FieldRule, traced: FieldTrace, target: dict[str, Any]) -> None:
        text = rule.formula or rule.source or rule.constant
        place = self._place(text.scalar if text else rule.name, rule.name.text)
        picked = None
        source = rule.source
        if source is not None:
            at = self._place(source.scalar, rule.name.text)
            picked = self._guarded(at, lambda: self._source(source, traced.steps))
        when = rule.when
        if when is not None and not self._guarded(
            self._place(when.scalar, rule.name.text),
            lambda: self._formula(StepKind.WHEN, when, traced.steps, picked, has_value=True),
        ):
            traced.why = "its `when` is false"
            self._demand(rule, place)
            return
        value = self._guarded(place, lambda: self._made(rule, picked, traced.steps))
        if values.is_blank(value):
            self._empty(rule, place, traced, target)
        else:
            self._leave(rule, value, place)
            target[rule.name.text] = values.own_copy(value) if _reads_settings(rule) else value
            traced.state, traced.value = State.VALUE, value

    def _made(self, rule: FieldRule, picked: Any, steps: list[Step]) -> Any:
        made = picked
        if rule.constant is not None:
            made = rule.constant.value
            steps.append(self._step(StepKind.CONSTANT, rule.constant.scalar, made))
        elif rule.formula is not None:
            keep, has_value = rule.when is None, rule.source is not None
            made = self._formula(
                StepKind.FORMULA, rule.formula, steps, picked, has_value=has_value, keep=keep
            )
        if rule.lookup is not None:
            translate = self._materials.functions["lookup"].call
            made = translate(self._collection.lookups, rule.lookup.text, made)
            steps.append(self._step(StepKind.LOOKUP, rule.lookup, made))
        return made

    def _demand(self, rule: FieldRule, place: Place) -> None:
        message = required_message(rule, self._collection, self._schema)
        if message is not None:
            raise _Ended(values.rejected(place, "required-field-missing", message))

    def _empty(self, rule: FieldRule, place: Place, traced: FieldTrace, target: dict[str, Any]) -> None:
        self._demand(rule, place)
        if rule.on_empty is OnEmpty.ERROR:
            message = f"'{rule.name.text}' is empty, and on_empty is error"
            raise _Ended(values.rejected(place, "empty-value", message))
        if rule.on_empty is OnEmpty.NULL and not rule.custom:
            known = field_schema(rule, self._schema)
            if known is not None and not known.type.nullable:
                raise _Ended(values.refused(place, values.wrong_kind(None, known.type.describe())))
            target[rule.name.text] = None
            traced.state = State.NULL
        else:
            traced.why = "the result is empty"

    def _leave(self, rule: FieldRule, value: Any, place: Place) -> None:
        known = field_schema(rule, self._schema)
        shape = shape_of(known.type if known is not None else ANY)
        free = values.free_length(len(self._collection.fields), child=self._inlined)
        self._spent.size += self._guarded(place, lambda: values.examine(value, shape, free))
        if self._spent.size > MAX_RECORD:
            raise _Ended(values.refused(place, values.too_large()))

    def _children(self, record: dict[str, Any]) -> None:
        for child in self._collection.children:
            collection = self._materials.collections[child.collection.text]
            into = child.into.text
            kept: list[dict[str, Any]] = []
            if collection.enabled and collection.each is not None:
                items = enumerate(self._items(collection, collection.each, into))
                mapped = (self._child(collection, into, index, item) for index, item in items)
                kept = [one for one in mapped if one is not None]
            message = required_children_message(into, self._collection, self._schema)
            if kept:
                record[into] = kept
            elif message is not None:
                place = self._place(child.into, into)
                raise _Ended(values.rejected(place, "required-field-missing", message))

    def _items(self, collection: Collection, each: SourceText, into: str) -> tuple[dict[str, Any], ...]:
        place = Place(collection.title, into, *collection.start_of(each.scalar))
        found = self._guarded(place, partial(self._each, each, collection))
        items = values.children(found)
        if items is None:
            fault = values.wrong_kind(found, "an object or a list of objects")
            raise _Ended(values.refused(place, fault))
        steps = len(items) * (1 + len(collection.fields))
        self._guarded(place, partial(self._spent.budget.spend, steps))
        return items

    def _child(self, collection: Collection, into: str, index: int, item: Any) -> dict[str, Any] | None:
        scope = {**self._scope, "record": item, "parent": self._scope["record"]}
        traced = RecordTrace(collection.title, collection.file)
        self._traced.children.append((into, index, traced))
        _Tracer(collection, self._materials, scope, self._now, self._spent, traced, inlined=True).run()
        outcome = traced.outcome
        if outcome is None or outcome.kind is Kind.REJECTED:
            raise _Ended(values.at_index(outcome or Outcome(Kind.REJECTED), into, index))
        return outcome.record

    def _source(self, source: SourceText, steps: list[Step], kind: StepKind = StepKind.SOURCE) -> Any:
        step = self._step(kind, source.scalar)
        steps.append(step)
        try:
            step.value = search(source.parsed, self._scope["record"], budget=self._spent.budget)
        except Fault as fault:
            step.error = fault.message
            raise
        return step.value

    def _each(self, each: SourceText, collection: Collection) -> Any:
        try:
            return self._source(each, self._traced.steps, StepKind.EACH)
        finally:
            step = self._traced.steps[-1]
            step.line, step.column, overlay = collection.start_of(each.scalar)
            step.file = overlay or collection.file

    def _formula(
        self,
        kind: StepKind,
        text: FormulaText,
        steps: list[Step],
        picked: Any = None,
        *,
        has_value: bool = False,
        keep: bool = True,
    ) -> Any:
        """Evaluate a formula. With `keep` the paths behind the names that it reads count as read from here on.

        A plan walks such a path once, but what it reads behind a `when` is read again elsewhere: as many steps are
        counted here.
        """
        step = self._step(kind, text.scalar)
        steps.append(step)
        names = dict(self._scope)
        if has_value:
            names["value"] = picked
        read = dict(self._read)
        for name in dict.fromkeys(one.name for one in text.parsed.names):
            source = self._collection.names.get(name)
            if source is not None:
                path = source.scalar.text
                if path not in read:
                    read[path] = self._source(source, step.parts)
                names[name] = read[path]
        if keep:
            self._read = read

        def observe(node: ast.expr, value: Any) -> None:
            if not isinstance(node, ast.Constant):
                place = text.parsed.place(node)
                start = lowered(text.scalar.at(place.offset)).start
                shown = text.scalar.text[place.offset : place.offset + place.length]
                step.parts.append(Step(StepKind.PART, shown, start.line, start.column, value, file=step.file))

        try:
            step.value = self._formulas.evaluate(text.parsed, names, observe)
        except Fault as fault:
            step.error = fault.message
            raise
        return step.value

    @staticmethod
    def _guarded(place: Place, run: Callable[[], Any]) -> Any:
        """Run a step; whatever it raises ends the record, as in a plan."""
        try:
            return run()
        except _Ended:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of a step, as in generated code
            raise _Ended(values.failed(place, error)) from None


def _reads_settings(rule: FieldRule) -> bool:
    return rule.formula is not None and any(read.name == "settings" for read in rule.formula.parsed.names)
