"""Dates and times: RFC 3339 text in, RFC 3339 text in UTC out.

Every date that comes out is written the same way, `2024-05-01T09:30:00+00:00`, with six digits of a second's
fraction if there is one. Text in this form sorts and compares as time does, which text ending in Z does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from recordmap.diagnostics import Fault
from recordmap.expression.functions.arguments import not_converted, refuse_unless_null
from recordmap.expression.functions.layouts import layout_of, layout_problem, reading_layout_problem
from recordmap.expression.functions.spec import Example, FunctionSpec, Needs, NullRule, Parameter
from recordmap.frozen import replace
from recordmap.patterns import later
from recordmap.schema.narrowing import only
from recordmap.schema.types import ANY, INTEGER, NEVER, NULL, TEXT, Kind, Texts, Type
from recordmap.schema.unions import constants, or_null, union

FAMILY = "dates"
EXAMPLE_NOW = "2026-01-31T09:30:00Z"
"""The run's time in the examples."""

_MAX_LENGTH = 64
_RFC_3339 = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)  # Python compiles it when a date is read, and keeps it
_UNIX_SECONDS = later(r"[0-9]{9,10}")
_SHORTEST = datetime(1, 1, 1, tzinfo=UTC)
_LONGEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_PLAIN = len("2024-05-01T09:30:00+00:00")
_WITH_FRACTION = len("2024-05-01T09:30:00.500000+00:00")
_DATE = Type(TEXT.kinds, texts=Texts.solid(_PLAIN, _WITH_FRACTION, "date-time"))
_WHOLE_SECONDS = Type(TEXT.kinds, texts=Texts.solid(_PLAIN, _PLAIN, "date-time"))
_FRACTION = "2024-05-01T09:30:00.5"
_SECONDS = range(10**8, 10**10)
"""Unix seconds: from 1973, because smaller numbers are rather something else, to 2286."""
_FEWEST_DIGITS = len(str(_SECONDS.start))


def now(time: object) -> str:
    """Return the run's time; `time` is given by the engine, not by the formula.

    Raises:
        Fault: the run was given no time, or something that is not one.
    """
    moment = moment_of(time)
    if moment is None:
        raise Fault("formula-failed", "now: this run was given no time")
    return moment.isoformat()


def parse_date(value: object, layout: object = None) -> str | None:
    """Return the date in a value, or null if there is none."""
    return _parsed(PARSE_DATE, value, layout)


def parse_date_required(value: object, layout: object = None) -> str:
    """As `parse_date`; raises Fault `conversion-failed` instead of giving null."""
    parsed = _parsed(PARSE_DATE_REQUIRED, value, layout)
    if parsed is None:
        raise not_converted(PARSE_DATE_REQUIRED, value, "a date")
    return parsed


def format_date(value: object, layout: object) -> str | None:
    """Return the date in a value written in a layout, in UTC, or null if there is none."""
    if type(layout) is str and value is not None:
        found = layout_of(layout)
        if found is not None:
            moment = moment_of(value)
            return None if moment is None else found.write(moment)
    refuse_unless_null(FORMAT_DATE, value, layout)
    return None


def _parsed(spec: FunctionSpec, value: object, layout: object) -> str | None:
    if layout is None:
        moment = moment_of(value)
    else:
        found = layout_of(layout) if type(layout) is str else None
        if found is None or found.reads is None:
            refuse_unless_null(spec, value, layout)
            return None
        moment = found.read(value.strip()) if type(value) is str else None
    return None if moment is None else moment.isoformat()


def moment_of(value: object) -> datetime | None:
    """Return the time that a value stands for, in UTC, or None."""
    if type(value) is str:
        text = value.strip()
        if len(text) > _MAX_LENGTH:
            return None
        if re.fullmatch(_RFC_3339, text):
            return _rfc_3339(text)
        if not _UNIX_SECONDS.fullmatch(text):
            return None
        return datetime.fromtimestamp(int(text), UTC)
    if type(value) is int and value in _SECONDS:
        return datetime.fromtimestamp(value, UTC)
    return None


