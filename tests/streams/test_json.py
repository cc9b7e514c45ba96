"""Reading hostile JSON: case table, limits, pages with one bad record, and properties over all texts."""

from __future__ import annotations

import json
import math
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recordmap.connectors.base import Malformed
from recordmap.streams.json import (
    MAX_DEPTH,
    MAX_RECORD,
    MAX_RECORDS,
    UnreadableError,
    _depth,
    _piecewise,
    read_page,
    read_record,
    read_single,
)

CASES = yaml.safe_load(Path(__file__).with_name("json_records.yaml").read_text("utf-8"))
GOOD = b'{"id": "p1", "attributes": {"email": "a@example.com"}}'
GOOD_VALUE = {"id": "p1", "attributes": {"email": "a@example.com"}}


def page(*elements: bytes, rest: bytes = b'"links": {"next": "n"}') -> bytes:
    return b'{"data": [' + b", ".join(elements) + b"], " + rest + b"}"


def nested(depth: int) -> bytes:
    """An object that is `depth` levels deep."""
    return b'{"id": "deep", "a": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_records(case: dict[str, Any]) -> None:
    text = case["text"].encode()
    if "value" in case:
        value = read_record(text)
        assert value == case["value"]
        assert json.dumps(value) == json.dumps(case["value"]), "the types are the same too"
    else:
        with pytest.raises(UnreadableError) as caught:
            read_record(text)
        assert str(caught.value).startswith(case["reason"])


