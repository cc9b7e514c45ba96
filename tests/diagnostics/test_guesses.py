"""Guessing which name was meant: bounded, so that thousands of wrong names don't keep a check busy."""

from __future__ import annotations

from recordmap import Engine
from recordmap.diagnostics.findings import MAX_GUESSES, certain, guessing, nearest

TEMPLATE = "recordmap: 1\ncollection: A\noperation: add\nsource: any\ndestination: t/d\nfields:\n"


def test_a_guess_beyond_the_bound_is_not_made() -> None:
    names = [f"first_name_{number}" for number in range(MAX_GUESSES // 2)]
    assert nearest("first_name_7x", names) is not None
    with guessing():
        assert nearest("first_name_7x", names) is not None
        assert nearest("first_name_8x", names) is not None
        assert nearest("first_name_9x", names) is None
        assert certain("first_name_9x", names) is None
    with guessing():
        assert nearest("first_name_9x", names) is not None


def test_a_very_long_word_counts_for_more() -> None:
    with guessing():
        assert nearest("a" * 100 * MAX_GUESSES, ["aaa"]) is None
        assert nearest("aab", ["aaa"]) is None


def test_a_check_with_a_thousand_wrong_names_makes_few_guesses() -> None:
    properties = {f"SomeName{number:04}": {} for number in range(500)}
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    text = TEMPLATE + "".join(f"  OtherName{number:04}: {{source: a}}\n" for number in range(1000))
    found = Engine.from_collections([text], schemas={"t/d": schema}).check()
    assert len(found) == 1000
    guessed = [one for one in found if one.hint is not None and "did you mean" in one.hint]
    assert 0 < len(guessed) * len(properties) <= MAX_GUESSES
