"""Masks: nothing real survives, and what comes out looks and belongs together as before."""

from __future__ import annotations

import json
import os
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from properties.strategies import examples
from recordmap.casebook import run_cases
from recordmap.casefiles import add_case
from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine
from recordmap.keys import normalize_phone
from recordmap.masking.cases import Capture, Real
from recordmap.masking.masker import Masker
from recordmap.masking.secret import VARIABLE, mask_key
from recordmap.masking.sources import transfers
from recordmap.masking.texts import TextMasker
from recordmap.masking.vocabulary import public_words
from recordmap.schema.types import ANY, Objects, Type
from recordmap.starter import make_project

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = "2026-11-29T12:00:00Z"
FAKES: list[dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("fakes.yaml").read_text(encoding="utf-8")
)
MASK = TextMasker(KEY, timedelta(days=400, seconds=4_321))


def kind(character: str) -> str:
    if character.isdigit():
        return "d"
    if not character.isalpha():
        return character
    return "L" if character.isupper() else "l" if character.islower() else "c"


@pytest.mark.parametrize("fake", FAKES, ids=lambda fake: repr(fake["text"]))
def test_a_fake_has_the_form_of_its_text(fake: dict[str, str]) -> None:
    text, form = fake["text"], fake["form"]
    made = MASK.text(text)
    assert len(made) == len(text)
    for character, wanted in zip(made, form, strict=True):
        assert kind(character) == wanted or character == wanted, (made, form)
    assert MASK.text(text) == made
    if any(character.isalnum() for character in text):
        assert made != text
    if sum(map(str.isalnum, text)) > 4:  # fewer may be the same by chance
        assert TextMasker(OTHER, timedelta(days=401, seconds=9)).text(text) != made


@pytest.mark.parametrize(
    "number", [1, 7, -12, 1_234_567, 9_007_199_254_740_993, 2**63 - 1, 0.5, -39.2904, 1e22, 2.5e-9]
)
def test_a_number_has_as_many_digits_and_its_sign(number: float) -> None:
    made = MASK.number(number)
    assert type(made) is type(number)
    assert made != number
    assert (made < 0) == (number < 0)
    assert abs(made) < 2**63 or isinstance(number, float)
    if isinstance(number, int):
        assert len(str(made)) == len(str(number))
    assert MASK.number(0) == 0


def test_what_belongs_together_still_does() -> None:
    assert MASK.text("Ada@Example.org").lower() == MASK.text("ada@example.ORG").lower()
    assert MASK.text("Ada Lovelace").split()[0] == MASK.text("Ada")
    assert MASK.text("please write to ada@example.org").endswith(MASK.text("ada@example.org"))
    numbers = [MASK.text(text) for text in ("+12025550142", "+1 202-555-0142", "+1 (202) 555 0142")]
    assert len({normalize_phone(text) for text in numbers}) == 1


@given(st.integers(2_000_000, 9_999_999), st.sampled_from(["+1202", "+4366", "+4477", "+3361"]))
@examples(60)
def test_a_phone_number_stays_one_of_its_country(digits: int, begin: str) -> None:
    text = f"{begin}{digits}{'' if begin == '+1202' else '1'}"
    made = MASK.text(text)
    assert made != text
    assert made.startswith(begin[:2])
    if normalize_phone(text) is not None:
        assert normalize_phone(made) == made


def test_dates_of_one_record_move_together() -> None:
    masker = Masker(KEY)
    record = {"id": "1", "created": "2024-02-11T08:00:00Z", "updated": "2024-02-12T09:00:00Z"}
    made = masker.record(record, ANY, "1")
    moved = [datetime.fromisoformat(made[name]) for name in ("created", "updated") if name in made]
    names = sorted(made)
    assert not set(names) & set(record)
    moved = sorted(datetime.fromisoformat(one) for one in made.values() if "T" in one)
    assert moved[1] - moved[0] == timedelta(days=1, hours=1)
    others = sorted(one for one in masker.record(record, ANY, "2").values() if "T" in one)
    assert others != sorted(one for one in made.values() if "T" in one)


CANARY = st.text(st.sampled_from("bcdfghjkmnpqrstvwxz"), min_size=6, max_size=12)
AROUND = st.sampled_from(
    [
        "{}",
        "{} {}",
        "{}@{}.org",
        "https://{}.org/{}",
        "é{}ß",
        "+1 202 {}",
        "{}-{}",
        "2024-02-10 {}",
        "N/A {}",
        "_{}_",
    ]
)


@given(st.data())
@examples(150)
def test_no_canary_survives(data: st.DataObject) -> None:
    """In values and keys, whatever surrounds them and however deep they stand; numbers too."""
    profile = Engine.from_collections([]).schemas.load("klaviyo/profile").type
    canaries: list[str] = []

    def text() -> str:
        canary = data.draw(CANARY)
        canaries.append(canary)
        shown = data.draw(st.sampled_from([canary, canary.upper(), canary.title()]))
        return data.draw(AROUND).format(shown, shown)

    def value(depth: int) -> Any:
        match data.draw(st.integers(0, 7 if depth < 3 else 4)):
            case 0 | 1:
                return text()
            case 2:
                number = data.draw(st.integers(10**7, 10**12))
                canaries.append(str(number))
                return number
            case 3:
                number = data.draw(st.integers(10**7, 10**9)) / 1000
                canaries.append(repr(number))
                return number
            case 4:
                return data.draw(st.sampled_from([None, True, False, 0, "", "  "]))
            case 5:
                return [value(depth + 1) for _ in range(data.draw(st.integers(0, 3)))]
            case _:
                return {text(): value(depth + 1) for _ in range(data.draw(st.integers(0, 3)))}

    attributes = {
        name: value(1) for name in ("email", "phone_number", "location", "properties", "subscriptions")
    }
    record = {"type": "profile", "id": text(), "attributes": attributes, text(): value(1)}
    before = orjson.dumps(record)
    made = Masker(KEY).record(record, data.draw(st.sampled_from([profile, ANY])), record["id"])
    shown = json.dumps(made, ensure_ascii=False).lower()
    assert not [canary for canary in canaries if canary.lower() in shown]
    assert orjson.dumps(record) == before
    assert _shape(made) == _shape(record)


