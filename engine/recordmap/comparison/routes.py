"""The way of a record through one side: which customer it belongs to, which collection it takes, what comes of it.

Matching is `recordmap.sync`'s own, over the customers of a file or a store. Without customers every record is new,
unless one collection was asked for: then it is mapped by that one, as `recordmap map` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from recordmap.comparison.changes import Nature
from recordmap.comparison.sides import Side
from recordmap.diagnostics import ConfigurationError, Fault
from recordmap.runtime.outcome import Kind, Outcome, Reason, Record
from recordmap.runtime.values import Place, failed
from recordmap.template.model import Operation

if TYPE_CHECKING:
    from recordmap.comparison.customers import Customers
    from recordmap.runtime.plan import Plan

NOT_TRANSFERRED = Outcome(
    Kind.SKIPPED, reason=Reason("collection-disabled", "no enabled collection takes this record", "")
)


class Arrival(NamedTuple):
    """Where a record arrived: by which plan (None: by none), what came of it, and the existing record it belongs to."""

    plan: Plan | None
    outcome: Outcome
    customer: int | None = None
    existing: Record | None = None


class Routes:
    """The ways through one side. `now` is the time of both sides alike."""

    def __init__(
        self,
        plans: Mapping[str, Plan],
        natures: Mapping[str, Nature],
        existing: Customers | None = None,
        now: str | None = None,
    ) -> None:
        """Take plans by operation, and natures by the name of a plan."""
        self._plans = plans
        self._natures = natures
        self._existing = existing
        self._now = now

    @classmethod
    def of(cls, side: Side, only: str | None, existing: Customers | None, now: str | None) -> Routes:
        """Compile what records of a side may go through: one collection, or what its integration runs.

        Raises:
            TemplateError: a collection has errors.
            ConfigurationError: there is no such collection, or no integration that says which one records take.
        """
        engine = side.engine
        if only is not None:
            plan = engine.plan(only)
            if engine.collections[only].child_of is not None:
                raise ConfigurationError(
                    f"'{only}' is a child collection", "compare its parent: children run inside it"
                )
            plans = {"add": plan, "update": plan}
        else:
            if side.integration is None:
                raise ConfigurationError(
                    f"'{side.name}' has no integration that says which collection a record takes",
                    "name the collection: -c NAME",
                )
            plans = {operation: engine.plan(name) for operation, name in side.runs().items()}
        natures = {plan.name: nature(plan, engine.custom_container(plan.name)) for plan in plans.values()}
        return cls(plans, natures, existing, now)

    @property
    def sole(self) -> Plan | None:
        """The one plan that every record takes, where nothing is matched."""
        return self._plans.get("add") if self._existing is None else None

    def nature(self, plan: Plan | None) -> Nature | None:
        """Return what records of a plan consist of."""
        return None if plan is None else self._natures[plan.name]

    def go(self, record: Record) -> Arrival:
        """Take a record its way. Never raises for what the record holds."""
        found = None
        if self._existing is not None:
            try:
                found = self._existing.locate(record)
            except Fault as fault:
                return Arrival(None, Outcome(Kind.REJECTED, reason=Reason(fault.code, fault.message, "")))
        plan = self._plans.get("add" if found is None else "update")
        if plan is None:
            return Arrival(None, NOT_TRANSFERRED, found.id if found else None)
        existing = None if found is None else found.record
        previous = None if found is None else found.previous
        outcome = mapped(plan, record, existing, self._now, previous)
        return Arrival(plan, outcome, found.id if found else None, existing)


def mapped(
    plan: Plan, record: Record, existing: Record | None, now: str | None, previous: Record | None = None
) -> Outcome:
    """Map a record; whatever goes wrong is its rejection."""
    try:
        return plan(record, existing, None, now, previous)
    except Exception as error:  # noqa: BLE001 - the boundary of a record, as in every run
        return failed(Place(plan.name, None, None, None), error)


def nature(plan: Plan, container: str) -> Nature:
    """Return what the records of a plan consist of, whose custom fields stand in `container`."""
    children = frozenset(policy.into for policy in plan.children)
    return Nature(container, children, plan.operation == Operation.UPDATE)
