"""A whole comparison: two sides opened, their edits, and what these do to a file of records.

Where nothing was edited no record is read: nothing can come out differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recordmap.batch.mapper import PATIENCE
from recordmap.comparison.causes import causes
from recordmap.comparison.compare import Comparison, Pair
from recordmap.comparison.counting import Result
from recordmap.comparison.customers import Customers, customers_of
from recordmap.comparison.edits import Edit, edits
from recordmap.comparison.routes import Routes
from recordmap.comparison.sides import Side
from recordmap.compiler.picker import compile_picker
from recordmap.connectors.destination import KeyRule
from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine, utc_now
from recordmap.frozen import Frozen
from recordmap.streams.reading import Input
from recordmap.template import meaning
from recordmap.template.model import MatchByField, Operation
from recordmap.wiring import destination_rules

if TYPE_CHECKING:
    from recordmap.compiler.held import Decoded
    from recordmap.runtime.plan import Function


class Wishes(Frozen):
    """What is to be compared: one collection or what the integration runs, which records, and which customers.

    Customers come from a file (`existing`), or from the store of an engine's project. `patience` is how many blocks are
    decoded whole before no more is decoded than is needed.
    """

    collection: str | None = None
    records: Path | None = None
    existing: Path | None = None
    store: Engine | None = None
    patience: int = PATIENCE

    @property
    def has_customers(self) -> bool:
        """Whether records may belong to customers."""
        return self.existing is not None or self.store is not None


class Difference(Frozen):
    """The two sides, what was edited between them, and what that does; `result` is None without records.

    `only` are the collections compared, old and new, where it is not what the integrations run. `notes` are sentences
    about what was not looked at.
    """

    old: Side
    new: Side
    edits: tuple[Edit, ...]
    only: tuple[str, str] | None
    result: Result | None
    has_existing: bool
    keys: tuple[KeyRule, ...]
    notes: tuple[str, ...]

    def causes(self, collection: str, field: str | None) -> list[Edit]:
        """Return the edits that can be behind a row of the result."""
        into, below = _child_of(field)
        current = self.new.collection(collection) or self.old.collection(collection)
        children = [one for one in (current.children if current else ()) if one.into.text == into]
        if not children:
            return causes(self.edits, collection, _bare(field, self.new, collection), self.new, None)
        found = [edit for edit in self.edits if edit.collection == collection and edit.part == "children"]
        for child in children:
            found = [*causes(self.edits, child.collection.text, below, self.new, into), *found]
        return found


def compare(
    old: Side, new: Side, wishes: Wishes, on_progress: Callable[[Result], None] = lambda _: None
) -> Difference:
    """Compare two sides.

    Raises:
        TemplateError: a collection that records go through has errors.
        ConfigurationError: something that was asked for isn't there, or can't be read.
    """
    only = _only(old, new, wishes.collection)
    pairs = {} if only is None else {only[0]: only[1]}
    found = tuple(edits(old, new, pairs))
    keys = tuple(_keys(old, new))
    result = None
    if wishes.records is not None:
        result = _run(old, new, wishes, only, keys, on_progress) if found else Result()
    notes = tuple(_notes(found, wishes, old, new)) if only is None else ()
    return Difference(old, new, found, only, result, wishes.has_customers, keys, notes)


def _run(
    old: Side,
    new: Side,
    wishes: Wishes,
    only: tuple[str, str] | None,
    keys: tuple[KeyRule, ...],
    on_progress: Callable[[Result], None],
) -> Result:
    if only is not None and wishes.has_customers:
        for side, name in zip((old, new), only, strict=True):
            if side.engine.plan(name).operation == Operation.ADD:
                raise ConfigurationError(
                    f"'{name}' makes new records", "existing records are for Update collections"
                )
    alike = meaning.integration_meaning(old.integration) == meaning.integration_meaning(new.integration)
    with customers_of((old, new), wishes.existing, wishes.store, alike=alike) as customers:
        comparison = _comparison((old, new), only, customers, keys, wishes.patience)
        with Input(wishes.records) as stream:
            return comparison.run(stream, on_progress)


def _comparison(
    sides: tuple[Side, Side],
    only: tuple[str, str] | None,
    customers: tuple[Customers | None, Customers | None],
    keys: tuple[KeyRule, ...],
    patience: int,
) -> Comparison:
    now = utc_now()
    names: tuple[str | None, str | None] = only or (None, None)
    routes = [
        Routes.of(side, name, one, now) for side, name, one in zip(sides, names, customers, strict=True)
    ]
    ends = [side.integration.source for side in reversed(sides) if side.integration is not None]
    id_source = next((end.external_id for end in ends if end.external_id is not None), None)
    return Comparison(
        *routes,
        pick_id=compile_picker(id_source.parsed) if id_source is not None else None,
        keys=keys,
        now=now,
        pair=lambda: _pair(sides, routes),
        patience=patience,
    )


def _pair(sides: tuple[Side, Side], routes: list[Routes]) -> Pair | None:
    """Make a decoder of no more than is read of records that all take one collection; None where they don't."""
    from recordmap.batch.narrow import Narrow  # noqa: PLC0415 - pays from some thousands of records on
    from recordmap.compiler.needs import Need, needs  # noqa: PLC0415 - as above

    old, new = (route.sole for route in routes)
    if old is None or new is None:
        return None
    needed = Need()
    for side, plan in zip(sides, (old, new), strict=True):
        collections = side.engine.collections
        needed.add(needs(collections[plan.name], collections))
    if needed.whole:
        return None
    functions: list[Function] = []

    def compile_both(objects: Decoded) -> Function:
        for side, plan in zip(sides, (old, new), strict=True):
            functions.append(side.engine.function_for_objects(plan.name, objects))
        return functions[0]

    try:
        narrow = Narrow(needed, compile_both)
    except ValueError:  # a key that no class takes for the name of an attribute
        return None
    return Pair((old, new), narrow, *functions)


