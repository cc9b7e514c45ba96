"""Running cases: the examples of a project against its compiled collections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recordmap.compiler.collection import compile_collection
from recordmap.compiler.ground import Library
from recordmap.engine import Engine
from recordmap.frozen import replace
from recordmap.runtime.outcome import Kind, Outcome
from recordmap.runtime.plan import Plan
from recordmap.template.model import Case, Collection

if TYPE_CHECKING:
    from recordmap.trace.model import RecordTrace

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case came out. `differences` is empty when it passed; each is a sentence."""

    file: str | None
    case: Case
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the case came out as expected."""
        return not self.differences


class Bench:
    """Where cases are run: plans and traces with what a case brings along, its settings and the rows of its tables.

    `instead` holds collections, by name, that stand in for those of the engine.
    """

    def __init__(self, engine: Engine, instead: Mapping[str, Collection] = MappingProxyType({})) -> None:
        self._engine = engine
        self._instead = instead
        self._plans: dict[tuple[str, str], Plan] = {}

    def run(self, case: Case) -> Outcome:
        """Return what becomes of a case's record.

        Raises:
            TemplateError: its collection has errors.
        """
        return self._plan(case)(case.given, case.existing, case.parent, case.now, case.previous)

    def differences(self, case: Case) -> tuple[str, ...]:
        """Return where a case came out otherwise than it expects, each as a sentence.

        Raises:
            TemplateError: its collection has errors.
        """
        outcome = self.run(case)
        return tuple(_differences(outcome, case, self._engine.custom_container(case.collection.text)))

    def trace(self, case: Case) -> RecordTrace:
        """Return every step of a case's record.

        Raises:
            TemplateError: its collection has errors.
        """
        from recordmap.trace.evaluator import trace  # noqa: PLC0415 - slow, and only for those who look into it
        from recordmap.trace.materials import Materials  # noqa: PLC0415 - as above

        clock = self._plan(case).clock
        library = self._library(case)
        materials = Materials(library.collections, library.schemas, library.functions, library.settings)
        collection = library.collections[case.collection.text]
        now = case.now or (clock() if clock else None)
        return trace(collection, materials, case.given, case.existing, case.parent, now, case.previous)

    def _plan(self, case: Case) -> Plan:
        own = "" if case.settings is None and not case.lookups else repr((case.settings, case.lookups))
        key = (case.collection.text, own)
        if key not in self._plans:
            plan = self._engine.plan(case.collection.text)  # finds every error, once
            if own or self._instead:
                library = self._library(case)
                plan = compile_collection(library.collections[plan.name], library)
            self._plans[key] = plan
        return self._plans[key]

    def _library(self, case: Case) -> Library:
        library = library_of(self._engine, case.settings, self._instead)
        if not case.lookups:
            return library
        faked = {title: _faked(one, case.lookups) for title, one in library.collections.items()}
        return replace(library, collections=faked)


def library_of(
    engine: Engine, settings: Mapping[str, Any] | None, instead: Mapping[str, Collection]
) -> Library:
    """Return what the collections of an engine are compiled with, for plans that are not the engine's own.

    `settings` stand in for the integration's, and `instead` holds collections, by name, that stand in for others.
    """
    workspace = engine.workspace
    if settings is None:
        settings = engine.integration.settings if engine.integration else {}
    collections = {**engine.collections, **instead}
    return Library(collections, workspace.loaded_schemas, workspace.functions, settings, engine.clock)


def run_cases(engine: Engine) -> Iterator[CaseResult]:
    """Run every case of an engine, in file order.

    Raises:
        TemplateError: a collection that a case names has errors.
    """
    bench = Bench(engine)
    for file, cases in engine.cases:
        for case in cases:
            yield CaseResult(file, case, bench.differences(case))


def _faked(collection: Collection, rows: Mapping[str, Mapping[str, Any]]) -> Collection:
    """Return a collection whose tables hold other rows; what a miss does stays."""
    tables = {
        name: replace(table, table=rows[name]) if name in rows else table
        for name, table in collection.lookups.items()
    }
    return replace(collection, lookups=MappingProxyType(tables)) if tables else collection


def _differences(outcome: Outcome, case: Case, container: str) -> Iterator[str]:
    if case.expect_error is not None:
        yield from _error_differences(outcome, case.expect_error)
    elif case.expect_skip:
        if outcome.kind is not Kind.SKIPPED:
            yield f"expected the record to be skipped; it was {_ended(outcome)}"
    elif outcome.record is None:
        yield f"expected a record; it was {_ended(outcome)}"
    else:
        yield from _record_differences(outcome.record, case, container)


def _ended(outcome: Outcome) -> str:
    reason = outcome.reason
    return outcome.kind.value if reason is None else f"{outcome.kind.value}: {reason.message} [{reason.code}]"


def _error_differences(outcome: Outcome, expected: Mapping[str, str]) -> Iterator[str]:
    reason = outcome.reason
    if outcome.kind is not Kind.REJECTED or reason is None:
        yield f"expected the record to be rejected; it was {outcome.kind.value}"
        return
    got = {"code": reason.code, "field": reason.field, "message": reason.message}
    for key, value in expected.items():
        if got.get(key) != value:
            yield f"the {key} of the rejection: expected {value!r}, got {got.get(key)!r}"


def _record_differences(record: Mapping[str, Any], case: Case, container: str) -> Iterator[str]:
    if case.exact is not None:
        yield from _compare("", dict(case.exact), record, subset=False)
    if case.expect is not None:
        yield from _compare("", dict(case.expect), record, subset=True)
    custom = record.get(container) or {}
    for name in case.unset:
        for fields, own in ((record, name), (custom, name.removeprefix(f"{container}."))):
            if own in fields:
                yield f"{name}: expected not to be written, got {_show(fields[own])}"


def _compare(place: str, expected: Any, got: Any, *, subset: bool) -> Iterator[str]:
    """Yield where two values differ. With `subset`, objects may hold more than is expected of them."""
    if isinstance(expected, dict) and isinstance(got, dict):
        names = list(expected) if subset else [*expected, *(name for name in got if name not in expected)]
        for name in names:
            where = f"{place}.{name}" if place else name
            yield from _compare(where, expected.get(name, _ABSENT), got.get(name, _ABSENT), subset=subset)
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from _compare(f"{place}[{index}]", one, other, subset=subset)
    elif type(expected) is not type(got) or expected != got:
        yield f"{place or 'the record'}: expected {_show(expected)}, got {_show(got)}"


def _show(value: object) -> str:
    return "nothing written" if value is _ABSENT else "null" if value is None else repr(value)
