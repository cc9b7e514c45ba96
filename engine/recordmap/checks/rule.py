"""The interface of a check rule: a function from a subject to findings, and what it can look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from recordmap.diagnostics.findings import Findings
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.frozen import Frozen
from recordmap.schema.record import RecordSchema
from recordmap.template.model import Case, Collection, FormulaText, Integration


class Surroundings(Frozen):
    """What a template refers to.

    `schemas` holds every schema that a template names and that can be used, `schema_faults` why the others can't,
    `schema_names` all that there are; `connectors` are the names of known connectors.
    """

    collections: Mapping[str, Collection]
    schemas: Mapping[str, RecordSchema]
    schema_faults: Mapping[str, str]
    schema_names: tuple[str, ...]
    functions: Mapping[str, FunctionSpec]
    connectors: tuple[str, ...]

    def parents(self, child: Collection) -> Iterator[Collection]:
        """Yield the collections that name `child` as a child collection."""
        for collection in self.collections.values():
            if any(entry.collection.text == child.title for entry in collection.children):
                yield collection


CollectionRule = Callable[[Collection, Surroundings, Findings], None]
IntegrationRule = Callable[[Integration, Surroundings, Findings], None]
CaseRule = Callable[[Case, Surroundings, Findings], None]


def formulas(collection: Collection) -> Iterator[tuple[FormulaText, str | None, bool]]:
    """Yield every formula of a collection, the field it belongs to, and whether it sees `value`."""
    if collection.filter is not None:
        yield collection.filter, None, False
    for error in collection.errors:
        yield error.when, None, False
    for rule in collection.fields:
        for text in (rule.formula, rule.when):
            if text is not None:
                yield text, rule.name.text, rule.source is not None
