"""From samples to a schema and suggestions: claims that hold, and nothing applied unasked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_files.support import read_yaml
from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine
from recordmap.expression.source import source_path
from recordmap.inference.draft import Draft, checked_name
from recordmap.inference.identity import Identity
from recordmap.inference.names import alike
from recordmap.inference.schema import ENOUGH, schema_of
from recordmap.inference.shape import MAX_KEYS, Shape
from recordmap.inference.suggestions import Samples, Suggestion, suggestions
from recordmap.resources import data_folder
from recordmap.schema.library import SchemaLibrary
from recordmap.schema.validation import misfits
from recordmap.template.meaning import collection_meaning

WRITTEN_WRONG = {"yaml-syntax", "unknown-source-path", "source-syntax", "unknown-key", "wrong-value"}
NAMES = read_yaml(Path(__file__).parent / "names.yaml")
RECORDS = data_folder("collections") / "klaviyo" / "records"

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, width=16)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
_RECORDS = st.lists(st.dictionaries(st.text(max_size=2), _VALUES, max_size=4), min_size=1, max_size=5)


def shape_of(records: list[dict[str, Any]]) -> Shape:
    shape = Shape()
    for record in records:
        shape.add(record)
    return shape


@given(_RECORDS, st.sampled_from([1, ENOUGH]))
def test_every_sample_fits_the_schema_made_of_them(records: list[dict[str, Any]], times: int) -> None:
    schema = schema_of(shape_of(records * times), "sample")
    library = SchemaLibrary((), {"sample/record": schema})
    library.load("sample/record")
    for record in records:
        assert [*misfits("sample/record", record, library)] == []


def test_much_is_claimed_only_of_many() -> None:
    few, many = (schema_of(shape_of([{"a": "x", "b": 1}] * n), "s") for n in (ENOUGH - 1, ENOUGH))
    assert "required" not in few
    assert few["properties"]["a"]["type"] == ["string", "null"]
    assert many["required"] == ["a", "b"]
    assert many["properties"]["a"]["type"] == "string"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a@example.org"] * 5, "email"),
        (["a@example.org"] * 4, None),
        (["a@example.org"] * 5 + ["no"], None),
        (["2026-01-01T10:00:00Z"] * 5, "date-time"),
        (["2026-01-01"] * 5, "date"),
        (["https://example.org/x"] * 5, "uri"),
        (["a@example.org"] * 5 + [""], None),
    ],
)
def test_formats(values: list[str], expected: str | None) -> None:
    schema = schema_of(shape_of([{"a": value} for value in values]), "s")
    assert schema["properties"]["a"].get("format") == expected


def test_very_many_keys_are_data() -> None:
    schema = schema_of(shape_of([{"t": {f"k{n}": n for n in range(MAX_KEYS + 5)}}]), "s")
    table = schema["properties"]["t"]
    assert "properties" not in table
    assert table["additionalProperties"]["type"] == "integer"


def test_no_value_of_a_sample_is_in_the_schema() -> None:
    schema = schema_of(shape_of([{"name": "canary", "list": ["canary"], "deep": {"x": "canary"}}] * 200), "s")
    assert "canary" not in json.dumps(schema)


@pytest.mark.parametrize("case", NAMES, ids=lambda case: f"{case['field']} {case['path']}")
def test_names(case: dict[str, Any]) -> None:
    points = alike(case["field"], tuple(case["path"].split(".")))
    assert case.get("least", 0) <= points <= case.get("most", 1)


def offered() -> tuple[dict[str, list[Suggestion]], dict[str, Any], Samples]:
    samples = Samples()
    for record in json.loads((RECORDS / "profiles.json").read_bytes()):
        samples.add(record)
    for record in json.loads((RECORDS / "customers.json").read_bytes()):
        samples.add_destination(record)
    source = schema_of(samples.shape, "profiles")
    schema = SchemaLibrary((data_folder("schemas"),)).load("ipaas/customer")
    return dict(suggestions(samples, source, schema, schema.fields)), source, samples


def test_the_delivered_mapping_is_suggested() -> None:
    found, _, _ = offered()
    assert {field: several[0].path for field, several in found.items() if several} == {
        "EmailAddress": "attributes.email",
        "FirstName": "attributes.first_name",
        "LastName": "attributes.last_name",
        "Company": "attributes.organization",
    }
    email = found["EmailAddress"][0]
    assert email.trouble is not None
    assert "254" in email.trouble
    assert email.rule == (("source", "attributes.email"),)


def test_a_draft_maps_nothing_unasked_and_everything_asked(tmp_path: Path) -> None:
    found, source, _ = offered()
    schema = SchemaLibrary((data_folder("schemas"),)).load("ipaas/customer")
    for chosen in ({}, {field: several[0] for field, several in found.items() if several}):
        draft = Draft("profiles", "profiles.json", source, schema, "id", found, chosen)
        files = draft.files()
        text = files["profiles_add.yaml"].decode()
        engine = Engine.from_collections([text], schemas={"profiles/record": source})
        (collection,) = engine.collections.values()
        assert {rule.name.text for rule in collection.fields} == set(chosen)
        codes = {one.code for one in engine.check()}
        assert "required-field-unmapped" in codes
        wrong = [one.message for one in engine.check() if one.code in WRITTEN_WRONG]
        assert wrong == ([] if chosen else ["'fields' must be a map of keys and values, not nothing"])


def taken(text: str, fields: set[str]) -> str:
    """Return a draft without the # in front of the suggestions for some fields."""
    lines, takes = [], False
    for line in text.splitlines():
        if found := re.match(r'  # (?:"(.*?)"|(\w+)):', line):
            takes = (found[1] or found[2]) in fields
        lines.append(re.sub(r"^  # ", "  ", line) if takes else line)
    return "\n".join(lines) + "\n"


