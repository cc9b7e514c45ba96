"""The interface of a check rule: a function from a subject to findings, and what it can look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics.findings import Findings
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.frozen import Frozen
from recordmap.schema.record import RecordSchema
from recordmap.template.model import Collection, Integration, Operation

Job = tuple[Operation, str, str]
OptionFault = tuple[str, str | None, str, str | None]
"""A code, the option that it is about (None: all of them), a message, and a hint."""

OptionFaults = Callable[[str, str, Mapping[str, Any]], Iterable[OptionFault]]


class Surroundings(Frozen):
    """What a template refers to.

    `schemas` holds every schema that a template names and that can be used, `schema_faults` why the others can't,
    `schema_names` looks for all that there are; `connectors` are the names of known connectors, and `option_faults`
    tells of one in its role (source or destination) what is wrong with its options: a code, the option, a message and a
    hint. `integration` is the project's, None where there is none: then nothing says which collections run. `named` and
    `jobs` are what the functions below make of it. `flows` keeps what is worked out of subjects, `depth` of how many
    below. With `unread` there are templates of which nothing could be read: any name may be that of one of them.
    """

    collections: Mapping[str, Collection]
    schemas: Mapping[str, RecordSchema]
    schema_faults: Mapping[str, str]
    schema_names: Callable[[], tuple[str, ...]]
    functions: Mapping[str, FunctionSpec]
    connectors: tuple[str, ...]
    option_faults: OptionFaults
    flows: dict[int, object]
    integration: Integration | None = None
    named: frozenset[str] = frozenset()
    jobs: Mapping[Job, list[Collection]] = MappingProxyType({})
    depth: int = 0
    unread: bool = False

    def parents(self, child: Collection) -> Iterator[Collection]:
        """Yield the collections that name `child` as a child collection."""
        for collection in self.collections.values():
            if any(entry.collection.text == child.title for entry in collection.children):
                yield collection

    def running(self, operation: Operation) -> Collection | None:
        """Return the collection that the integration runs to add or to update records."""
        if self.integration is None:
            return None
        name = self.integration.add if operation is Operation.ADD else self.integration.update
        return None if name is None else self.collections.get(name.text)


def job_of(collection: Collection) -> Job:
    """Return what a collection does: its operation, and the kinds of records that it reads and writes."""
    return collection.operation, collection.source.text, collection.destination.text


def jobs_of(collections: Iterable[Collection]) -> dict[Job, list[Collection]]:
    """Return the enabled collections that can run on their own, by what they do."""
    jobs: dict[Job, list[Collection]] = {}
    for one in collections:
        if one.enabled and one.child_of is None:
            jobs.setdefault(job_of(one), []).append(one)
    return jobs


def names_in(collections: Iterable[Collection], integration: Integration | None) -> frozenset[str]:
    """Return every name of a collection that the integration or a collection gives, whether there is one or not."""
    names = {child.collection.text for one in collections for child in one.children}
    if integration is not None:
        names |= {one.text for one in (integration.add, integration.update) if one is not None}
    return frozenset(names)


CollectionRule = Callable[[Collection, Surroundings, Findings], None]
IntegrationRule = Callable[[Integration, Surroundings, Findings], None]


def taken_out(collection: Collection, section: str, name: str) -> str | None:
    """Return the hint for something that is used, and that the overlay takes out; None where it doesn't."""
    if (section, name) not in collection.removed:
        return None
    where = f" of {collection.overlay}" if collection.overlay else ""
    return f"the overlay takes it out: delete it below 'remove'{where}, or give the overlay a rule that does without it"


def makes_records(collection: Collection) -> bool:
    """Say whether whole records come out: an Update of a child collection adds child records, too."""
    return collection.operation is Operation.ADD or collection.child_of is not None


def made_fields(collection: Collection) -> set[str]:
    """Return the plain fields of the destination that rules and children make."""
    made = {rule.name.text for rule in collection.fields if not rule.custom}
    return made | {child.into.text for child in collection.children}
