"""The checker tells the truth: what a plan makes is of the type that was inferred, and what it rejects was foreseen."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, note
from hypothesis import strategies as st

from language.ways import NOW
from properties.path_texts import sources
from properties.strategies import MOMENTS, TABLES, examples, formulas, polite
from recordmap.checks.flow import flow_of
from recordmap.diagnostics import TemplateError
from recordmap.engine import Engine
from recordmap.fuzz.asked import FORESEEN
from recordmap.runtime.outcome import Kind
from recordmap.schema.fit import holds

SOURCE = {
    "type": "object",
    "required": ["a", "b"],
    "properties": {
        "a": {"type": "string", "maxLength": 4},
        "b": {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": ["number", "null"]}, "b": {"enum": ["x", "y", 2, None]}},
            "additionalProperties": False,
        },
        "c": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "integer", "minimum": 0}},
                "additionalProperties": False,
            },
        },
        "d e": {"type": ["boolean", "null"]},
    },
    "additionalProperties": False,
}
DESTINATION = {
    "type": "object",
    "properties": {
        "Any": {},
        "Text": {"type": "string", "maxLength": 6},
        "Whole": {"type": "integer"},
        "Number": {"type": ["number", "null"]},
        "Choice": {"enum": ["x", 2, True]},
        "Flag": {"type": "boolean"},
        "Needed": {"type": "string", "x-messages": {"required": "needed"}},
    },
    "additionalProperties": False,
}
SCHEMAS = {"t/source": SOURCE, "t/destination": DESTINATION}
_texts = st.sampled_from(
    ["", " ", "a", "x", "2", "true", "ab c", "abcd", "\u2003", *[one[:4] for one in MOMENTS]]
)
_numbers = st.sampled_from([0, 1, -1, 2, 7, 2.5, 0.0, -0.5])


@st.composite
def _records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record that fits the schema."""
    item = st.fixed_dictionaries({}, optional={"a": st.none() | _texts, "b": st.sampled_from([0, 1, 5])})
    inner = st.fixed_dictionaries(
        {"a": st.none() | _numbers}, optional={"b": st.sampled_from(["x", "y", 2, None])}
    )
    return draw(
        st.fixed_dictionaries(
            {"a": _texts, "b": inner},
            optional={"c": st.lists(item, max_size=3), "d e": st.none() | st.booleans()},
        )
    )


_NAMES = ("record", "record", "value", "previous")
_paths = st.sampled_from(
    [
        "a",
        "b.a",
        "b.b",
        "c",
        "c[0].a",
        "c[*].b",
        "c[?b > `1`].a | [0]",
        '"d e"',
        "b",
        "length(c || `[]`)",
        "@",
    ]
)


@st.composite
def _rules(draw: st.DrawFn) -> dict[str, Any]:
    rule: dict[str, Any] = {"source": draw(_paths | sources)}
    if draw(st.booleans()):
        rule["formula"] = draw(polite(_NAMES) | formulas(_NAMES))
    if draw(st.integers(0, 3)) == 0:
        rule["when"] = draw(polite(_NAMES))
    if draw(st.integers(0, 5)) == 0:
        rule["lookup"] = draw(st.sampled_from(list(TABLES)))
    if draw(st.integers(0, 3)) == 0:
        rule["level"] = "required"
    return rule


@st.composite
def _templates(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(
        st.lists(st.sampled_from(list(DESTINATION["properties"])), min_size=1, max_size=2, unique=True)
    )  # type: ignore[call-overload]  # it is a mapping
    template: dict[str, Any] = {
        "recordmap": 1,
        "collection": "Main",
        "operation": "update",
        "source": "t/source",
        "destination": "t/destination",
        "lookups": TABLES,
        "fields": {name: draw(_rules()) for name in fields},
    }
    if draw(st.integers(0, 2)) == 0:
        template["filter"] = draw(polite(("record",)))
    return template


def _only(**field: Any) -> dict[str, Any]:
    """Return a template of one field that takes anything."""
    return {
        "recordmap": 1,
        "collection": "Main",
        "operation": "update",
        "source": "t/source",
        "destination": "t/destination",
        "fields": {"Any": field},
    }


@given(_templates(), st.lists(st.tuples(_records(), st.none() | _records()), min_size=1, max_size=4))
@example(_only(source='"d e" == `true` && a'), [({"a": "x", "b": {"a": 1}, "d e": True}, None)])
@example(_only(source="`0` && a"), [({"a": "x", "b": {"a": 1}}, None)])
@examples(150)
def test_values_are_of_their_types_and_rejections_are_foreseen(
    template: dict[str, Any], records: list[tuple[dict[str, Any], dict[str, Any] | None]]
) -> None:
    text = json.dumps(template, ensure_ascii=False)
    engine = Engine.from_collections([text], schemas=SCHEMAS, clock=lambda: NOW)
    found = {one.code for one in engine.check()}
    try:
        plan = engine.plan("Main")
    except TemplateError:
        return
    note(text)
    workspace = engine._workspace
    flow = flow_of(workspace.collections["Main"], workspace._surroundings())
    for record, previous in records:
        outcome = plan(record, previous=previous)
        note(f"{record}, before {previous} -> {outcome}")
        if outcome.kind is Kind.REJECTED:
            assert outcome.reason is not None
            codes = FORESEEN.get(outcome.reason.code)
            if "NUL" in outcome.reason.message or "surrogate" in outcome.reason.message:
                continue  # texts that nothing can hold are beyond the limits of values
            if outcome.reason.message.startswith("lookup_required:"):
                continue  # asked for by its name
            assert codes is None or codes & found, (outcome.reason, found)
        elif outcome.record is not None:
            for one in flow.fields:
                value = outcome.record.get(one.rule.name.text)
                assert value is None or holds(one.type, value), (one.rule.name.text, value, one.type)
