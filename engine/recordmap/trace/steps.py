"""Evaluating the sources and formulas of one record, each as a step that is taken down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.expression.evaluate import FormulaEvaluator
from recordmap.expression.functions.spec import Needs
from recordmap.expression.search import search
from recordmap.runtime import values
from recordmap.template.model import Collection, FormulaText, SourceText
from recordmap.template.nodes import Scalar
from recordmap.trace.gaps import gap_of_source
from recordmap.trace.materials import Materials, Spent
from recordmap.trace.model import Step, StepKind
from recordmap.trace.parts import FormulaWatch, SourceWatch


class Steps:
    """What the sources and formulas of a collection see of one record. Both raise `Fault`, as in a plan."""

    def __init__(
        self,
        collection: Collection,
        materials: Materials,
        scope: Mapping[str, Any],
        now: str | None,
        spent: Spent,
    ) -> None:
        self._collection = collection
        self._functions = materials.functions
        self._scope = scope
        self._spent = spent
        self._read: dict[str, Step] = {}
        needs = {
            Needs.NOW: now,
            Needs.LOOKUPS: collection.lookups,
            Needs.PREVIOUS: scope["previous"],
        }
        self._formulas = FormulaEvaluator(materials.functions, needs, spent.work)

    def source(self, source: SourceText, steps: list[Step], kind: StepKind = StepKind.SOURCE) -> Any:
        """Evaluate a source on the record."""
        step = step_of(self._collection, kind, source.scalar, None)
        steps.append(step)
        record = self._scope["record"]
        watch = SourceWatch(source)
        try:
            with telling(step):
                step.value = search(source.parsed, record, watch.observe, self._spent.budget)
        finally:
            watch.complete(step)
        if values.is_blank(step.value):
            step.note = gap_of_source(source.parsed.tree, record)
        return step.value

    def formula(
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
        step = step_of(self._collection, kind, text.scalar, None)
        steps.append(step)
        names = dict(self._scope)
        if has_value:
            names["value"] = picked
        read = dict(self._read)
        sources: dict[str, Step] = {}
        for name in dict.fromkeys(one.name for one in text.parsed.names):
            source = self._collection.names.get(name)
            if source is not None:
                path = source.scalar.text
                if path not in read:
                    self.source(source, step.parts)
                    read[path] = step.parts.pop()  # it goes where the name stands, unless it failed
                names[name] = read[path].value
                sources[name] = read[path]
        if keep:
            self._read = read
        watch = FormulaWatch(text, names, sources, self._functions, self._collection.lookups)
        try:
            with telling(step):
                step.value = self._formulas.evaluate(text.parsed, names, watch.observe)
        finally:
            watch.complete(step)
        return step.value


@contextmanager
def telling(step: Step) -> Iterator[None]:
    """Keep the message of a fault in the step that ends in it."""
    try:
        yield
    except Fault as fault:
        step.error = fault.message
        raise


def step_of(collection: Collection, kind: StepKind, scalar: Scalar, value: Any) -> Step:
    """Return a step at the place of a scalar, which may stand in an overlay."""
    line, column, file = collection.start_of(scalar)
    return Step(kind, scalar.text, line, column, value, file=file)