def _only(old: Side, new: Side, wanted: str | None) -> tuple[str, str] | None:
    """Return the names of the one collection that is compared, old and new, or None."""
    if wanted is not None:
        return wanted, wanted
    if old.only is not None and new.only is not None:
        return old.only, new.only
    name = old.only or new.only
    return None if name is None else (name, name)


def _keys(old: Side, new: Side) -> Iterator[KeyRule]:
    """Yield the rules of both sides by which records are found, each once."""
    seen: set[tuple[str, str]] = set()
    for side in (new, old):
        if side.integration is None:
            continue
        schema = side.engine.workspace.schemas.load(side.integration.destination.schema.text)
        matched = {rule.field.text for rule in side.integration.match if isinstance(rule, MatchByField)}
        for rule in destination_rules(side.integration, schema).keys:
            if rule.field in matched and (rule.field, rule.compare) not in seen:
                seen.add((rule.field, rule.compare))
                yield rule


def _notes(found: tuple[Edit, ...], wishes: Wishes, old: Side, new: Side) -> Iterator[str]:
    if wishes.existing is not None and found and any(map(_reads_previous, (old, new))):
        yield "the Update reads `previous`, which is null here: a file of customers holds none, --store has it"
    if wishes.records is None or wishes.has_customers:
        return
    update = new.runs().get("update") or old.runs().get("update")
    below = _below(new, update)
    if any(edit.collection in below for edit in found):
        yield f"'{update}' was edited too; --existing FILE, with customers, shows what that does to them"
    if any(edit.part in ("match rule", "external_id") for edit in found):
        yield "the match rules were edited; --existing FILE, with customers, shows who is found differently"


def _reads_previous(side: Side) -> bool:
    name = side.runs().get("update")
    return name is not None and side.engine.plan(name).reads_previous


def _below(side: Side, name: str | None) -> set[str]:
    collection = side.collection(name)
    return set() if collection is None else {one.title for one in side.engine.workspace.below(collection)}


def _child_of(field: str | None) -> tuple[str | None, str | None]:
    """Return the field that children may go into, and the field of the child; None where no child is named."""
    if field is None:
        return None, None
    into, _, below = field.partition("[]")
    return into, below.removeprefix(".") or None


def _bare(field: str | None, side: Side, collection: str) -> str | None:
    """Return the name of a field as its rule has it: without the container of custom fields."""
    if field is None or collection not in side.engine.collections:
        return field
    return field.removeprefix(f"{side.engine.custom_container(collection)}.")