def _rfc_3339(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of February; year 1 moved back by an offset
        return None


def _parsed_type(given: Sequence[Type]) -> Type:
    """Return a date, with a fraction of a second only where there is room for one in a text without a layout."""
    layout = given[1] if len(given) > 1 else NULL
    text = only(given[0], TEXT.kinds) if given else NEVER
    made = NEVER
    if layout.nullable:
        fits = text.kinds and (text.longest is None or text.longest >= len(_FRACTION))
        made = _if_dated(given, _DATE if fits else _WHOLE_SECONDS)
    if Kind.TEXT in layout.kinds:
        layouts = [layout_of(one) for one in layout.enum or () if isinstance(one, str)]
        shortest = min((len(one.write(_SHORTEST)) for one in layouts if one is not None), default=0)
        made = union(made, _if_dated([text], _WHOLE_SECONDS, shortest))
    return made


def _if_dated(given: Sequence[Type], made: Type, shortest: int = _FEWEST_DIGITS) -> Type:
    """Return what is made of a date, or null: no number but one of Unix seconds is one, and no text that is shorter."""
    if not given:
        return NULL
    text, number = only(given[0], TEXT.kinds), only(given[0], INTEGER.kinds)
    read = Kind.TEXT in text.kinds and (text.longest is None or text.longest >= shortest)
    low, high = number.limits
    counted = Kind.INTEGER in number.kinds
    counted = counted and (low is None or low < _SECONDS.stop) and (high is None or high >= _SECONDS.start)
    return or_null(made) if read or counted else NULL


_PARSED = (
    Parameter("value", ANY, "the text with the date; also Unix seconds, as 9 or 10 digits"),
    Parameter(
        "layout",
        TEXT,
        "how the text is laid out, such as DD.MM.YYYY; without it, RFC 3339",
        optional=True,
        check=reading_layout_problem,
    ),
)
_DIFFERENCES = (
    "Gives a date with its time; for the date alone use format_date(value, 'YYYY-MM-DD'). A missing offset "
    "means UTC, not a local time. Dates such as 01/05/2024 need a layout: countries read them differently."
)

NOW = FunctionSpec(
    name="now",
    parameters=(),
    returns=_DATE,
    doc="The time at which this run began, in UTC: the same for every record of a run.",
    call=now,
    examples=(
        Example("now()", gives="2026-01-31T09:30:00+00:00"),
        Example("now() > parse_date('2026-01-31')", gives=True),
        Example("format_date(now(), 'YYYY')", gives="2026"),
    ),
    needs=Needs.NOW,
    family=FAMILY,
    differences="The time of the run and not the moment, so a retry gives the same value; UTC, never local.",
)
PARSE_DATE = FunctionSpec(
    name="parse_date",
    parameters=_PARSED,
    returns=or_null(_DATE),
    infer=_parsed_type,
    doc="The date and time in a text, as RFC 3339 text in UTC; null if it can't be read as a date.",
    call=parse_date,
    examples=(
        Example("parse_date('2024-05-01T09:30:00+02:00')", gives="2024-05-01T07:30:00+00:00"),
        Example("parse_date('2024-05-01 09:30:00.5')", gives="2024-05-01T09:30:00.500000+00:00"),
        Example("parse_date('2024-05-01')", gives="2024-05-01T00:00:00+00:00"),
        Example("parse_date('1714555800')", gives="2024-05-01T09:30:00+00:00"),
        Example("parse_date('05/31/2024', 'MM/DD/YYYY')", gives="2024-05-31T00:00:00+00:00"),
        Example("parse_date('31.02.2024', 'DD.MM.YYYY')", gives=None),
        Example("parse_date('soon')", gives=None),
        Example("parse_date(null)", gives=None),
        Example("parse_date('2024', 'YYYY')", fails=True),
    ),
    family=FAMILY,
    differences=_DIFFERENCES,
)
PARSE_DATE_REQUIRED = FunctionSpec(
    name="parse_date_required",
    parameters=_PARSED,
    returns=_DATE,
    doc="As parse_date, but rejects the record if the text can't be read as a date.",
    call=parse_date_required,
    examples=(
        Example("parse_date_required('2024-05-01')", gives="2024-05-01T00:00:00+00:00"),
        Example("parse_date_required('01.05.2024', 'DD.MM.YYYY')", gives="2024-05-01T00:00:00+00:00"),
        Example("parse_date_required('soon')", fails=True),
        Example("parse_date_required(null)", fails=True),
    ),
    null=NullRule.FAILS,
    family=FAMILY,
    differences=_DIFFERENCES,
)


def _formatted_type(given: Sequence[Type]) -> Type:
    """Return text as constant layouts make it.

    No moment is shorter than the first of all, none longer than the last, and all have their blanks where these do.
    """
    known = [one for one in given[1].enum or () if isinstance(one, str)] if len(given) > 1 else []
    layouts = [layout_of(one) for one in known]
    written = [one.write(moment) for one in layouts if one is not None for moment in (_SHORTEST, _LONGEST)]
    made = constants(written) if written and None not in layouts else TEXT
    least = min(map(len, written), default=0) if made.enum else 0
    return _if_dated(given, replace(made, enum=None, texts=replace(made.texts, min_length=least)))


FORMAT_DATE = FunctionSpec(
    name="format_date",
    parameters=(
        Parameter("value", ANY, "the date, in any form that parse_date reads without a layout"),
        Parameter(
            "layout", TEXT, "made of YYYY, MM, M, DD, D, HH, H, mm, ss and signs", check=layout_problem
        ),
    ),
    returns=or_null(TEXT),
    infer=_formatted_type,
    doc="The date written in a layout, in UTC; null if the value can't be read as a date.",
    call=format_date,
    examples=(
        Example("format_date('2024-05-01T09:30:00Z', 'DD.MM.YYYY HH:mm')", gives="01.05.2024 09:30"),
        Example("format_date('2024-05-01T23:30:00-05:00', 'YYYY-MM-DD')", gives="2024-05-02"),
        Example("format_date('2024-05-01', 'M/D/YYYY')", gives="5/1/2024"),
        Example("format_date('soon', 'YYYY')", gives=None),
        Example("format_date(null, 'YYYY')", gives=None),
        Example("format_date('2024-05-01', 'yyyy')", fails=True),
    ),
    family=FAMILY,
    differences="Layout letters are YYYY and DD in capitals, HH and H for 24 hours; no names of months.",
)

SPECS = (NOW, PARSE_DATE, PARSE_DATE_REQUIRED, FORMAT_DATE)
