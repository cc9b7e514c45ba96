"""Decoding no more than a collection reads: no record ends otherwise because of it, whatever is in its text.

The one thing that is meant to differ is a number that no reader can hold, such as 1e400, where nobody reads it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.ways import NOW, Ways, as_outcome, identical, ways
from properties import strategies
from properties.strategies import collections, examples
from properties.test_collections import accepted
from recordmap.batch.mapper import Mapper, Wishes
from recordmap.batch.narrow import Narrow
from recordmap.batch.part import Part
from recordmap.compiler.collection import compile_for_objects
from recordmap.compiler.needs import Need, needs

KEEP = Wishes(keep_rejects=True)
BEYOND = re.compile(rb"1e400|-1e999|[0-9]{300}")
"""Numbers that no reader can hold."""
RAW = (
    *("1e400", "-1e999"),
    *("NaN", "-Infinity", "12345678901234567890", "-9223372036854775809", "18446744073709551616", "1.", "01"),
    *('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"', '"\\q"', '"a\tb"', "tru", "", "1,"),
    *('{"a": 1, "a": {"a": 2}}', '{"\\u0061": "b"}', "[" * 60 + "]" * 60, "[" * 70 + "]" * 70),
    *("-0", "-0.0", "1E5", "0.1234567890123456789", "123456789012345678.5", "[1, {}]"),
)
_HERE = "here stands something raw"


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Draw a record as a line: most as it should be, some with something hostile in it."""
    record = draw(strategies.records)
    if isinstance(record, dict) and draw(st.integers(0, 3)) == 0:
        _hide(draw, record)
    text = json.dumps(record, ensure_ascii=draw(st.booleans()), allow_nan=True)
    text = text.replace(f'"{_HERE}"', draw(st.sampled_from(RAW)))
    data = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(data)))
        data = (
            data[:place]
            + draw(st.sampled_from([b"\xff", b"\xed\xa0\x80", b"\x00", b"}", b" "]))
            + data[place:]
        )
    return data.replace(b"\n", b" ") + b"\n"


def _hide(draw: st.DrawFn, record: dict[str, Any]) -> None:
    inner = record
    while True:
        objects = [value for value in inner.values() if isinstance(value, dict)]
        if not objects or draw(st.booleans()):
            break
        inner = draw(st.sampled_from(objects))
    inner[draw(st.sampled_from(["a", "b", "c", "d e", "unread"]))] = _HERE


def _ends(mapper: Mapper, block: bytes) -> list[tuple[bytes, int, list[dict[str, Any]]]]:
    return [_end(part) for part in mapper.map(block)]


def _end(part: Part) -> tuple[bytes, int, list[dict[str, Any]]]:
    return part.output, part.skipped, [orjson.loads(one.line("line")) for one in part.rejects]


def narrow_of(made: Ways) -> Narrow | None:
    collection = made.materials.collections[made.plan.name]
    need = needs(collection, made.materials.collections)
    if need.whole:
        return None
    return Narrow(need, lambda objects: compile_for_objects(collection, made.library, objects))


def mapper_of(made: Ways, wishes: Wishes = KEEP) -> Mapper:
    return Mapper(made.plan, wishes, now=NOW, narrow=lambda: narrow_of(made), patience=0)


def _mappers(made: Ways) -> tuple[Mapper, Mapper]:
    return Mapper(made.plan, KEEP, now=NOW), mapper_of(made)


@given(st.data())
@examples(150)
def test_every_line_ends_as_with_whole_records(data: st.DataObject) -> None:
    whole, narrow = _mappers(accepted(data.draw(collections())))
    block = data.draw(st.lists(lines(), min_size=1, max_size=6))
    for line in block:
        wanted, found = _ends(whole, line), _ends(narrow, line)
        if found != wanted:
            assert BEYOND.search(line)
            assert wanted[0][2][0]["code"] == "source-record-unreadable"
    together, alone = _ends(narrow, b"".join(block)), [one for line in block for one in _ends(narrow, line)]
    assert together[0][0] == b"".join(output for output, _, _ in alone)
    assert together[0][1] == sum(skipped for _, skipped, _ in alone)
    assert [one["record"] for one in together[0][2]] == [
        one["record"] for _, _, some in alone for one in some
    ]


@given(st.data())
@examples(150)
def test_nobody_needs_to_keep_rejects(data: st.DataObject) -> None:
    made = accepted(data.draw(collections()))
    block = b"".join(data.draw(st.lists(lines(), min_size=1, max_size=6)))
    (kept,) = mapper_of(made).map(block)
    (dropped,) = mapper_of(made, Wishes()).map(block)
    assert (dropped.output, dropped.mapped, dropped.skipped) == (kept.output, kept.mapped, kept.skipped)
    assert [(one.number, one.code, one.message, one.field) for one in dropped.rejects] == [
        (one.number, one.code, one.message, one.field) for one in kept.rejects
    ]


