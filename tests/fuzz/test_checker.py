"""The checker tells the truth: for what it finds there is a record, and what it passes no record breaks.

Templates are made at random from small schemas, of one rule each. The checker judges it by the types that flow through
it, the search by records: neither knows of the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from properties.strategies import EXAMPLES
from recordmap import Engine, Severity
from recordmap.fuzz.asked import FORESEEN, asked_for
from recordmap.fuzz.promises import Breach, Promise, Promises
from recordmap.fuzz.search import search
from recordmap.fuzz.subject import Subject

RECORDS = 300
MORE = 2_000
"""Records that are tried where the first ones show nothing of a warning: as many as `recordmap fuzz` tries."""
FINDINGS = {
    finding: {code for code, findings in FORESEEN.items() if finding in findings}
    for finding in frozenset().union(*FORESEEN.values())
}
"""What the checker warns of, and how a record that shows it is rejected."""
SHOWN_RECORD = re.compile(r": the record (\{.*\}) is rejected$")
SHOWN = {"required-may-be-empty", "type-mismatch", "may-be-too-long", "may-fail"}
"""Findings that always have a record. The others judge what a function gives by less than all it could know."""


class Rejections(Promises):
    """The one promise that the checker vouches for."""

    def breaches(self, trial: Any) -> Iterator[Breach]:
        outcome, _ = self.run(trial)
        assert outcome is not None
        reason = outcome.reason
        if reason is not None and reason.code in FORESEEN and not asked_for(reason, self._engine.collections):
            yield Breach(Promise.REJECTED, reason)


texts = st.builds(
    lambda shortest, longer, nullable: {
        "type": ["string", "null"] if nullable else "string",
        "minLength": shortest,
        **({} if longer is None else {"maxLength": shortest + longer}),
    },
    st.sampled_from([0, 0, 1, 2]),
    st.sampled_from([None, 1, 1, 3]),
    st.booleans(),
)
numbers = st.builds(
    lambda kind, low, nullable: {
        "type": [kind, "null"] if nullable else kind,
        **({} if low is None else {"minimum": low, "maximum": low + 5}),
    },
    st.sampled_from(["integer", "integer", "number"]),
    st.sampled_from([None, 0, 1, -2]),
    st.booleans(),
)
others = st.sampled_from(
    [
        {"type": "boolean"},
        {"type": ["boolean", "null"]},
        {"enum": ["x", "yy", None]},
        {"enum": ["x", "yy", 1]},
        {"type": ["string", "integer"], "maxLength": 2},
        {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {"b": {"type": "string"}},
        },
        {"type": "array", "items": {"type": "string", "maxLength": 3}},
    ]
)
leaves = texts | texts | numbers | others
takes = st.sampled_from(
    [
        *[{"type": "string", "maxLength": length} for length in (1, 3, 4, 8, 20)],
        *({"type": "string"}, {"type": ["string", "null"], "maxLength": 2}),
        *({"type": "integer"}, {"type": ["number", "null"]}, {"type": "boolean"}, {"enum": ["x", "yy"]}),
    ]
)
READS = ["value", "value", "value", "record.t", "record.n", "record.o", "record.o.b", "record.l[0]"]
CONSTANTS = ['"x"', '"abc"', '""', "0", "1", "null", "true"]
CALLS = [
    *("trim({})", "trim({})", "to_text({})", "length({})"),
    *("truncate({}, 3)", "substring({}, 0, 2)", "is_empty({})", "first_of({}, {})", "coalesce({}, {})"),
    *("concat({}, {})", "replace({}, 'a', 'bc')", "starts_with({}, 'x')", "abs({})"),
    *("upper({})", "replace({}, ' ', '')", "substring({}, -2)", "join([{}, {}], ' ')"),
    *("fill_if_empty({}, {})", "to_integer({})", "lower({})", "format_date({}, 'YYYY')", "contains({}, 'x')"),
    *("lookup('kept', {})", "lookup('nulls', {})", "max({}, {})", "round({})", "title({})"),
    *("split({}, ' ')[0]", "split({}, ',')[-1]", "split({}, ', ')[1]", "join(split({}, ','), ' ')"),
    *("normalize_email({})", "normalize_phone({})", "normalize_phone({}, 'US')", "parse_date({})"),
    *("to_decimal({})", "to_boolean({})", "to_text({})"),
]
SHAPES = [
    "{} + {}",
    "{} or {}",
    "{} and {}",
    "{} == {}",
    "{} < {}",
    "{} if {} else {}",
    "not {}",
    "{} is null",
]


def _shaped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    @st.composite
    def drawn(draw: st.DrawFn) -> str:
        shape = draw(st.sampled_from([*CALLS, *CALLS, *(f"({shape})" for shape in SHAPES)]))
        return shape.format(*[draw(inner) for _ in range(shape.count("{}"))])

    return drawn()


formulas = st.recursive(st.sampled_from([*READS, *READS, *CONSTANTS]), _shaped, max_leaves=4)
conditions = st.sampled_from(
    [
        *("value is not null", "value", "not is_empty(value)", 'value == "x"', "value != 1", "value > 1"),
        *(
            "record.t",
            "record.n is not null and record.n > 1",
            "length(value) < 3",
            "record.o is not null",
            "record.l",
        ),
    ]
)
rules = st.builds(
    lambda source, formula, when, more: {
        "source": source,
        **({} if formula is None else {"formula": formula}),
        **({} if when is None else {"when": when}),
        **more,
    },
    st.sampled_from(["t", "n", "o", "o.b", "u", "l[0]", "t || u"]),
    st.none() | formulas,
    st.none() | st.none() | conditions,
    st.sampled_from(
        [
            *({}, {}, {}, {"on_empty": "null"}, {"lookup": "tiers"}, {"lookup": "kept"}),
            *({"level": "required"}, {"level": "required"}, {"level": "required", "lookup": "nulls"}),
            {"level": "required", "on_empty": "error"},
        ]
    ),
)


@st.composite
def cases(draw: st.DrawFn, *, needed: bool = False) -> tuple[dict[str, Any], str]:
    """Draw schemas and a template of one field, a `needed` one: what it finds can't hide behind another."""
    properties = {
        "t": draw(texts),
        "n": draw(numbers),
        "u": draw(leaves),
        "o": {"type": "object", "additionalProperties": False, "properties": {"b": draw(leaves)}},
        "l": {"type": "array", "items": draw(leaves)},
    }
    source = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": sorted(draw(st.sets(st.sampled_from(sorted(properties))))),
    }
    destination = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"A": draw(takes)},
        "required": draw(st.sampled_from([[], [], ["A"]])),
    }
    rule = {**draw(rules), "level": "required"} if needed else draw(rules)
    lines = [
        "recordmap: 1\ncollection: Main\noperation: add\nsource: t/source\ndestination: t/into\nfields:",
        "  A:",
        *(f"    {key}: '{value}'".replace("''", "''''") for key, value in rule.items()),
        "lookups:",
        "  tiers: {table: {x: X, '1': One}}",
        "  kept: {table: {x: X, '1': One}, on_miss: keep}",
        "  nulls: {table: {x: X, '1': One}, on_miss: null}",
    ]
    return {"t/source": source, "t/into": destination}, "\n".join(lines).replace("'x'", '"x"') + "\n"


