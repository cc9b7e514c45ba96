"""Whole collections: plan, careful tier and trace end every record alike, whatever the template and the record.

`RECORDMAP_EXAMPLES=20 pytest tests/properties` tries twenty times as many.
"""

from __future__ import annotations

import copy
import json
from collections import OrderedDict, UserDict, UserString, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import orjson
from hypothesis import assume, given
from hypothesis import strategies as st

from language.ways import NOW, Refused, Ways, identical, ways
from properties import strategies
from properties.strategies import SCHEMAS, SETTINGS, collections, examples, values, written
from recordmap.diagnostics.codes import CODES
from recordmap.explain.data import trace_data
from recordmap.explain.reasons import no_children, not_written
from recordmap.explain.tree import Node, record_node
from recordmap.runtime.outcome import Kind, Outcome
from recordmap.runtime.values import MAX_DEPTH, MAX_ENTRIES
from recordmap.trace.model import RecordTrace, Role, State


def accepted(templates: list[Any]) -> Ways:
    """Compile templates without the parts that the checker refuses."""
    for _ in range(8):
        try:
            return ways(*written(templates), settings=SETTINGS, schemas=SCHEMAS)
        except Refused as refused:
            _leave_out(templates, refused)
    assume(False)
    raise AssertionError


def _leave_out(templates: list[Any], refused: Refused) -> None:
    for finding in refused.findings:
        for template in templates:
            if finding.collection not in (None, template["collection"]):
                continue
            if finding.field is None:
                for key in ("filter", "errors", "names"):
                    template.pop(key, None)
                if "each" in template:
                    template["each"] = "c"
            for section in ("fields", "custom_fields"):
                if finding.field in template.get(section, {}):
                    template[section][finding.field] = {"value": "x"}


def assert_sound(outcome: Outcome) -> None:
    """An outcome is a record of JSON within the limits, or a reason that everybody can look up."""
    if outcome.kind is Kind.MAPPED:
        assert outcome.reason is None
        assert type(outcome.record) is dict
        _assert_within_limits(outcome.record)
        assert orjson.loads(orjson.dumps(outcome.record)) == outcome.record
    else:
        assert outcome.record is None
        assert outcome.reason is not None
        assert outcome.reason.code in CODES
        assert outcome.reason.code != "internal-error", outcome


def _assert_within_limits(record: dict[str, Any]) -> None:
    for value in record.values():
        entries, stack = 0, [(value, 0)]
        while stack:
            part, depth = stack.pop()
            entries += 1
            # Child records and custom fields stand one level deeper than the values that were held to the limits.
            assert depth <= MAX_DEPTH + 6
            if isinstance(part, dict):
                assert all(type(key) is str for key in part)
            if isinstance(part, dict | list):
                inner = part.values() if isinstance(part, dict) else part
                stack.extend((one, depth + 1) for one in inner)
        assert entries <= MAX_ENTRIES * 5


@given(st.data())
@examples(120)
def test_every_way_ends_alike(data: st.DataObject) -> None:
    made = accepted(data.draw(collections()))
    for record in data.draw(st.lists(strategies.records, min_size=1, max_size=8)):
        existing, parent, previous = (data.draw(st.none() | values) for _ in range(3))
        given = {"record": record, "existing": existing, "parent": parent, "previous": previous}
        before = copy.deepcopy(given)
        first = made.outcome(**given)
        assert_sound(first)
        assert identical(given, before)
        # Again, with other objects of the same content: nothing depends on identity or on what came before.
        again = made.outcome(**before)
        assert identical(list(again), list(first))


@given(st.data())
@examples(60)
def test_what_is_explained_is_what_a_plan_does(data: st.DataObject) -> None:
    """Every value that an explanation shows is the plan's, and every part of it is what that part gives."""
    made = accepted(data.draw(collections()))
    for record in data.draw(st.lists(strategies.records, min_size=1, max_size=4)):
        existing = data.draw(st.none() | values)
        outcome = made.function(record, existing)
        traced = made.trace(record, existing)
        _assert_explains(made, traced, outcome.record)
        shown = trace_data(traced, made.materials.collections)
        assert shown["message"] == (outcome.reason.message if outcome.reason else None)
        assert sum(1 for _ in _lines(record_node(traced))) >= len(traced.fields)
        for child in made.materials.collections[traced.collection].children:
            assert (
                no_children(traced, child.into.text, made.materials.collections[child.collection.text]) != ""
            )


def _assert_explains(made: Ways, traced: RecordTrace, record: dict[str, Any] | None) -> None:
    schema = made.materials.schemas[made.materials.collections[traced.collection].destination.text]
    for one in traced.fields:
        written = one.state in (State.VALUE, State.NULL)
        if record is not None:
            fields = record.get(schema.custom_container or "CustomFields", {}) if one.custom else record
            assert written == (one.name in fields)
            assert not written or identical(one.value, fields[one.name])
        assert written or not_written(one, traced.file).strip()
    for step in (part for one in traced.fields for whole in one.steps for part in whole.walk()):
        decided = [part for part in step.parts if part.role is Role.DECIDED]
        assert len(decided) <= 1
        assert not decided or step.error or identical(step.value, decided[0].value)


