"""Running cases: the examples of a project against its compiled collections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recordmap.engine import Engine
from recordmap.runtime.outcome import Kind, Outcome
from recordmap.template.model import Case

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


def run_cases(engine: Engine) -> Iterator[CaseResult]:
    """Run every case of an engine, in file order.

    Raises:
        TemplateError: a collection that a case names has errors.
    """
    for file, cases in engine.cases:
        for case in cases:
            yield CaseResult(file, case, tuple(_differences(engine, case)))


def _differences(engine: Engine, case: Case) -> Iterator[str]:
    plan = engine.plan(case.collection.text, case.settings)
    outcome = plan(case.given, case.existing, case.parent, case.now, case.previous)
    if case.expect_error is not None:
        yield from _error_differences(outcome, case.expect_error)
    elif case.expect_skip:
        if outcome.kind is not Kind.SKIPPED:
            yield f"expected the record to be skipped; it was {_ended(outcome)}"
    elif outcome.record is None:
        yield f"expected a record; it was {_ended(outcome)}"
    else:
        yield from _record_differences(outcome.record, case, engine.custom_container(case.collection.text))


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
    for name in case.unset:
        for fields in (record, record.get(container) or {}):
            if name in fields:
                yield f"{name}: expected not to be written, got {_show(fields[name])}"


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