# These leave no boundary, so they spoil their page; see `test_what_is_no_page`.
SPOILERS = {"quote not closed", "cut off", "nothing"}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["why"] not in SPOILERS], ids=lambda case: case["why"]
)
def test_a_record_is_the_same_in_a_page_and_harms_no_neighbour(case: dict[str, Any]) -> None:
    text = case["text"].encode()
    found = read_page(page(GOOD, text, GOOD))
    if "value" in case:
        assert found.records == (GOOD_VALUE, case["value"], GOOD_VALUE)
        assert found.malformed == ()
    else:
        assert found.records == (GOOD_VALUE, GOOD_VALUE)
        (bad,) = found.malformed
        assert bad.reason.startswith(case["reason"])
        assert bad.raw == case["text"]
    assert found.links == {"next": "n"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "an object was expected"),
        (b"<html><body>Service Unavailable</body></html>", "an object was expected"),
        (b"[]", "a list where a page was expected"),
        (b"null", "null where a page was expected"),
        (b"{}", "null where the list of records was expected"),
        (b'{"data": {}}', "an object where the list of records was expected"),
        (b'{"data": null}', "null where the list of records was expected"),
        (b'{"data": [], NaN}', "not valid JSON"),
        (b'{"data": [], "links": {"next": NaN}}', "not valid JSON"),
        (b'{"data": [NaN] "links": {}}', "a list was expected"),
        (b'{"data": [{"a": [1}]}]}', "brackets that do not match"),
        (b'{"data": [NaN],}', "not valid JSON"),
        (b'{"data": NaN}', "a list was expected"),
        (b'{"x": "data": []}', "no data in the answer"),
        (b'{"links": {}: null, "data": []}', "not valid JSON"),
        (b'{"data": [], "x": "' + b"x" * MAX_RECORD + b'"}', "more than 1,000,000 bytes beside the data"),
        (b'{"errors": NaN}', "no data in the answer"),
        (b'{"data": [{"id": "p1"}, {"id', "an object was expected"),
        (b'{"data": [{"id": "p1}]}', "a quote that does not close"),
        (b'{"data": [{"id": "p1"]}', "brackets that do not match"),
        (b'{"data": [{"id": "p1"}]}]}', "brackets that do not match"),
        (b'{"data": [' + GOOD + b"]}" + b'{"data": [' + GOOD + b"]}", "brackets that do not match"),
        (b'{"data": [' + GOOD + b"]} trailing", "an object was expected"),
        (b"\xff\xfe" + page(GOOD).decode().encode("utf-16-le"), "an object was expected"),
    ],
)
def test_what_is_no_page(text: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_page(text)
    assert str(caught.value).startswith(reason)


def test_a_page_may_be_empty_begin_with_a_mark_and_lack_links() -> None:
    assert read_page(b'\xef\xbb\xbf{"data": []}').records == ()
    assert read_page(b'{"data": [  ], "links": null}').links is None
    assert _piecewise(b'{"data": [ ], "links": []}').links is None
    assert read_page(page(GOOD, b'{"n": NaN}', rest=b'"links": {}')).links == {}


@pytest.mark.parametrize("between", [b":", b" ", b'"a"', b"1:"])
def test_what_stands_between_records_loses_none_of_them(between: bytes) -> None:
    found = read_page(b'{"data": [' + GOOD + between + GOOD + b", " + GOOD + b"]}")
    assert found.records == (GOOD_VALUE,)
    assert [bad.raw for bad in found.malformed] == [(GOOD + between + GOOD).decode()]


@pytest.mark.parametrize("part", [rb"\n", rb"\\\"", b",", b'"",'])
def test_a_page_takes_no_more_memory_than_its_length_whatever_it_is_made_of(part: bytes) -> None:
    for text in [
        page(b'{"id": "p1", "a": "' + part * 100_000 + b'"}'),
        b'{"data": [], ' + part * 100_000 + b"}",
    ]:
        tracemalloc.start()
        try:
            with suppress(UnreadableError):
                read_page(text)
            assert tracemalloc.get_traced_memory()[1] < 5 * len(text) + 5_000_000
        finally:
            tracemalloc.stop()


def test_a_bad_record_is_named_where_its_id_can_be_read() -> None:
    ids = [
        b'"01H8-x_9"',
        rb'"\u0041"',
        b"44552",
        b'"\xc3\xa9 1"',
        b"true",
        b"1.5",
        b"[1]",
        b"",
        b'"' + b"x" * 9_999 + b'"',
    ]
    found = read_page(
        page(*(b'{"a": {"id": "inner"}, "id" : ' + written + b', "n": NaN}' for written in ids))
    )
    assert [bad.external_id for bad in found.malformed] == ["01H8-x_9", "A", "44552", "\u00e9 1", *[None] * 5]


def test_bad_text_is_kept_readable_and_short() -> None:
    found = read_page(page(b'{"id": "p1", "a": "\xff' + b"x" * 200_000 + b'"}', GOOD))
    (bad,) = found.malformed
    assert bad.external_id == "p1"
    assert len(bad.raw) == 100_000
    assert "\ufffdxxx" in bad.raw
    assert found.records == (GOOD_VALUE,)


def test_elements_that_are_no_objects_are_bad_records_on_both_roads() -> None:
    text = page(GOOD, b"null", b'"x"', b"[1]", b"1", b"true")
    for found in (read_page(text), _piecewise(text)):
        assert found.records == (GOOD_VALUE,)
        assert [bad.raw for bad in found.malformed] == ["null", '"x"', "[1]", "1", "true"]


def test_reasons_show_nothing_of_the_text() -> None:
    found = read_page(page(b'{"email": "canary@example.com", canary}', b'"canary"', b'{"canary": "\\ud800"}'))
    assert len(found.malformed) == 3
    assert not any("canary" in bad.reason for bad in found.malformed)


@pytest.mark.parametrize(
    ("depth", "fits"), [(2, True), (MAX_DEPTH, True), (MAX_DEPTH + 1, False), (5000, False)]
)
def test_depth_is_limited_before_parsing(depth: int, fits: bool) -> None:
    found = read_page(page(GOOD, nested(depth), GOOD))
    assert len(found.records) == (3 if fits else 2)
    assert [bad.external_id for bad in found.malformed] == ([] if fits else ["deep"])
    if fits:
        assert read_record(nested(depth))["id"] == "deep"
    else:
        with pytest.raises(UnreadableError, match="nested deeper than 64 levels"):
            read_record(nested(depth))


def test_brackets_in_strings_neither_count_nor_hide_depth() -> None:
    assert read_record(b'{"a": "' + b"[" * 1000 + b'"}') == {"a": "[" * 1000}
    hidden = b'{"a": ' + b'["]", ' * 100 + b"1" + b"]" * 100 + b"}"
    with pytest.raises(UnreadableError, match="nested deeper"):
        read_record(hidden)
    escaped = b'{"a": ' + b'["\\"]", ' * 100 + b"1" + b"]" * 100 + b"}"
    with pytest.raises(UnreadableError, match="nested deeper"):
        read_record(escaped)


@pytest.mark.parametrize("text", [b"[" * 2_000_000, b"{" * 2_000_000, b'{"a":' * 400_000, b"]" * 2_000_000])
def test_brackets_without_end_are_refused(text: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_page(text)
    assert len(read_page(page(GOOD, b'{"id": "p2", "x": NaN, "y": "' + text[:9] + b'"}')).malformed) == 1


def test_a_record_is_limited_to_a_megabyte() -> None:
    frame = len(b'{"id": "big", "a": ""}')
    fits = b'{"id": "big", "a": "' + b"x" * (MAX_RECORD - frame) + b'"}'
    assert len(read_record(fits)["a"]) == MAX_RECORD - frame
    over = fits[:-2] + b'x"}'
    found = read_page(page(GOOD, fits, over, GOOD))
    assert [record["id"] for record in found.records] == ["p1", "big", "p1"]
    (bad,) = found.malformed
    assert (bad.reason, bad.external_id) == ("longer than 1,000,000 bytes", "big")
    assert len(bad.raw) == 100_000


@pytest.mark.parametrize("bad", [b"", b", NaN"])
def test_a_page_is_limited_to_ten_thousand_records(bad: bytes) -> None:
    fits = b'{"data": [' + b"{}, " * (MAX_RECORDS - 2) + b"{}" + (bad or b", {}") + b"]}"
    assert len(read_page(fits).records) + len(read_page(fits).malformed) == MAX_RECORDS
    with pytest.raises(UnreadableError, match="more than 10,000 records in a page"):
        read_page(fits.replace(b"[{}", b"[{}, {}"))


def test_a_single_record() -> None:
    assert read_single(b'{"data": ' + GOOD + b', "links": {}}') == GOOD_VALUE
    for text in [b"", b"{}", b"[]", b'{"data": {}, x}', b'{"data": {}', b"<html></html>"]:
        with pytest.raises(UnreadableError):
            read_single(text)
    for data, reason in [
        (b"null", "null where an object was expected"),
        (b"[]", "a list where an object was expected"),
        (b'{"id": "p1", "n": NaN}', "not valid JSON"),
        (nested(MAX_DEPTH + 1), "nested deeper"),
    ]:
        found = read_single(b'{"data": ' + data + b"}")
        assert isinstance(found, Malformed)
        assert found.reason.startswith(reason)
        assert found.raw == data.decode()


characters = st.characters(exclude_categories=["Cs"])
tricky = st.text(st.sampled_from('[]{}",:\\ax'), max_size=8)
names = st.one_of(st.text(characters, max_size=5), tricky)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(characters, max_size=10),
    tricky,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(names, values, max_size=5)
layouts = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def same(one: object, other: object) -> bool:
    """Equal in value and type, and zeros in sign."""
    return json.dumps(one) == json.dumps(other)


@settings(max_examples=200)
@given(st.lists(records, max_size=4), st.none() | st.text(characters), layouts)
def test_a_valid_page_reads_the_same_on_both_roads(
    data: list[Any], link: str | None, layout: dict[str, Any]
) -> None:
    text = json.dumps({"data": data, "links": {"self": "s", "next": link}}, **layout).encode()
    for found in (read_page(text), _piecewise(text)):
        assert same(list(found.records), data)
        assert found.malformed == ()
        assert found.links == {"self": "s", "next": link}


BAD = st.sampled_from(
    [
        *(b"NaN", b"{NaN}", b"nul", b"tru e", b"01", b"1", b"-", b"'x'"),
        *(b'{"a": 1e999}', b'{"a" 1}', b'{"a": "\n"}', b'{"a": [1,]}', b"{'a': 1}"),
        *(b'{"a": "\\udc00"}', b'{"a": "\xff"}', b'{"a": "\\x"}', nested(70)),
    ]
)


@settings(max_examples=200)
@given(st.lists(records, max_size=3), BAD, st.lists(records, max_size=3), layouts)
def test_one_bad_record_leaves_the_others(
    before: list[Any], bad: bytes, after: list[Any], layout: dict[str, Any]
) -> None:
    elements = [json.dumps(record, **layout).encode() for record in before]
    elements += [bad, *(json.dumps(record, **layout).encode() for record in after)]
    found = read_page(page(*elements))
    assert same(list(found.records), before + after)
    assert [malformed.raw for malformed in found.malformed] == [bad.decode("utf-8", "replace")]
    assert found.links == {"next": "n"}


def height(value: object) -> int:
    """How deep a value is nested, the plain way."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((height(each) for each in inner), default=0)


@settings(max_examples=300)
@given(values, layouts, st.integers(0, 5))
def test_depth_is_counted_right(value: object, layout: dict[str, Any], limit: int) -> None:
    assert _depth(json.dumps(value, **layout).encode(), limit) == min(height(value), limit + 1)


def assert_plain(value: object) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            name.encode()
            assert_plain(inner)
    elif isinstance(value, list):
        for inner in value:
            assert_plain(inner)
    elif isinstance(value, str):
        value.encode()
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif value is not None and not isinstance(value, bool):
        assert isinstance(value, int)
        assert -(2**63) <= value < 2**63


@st.composite
def damaged_pages(draw: st.DrawFn) -> bytes:
    """Pages with a few bytes replaced, dropped or repeated."""
    text = bytearray(
        json.dumps({"data": draw(st.lists(records, max_size=3)), "links": {"next": "n"}}).encode()
    )
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 3))
        text[at : at + length] = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"[", b"}", b"\\", b"NaN", b"9" * 30])
        )
    return bytes(text)


@settings(max_examples=400)
@given(st.one_of(damaged_pages(), st.binary(max_size=60)))
def test_any_bytes_give_plain_records_or_our_error(text: bytes) -> None:
    try:
        found = read_page(text)
    except UnreadableError:
        return
    for record in found.records:
        assert isinstance(record, dict)
        assert_plain(record)
        assert height(record) <= MAX_DEPTH
        orjson.dumps(record)
    for bad in found.malformed:
        bad.raw.encode()
