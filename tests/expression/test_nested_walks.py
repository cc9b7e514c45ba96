"""Walks of lists inside walks of lists: what is known of an element of one says nothing of an element of the other."""

from __future__ import annotations

import json

import pytest

from recordmap import Engine

KIDS = {"type": "array", "items": {"type": "object", "properties": {"k": {"type": ["string", "null"]}}}}
ITEM = {"type": "object", "properties": {"k": {"type": ["string", "null"]}, "kids": KIDS}}
ITEMS = {"type": "array", "items": ITEM}
FAMILY = {"type": "object", "properties": {"items": ITEMS, "others": ITEMS}}
RECORD = {"items": [{"k": "a", "kids": [{"k": None}, {"k": "b"}]}]}


@pytest.mark.parametrize(
    ("source", "finding", "made"),
    [
        ("map(&(k && map(&(k || 'x'), kids || `[]`)), items || `[]`)", None, [["x", "b"]]),
        ("(items || others)[?k].[(kids || `[]`)[*].[k || 'x']]", None, [[[["x"], ["b"]]]]),
        ("(items || others)[*].[k && (kids || `[]`)[*].[k || 'x']]", None, [[[["x"], ["b"]]]]),
        ("map(&(k && map(&join('', [k]), kids || `[]`)), items || `[]`)", "may-fail", None),
        ("(items || others)[?k].[(kids || `[]`)[*].[join('', [k])]]", "may-fail", None),
        ("map(&(k && [k || 'x']), items || `[]`)", "unreachable-fallback", [["a"]]),
    ],
)
def test_elements_are_known_on_their_own(source: str, finding: str | None, made: object) -> None:
    template = (
        "recordmap: 1\ncollection: C\noperation: add\nsource: any/family\ndestination: any\nfields:\n"
        f"  A: {{source: {json.dumps(source)}}}\n"
    )
    engine = Engine.from_collections([template], schemas={"any/family": FAMILY})
    assert [one.code for one in engine.check()] == ([finding] if finding else [])
    outcome = engine.plan("C")(RECORD)
    assert outcome == engine.trace("C", RECORD).outcome
    assert (outcome.record or {}).get("A") == made