def _shape(value: Any) -> Any:
    """Return a value with every text as its kinds of characters and every number as its type."""
    if isinstance(value, dict):
        return [_shape(inner) for inner in value.values()]
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    if isinstance(value, str):
        return [unicodedata.category(one) for one in value]
    return value if value is None or isinstance(value, bool) else type(value)


def test_what_is_proven_harmless_stays(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    engine = Engine.load(tmp_path)
    masker = Masker(KEY, public_words(engine), kept=["attributes.subscriptions"], masked=["type"])
    record = {
        "type": "profile",
        "attributes": {
            "email": None,
            "phone_number": "N/A",
            "properties": {"Last active": True, "Tier": "  "},
            "subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED"}}},
        },
    }
    made = masker.record(record, engine.schemas.load("klaviyo/profile").type)
    assert made["attributes"]["phone_number"] == "N/A"
    assert made["attributes"]["subscriptions"] == record["attributes"]["subscriptions"]  # type: ignore[index]
    assert list(made["attributes"]["properties"].values()) == [True, "  "]
    assert made["attributes"]["properties"].keys() & {"Last active", "Tier"} == {"Last active"}
    assert made["type"] != "profile"
    profile = engine.schemas.load("klaviyo/profile").type
    assert masker.paths(record, profile) == ["type", "attributes.properties.*"]


def test_what_a_schema_lists_stays() -> None:
    schema = Type(ANY.kinds, objects=Objects({"a": Type(ANY.kinds, enum=("gold", 3))}))
    assert Masker(KEY).record({"a": "gold"}, schema) == {"a": "gold"}
    assert Masker(KEY).record({"a": 3}, schema) == {"a": 3}
    assert Masker(KEY).record({"a": "silver"}, schema)["a"] != "silver"


def test_captured_cases_pass_and_hold_nobody(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    engine = Engine.load(tmp_path)
    records, customers = tmp_path / "records" / "profiles.json", tmp_path / "records" / "customers.json"
    masker = Masker(KEY, public_words(engine))
    real = [*transfers(engine, records, None, customers), *transfers(engine, records, None, None)]
    real.append(
        Real({"type": "profile", "id": "99", "attributes": {"first_name": "Waltraud"}}, real[-1].collection)
    )
    made = Capture(engine, masker, NOW).cases(real, 20)
    assert len(made) > 5
    assert {"exact", "expect_error"} <= {
        key for one in Capture(engine, masker, NOW).cases(real, 3) for key in one.case
    }
    files = {add_case(engine, one.collection, one.case) for one in made}
    text = "".join(file.read_text(encoding="utf-8").partition("Captured, ")[2] for file in files)
    for word in (
        "marisol",
        "quintero",
        "osei",
        "waltraud",
        "2025550142",
        "harbor",
        "tidewater",
        "21202",
        "44552",
    ):
        assert word not in text.lower()
    results = list(run_cases(Engine.load(tmp_path)))
    assert [one.differences for one in results if not one.passed] == []
    assert sum(one.case.name.text.startswith("Captured, ") for one in results) == len(made)
    assert [one.span for one in Engine.load(tmp_path).check()] == []


def test_a_fake_that_ends_otherwise_is_pointed_out(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    path = tmp_path / "customer_add.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("\nfields:", '\nfilter: starts_with(record.attributes.locale, "en")\n\nfields:'),
        encoding="utf-8",
    )
    engine = Engine.load(tmp_path)
    attributes = {"email": "a@b.org", "locale": "en-US"}
    real = Real({"type": "profile", "id": "9", "attributes": attributes}, "Add Klaviyo Profile TO iPaaS.com")
    [made] = Capture(engine, Masker(KEY, public_words(engine)), NOW).cases([real], 5)
    assert (made.case["name"], made.ends_otherwise) == ("Captured, it is left out", "it comes through")
    [kept] = Capture(engine, Masker(KEY, public_words(engine), ["attributes.locale"]), NOW).cases([real], 5)
    assert kept.ends_otherwise is None


def test_the_key_stays_on_this_machine(tmp_path: Path) -> None:
    key = mask_key(tmp_path, {})
    assert mask_key(tmp_path, {}) == key
    assert mask_key(tmp_path, {VARIABLE: "x" * 16}) != key
    file = tmp_path / ".recordmap" / "mask.key"
    assert file.with_name(".gitignore").read_text(encoding="utf-8") == "*\n"
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0
    for faulty in ({VARIABLE: "short"}, {}):
        file.write_text("\n", encoding="utf-8")
        with pytest.raises(ConfigurationError):
            mask_key(tmp_path, faulty)
