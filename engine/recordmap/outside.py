"""What templates name outside of themselves: record schemas, and the functions and connectors of installed packages.

Installed packages are asked only about names that nothing else has: asking takes longer than a check of a project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from recordmap.expression.functions.spec import FunctionSpec
from recordmap.expression.functions.table import with_functions
from recordmap.plugins import CONNECTORS, FUNCTIONS, installed, load
from recordmap.schema.library import SchemaLibrary
from recordmap.schema.record import RecordSchema, SchemaError
from recordmap.template.model import Case, Collection, Integration


def load_schemas(
    subjects: Iterable[Collection | Integration | Case], library: SchemaLibrary
) -> tuple[dict[str, RecordSchema], dict[str, str]]:
    """Load the record schemas that subjects name, and `any`; return them, and what is wrong with the others."""
    names = {"any"}
    for subject in subjects:
        match subject:
            case Collection():
                names |= {one.text for one in (subject.source, subject.destination, subject.child_of) if one}
            case Integration():
                names |= {subject.source.schema.text, subject.destination.schema.text}
            case _:
                pass
    loaded: dict[str, RecordSchema] = {}
    faults: dict[str, str] = {}
    for name in names:
        try:
            loaded[name] = library.load(name)
        except SchemaError as error:
            faults[name] = str(error)
    return loaded, faults


def with_installed_functions(
    functions: Mapping[str, FunctionSpec], collections: Iterable[Collection]
) -> Mapping[str, FunctionSpec]:
    """Return functions with those of installed packages that formulas call.

    Raises:
        ConfigurationError: a function of a package doesn't fit, or can't be loaded.
    """
    called = {
        call.function
        for collection in collections
        for text, _, _ in collection.formulas()
        for call in text.parsed.calls
    }
    unknown = called - functions.keys()
    if not unknown:
        return functions
    points = installed(FUNCTIONS)
    return with_functions(functions, [load(points[name]) for name in sorted(unknown & points.keys())])


def with_installed_connectors(known: tuple[str, ...], integration: Integration | None) -> tuple[str, ...]:
    """Return names of connectors with those of installed packages, if the integration names one that isn't known."""
    ends = (integration.source, integration.destination) if integration else ()
    if all(end.connector.text in known for end in ends):
        return known
    return (*known, *installed(CONNECTORS))
