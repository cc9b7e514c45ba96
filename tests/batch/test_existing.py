"""Existing records from a file: matched as a sync matches, by the rules of the shipped integration."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordmap import Engine
from recordmap.batch.existing import Existing, matching
from recordmap.diagnostics import ConfigurationError, Fault
from recordmap.resources import data_folder
from recordmap.sync.pipeline import Pipeline

PROJECT = data_folder("collections") / "klaviyo"
UPDATE = "Update Klaviyo Profile TO iPaaS.com"

CUSTOMERS: list[dict[str, Any]] = [
    {"id": "1", "record": {"EmailAddress": "Ann@Example.com", "CustomerNumber": "N/A"}, "external_ids": {}},
    {
        "id": "2",
        "record": {"EmailAddress": "b@example.com"},
        "external_ids": {"klaviyo": ["P2", "P2b"], "shop": "P9"},
    },
    {"EmailAddress": "c@example.com", "CustomerNumber": "+12025550142"},
    {"id": "4", "record": {"EmailAddress": "d@example.com", "CustomerNumber": "(202) 555-0142"}},
    {
        "id": "5",
        "record": {"EmailAddress": "e@example.com", "CustomerNumber": "+4366055501 19"},
        "external_ids": None,
    },
    {"id": "6", "record": {"EmailAddress": "f@example.com"}, "external_ids": {"klaviyo": 17}},
]


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    engine = Engine.load(PROJECT)
    return matching(*engine.checked_integration(), engine.plan(UPDATE))


@pytest.fixture(scope="module")
def existing(pipeline: Pipeline) -> Existing:
    return Existing(pipeline, CUSTOMERS)


def profile(external_id: Any, email: str | None = None, phone: str | None = None) -> dict[str, Any]:
    return {"id": external_id, "attributes": {"email": email, "phone_number": phone}}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (profile("P1", " ann@EXAMPLE.com"), "Ann@Example.com"),
        (profile("P2", "changed@example.com"), "b@example.com"),
        (profile("P2b"), "b@example.com"),
        (profile(17), "f@example.com"),
        (profile("P9"), None),
        (profile("P2", "ann@example.com"), "Ann@Example.com"),
        (profile("P3", "new@example.com", "+436605550119"), "e@example.com"),
        (profile("P4", "new@example.com", "N/A"), None),
        (profile("P5", "not an address", None), None),
        (profile(None), None),
        ({}, None),
    ],
)
def test_match(existing: Existing, source: dict[str, Any], found: str | None) -> None:
    record = existing.find(source)
    assert (record or {}).get("EmailAddress") == found


def test_two_records_with_the_key_are_a_fault(pipeline: Pipeline) -> None:
    twins = [{"EmailAddress": f"{name}@example.com", "CustomerNumber": "+12025550142"} for name in "ab"]
    with pytest.raises(Fault) as caught:
        Existing(pipeline, twins).find(profile("P1", None, "+12025550142"))
    assert caught.value.code == "match-ambiguous"


def test_a_record_with_a_field_named_record_is_a_record(pipeline: Pipeline) -> None:
    odd = {"record": {"a": 1}, "EmailAddress": "a@example.com"}
    assert Existing(pipeline, [odd]).find(profile("P1", "a@example.com")) == odd


@pytest.mark.parametrize("linked", [["P1"], "P1", 17])
def test_external_ids_of_no_integration_are_refused(pipeline: Pipeline, linked: Any) -> None:
    with pytest.raises(ConfigurationError, match="are by integration"):
        Existing(pipeline, [{"record": {"EmailAddress": "a@example.com"}, "external_ids": linked}])


@pytest.mark.parametrize("name", ["customers.json", "customers.ndjson", "customers.ndjson.gz"])
def test_files(pipeline: Pipeline, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = orjson.dumps(CUSTOMERS) if name.endswith("json") else b"\n\n".join(map(orjson.dumps, CUSTOMERS))
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert Existing.from_file(pipeline, path).find(profile("P2")) == {"EmailAddress": "b@example.com"}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"{}\n\nbroken\n", "line 3: not valid JSON"),
        (b"{}\n[]\n", "line 2: a list where an object was expected"),
        (b"[{}, {}, 3]", "item 3: a number where an object was expected"),
        (b"[{}", "item 2: the array has no end"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(
    pipeline: Pipeline, tmp_path: Path, data: bytes, place: str
) -> None:
    path = tmp_path / "customers.json"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=f"customers.json, {place}"):
        Existing.from_file(pipeline, path)