def _lines(node: Node) -> Iterator[str]:
    yield node.text
    for below in node.below:
        yield from _lines(below)


@given(st.data())
@examples(40)
def test_records_share_nothing_of_the_template(data: st.DataObject) -> None:
    """What is changed in one destination record shows up nowhere else."""
    made = accepted(data.draw(collections()))
    record, other = data.draw(strategies.records), data.draw(strategies.records)
    for run in made.all.values():
        untouched = copy.deepcopy(run(other))
        outcome = run(copy.deepcopy(record))
        if outcome.record is not None:
            _spoil(outcome.record)
        assert identical(list(run(other)), list(untouched))


def _spoil(value: Any) -> None:
    if isinstance(value, dict):
        for inner in list(value.values()):
            _spoil(inner)
        value.clear()
        value["spoilt"] = True
    elif isinstance(value, list):
        for inner in value:
            _spoil(inner)
        value.append("spoilt")


UNUSUAL = (
    lambda value: OrderedDict(value) if isinstance(value, dict) else value,
    lambda value: defaultdict(str, value) if isinstance(value, dict) else value,
    lambda value: MappingProxyType(value) if isinstance(value, dict) else value,
    lambda value: UserDict(value) if isinstance(value, dict) else value,
    lambda value: type("Items", (list,), {})(value) if isinstance(value, list) else value,
    lambda value: tuple(value) if isinstance(value, list) else value,
    lambda value: type("Text", (str,), {})(value) if isinstance(value, str) else value,
    lambda value: value.encode(errors="replace") if isinstance(value, str) else value,
    lambda value: UserString(value) if isinstance(value, str) else value,
    lambda value: float("nan") if isinstance(value, float) else value,
    lambda value: type("Whole", (int,), {})(value) if type(value) is int else value,
    lambda value: object(),
)
"""What a Python program may hand over where JSON was meant."""


@st.composite
def unusual(draw: st.DrawFn, value: Any) -> Any:
    """Draw a value in which some parts are of other classes than JSON's."""
    if isinstance(value, dict):
        value = {key: draw(unusual(inner)) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [draw(unusual(inner)) for inner in value]
    if draw(st.integers(0, 4)) == 0:
        value = draw(st.sampled_from(UNUSUAL))(value)
    return value


def _described(value: Any) -> Any:
    """Return a value with the classes of its parts, to see that none of them was changed."""
    if isinstance(value, dict | UserDict | MappingProxyType):
        return type(value).__name__, {key: _described(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value).__name__, [_described(inner) for inner in value]
    return type(value).__name__, repr(value)


@given(st.data())
@examples(60)
def test_python_objects_end_alike(data: st.DataObject) -> None:
    """Whatever an embedder passes in, all ways say the same of it, and leave it as it is."""
    made = accepted(data.draw(collections()))
    for record in data.draw(st.lists(strategies.records, min_size=1, max_size=4)):
        strange = data.draw(unusual(record))
        before = _described(strange)
        outcome = made.outcome(strange)
        assert _described(strange) == before
        if outcome.record is not None:
            orjson.dumps(outcome.record)


@given(st.dictionaries(st.sampled_from(["A", "B", "C d", "é"]), values, max_size=4), st.data())
@examples(60)
def test_carrying_forward_changes_nothing(existing: dict[str, Any], data: st.DataObject) -> None:
    """An update that carries every field forward gives back the record that there is, or says what is wrong in it."""
    names = data.draw(st.permutations(["A", "B", "C d", "é"]))
    rules = {name: {"formula": f'existing["{name}"]', "on_empty": "null"} for name in names}
    template = json.dumps(rules, ensure_ascii=False)
    outcome = ways(f"operation: update\nfields: {template}\n").outcome({}, existing)
    assert_sound(outcome)
    if outcome.record is not None:
        blank = (None, *(one for one in existing.values() if isinstance(one, str) and not one.strip()))
        wanted = {name: existing.get(name) for name in names}
        assert identical(
            outcome.record, {name: None if one in blank else one for name, one in wanted.items()}
        )


@given(collections(), st.lists(strategies.records, min_size=20, max_size=40))
@examples(15)
def test_threads_share_a_plan(templates: list[Any], records: list[Any]) -> None:
    made = accepted(templates)
    wanted = [made.function(record) for record in records]
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(lambda: [made.function(record) for record in records]) for _ in range(8)]
        for run in runs:
            assert identical([list(one) for one in run.result()], [list(one) for one in wanted])


@given(st.data())
@examples(30)
def test_a_plan_ends_as_its_function_does(data: st.DataObject) -> None:
    """Calling a plan, and mapping many records, adds nothing to its function."""
    made = accepted(data.draw(collections(below=0)))
    records = data.draw(st.lists(strategies.records, max_size=5))
    one_by_one = [made.plan(record, now=NOW) for record in records]
    assert identical([list(one) for one in made.plan.map(records, NOW)], [list(one) for one in one_by_one])
    assert identical([list(made.function(record)) for record in records], [list(one) for one in one_by_one])