@given(cases(needed=True))
@settings(max_examples=60 * EXAMPLES)
def test_a_record_that_a_finding_shows_is_rejected(case: tuple[dict[str, Any], str]) -> None:
    schemas, template = case
    engine = Engine.from_collections([template], schemas=schemas)
    findings = engine.check()
    shown = [one for one in findings if one.code == "required-may-be-empty"]
    if not shown or any(one.severity is Severity.ERROR for one in findings):
        return
    record = SHOWN_RECORD.search(shown[0].message)
    # A condition that nothing but chance meets is the only reason to show none.
    assert record is not None or "when:" in template or "formula:" in template, shown[0].message
    if record is not None:
        outcome = engine.plan("Main")(json.loads(record[1]), now="2024-02-10T09:30:00Z")
        assert outcome.reason is not None
        assert outcome.reason.code == "required-field-missing"


@given(cases())
@settings(max_examples=60 * EXAMPLES)
def test_a_finding_has_a_record_and_a_clean_template_has_none(case: tuple[dict[str, Any], str]) -> None:
    schemas, template = case
    engine = Engine.from_collections([template], schemas=schemas)
    findings = engine.check()
    assume(all(one.severity is not Severity.ERROR for one in findings))
    told = {one.code for one in findings} & FINDINGS.keys()
    subject = Subject.of(engine, "Main")
    told_of = {code for one in told for code in FINDINGS[one]}
    for records in (RECORDS, MORE):
        found = search(subject, Rejections(engine, subject), examples=records).findings
        shown = {one.breach.reason.code for one in found}
        assert shown <= told_of, [(one.breach.reason.message, one.trial.record) for one in found]
        if shown or not told & SHOWN:
            break
    # What an expression fails for may keep every record from what it would be found for next.
    assert shown or not told & SHOWN, [(one.code, one.message) for one in findings]
