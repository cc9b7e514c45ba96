"""What is mapped in memory: source records, the contenders that map them, and the first of them as the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks import formulas, naive, orders, records
from benchmarks.contenders import CUSTOMERS, Contender, Mapping
from benchmarks.projects import engine_of, plan_of, template
from recordmap.compiler.picker import compile_picker


@dataclass(frozen=True, slots=True)
class Workload:
    """Contenders that do the same to the same records."""

    name: str
    title: str
    records: Callable[[int], Iterator[dict[str, Any]]]
    contenders: tuple[Contender, ...]


def _template(name: str, by_hand: Mapping, *others: Contender) -> tuple[Contender, ...]:
    return (
        Contender("hand-written", lambda: by_hand, about="the reference"),
        Contender("recordmap", lambda: plan_of(name), about="`plan(record)`, everything on"),
        Contender("recordmap, function", lambda: plan_of(name).function, bare=True, about="`plan.function`"),
        Contender(
            "recordmap, no schemas",
            lambda: plan_of(name, typed=False).function,
            bare=True,
            about="`plan.function` where schemas say nothing",
        ),
        *others,
        Contender("interpreted", lambda: naive.Naive(template(name)), about="jmespath and simpleeval"),
    )


def _path_alone(name: str) -> Contender:
    """Return the template's JMESPath without a collection around it."""

    def make() -> Mapping:
        (collection,) = engine_of(name).collections.values()
        (rule,) = collection.fields
        if rule.source is None:
            raise ValueError(f"the field of {name} has no source")
        pick, field = compile_picker(rule.source.parsed), rule.name.text

        def map_record(record: Any) -> dict[str, Any]:
            value = pick(record)
            return {} if value is None else {field: value}

        return map_record

    return Contender("recordmap, path alone", make, about="the compiled path, without limits of a field")


CUSTOMER = Workload("customer", "A profile into a customer with an address", records.profiles, CUSTOMERS)
FORMULAS = Workload(
    "formulas", "Eight formulas with functions", records.profiles, _template("formulas", formulas.eight)
)
PATHS = (
    Workload(
        "filter",
        "A filter: ``lines[?price > `10`].sku``",
        orders.orders,
        _template("filter", orders.filtered, _path_alone("filter")),
    ),
    Workload(
        "projection",
        "A projection: `lines[*].sku`",
        orders.orders,
        _template("projection", orders.projection, _path_alone("projection")),
    ),
    Workload(
        "filter_into_objects",
        "A filter into objects: ``lines[?price > `10` && quantity > `1`].{Sku: sku, Price: price}``",
        orders.orders,
        _template("filter_into_objects", orders.filtered_into_objects, _path_alone("filter_into_objects")),
    ),
)
ALL = (CUSTOMER, FORMULAS, *PATHS)
