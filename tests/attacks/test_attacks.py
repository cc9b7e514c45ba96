"""Every attack of the collection ends as it may, and within its memory. `make fuzz` measures its time, too."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from attacks.attempts import ATTACKS, KINDS, measured


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Import what the first attack of each kind would, so that it isn't counted as the attack's memory."""
    for kind in KINDS:
        measured(next(one for one in ATTACKS if one["kind"] == kind))


def test_the_collection_is_whole() -> None:
    assert Counter(one["kind"] for one in ATTACKS) >= Counter(KINDS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: f"{one['id']} {one['why']}")
def test_attack(attack: dict[str, Any]) -> None:
    end, peak = measured(attack)
    assert end.outcome in attack.get("ok", [attack["must"]])
    assert peak < attack["budget_mb"] * 1_000_000
    assert bool(end.lines) == (end.outcome == "reject-at-check" and attack["kind"] != "schema")
    if end.outcome == "harmless-value" and "expect" in attack:
        assert json.dumps(end.value) == json.dumps(attack["expect"])
    if "expect_customers" in attack:
        assert len(end.customers) == attack["expect_customers"]
    for field, value in attack.get("expect_field", {}).items():
        assert [customer[field] for customer in end.customers] == [value] * len(end.customers)
    if "expect_error" in attack:
        assert [failure.message for failure in end.failures] == [attack["expect_error"]]


@pytest.mark.parametrize(
    "attack", [one for one in ATTACKS if one.get("place") == "append"], ids=lambda one: one["id"]
)
def test_what_is_appended_is_found_there(attack: dict[str, Any]) -> None:
    """The template before it is valid, and has eight lines."""
    end, _ = measured(attack)
    assert min(end.lines) > 8


def test_what_is_no_json_is_kept_as_text_only() -> None:
    [attack] = [one for one in ATTACKS if one.get("never") == "NaN stored or shown"]
    end, _ = measured(attack)
    assert end.customers == ()
    [failure] = end.failures
    assert failure.record == attack["text"]
    assert "NaN" not in failure.message
