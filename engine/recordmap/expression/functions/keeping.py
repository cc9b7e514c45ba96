"""Functions that decide between what a record has and what the source brings: which of the two stays.

All take the old value first and the new one after it, so that a field's rule reads alike whichever is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.dates import moment_of
from recordmap.expression.functions.logic import coalesce, first_filled_type, first_of, first_type, is_empty
from recordmap.expression.functions.spec import Example, FunctionSpec, Needs, NullRule, Parameter, Slow
from recordmap.runtime.operators import equal
from recordmap.schema.types import ANY, Type
from recordmap.schema.unions import union, union_of

FAMILY = "keeping"


def keep(old: object, new: object) -> object:
    """Return the old value, and the new one only where there is none at all."""
    return coalesce(old, new)


def fill_if_empty(old: object, new: object) -> object:
    """Return the old value unless it is empty, else the new one."""
    return first_of(old, new)


def overwrite_if_present(old: object, new: object) -> object:
    """Return the new value unless it is empty, else the old one."""
    return first_of(new, old)


def if_changed(previous: object, old: object, new: object, before: object) -> object:
    """Return the new value if the source's value changed since the last sync, else the old one.

    `previous` is the source record as it was last synced, given by the engine: without one nothing is known of
    changes, and only an empty field is filled.

    Raises:
        Fault: the values are too large to be compared.
    """
    if previous is None:
        return first_of(old, new)
    return old if equal(new, before) else new


def newest(old: object, old_time: object, new: object, new_time: object) -> object:
    """Return the value with the later time; an empty value and a time that can't be read count as older."""
    if is_empty(new):
        return old
    if is_empty(old):
        return new
    new_moment, old_moment = moment_of(new_time), moment_of(old_time)
    if new_moment is None:
        return old
    return new if old_moment is None or new_moment > old_moment else old


def _overwritten(given: Sequence[Type]) -> Type:
    return first_filled_type((given[1], given[0]))


def _changed_type(given: Sequence[Type]) -> Type:
    """Return the old or the new value, or what fills an empty field: null where both are empty."""
    return union_of((given[0], given[1], first_filled_type(given[:2])))


def _first_or_third(given: Sequence[Type]) -> Type:
    return union(given[0], given[2])


_OLD = Parameter("old", ANY, "what the record has, such as existing.FirstName")
_NEW = Parameter("new", ANY, "what the source brings, such as value")

SPECS = (
    FunctionSpec(
        name="keep",
        parameters=(_OLD, _NEW),
        returns=ANY,
        doc="The old value, even a blank text; the new one only where there is none.",
        call=keep,
        examples=(
            Example("keep('Ada', 'Augusta')", gives="Ada"),
            Example("keep('', 'Augusta')", gives=""),
            Example("keep(existing.FirstName, 'Augusta')", gives="Augusta", names={"existing": {}}),
            Example("keep(null, null)", gives=None),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=first_type,
    ),
    FunctionSpec(
        name="fill_if_empty",
        parameters=(_OLD, _NEW),
        returns=ANY,
        doc="The old value unless it is empty (null, or text of blanks only), else the new one.",
        call=fill_if_empty,
        examples=(
            Example("fill_if_empty('Ada', 'Augusta')", gives="Ada"),
            Example("fill_if_empty(' ', 'Augusta')", gives="Augusta"),
            Example("fill_if_empty(existing.FirstName, 'Augusta')", gives="Augusta", names={"existing": {}}),
            Example("fill_if_empty('', null)", gives=None),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=first_filled_type,
    ),
    FunctionSpec(
        name="overwrite_if_present",
        parameters=(_OLD, _NEW),
        returns=ANY,
        doc="The new value unless it is empty (null, or text of blanks only), else the old one.",
        call=overwrite_if_present,
        examples=(
            Example("overwrite_if_present('Ada', 'Augusta')", gives="Augusta"),
            Example("overwrite_if_present('Ada', ' ')", gives="Ada"),
            Example("overwrite_if_present('Ada', null)", gives="Ada"),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=_overwritten,
    ),
    FunctionSpec(
        name="if_changed",
        parameters=(
            _OLD,
            _NEW,
            Parameter(
                "before",
                ANY,
                "what the source brought when it was last synced, such as previous.attributes.first_name",
            ),
        ),
        returns=ANY,
        doc=(
            "The new value if it is another than before, else the old one; of a record that was never synced only "
            "an empty field is filled."
        ),
        call=if_changed,
        examples=(
            Example(
                "if_changed('Ada L.', 'Augusta', previous.name)",
                gives="Augusta",
                names={"previous": {"name": "Ada"}},
            ),
            Example(
                "if_changed('Ada L.', 'Ada', previous.name)",
                gives="Ada L.",
                names={"previous": {"name": "Ada"}},
            ),
            Example(
                "if_changed('Ada L.', null, previous.name)", gives=None, names={"previous": {"name": "Ada"}}
            ),
            Example("if_changed('Ada L.', 'Ada', previous.name)", gives="Ada L.", names={"previous": None}),
            Example("if_changed(null, 'Ada', previous.name)", gives="Ada", names={"previous": None}),
        ),
        null=NullRule.HANDLED,
        needs=Needs.PREVIOUS,
        slow=Slow.LAST_TWO,
        family=FAMILY,
        infer=_changed_type,
    ),
    FunctionSpec(
        name="newest",
        parameters=(
            _OLD,
            Parameter("old_time", ANY, "when the old value came about: RFC 3339 text, or Unix seconds"),
            _NEW,
            Parameter("new_time", ANY, "when the new value came about, such as record.attributes.updated"),
        ),
        returns=ANY,
        doc="The value with the later time; an empty value, or one whose time can't be read, counts as older.",
        call=newest,
        examples=(
            Example("newest('Ada', '2024-05-01', 'Augusta', '2024-05-02')", gives="Augusta"),
            Example(
                "newest('Ada', '2024-05-01T12:00:00+02:00', 'Augusta', '2024-05-01T10:00:00Z')", gives="Ada"
            ),
            Example("newest('Ada', null, 'Augusta', '2024-05-02')", gives="Augusta"),
            Example("newest('Ada', null, 'Augusta', 'yesterday')", gives="Ada"),
            Example("newest('Ada', '2024-05-01', '', '2024-05-02')", gives="Ada"),
            Example("newest(null, '2024-05-02', 'Augusta', '2024-05-01')", gives="Augusta"),
        ),
        null=NullRule.HANDLED,
        total=True,
        family=FAMILY,
        infer=_first_or_third,
    ),
)
