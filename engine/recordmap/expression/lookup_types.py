"""Lookups by types: what a table gives for the values that come, and which of them it doesn't hold."""

from __future__ import annotations

from contextlib import suppress

from recordmap.diagnostics import Fault
from recordmap.expression.functions.arguments import SCALAR
from recordmap.expression.functions.spec import LookupTable
from recordmap.expression.functions.spelling import scalar_text
from recordmap.frozen import Frozen, replace
from recordmap.schema.fit import holds
from recordmap.schema.narrowing import only, parts
from recordmap.schema.types import NULL, Kind, Type
from recordmap.schema.unions import NUMBERS, constants, kind_of, or_null, union, union_of

Missing = tuple[object, ...] | None
"""Values that a table doesn't hold and rejects: none listed where they can be anything; None where there are none."""

_SHOWN = 5


class LookedUp(Frozen):
    """What a table gives for a key, and the keys for which it rejects the record.

    `may_miss` says whether a key can come that the table doesn't hold, whatever it does then; `rows` are those whose
    key can come.
    """

    type: Type
    missing: Missing
    may_miss: bool
    rows: frozenset[str]


def looked_up(table: LookupTable, key: Type, *, required: bool) -> LookedUp:
    """Return what comes of looking a key up in a table.

    With `required` it rejects all that it doesn't hold, null too, whatever its `on_miss` says.
    """
    rows: dict[str, None] = {}
    missed: list[object] = []
    unlisted = []
    for part in parts(only(key, SCALAR.kinds)):
        values = _listed(part)
        if values is None:
            unlisted.append(part)
            rows |= dict.fromkeys(row for row in table.table if _can_be(part, row))
            continue
        for value in values:
            spelled = scalar_text("lookup", value)
            if spelled is not None and spelled in table.table:
                rows[spelled] = None
            else:
                missed.append(value)
    missed_type = union_of((*unlisted, constants(missed)))
    if unlisted:
        missed = []
    made = _given([table.table[row] for row in rows])
    can_come = frozenset(rows)
    missing: Missing = None
    if required:
        missing = tuple(missed) if missed_type.kinds else None
        return LookedUp(made if made.kinds else NULL, missing, missing is not None, can_come)
    if missed_type.kinds:
        match table.on_miss:
            case "error":
                missing = None if table.asked else tuple(missed)
            case "keep":
                made = union(made, missed_type)
            case "default":
                made = union(made, constants((table.default,)))
            case _:
                made = or_null(made) if made.kinds else NULL
    if key.nullable:
        made = union(made, NULL)
    return LookedUp(made if made.kinds else NULL, missing, bool(missed_type.kinds), can_come)


def _can_be(key: Type, row: str) -> bool:
    """Whether a key can be spelled as a row's: a text is its own spelling, a number has one."""
    if key.kinds <= NUMBERS:
        number = _number(row)
        # A whole number may come with a point and a zero, which aren't spelled.
        kinds = NUMBERS if isinstance(number, int) else key.kinds
        return number is not None and holds(replace(key, kinds=kinds), number)
    return holds(key, row)


def _number(row: str) -> int | float | None:
    """Return the number that is spelled like this; None where there is none."""
    for read in (int, float):
        with suppress(Fault, ValueError):
            number = read(row)
            if scalar_text("lookup", number) == row:
                return number
    return None


def missing_words(missing: tuple[object, ...]) -> str:
    """Return, as the end of a sentence, what a table has no row for."""
    if not missing:
        return "may not hold the value, and then the record is rejected"
    shown = ", ".join(f"'{scalar_text('lookup', one) or one}'" for one in missing[:_SHOWN])
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return f"has no row for {shown}{more}, and then the record is rejected"


def _listed(key: Type) -> tuple[object, ...] | None:
    if key.kinds == {Kind.BOOLEAN} and key.enum is None:
        return tuple(one for one in (True, False) if one not in key.barred)
    return key.enum


def _given(found: list[object]) -> Type:
    scalars = [one for one in found if kind_of(one) not in (Kind.LIST, Kind.OBJECT)]
    made = union_of([constants(scalars)] if scalars else [])
    others = {kind_of(one) for one in found} - made.kinds
    return union(made, Type(frozenset(others))) if others else made
