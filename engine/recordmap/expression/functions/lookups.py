"""Functions that look a value up in the collection's tables, which the engine passes before the arguments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from recordmap.diagnostics import Fault
from recordmap.expression.functions.arguments import SCALAR, refuse_unless_null
from recordmap.expression.functions.spec import (
    Example,
    FunctionSpec,
    LookupTable,
    LookupTables,
    Needs,
    NullRule,
    Parameter,
)
from recordmap.expression.functions.spelling import scalar_text
from recordmap.schema.types import TEXT
from recordmap.schema.unions import or_null

FAMILY = "lookups"


class _ExampleTable:
    def __init__(self, table: Mapping[str, object], on_miss: str, default: object = None) -> None:
        self.table = table
        self.on_miss = on_miss
        self.default = default
        self.asked = False


EXAMPLE_LOOKUPS: LookupTables = MappingProxyType(
    {
        "countries": _ExampleTable({"US": "United States", "DE": "Germany"}, "null"),
        "tiers": _ExampleTable({"1": "Gold", "2": "Silver"}, "default", "Basic"),
        "states": _ExampleTable({"NY": "New York"}, "keep"),
        "warehouses": _ExampleTable({"EU": "Rotterdam"}, "error"),
    }
)
"""The tables of the examples, one for each thing that a miss can do."""


def lookup(lookups: LookupTables, table: object, key: object) -> object:
    """Return what a key stands for in a table; a miss does what the table says.

    Raises:
        Fault: `lookup-missed` where the table rejects a miss.
    """
    spelled = _spelled(LOOKUP, table, key)
    if spelled is None:
        return None
    rows = _rows(LOOKUP, lookups, table)
    if spelled in rows.table:
        return rows.table[spelled]
    if rows.on_miss == "keep":
        return key
    if rows.on_miss == "default":
        return rows.default
    if rows.on_miss == "null":
        return None
    raise _missed(LOOKUP)


def lookup_required(lookups: LookupTables, table: object, key: object) -> object:
    """Return what a key stands for in a table; a miss rejects the record whatever the table says.

    Raises:
        Fault: `lookup-missed` for a key that the table doesn't hold.
    """
    spelled = _spelled(LOOKUP_REQUIRED, table, key)
    rows = _rows(LOOKUP_REQUIRED, lookups, table)
    if spelled is not None and spelled in rows.table:
        return rows.table[spelled]
    raise _missed(LOOKUP_REQUIRED)


def _spelled(spec: FunctionSpec, table: object, key: object) -> str | None:
    """Return the key as a table's rows spell it, 1 as "1" and true as "true"; None if the result is null."""
    if type(table) is str:
        spelled = scalar_text(spec.name, key)
        if spelled is not None:
            return spelled
    refuse_unless_null(spec, table, key)
    return None


def _rows(spec: FunctionSpec, lookups: LookupTables, table: object) -> LookupTable:
    rows = lookups.get(table) if type(table) is str else None
    if rows is None:
        raise Fault("wrong-argument", f"{spec.name}: 'table' must be the name of a table under 'lookups'")
    return rows


def _missed(spec: FunctionSpec) -> Fault:
    return Fault("lookup-missed", f"{spec.name}: the table doesn't hold the value")


_PARAMETERS = (
    Parameter("table", TEXT, "the name of a table under `lookups`"),
    Parameter("key", SCALAR, "the value to look up, exactly as the table spells it"),
)

LOOKUP = FunctionSpec(
    name="lookup",
    parameters=_PARAMETERS,
    returns=or_null(SCALAR),
    doc="What a value stands for in a lookup table of the file; a miss does what its on_miss says.",
    call=lookup,
    examples=(
        Example("lookup('countries', 'DE')", gives="Germany"),
        Example("lookup('countries', 'XX')", gives=None),
        Example("lookup('tiers', 1)", gives="Gold"),
        Example("lookup('tiers', 9)", gives="Basic"),
        Example("lookup('states', 'Bavaria')", gives="Bavaria"),
        Example("lookup('countries', null)", gives=None),
        Example("lookup('warehouses', 'XX')", fails=True),
    ),
    needs=Needs.LOOKUPS,
    family=FAMILY,
    differences="Tables stand in the template. A miss gives null only where the table says `on_miss: null`.",
)
LOOKUP_REQUIRED = FunctionSpec(
    name="lookup_required",
    parameters=_PARAMETERS,
    returns=or_null(SCALAR),
    doc="As lookup, but a value that the table doesn't hold rejects the record whatever on_miss says.",
    call=lookup_required,
    examples=(
        Example("lookup_required('countries', 'DE')", gives="Germany"),
        Example("lookup_required('countries', 'XX')", fails=True),
        Example("lookup_required('tiers', 9)", fails=True),
        Example("lookup_required('countries', null)", fails=True),
    ),
    null=NullRule.FAILS,
    needs=Needs.LOOKUPS,
    family=FAMILY,
)

SPECS = (LOOKUP, LOOKUP_REQUIRED)
