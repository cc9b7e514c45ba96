"""The explaining evaluator: the same collection, the same record, step by step.

It runs jmespath and simpleeval where a plan runs generated code, and must end like the plan: the same outcome for
every record. It is slow and meant for one record at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from recordmap.demands import (
    carries_forward,
    field_schema,
    required_children_message,
    required_message,
    shape_of,
    takes,
)
from recordmap.runtime import values
from recordmap.runtime.budget import Budget
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.values import MAX_RECORD, Place
from recordmap.runtime.work import Work
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER
from recordmap.schema.types import ANY
from recordmap.template.costs import steps_of_record
from recordmap.template.model import Collection, FieldRule, OnEmpty, Operation, SourceText
from recordmap.template.nodes import Scalar
from recordmap.trace.materials import Materials, Spent
from recordmap.trace.model import Demand, FieldTrace, RecordTrace, State, Step, StepKind
from recordmap.trace.parts import row_of
from recordmap.trace.steps import Steps, step_of, telling


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
    previous: Any = None,
) -> RecordTrace:
    """Trace one record through a checked collection. Never raises for what the record or the template says."""
    if collection.operation is Operation.ADD and collection.child_of is None:
        existing = previous = None
    spent = Spent(Budget(), Work())
    scope = {"record": record, "existing": existing, "previous": previous}
    scope["settings"] = dict(materials.settings)
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
        self._materials = materials
        self._scope = scope
        self._now = now
        self._spent = spent
        self._traced = traced
        self._schema = materials.schemas[collection.destination.text]
        self._steps = Steps(collection, materials, scope, now, spent)

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

    def _filter(self) -> None:
        text = self._collection.filter
        if text is None:
            return
        place = self._place(text.scalar, None)
        if not self._guarded(place, lambda: self._steps.formula(StepKind.FILTER, text, self._traced.steps)):
            reason = Reason("filtered", "the filter left this record out", self._collection.title)
            raise _Ended(Outcome(Kind.SKIPPED, reason=reason))

    def _error_rules(self) -> None:
        for rule in self._collection.errors:
            place = self._place(rule.when.scalar, None)
            if self._guarded(
                place, partial(self._steps.formula, StepKind.ERROR_RULE, rule.when, self._traced.steps)
            ):
                raise _Ended(values.rejected(place, "error-filter", rule.message.text))

    def _fields(self, record: dict[str, Any]) -> None:
        custom: dict[str, Any] = {}
        for rule in self._collection.fields:
            demand = self._demanded(rule)
            carried = carries_forward(rule, self._schema)
            traced = FieldTrace(rule.name.text, rule.custom, demand=demand, carried=carried)
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
            picked = self._guarded(at, lambda: self._steps.source(source, traced.steps))
        when = rule.when
        if when is not None and not self._guarded(
            self._place(when.scalar, rule.name.text),
            lambda: self._steps.formula(StepKind.WHEN, when, traced.steps, picked, has_value=True),
        ):
            traced.why = "its `when` is false"
            self._demand(rule, place, traced)
            return
        value = self._guarded(place, lambda: self._made(rule, picked, traced.steps))
        if values.is_blank(value):
            self._empty(rule, place, traced, target)
        else:
            self._leave(rule, value, place, traced)
            target[rule.name.text] = values.own_copy(value) if _reads_settings(rule) else value
            traced.state, traced.value = State.VALUE, value

    def _made(self, rule: FieldRule, picked: Any, steps: list[Step]) -> Any:
        made = picked
        if rule.constant is not None:
            made = rule.constant.value
            steps.append(step_of(self._collection, StepKind.CONSTANT, rule.constant.scalar, made))
        elif rule.formula is not None:
            keep, has_value = rule.when is None, rule.source is not None
            made = self._steps.formula(
                StepKind.FORMULA, rule.formula, steps, picked, has_value=has_value, keep=keep
            )
        if rule.lookup is not None:
            step = step_of(self._collection, StepKind.LOOKUP, rule.lookup, None)
            step.row = row_of(self._collection.lookups, rule.lookup.text, made)
            steps.append(step)
            translate = self._materials.functions["lookup"].call
            with telling(step):
                made = step.value = translate(self._collection.lookups, rule.lookup.text, made)
        return made

    def _demanded(self, rule: FieldRule) -> Demand:
        known = field_schema(rule, self._schema)
        required = required_message(rule, self._collection, self._schema) is not None
        return Demand(self._schema.name, takes(known.type if known is not None else ANY), required)

    def _demand(self, rule: FieldRule, place: Place, traced: FieldTrace) -> None:
        message = required_message(rule, self._collection, self._schema)
        if message is not None:
            traced.demand = self._answered(traced, fits=False)
            raise _Ended(values.rejected(place, "required-field-missing", message))

    def _empty(self, rule: FieldRule, place: Place, traced: FieldTrace, target: dict[str, Any]) -> None:
        traced.emptied = True
        self._demand(rule, place, traced)
        if rule.on_empty is OnEmpty.ERROR:
            message = f"'{rule.name.text}' is empty, and on_empty is error"
            raise _Ended(values.rejected(place, "empty-value", message))
        if rule.on_empty is OnEmpty.NULL and not rule.custom:
            known = field_schema(rule, self._schema)
            if known is not None and not known.type.nullable:
                traced.demand = self._answered(traced, fits=False)
                raise _Ended(values.refused(place, values.wrong_kind(None, known.type.describe())))
            target[rule.name.text] = None
            traced.state = State.NULL
        else:
            traced.why = "the result is empty"

    @staticmethod
    def _answered(traced: FieldTrace, *, fits: bool) -> Demand | None:
        return None if traced.demand is None else replace(traced.demand, fits=fits)

    def _leave(self, rule: FieldRule, value: Any, place: Place, traced: FieldTrace) -> None:
        known = field_schema(rule, self._schema)
        shape = shape_of(known.type if known is not None else ANY)
        free = values.free_length(len(self._collection.fields), child=self._inlined)
        traced.demand = self._answered(traced, fits=False)
        self._spent.size += self._guarded(place, lambda: values.examine(value, shape, free))
        traced.demand = self._answered(traced, fits=True)
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
            fault = values.no_children(found)
            raise _Ended(values.refused(place, fault))
        steps = len(items) * steps_of_record(collection)
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

    def _each(self, each: SourceText, collection: Collection) -> Any:
        try:
            return self._steps.source(each, self._traced.steps, StepKind.EACH)
        finally:
            step = self._traced.steps[-1]
            step.line, step.column, overlay = collection.start_of(each.scalar)
            for part in step.walk():
                part.file = overlay or collection.file

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