@given(st.data())
@examples(150)
def test_what_is_mapped_from_objects_is_what_the_plan_maps(data: st.DataObject) -> None:
    made = accepted(data.draw(collections()))
    narrow = narrow_of(made)
    if narrow is None:
        return
    for record in data.draw(st.lists(strategies.records, min_size=1, max_size=6)):
        try:
            text = orjson.dumps(record)
            decoded = narrow.decode(text)
        except (ValueError, TypeError):
            continue
        found = narrow.function(decoded, None, None, NOW, None)
        if found is not None:
            assert identical(as_outcome(found), made.function(record))
        assert identical(made.function(narrow.read(text)), made.function(record))


CUSTOMER = """
fields:
  Name: {source: name.first}
  Note: {formula: "record.note.text"}
  Codes: {source: "lines[?price > `1`].code"}
children:
  - {collection: Child, into: Lines}
"""
LINE = """
collection: Child
child_of: any
each: lines
fields:
  Code: {source: code}
  First: {formula: parent.name.first}
"""


def shown(need: Need) -> Any:
    return "all" if need.whole else {key: shown(inner) for key, inner in need.keys.items()}


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("a", {"a": "all"}),
        ("a.b.c", {"a": {"b": {"c": "all"}}}),
        ("a.b || c", {"a": {"b": "all"}, "c": "all"}),
        ("a.b && c.d", {"a": {"b": "all"}, "c": {"d": "all"}}),
        ("a.b[0].c", {"a": {"b": "all"}}),
        ("a.b[*].c", {"a": {"b": "all"}}),
        ("a.b[].c | [0]", {"a": {"b": "all"}}),
        ("a.b[?c == `1`]", {"a": {"b": "all"}}),
        ("a.{x: b}", {"a": "all"}),
        ("length(a.b)", {"a": {"b": "all"}}),
        ("sort_by(a.b, &c)", {"a": {"b": "all"}}),
        ("keys(@)", "all"),
        ("*.a", "all"),
        ("[0]", "all"),
        ("!a", "all"),
    ],
)
def test_what_a_source_needs(source: str, needed: Any) -> None:
    made = ways(f"fields:\n  X: {{source: '{source}'}}\n")
    collections_ = made.materials.collections
    assert shown(needs(collections_["Main"], collections_)) == needed


def test_what_children_and_formulas_need() -> None:
    collections_ = ways(CUSTOMER, LINE).materials.collections
    assert shown(needs(collections_["Main"], collections_)) == {
        "name": {"first": "all"},
        "note": {"text": "all"},
        "lines": "all",
    }


def test_nothing_else_is_decoded() -> None:
    need = Need()
    need.at(("a", "b")).whole = True
    need.at(("list",)).is_each = True
    need.at(("list", "x")).whole = True
    narrow = Narrow(need, lambda _: lambda *_: {})
    text = b'{"z": [1], "a": {"c": 2, "b": {"d": 1}}, "list": [{"x": 1, "y": 2}, {}]}'
    assert narrow.read(text) == {"a": {"b": {"d": 1}}, "list": [{"x": 1}, {}]}
    assert narrow.read(b'{"list": {"x": null, "y": 2}}') == {"list": {"x": None}}
    for other in (
        {"a": 1},
        {"a": "b"},
        {"list": [1, None, "x"]},
        {"list": 2.5},
        {"a": {"b": [[{"c": 1}]]}},
    ):
        assert narrow.read(orjson.dumps(other)) == other
    for unusual in (
        *(b'{"list": [[2]]}', b"[]", b'{"a": {"b": NaN}}', b'{"z": NaN}', b'{"a": [{"b": 1}]}'),
        *(
            b'{"a": {"b": 9223372036854775808}}',
            b'{"a": {"b": [-9223372036854775809]}}',
            b'{"a": {"b": [[[[]]]]}}',
        ),
    ):
        with pytest.raises(ValueError, match=r"Expected|malformed"):
            narrow.decode(unusual)
        with pytest.raises(ValueError, match=r"Expected|malformed"):
            narrow.read(unusual)


def test_a_key_that_no_attribute_can_have_is_read_with_the_whole_record() -> None:
    made = ways('fields:\n  X: {source: \'"a\\"b".c\'}\n')
    with pytest.raises(ValueError, match="field names"):
        narrow_of(made)
