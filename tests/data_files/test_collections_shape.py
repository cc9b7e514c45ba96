"""The shipped collections as data: they fit the schemas, map what they promise, and their cases make sense.

What they do when they run is tested with the engine; here they are only read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_files.support import COLLECTIONS, SCHEMAS, faults, read_json, read_yaml, schema, validator

KLAVIYO = COLLECTIONS / "klaviyo"
FILES = sorted(COLLECTIONS.rglob("*.yaml"))
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
JSON_SCALAR = re.compile(r"null|true|false|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
MESSAGES = {"EmailAddress": "An email address is required", "CustomerNumber": "A customer number is required"}

EXPECTED = {
    "customer_add": {
        "EmailAddress": ("required", "attributes.email", None, None),
        "CustomerNumber": ("required", "attributes.phone_number", 'trim(value) or "N/A"', None),
        "FirstName": ("recommended", "attributes.first_name", None, None),
        "LastName": ("recommended", "attributes.last_name", None, None),
        "Company": ("recommended", "attributes.organization", None, None),
        "CustomFields.Consent": ("optional", "attributes.subscriptions.email.marketing.consent", None, None),
        "CustomFields.C5_Custom_Customer": (
            *("optional", 'attributes.properties."Last active"'),
            *("to_text(value)", "not is_empty(value)"),
        ),
    },
    "customer_update": {
        "EmailAddress": ("required", None, "existing.EmailAddress", None),
        "CustomerNumber": ("required", None, "existing.CustomerNumber", None),
        "FirstName": ("recommended", None, "existing.FirstName", None),
        "LastName": ("recommended", None, "existing.LastName", None),
        "Company": ("recommended", None, "existing.Company", None),
        "Comment": ("optional", None, "existing.Comment", None),
    },
    "customer_address_add": {
        "FirstName": ("recommended", None, "parent.attributes.first_name", None),
        "LastName": ("recommended", None, "parent.attributes.last_name", None),
        "Company": ("recommended", None, "parent.attributes.organization", None),
        "PhoneNumber": ("recommended", None, "parent.attributes.phone_number", None),
        "Address1": ("required", "address1", None, None),
        "Address2": ("optional", "address2", None, None),
        "City": ("required", "city", None, None),
        "Region": ("recommended", "region", None, None),
        "Country": ("required", "country", None, None),
        "PostalCode": ("recommended", "zip", None, None),
    },
}
REMAPPED = {
    **{name: EXPECTED["customer_add"].get(name, ())[1:3] for name in EXPECTED["customer_update"]},
    "Comment": ("attributes.properties.Comment", "truncate(to_text(value), 500)"),
}
EXPECTED["customer_address_update"] = EXPECTED["customer_address_add"]


def collection(stem: str) -> dict[str, Any]:
    return read_yaml(KLAVIYO / f"{stem}.yaml")


def kind(path: Path) -> str:
    if path.name.endswith(".cases.yaml"):
        return "cases"
    return "integration" if path.name == "integration.yaml" else "collection"


def by_name() -> dict[str, dict[str, Any]]:
    return {document["collection"]: document for document in map(collection, EXPECTED)}


def rules(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    custom = {f"CustomFields.{name}": rule for name, rule in document.get("custom_fields", {}).items()}
    return {**document["fields"], **custom}


def all_cases() -> list[tuple[str, dict[str, Any]]]:
    """Return every case with the name of the collection that it runs."""
    files = (read_yaml(path) for path in sorted(KLAVIYO.glob("*.cases.yaml")))
    return [
        (case.get("collection", file.get("collection")), case) for file in files for case in file["cases"]
    ]


def given(case: dict[str, Any]) -> Any:
    if "given" in case:
        return case["given"]
    name, _, number = case["given_file"].partition("#")
    return read_json(KLAVIYO / name)[int(number)]


def test_the_files_are_all_there() -> None:
    assert [path.relative_to(COLLECTIONS).as_posix() for path in FILES] == [
        "klaviyo/customer_add.cases.yaml",
        "klaviyo/customer_add.yaml",
        "klaviyo/customer_address.cases.yaml",
        "klaviyo/customer_address_add.yaml",
        "klaviyo/customer_address_update.yaml",
        "klaviyo/customer_update.cases.yaml",
        "klaviyo/customer_update.yaml",
        "klaviyo/integration.yaml",
    ]


@pytest.mark.parametrize("folder", [COLLECTIONS, SCHEMAS], ids=lambda folder: folder.name)
def test_data_folders_hold_data_only(folder: Path) -> None:
    """A Python file there would make `collections` a package that hides the standard library's."""
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert suffixes <= {".yaml", ".json"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_names_its_schema_and_fits_it(path: Path) -> None:
    modeline = MODELINE.fullmatch(path.read_text(encoding="utf-8").splitlines()[0])
    assert modeline
    wanted = kind(path)
    assert (path.parent / modeline[1]).resolve() == SCHEMAS / f"{wanted}.schema.json"
    assert not faults(wanted, read_yaml(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_begins_with_what_it_does(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[1 : lines.index("")]
    assert len(head) >= 2
    assert all(line.startswith("#") for line in head)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_keeps_to_the_scalars_of_json(path: Path) -> None:
    """What YAML reads as something else than JSON would, such as 012, no or a date, is in quotes."""
    resolver = yaml.SafeLoader("")
    for event in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader):
        assert not isinstance(event, yaml.AliasEvent)
        assert getattr(event, "anchor", None) is None
        if isinstance(event, yaml.ScalarEvent) and event.style is None:
            tag = resolver.resolve(yaml.ScalarNode, event.value, (True, False))
            assert tag == "tag:yaml.org,2002:str" or JSON_SCALAR.fullmatch(event.value), event.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_key_is_given_twice(path: Path) -> None:
    nodes = [yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)]
    for node in nodes:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), Counter(keys).most_common(1)
            nodes.extend(value for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)


@pytest.mark.parametrize("stem", EXPECTED)
def test_collection_maps_exactly_what_it_promises(stem: str) -> None:
    found = {
        name: (rule["level"], rule.get("source"), rule.get("formula"), rule.get("when"))
        for name, rule in rules(collection(stem)).items()
    }
    assert found == EXPECTED[stem]
    assert list(found) == list(EXPECTED[stem])


@pytest.mark.parametrize("stem", EXPECTED)
def test_collection_and_each_of_its_fields_are_described(stem: str) -> None:
    document = collection(stem)
    described = [document, *rules(document).values()]
    assert all(re.fullmatch(r"[A-Z].*\.", part["description"]) for part in described)


@pytest.mark.parametrize("stem", EXPECTED)
def test_collection_is_enabled_and_writes_only_what_its_destination_has(stem: str) -> None:
    document = collection(stem)
    destination = schema(document["destination"])
    assert document["status"] == "enabled"
    assert set(document["fields"]) <= set(destination["properties"])
    custom = destination["properties"].get("CustomFields", {}).get("properties", {})
    assert set(document.get("custom_fields", {})) <= set(custom)
    required = {name for name, rule in document["fields"].items() if rule["level"] == "required"}
    assert required == set(destination["required"])


def test_the_four_collections_belong_together() -> None:
    collections = by_name()
    assert {name: document["operation"] for name, document in collections.items()} == {
        "Add Klaviyo Profile TO iPaaS.com": "add",
        "Update Klaviyo Profile TO iPaaS.com": "update",
        "Add Klaviyo Profile Address TO iPaaS.com": "add",
        "Update Klaviyo Profile Address TO iPaaS.com": "update",
    }
    for document in collections.values():
        for reference in document.get("children", []):
            child = collections[reference["collection"]]
            assert child["child_of"] == document["source"]
            assert child["operation"] == document["operation"]
            items = schema(document["destination"])["properties"][reference["into"]]["items"]["$ref"]
            assert f"ipaas/{items}" == f"{child['destination']}.schema.json"


@pytest.mark.parametrize("stem", ["customer_address_add", "customer_address_update"])
def test_address_collections_take_whole_addresses_once(stem: str) -> None:
    document = collection(stem)
    assert document["each"] == "attributes.location"
    conditions = (f"not is_empty(record.{key})" for key in ("address1", "city", "country"))
    assert document["filter"] == " and ".join(conditions)
    assert document["duplicates"] == "skip"
    assert document.get("on_change") == ("add" if document["operation"] == "update" else None)


def test_integration_joins_the_collections() -> None:
    integration = read_yaml(KLAVIYO / "integration.yaml")
    collections = by_name()
    for operation in ("add", "update"):
        document = collections[integration[operation]]
        assert document["operation"] == operation
        assert document["source"] == integration["source"]["schema"]
        assert document["destination"] == integration["destination"]["schema"]
    assert integration["match"] == [
        "external_id",
        {"field": "EmailAddress", "source": "attributes.email", "compare": "email"},
        {
            "field": "CustomerNumber",
            "source": "attributes.phone_number",
            "compare": "phone",
            "ignore": ["N/A"],
        },
    ]
    assert integration["source"] == {
        "connector": "klaviyo",
        "schema": "klaviyo/profile",
        "external_id": "id",
        "watermark": "attributes.updated",
        "options": {
            "base_url": "https://a.klaviyo.com",
            "revision": "2023-10-15",
            "page_size": 100,
            "overlap_seconds": 300,
        },
    }


@pytest.mark.parametrize("field", EXPECTED["customer_update"])
def test_a_field_of_the_update_is_remapped_by_uncommenting(field: str) -> None:
    """As the file's head says: delete the formula line and uncomment the line or two below it."""
    text = (KLAVIYO / "customer_update.yaml").read_text(encoding="utf-8")
    remapped = re.sub(
        rf"    formula: existing\.{field}\n((?:    # .*\n)+)",
        lambda found: found[1].replace("    # ", "    "),
        text,
    )
    document = yaml.safe_load(remapped)
    assert not faults("collection", document)
    delivered = collection("customer_update")
    rule = delivered["fields"][field]
    source, formula = REMAPPED[field]
    wanted = {key: rule[key] for key in ("description", "level")} | {"source": source}
    delivered["fields"][field] = wanted | ({"formula": formula} if formula else {})
    assert document == delivered


@pytest.mark.parametrize("path", sorted(KLAVIYO.glob("*.cases.yaml")), ids=lambda path: path.name)
def test_cases_have_names_of_their_own(path: Path) -> None:
    names = Counter(case["name"] for case in read_yaml(path)["cases"])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(("name", "case"), all_cases(), ids=[case["name"] for _, case in all_cases()])
def test_case_is_possible(name: str, case: dict[str, Any]) -> None:
    """A case names a collection and a record that are there, and a result that its destination takes."""
    document = by_name()[name]
    assert isinstance(given(case), dict)
    assert ("parent" in case) == ("child_of" in document)
    assert ("existing" in case) <= (document["operation"] == "update")
    if "exact" in case:
        validator(document["destination"]).validate(case["exact"])
    destination = schema(document["destination"])["properties"]
    assert set(case.get("expect", {})) | set(case.get("unset", [])) <= set(destination)
    if "expect_error" in case:
        error = case["expect_error"]
        assert error == {
            "code": "required-field-missing",
            "field": error["field"],
            "message": destination[error["field"]]["x-messages"]["required"],
        }
        assert error["message"] == MESSAGES[error["field"]]


def test_every_collection_has_cases_for_each_of_its_fields() -> None:
    shown: dict[str, set[str]] = {name: set() for name in by_name()}
    for name, case in all_cases():
        for key, value in {**case.get("exact", {}), **case.get("expect", {})}.items():
            shown[name] |= {f"{key}.{inner}" for inner in value} if key == "CustomFields" else {key}
    for name, document in by_name().items():
        assert set(rules(document)) <= shown[name]


def test_every_sample_profile_is_a_case_of_the_add() -> None:
    add = "Add Klaviyo Profile TO iPaaS.com"
    files = {case.get("given_file") for name, case in all_cases() if name == add}
    assert {f"records/profiles.json#{number}" for number in range(5)} <= files


def test_existing_customers_are_possible() -> None:
    customers = read_json(KLAVIYO / "records" / "customers.json")
    for customer in customers:
        assert set(customer) == {"id", "record", "external_ids"}
        validator("ipaas/customer").validate(customer["record"])
    emails = Counter(customer["record"]["EmailAddress"].strip().lower() for customer in customers)
    links = Counter(link for customer in customers for link in customer["external_ids"].get("klaviyo", []))
    assert max(emails.values()) == max(links.values()) == 1
    assert len({customer["id"] for customer in customers}) == len(customers)


def test_existing_customers_meet_the_sample_profiles_in_every_way() -> None:
    """By external ID, by email in other letters, by phone in another form, and not at all."""
    profiles = read_json(KLAVIYO / "records" / "profiles.json")
    customers = read_json(KLAVIYO / "records" / "customers.json")
    links = {link for customer in customers for link in customer["external_ids"].get("klaviyo", [])}
    emails = {customer["record"]["EmailAddress"] for customer in customers}
    numbers = {re.sub(r"[^+\d]", "", customer["record"]["CustomerNumber"]) for customer in customers}
    ways = Counter()
    for profile in profiles:
        email, phone = profile["attributes"]["email"], profile["attributes"]["phone_number"]
        if profile["id"] in links:
            ways["external_id"] += 1
        elif email.lower() in {other.lower() for other in emails}:
            assert email not in emails
            ways["email"] += 1
        elif phone in numbers:
            ways["phone"] += 1
        else:
            ways["new"] += 1
    assert ways == {"external_id": 1, "email": 1, "phone": 1, "new": 2}


def test_invented_people_use_reserved_addresses() -> None:
    """Nobody real may be in the samples: email domains are those kept for examples."""
    text = json.dumps([read_json(path) for path in KLAVIYO.rglob("*.json")]) + "".join(
        path.read_text(encoding="utf-8") for path in FILES
    )
    domains = {found.lower() for found in re.findall(r"[\w.+-]+@([\w.-]+\w)", text)}
    assert all(re.search(r"(^|\.)example(\.(com|org|net|at))?$", domain) for domain in domains), domains
