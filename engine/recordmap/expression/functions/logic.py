"""Functions that ask whether there is a value, and pick the first there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recordmap.expression.functions.spec import Example, FunctionSpec, NullRule, Parameter
from recordmap.frozen import replace
from recordmap.schema.narrowing import answer, filled, not_null
from recordmap.schema.types import ANY, BOOLEAN, NEVER, NULL, Type
from recordmap.schema.unions import union

FAMILY = "logic"


def is_empty(value: object) -> bool:
    """Return whether a value is null, or text of blanks only."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def is_null(value: object) -> bool:
    """Return whether a value is null."""
    return value is None


def coalesce(*value: object) -> object:
    """Return the first value that is not null, or null."""
    for one in value:
        if one is not None:
            return one
    return None


def first_of(*value: object) -> object:
    """Return the first value that is not empty, or null."""
    for one in value:
        if one is not None and (not isinstance(one, str) or (one and not one.isspace())):
            return one
    return None


def _emptiness(given: Sequence[Type]) -> Type:
    return answer(true=given[0].may_be_empty, false=bool(filled(given[0]).kinds))


def _nullness(given: Sequence[Type]) -> Type:
    return answer(true=given[0].nullable, false=given[0].kinds != NULL.kinds)


def first_type(given: Sequence[Type], keep: Callable[[Type], Type] = not_null) -> Type:
    """Return what the first of several values that is kept can be: null only if none is sure to be."""
    made = NEVER
    for type_ in given:
        kept = keep(type_)
        made = union(made, kept)
        if not (type_.may_be_empty if keep is filled else type_.nullable):
            return made
    return union(made, replace(NULL, cause=next((one.cause for one in given if one.cause), None)))


def first_filled_type(given: Sequence[Type]) -> Type:
    """As `first_type`, but texts of blanks only are passed over too."""
    return first_type(given, filled)


SPECS = (
    FunctionSpec(
        name="is_empty",
        parameters=(Parameter("value", ANY, "what to look at"),),
        returns=BOOLEAN,
        doc="Whether a value is missing, null, or text of blanks only; 0, false and empty lists are values.",
        call=is_empty,
        examples=(
            Example("is_empty(null)", gives=True),
            Example("is_empty('  ')", gives=True),
            Example("is_empty(0)", gives=False),
            Example("is_empty([])", gives=False),
            Example("is_empty(record.city)", gives=True, names={"record": {"city": ""}}),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        differences="Text of blanks counts as empty; the number 0 is a value, whatever its type.",
        infer=_emptiness,
    ),
    FunctionSpec(
        name="is_null",
        parameters=(Parameter("value", ANY, "what to look at"),),
        returns=BOOLEAN,
        doc="Whether a value is missing or null; text without characters is a value here.",
        call=is_null,
        examples=(
            Example("is_null(null)", gives=True),
            Example("is_null('')", gives=False),
            Example("is_null(0)", gives=False),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=_nullness,
    ),
    FunctionSpec(
        name="coalesce",
        parameters=(Parameter("value", ANY, "what to use if it is not null", repeats=True),),
        returns=ANY,
        doc="The first value that is not null, else null; blank text counts as a value (see first_of).",
        call=coalesce,
        examples=(
            Example("coalesce(null, 'b', 'c')", gives="b"),
            Example("coalesce('', 'b')", gives=""),
            Example("coalesce(0, 1)", gives=0),
            Example("coalesce(null, null)", gives=None),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=first_type,
    ),
    FunctionSpec(
        name="first_of",
        parameters=(Parameter("value", ANY, "what to use if it is not empty", repeats=True),),
        returns=ANY,
        doc="The first value that is not empty (null, or text of blanks only), else null.",
        call=first_of,
        examples=(
            Example("first_of(value, 'N/A')", gives="N/A", names={"value": "  "}),
            Example("first_of(value, 'N/A')", gives="+14155552671", names={"value": "+14155552671"}),
            Example("first_of(0, 1)", gives=0),
            Example("first_of(null, '')", gives=None),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=first_filled_type,
    ),
)