def one_of(field: str, path: str, *more: tuple[str, str]) -> Suggestion:
    return Suggestion(field, path, (("source", path), *more), 1, None, 1, "it's: odd # so")


SEVERAL = {
    "EmailAddress": [
        one_of("EmailAddress", "a"),
        one_of("EmailAddress", "b", ("formula", 'value or "N/A: #"')),
    ],
    "FirstName": [],
    "LastName": [one_of("LastName", 'c."d: #"', ("formula", "trim(value)"), ("on_empty", "error"))],
    "Company": [one_of("Company", "a"), one_of("Company", "b"), one_of("Company", "c.e")],
}


@pytest.mark.parametrize("several", [True, False])
def test_a_suggestion_without_its_number_sign_is_the_accepted_rule(several: bool) -> None:
    found, source, _ = offered()
    if several:
        found = SEVERAL
        source = schema_of(shape_of([{"a": "x", "b": "x", "c": {"d: #": "x", "e": "x"}}]), "profiles")
    schema = SchemaLibrary((data_folder("schemas"),)).load("ipaas/customer")
    with_some = [field for field, offers in found.items() if offers]
    text = Draft("profiles", "a.json", source, schema, "id", found, {}).files()["profiles_add.yaml"].decode()
    for fields in ({with_some[0]}, {with_some[-1]}, set(with_some)):
        engine = Engine.from_collections([taken(text, fields)], schemas={"profiles/record": source})
        assert not {one.code for one in engine.check()} & WRITTEN_WRONG
        chosen = {field: found[field][0] for field in fields}
        asked = Draft("profiles", "a.json", source, schema, "id", found, chosen).files()["profiles_add.yaml"]
        (collection,), (accepted,) = (
            one.collections.values()
            for one in (
                engine,
                Engine.from_collections([asked.decode()], schemas={"profiles/record": source}),
            )
        )
        assert {rule.name.text for rule in collection.fields} == fields
        assert collection_meaning(collection) == collection_meaning(accepted)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("profiles", "id"),
        ("2024", "Kunden-Nr"),
        ("1e3", "a.b"),
        ("true", "customer id"),
        ("null", "true"),
        ("no", "123"),
        ("0x1F", 'a"b: #\n'),
        ("a-1", "Größe"),
    ],
)
def test_any_name_and_any_identity_can_be_written(name: str, key: str, tmp_path: Path) -> None:
    source, path = schema_of(shape_of([{key: "1"}]), name), source_path((key,))
    schema = SchemaLibrary((data_folder("schemas"),)).load("ipaas/customer")
    accepted = Suggestion("EmailAddress", path, (("source", path),), 1, None, 1)
    draft = Draft(name, "a.json", source, schema, key, {}, {"EmailAddress": accepted})
    for file, data in draft.files().items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(data)
    engine = Engine.load(tmp_path)
    assert engine.integration is not None
    assert engine.integration.source.external_id is not None
    assert engine.integration.source.external_id.scalar.text == path
    assert not {one.code for one in engine.check()} & WRITTEN_WRONG


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{"id": 1, "n": 1}, {"id": 2, "n": 1}], "id"),
        ([{"n": 1, "contact_id": "a"}, {"n": 2, "contact_id": "b"}], "contact_id"),
        ([{"id": 1}, {"id": 1}], None),
        ([{"id": 1}, {}], None),
        ([{}, {"id": 1}], None),
        ([{"id": None}, {"id": 1}], None),
    ],
)
def test_identity(records: list[dict[str, Any]], expected: str | None) -> None:
    identity = Identity()
    for record in records:
        identity.add(record)
    assert identity.best() == expected


@pytest.mark.parametrize("name", ["a b", "../x", "", "é"])
def test_names_of_files(name: str) -> None:
    with pytest.raises(ConfigurationError):
        checked_name(name)
