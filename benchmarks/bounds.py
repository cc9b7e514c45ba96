"""What safety costs: a plan with and without its limits, and on records that need its careful half.

Limits are taken out of the generated code as it is printed, for the measurement alone; there is no switch for them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from benchmarks.checking import check
from benchmarks.contenders import Contender, Mapping, Ready
from benchmarks.handwritten import customer
from benchmarks.lines import micros
from benchmarks.projects import klaviyo_plan, plan_of
from benchmarks.records import profiles
from benchmarks.settings import Settings
from benchmarks.timing import compare, warm
from benchmarks.workloads import ALL, CUSTOMER, Workload
from recordmap import Plan

REFERENCE = "as it is"


def measure(settings: Settings) -> dict[str, Any]:
    """Return times of the plan's variants, each against the plan as it is; and shares of careful records."""
    settings.say("bounds: the plan without its limits")
    plan = klaviyo_plan()
    able = list(variants(plan))
    lines = [orjson.dumps(profile) for profile in profiles(settings.checked)]
    records = [orjson.loads(line) for line in lines]
    check(able[0], able, records)
    sparse = [orjson.dumps(one) for one in without_nulls(profiles(settings.checked))]
    sparse_records = [orjson.loads(line) for line in sparse]
    by_hand = Ready(Contender("hand-written", lambda: customer), customer)
    check(by_hand, able[:1], sparse_records)
    repetitions = settings.repetitions
    return {
        "times": compare(able[0], able, warm(lines), repetitions=repetitions),
        "templates": {
            workload.name: _template(workload, settings) for workload in ALL if workload is not CUSTOMER
        },
        "lines": micros(lines, repetitions),
        "careful_share": careful_share(plan, records),
        "sparse": compare(by_hand, able[:1], warm(sparse), repetitions=repetitions)[REFERENCE],
        "sparse_careful_share": careful_share(plan, sparse_records),
    }


def _template(workload: Workload, settings: Settings) -> dict[str, dict[str, float]]:
    """Return the times of a template of the benchmarks with and without its limits."""
    able = list(variants(plan_of(workload.name)))
    lines = [orjson.dumps(record) for record in workload.records(settings.checked)]
    check(able[0], able, [orjson.loads(line) for line in lines])
    return compare(able[0], able, warm(lines), repetitions=settings.repetitions)


def variants(plan: Plan) -> Iterator[Ready]:
    """Yield the plan's function as it is, and what becomes of it without limits that it has."""
    yield _ready(REFERENCE, plan.function)
    for name, is_limit in (
        ("without limits of texts", _looks_at_texts),
        ("without limits of steps", _counts_steps),
        ("without tests for types", _asks_for_types),
        ("without tests for blanks", _looks_for_blanks),
    ):
        changed = _without(plan, is_limit)
        if changed is not None:
            yield _ready(name, changed)
    if plan.careful is not None:
        yield _ready("careful from the start", plan.careful)
    yield Ready(Contender("with an outcome around it", lambda: plan), plan)


def _ready(name: str, function: Mapping) -> Ready:
    return Ready(Contender(name, lambda: function, bare=True), function)


def careful_share(plan: Plan, records: list[Any]) -> float:
    """Return the share of records that the fast half hands to the careful one."""
    handed = 0
    namespace = plan.function.__globals__
    careful = namespace["careful"]

    def counted(*arguments: Any) -> Any:
        nonlocal handed
        handed += 1
        return careful(*arguments)

    namespace["careful"] = counted
    try:
        for record in records:
            plan.function(record, None, None, None, None)
    finally:
        namespace["careful"] = careful
    return handed / len(records)


def without_nulls(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield records whose nulls are missing keys instead."""
    for record in records:
        yield _dropped(record)


def _dropped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dropped(inner) for key, inner in value.items() if inner is not None}
    return value


def _without(plan: Plan, is_limit: Callable[[ast.stmt], bool]) -> Mapping | None:
    tree = ast.parse(plan.code)
    (function,) = (one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "plan")
    taker = _Taker(is_limit)
    taker.visit(function)
    if not taker.taken:
        return None
    namespace = dict(plan.function.__globals__)
    module = ast.fix_missing_locations(ast.Module([function], []))
    exec(compile(module, "<plan without limits>", "exec"), namespace)  # noqa: S102 - code of recordmap itself
    made: Mapping = namespace["plan"]
    return made


class _Taker(ast.NodeTransformer):
    def __init__(self, is_limit: Callable[[ast.stmt], bool]) -> None:
        self._is_limit = is_limit
        self.taken = 0

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.stmt) and self._is_limit(node):
            self.taken += 1
            return ast.Pass()
        return self.generic_visit(node)


def _gives_up(node: ast.stmt) -> str | None:
    """Return the test of a statement that does nothing but leave the fast half."""
    if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1:
        only = node.body[0]
        if isinstance(only, ast.Raise) or (isinstance(only, ast.Return) and "careful(" in ast.unparse(only)):
            return ast.unparse(node.test)
    return None


def _looks_at_texts(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id.startswith("texts_")
    return isinstance(node, ast.If) and not node.orelse and ".isascii()" in ast.unparse(node.test)


def _asks_for_types(node: ast.stmt) -> bool:
    return "type(" in (_gives_up(node) or "")


def _counts_steps(node: ast.stmt) -> bool:
    if isinstance(node, ast.AugAssign | ast.Assign):
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        return isinstance(target, ast.Name) and target.id == "steps"
    return (_gives_up(node) or "").startswith("steps ")


def _looks_for_blanks(node: ast.stmt) -> bool:
    return "isspace(" in (_gives_up(node) or "")
