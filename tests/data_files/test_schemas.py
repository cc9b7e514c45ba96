"""The schemas: valid draft-07, readable by our own loader, and explained at every key."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from data_files.support import (
    COLLECTIONS,
    SCHEMAS,
    faults,
    read_json,
    read_yaml,
    record_schema_names,
    schema,
    schema_names,
    validator,
)

RECORD_KEYWORDS = {
    *("$schema", "$id", "$ref", "title", "description", "examples", "definitions"),
    *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "format"),
    *("minLength", "maxLength", "minimum", "maximum"),
    *("x-messages", "x-unique", "x-recommended", "x-custom-fields"),
}
TYPES = {"string", "number", "integer", "boolean", "null", "object", "array"}
CHANGES = read_yaml(Path(__file__).parent / "documents.yaml")

Subschema = tuple[str, dict[str, Any]]


def _named(node: dict[str, Any], at: str, keyword: str) -> Iterator[Subschema]:
    for name, part in node.get(keyword, {}).items():
        yield f"{at}/{keyword}/{name}", part


def _listed(node: dict[str, Any], at: str) -> Iterator[Subschema]:
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield f"{at}/{keyword}", node[keyword]
    for keyword in ("oneOf", "anyOf", "allOf"):
        for index, part in enumerate(node.get(keyword, [])):
            yield f"{at}/{keyword}/{index}", part


def subschemas(node: dict[str, Any], at: str = "") -> Iterator[Subschema]:
    """Yield every schema within a schema, itself first, with its JSON pointer."""
    yield at, node
    parts = chain(_named(node, at, "properties"), _named(node, at, "definitions"), _listed(node, at))
    for pointer, part in parts:
        yield from subschemas(part, pointer)


def needs_explaining(pointer: str, node: dict[str, Any]) -> bool:
    """Return whether a person meets this schema as a key, an entry or a document, not as a mere condition."""
    parts = pointer.split("/")
    if parts[-1] in {"items", "additionalProperties"}:
        return set(node) != {"$ref"}
    return pointer == "" or parts[-2] in {"properties", "definitions"}


def explained() -> list[tuple[str, str]]:
    return [
        (name, pointer)
        for name in schema_names()
        for pointer, node in subschemas(schema(name))
        if needs_explaining(pointer, node)
    ]


def part_of(name: str, pointer: str) -> dict[str, Any]:
    return dict(subschemas(schema(name)))[pointer]


def test_the_schemas_are_all_there() -> None:
    assert schema_names() == [
        "cases",
        "cli/apply-output",
        "cli/check-output",
        "cli/diff-output",
        "cli/dismiss-output",
        "cli/error-output",
        "cli/errors-output",
        "cli/explain-output",
        "cli/forget-output",
        "cli/functions-output",
        "cli/fuzz-output",
        "cli/journal-output",
        "cli/let-in-output",
        "cli/match-output",
        "cli/plan-line",
        "cli/prune-output",
        "cli/retry-output",
        "cli/status-output",
        "cli/sync-one-output",
        "cli/sync-output",
        "cli/test-output",
        "cli/undo-output",
        "cli/upgrade-output",
        "cli/where-output",
        "collection",
        "integration",
        "ipaas/customer",
        "ipaas/customer-address",
        "klaviyo/location",
        "klaviyo/profile",
        "overlay",
    ]


@pytest.mark.parametrize("name", schema_names())
def test_schema_is_valid_draft_07(name: str) -> None:
    document = schema(name)
    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(document)


@pytest.mark.parametrize(("name", "pointer"), explained())
def test_every_key_is_explained_and_its_examples_are_valid(name: str, pointer: str) -> None:
    node = part_of(name, pointer)
    assert re.match(r"\S.*\.$", node["description"]), "a description is one or more whole sentences"
    assert not re.search(r"[`*\[\]<>]", node["description"]), "editors show a description as plain text"
    assert node["examples"], "a key without an example"
    for example in node["examples"]:
        validator(name, pointer).validate(example)


@pytest.mark.parametrize("name", schema_names())
def test_no_key_is_required_that_is_not_described(name: str) -> None:
    for pointer, node in subschemas(schema(name)):
        if "properties" in node:
            assert set(node.get("required", [])) <= set(node["properties"]), pointer


def test_an_overlay_says_things_as_its_template_does() -> None:
    template, overlay = schema("collection"), schema("overlay")
    own = {"overlay", "remove"}
    assert set(overlay["properties"]) - own == set(template["properties"]) - {
        *("collection", "operation", "source", "destination", "child_of")
    }
    for key in set(overlay["properties"]) - own:
        assert overlay["properties"][key] == template["properties"][key], key
    assert set(overlay["definitions"]) - {"names_to_remove"} <= set(template["definitions"])
    for name in set(overlay["definitions"]) & set(template["definitions"]):
        definition = overlay["definitions"][name]
        ways = (
            {"anyOf"} if name == "field_rule" else set()
        )  # an overlay may change the level of a field alone
        expected = {key: value for key, value in template["definitions"][name].items() if key not in ways}
        assert definition == expected, name


@pytest.mark.parametrize("name", record_schema_names())
def test_record_schema_keeps_to_the_keywords_of_our_loader(name: str) -> None:
    for pointer, node in subschemas(schema(name)):
        assert set(node) <= RECORD_KEYWORDS, pointer
        types = node.get("type", [])
        assert set([types] if isinstance(types, str) else types) <= TYPES, pointer
        if "$ref" in node:
            assert (SCHEMAS / name).parent.joinpath(node["$ref"]).is_file(), pointer
        else:
            assert "type" in node, f"{pointer}: a value without a type can't be checked"


@pytest.mark.parametrize("name", record_schema_names())
def test_our_own_keywords_stand_where_they_mean_something(name: str) -> None:
    for pointer, node in subschemas(schema(name)):
        messages = node.get("x-messages", {})
        assert set(messages) <= {"required", "unique"}, pointer
        assert ("unique" in messages) == ("x-unique" in node), pointer
        if "required" in messages:
            parent, _, key = pointer.rpartition("/properties/")
            assert key in part_of(name, parent)["required"], pointer
            assert node["type"] == "string", pointer
        if node.get("x-custom-fields"):
            assert node["additionalProperties"] is False, pointer


@pytest.mark.parametrize("name", ["ipaas/customer", "ipaas/customer-address"])
def test_every_required_destination_field_says_why_it_is_missed(name: str) -> None:
    document = schema(name)
    for key in document["required"]:
        assert document["properties"][key]["x-messages"]["required"].endswith(" is required")


def test_the_messages_of_the_platform_are_kept_word_for_word() -> None:
    properties = schema("ipaas/customer")["properties"]
    assert properties["EmailAddress"]["x-messages"] == {
        "required": "An email address is required",
        "unique": "Email address already exists",
    }
    assert properties["CustomerNumber"]["x-messages"] == {"required": "A customer number is required"}


def test_only_known_limits_are_set() -> None:
    """A limit that only the destination has would make the delivered templates reject records."""
    limits = {
        (name, pointer.rpartition("/")[2]): node["maxLength"]
        for name in record_schema_names()
        for pointer, node in subschemas(schema(name))
        if "maxLength" in node
    }
    assert limits == {
        ("klaviyo/profile", "email"): 100,
        ("klaviyo/profile", "external_id"): 255,
        ("ipaas/customer", "EmailAddress"): 254,
        ("ipaas/customer", "Comment"): 500,
    }


def test_consent_is_open_because_klaviyo_adds_values() -> None:
    values = [node for pointer, node in subschemas(schema("klaviyo/profile")) if pointer.endswith("/consent")]
    assert len(values) == 2
    assert all("enum" not in node and node["type"] == "string" for node in values)


def test_sample_profiles_fit_the_profile_schema() -> None:
    profiles = read_json(COLLECTIONS / "klaviyo" / "records" / "profiles.json")
    assert len(profiles) == 5
    for profile in profiles:
        validator("klaviyo/profile").validate(profile)


def _change(document: Any, change: dict[str, Any]) -> Any:
    """Return a copy with the paths under `set` written and those under `drop` removed; `/` parts a path."""
    result = copy.deepcopy(document)

    def owner(path: str) -> tuple[Any, Any]:
        *way, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        node = result
        for step in way:
            node = node[step]
        return node, last

    for path, value in change.get("set", {}).items():
        node, last = owner(path)
        node[last] = value
    for path in change.get("drop", []):
        node, last = owner(path)
        del node[last]
    return result


@pytest.mark.parametrize("name", sorted(CHANGES["documents"]))
def test_starting_documents_are_accepted(name: str) -> None:
    start = CHANGES["documents"][name]
    assert not faults(start["schema"], start["document"])


@pytest.mark.parametrize("entry", CHANGES["accepted"], ids=lambda entry: f"{entry['of']}: {entry['why']}")
def test_schema_accepts(entry: dict[str, Any]) -> None:
    start = CHANGES["documents"][entry["of"]]
    assert not faults(start["schema"], _change(start["document"], entry))


@pytest.mark.parametrize("entry", CHANGES["refused"], ids=lambda entry: f"{entry['of']}: {entry['why']}")
def test_schema_refuses(entry: dict[str, Any]) -> None:
    """Every fault is found where the document was spoilt, so it isn't refused for some other reason."""
    start = CHANGES["documents"][entry["of"]]
    found = faults(start["schema"], _change(start["document"], entry))
    assert found
    assert {"/".join(map(str, fault.absolute_path)) for fault in found} == {entry["at"]}
