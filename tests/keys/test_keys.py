"""Keys of values: case tables for both notations, and what a store and a matcher may rely on."""

from __future__ import annotations

import os
import sys
import tracemalloc
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml

from recordmap.keys import KINDS, keys_of, match_key, normalize_email, normalize_phone, unique_key

HERE = Path(__file__).parent


def cases(name: str) -> list[Any]:
    table = yaml.safe_load((HERE / name).read_text("utf-8"))
    return [pytest.param(case, id=f"{number}-{case['why']}") for number, case in enumerate(table)]


@pytest.mark.parametrize("case", cases("emails.yaml"))
def test_email_cases(case: dict[str, Any]) -> None:
    assert normalize_email(case["text"]) == case["key"]
    assert match_key("email", case["text"]) == case["key"]
    if case["key"] is not None:
        assert normalize_email(case["key"]) == case["key"]
        assert unique_key("email", case["text"]) == case["key"]


@pytest.mark.parametrize("case", cases("phones.yaml"))
def test_phone_cases(case: dict[str, Any]) -> None:
    region = case.get("region")
    key = case.get("key", case["number"])
    assert normalize_phone(case["text"], region) == case["number"]
    assert match_key("phone", case["text"], region=region) == key
    if key is not None:
        assert match_key("phone", key) == key, "a key is its own key, in any region"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "value", [None, "", "  ", "\t\n", 0, 44552, 1.5, True, [], ["a@example.com"], {}, b"a"]
)
def test_null_blank_and_non_text_are_never_keys(kind: str, value: object) -> None:
    assert match_key(kind, value, region="US") is None
    assert unique_key(kind, value, region="US") is None


@pytest.mark.parametrize(
    ("kind", "ignore", "value"),
    [
        ("phone", ("N/A",), "N/A"),
        ("phone", ("N/A",), "  N/A "),
        ("phone", (" N/A ",), "N/A"),
        ("exact", ("N/A", "none"), "none"),
        ("phone", ("+1 202 555 0100",), "(202) 555-0100"),
        ("email", ["Shop@Example.com"], "shop@example.COM"),
    ],
)
def test_ignored_values_are_no_keys_and_may_repeat(kind: str, ignore: Any, value: str) -> None:
    assert match_key(kind, value, region="US", ignore=ignore) is None
    assert unique_key(kind, value, region="US", ignore=ignore) is None


def test_what_is_not_ignored_stays_a_key() -> None:
    assert match_key("exact", "n/a", ignore=("N/A",)) == "n/a"
    assert match_key("phone", "+12025550142", ignore=("N/A",)) == "+12025550142"
    # Two ignored values without a key do not make every value without a key ignored.
    assert unique_key("email", "not an address", ignore=("also none",)) is not None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("CUST-1", "CUST-1"),
        (" CUST-1 ", "CUST-1"),
        ("cust-1", "cust-1"),
        ("Größe", "Größe"),
        ("a" * 254, "a" * 254),
        ("a" * 255, None),
        ("a\0b", None),
        ("a\nb", None),
        ("a\u200bb", None),
        ("a\ud800b", None),
        ("raw:abc", None),
    ],
)
def test_exact_keys(text: str, key: str | None) -> None:
    assert match_key("exact", text) == key
    assert (unique_key("exact", text) or "").startswith("raw:") == (key is None)


def test_values_in_doubt_are_unique_but_never_match() -> None:
    kelvin, plain = "\u212aate@example.com", "Kate@example.com"
    assert match_key("email", kelvin) is None
    assert unique_key("email", kelvin) not in {None, unique_key("email", plain)}
    assert unique_key("email", f" {kelvin} ") == unique_key("email", kelvin)
    assert unique_key("email", "NOT an address") == unique_key("email", "not an ADDRESS")
    assert unique_key("email", "not an address") != unique_key("email", "no address")
    assert unique_key("phone", "1-800-FLOWERS") != unique_key("phone", "1-800-FLOWER5")
    assert unique_key("email", "a\ud800@example.com") != unique_key("email", "a\ud801@example.com")


def test_key_in_doubt_shows_nothing_of_the_value() -> None:
    key = unique_key("email", "marisol quintero@example.org")
    assert key is not None
    assert "marisol" not in key


@pytest.mark.parametrize(("kind", "region"), [("e-mail", None), ("", None), ("phone", "UK"), ("phone", "us")])
def test_wrong_kind_or_region_is_an_error(kind: str, region: str | None) -> None:
    with pytest.raises(ValueError, match=r"is not a (kind of key|region)"):
        match_key(kind, "+12025550142", region=region)
    with pytest.raises(ValueError, match=r"is not a (kind of key|region)"):
        unique_key(kind, "+12025550142", region=region)


def test_plain_addresses_and_the_import_load_no_library() -> None:
    program = (
        "import sys; from recordmap.keys import match_key; match_key('email', 'Ada@Example.com');"
        "sys.exit(bool({'email_validator', 'idna', 'phonenumbers'} & set(sys.modules)))"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert run([sys.executable, "-c", program], env=environ, check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_long_texts_have_no_key_and_are_not_remembered(kind: str) -> None:
    keys = keys_of(kind)
    keys.unique("warm")
    tracemalloc.start()
    try:
        for number in range(50):
            text = f"{number}@example.com".zfill(100_000)
            assert keys.match(text) is None
            assert str(keys.unique(text)).startswith("raw:")
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
