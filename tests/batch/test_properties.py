"""What holds for any input: nothing crashes, nothing is lost, and no road leads elsewhere than another."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.support import make_mapper, map_bytes
from recordmap.batch.mapper import Wishes
from recordmap.streams.broken import Broken
from recordmap.streams.elements import elements
from recordmap.streams.json import MAX_DEPTH, UnreadableError, read_record
from recordmap.streams.reading import Range, line_blocks
from recordmap.streams.texts import is_shallow, plain_lines, read_text, shallow_lines

characters = st.characters(exclude_categories=["Cs"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(characters, max_size=8),
    st.text(st.sampled_from('[]{}",:\\0123456789-'), max_size=30),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(characters, max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)
records = st.dictionaries(st.sampled_from(["id", "v", "w"]), values, max_size=3)
layouts = st.sampled_from([{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": 1}])
pieces = st.sampled_from(
    [
        *(
            b"\n",
            b"\r\n",
            b" ",
            b"{",
            b"}",
            b"[",
            b"]",
            b'"',
            b"\\",
            b",",
            b":",
            b"\xef\xbb\xbf",
            b"\x00",
            b"\xff",
        ),
        *(
            b'{"id": 1}',
            b'{"do": "skip"}',
            b'{"do": "refuse"}',
            b'{"v": NaN}',
            b'"\\ud800"',
            b"9" * 25,
            b"[" * 70,
        ),
        b'{"id":' * 70,
    ]
)
inputs = st.one_of(
    st.binary(max_size=80),
    st.lists(pieces, max_size=30).map(b"".join),
    st.lists(records, max_size=6).map(
        lambda some: b"\n".join(orjson.dumps(one) for one in some if _fits(one))
    ),
)


def _fits(value: object) -> bool:
    """Whether orjson can write it: it takes no integer beyond 64 bits."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def lines_of(data: bytes) -> list[bytes]:
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return lines if lines[-1] else lines[:-1]


@settings(max_examples=300, deadline=None)
@given(inputs, st.booleans())
def test_every_line_ends_somewhere(data: bytes, with_outcome: bool) -> None:
    with folder() as tmp_path:
        result = map_bytes(data, tmp_path, Wishes(with_outcome=with_outcome, keep_rejects=True))
    tally = result.tally
    assert tally.rejected == len(result.rejects)
    assert len(result.records) == (tally.records if with_outcome else tally.mapped)
    if tally.unit == "line":
        assert tally.records + tally.blank == len(lines_of(data))
        numbers = [one["line"] for one in result.rejects]
        assert numbers == sorted(set(numbers))
        assert all(lines_of(data)[number - 1].strip() for number in numbers)


@settings(max_examples=300, deadline=None)
@given(inputs)
def test_a_record_does_not_depend_on_its_neighbours(data: bytes) -> None:
    lines = lines_of(data.lstrip(b"[ \t\r\n"))
    mapper = make_mapper()
    together = [part for block in line_blocks(b"\n".join(lines)) for part in mapper.map(block)]
    alone = [part for line in lines for part in mapper.map(line + b"\n")]
    assert b"".join(part.output for part in together) == b"".join(part.output for part in alone)
    assert sum(len(part.rejects) for part in together) == sum(len(part.rejects) for part in alone)


def read(text: bytes, how: Any) -> Any:
    try:
        return json.dumps(how(text))
    except UnreadableError as error:
        return error.args


def nest(depth: int, text: bytes) -> bytes:
    return b'{"a":[' * (depth // 2) + text + b"]}" * (depth // 2)


texts = st.one_of(
    st.builds(lambda value, layout: json.dumps(value, **layout).encode(), values | records, layouts),
    st.builds(nest, st.integers(MAX_DEPTH - 4, MAX_DEPTH + 4), st.sampled_from([b"", b"1", b"{}", b'"["'])),
    st.lists(pieces, max_size=12).map(b"".join),
    st.binary(max_size=40),
)


@settings(max_examples=500, deadline=None)
@given(texts)
def test_the_fast_reader_reads_as_the_careful_one(text: bytes) -> None:
    assert read(text, read_text) == read(text, read_record)


@settings(max_examples=500, deadline=None)
@given(st.lists(texts.map(lambda text: text.replace(b"\n", b" ")), max_size=4))
def test_where_lines_are_plain_orjson_reads_as_the_careful_reader(lines: list[bytes]) -> None:
    if not plain_lines(b"\n".join(lines)):
        return
    for line in lines:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            value = None
        if isinstance(value, dict):
            assert json.dumps(value) == json.dumps(read_record(line))
        else:
            assert isinstance(read(line, read_record), tuple)


def test_plain_lines_are_the_usual_case() -> None:
    stamp = b'"2023-07-28T13:26:48.852051+00:00"'
    phone = b'"+1 (202) 555-0142"'
    line = (
        b'{"created": '
        + stamp
        + b', "n": 922337203685477580, "phone": '
        + phone
        + b', "tags": ["x", {"y": []}]}\n'
    )
    assert plain_lines(line * 100)
    assert not plain_lines(line * 100 + b'{"n": 9223372036854775808}')
    assert not plain_lines(line * 100 + nest(MAX_DEPTH + 2, b""))
    assert shallow_lines(line * 100 + b'{"n": 9223372036854775808}')
    assert not shallow_lines(line * 100 + nest(MAX_DEPTH + 2, b""))


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(texts)
def test_nothing_deep_is_shallow(text: bytes) -> None:
    line = text.replace(b"\n", b" ")
    try:
        is_deep = depth(json.loads(line)) > MAX_DEPTH
    except ValueError:
        return
    if is_deep:
        assert not is_shallow(line)
        assert not shallow_lines(b"{}\n" + line + b"\n{}\n")


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@settings(max_examples=300, deadline=None)
@given(st.lists(values, max_size=5), layouts, st.lists(st.integers(0, 10_000), max_size=20))
def test_an_array_comes_apart_into_its_elements(
    data: list[Any], layout: dict[str, Any], places: list[int]
) -> None:
    text = json.dumps(data, **layout).encode()
    found = list(elements(cut(text, places)))
    assert [json.loads(one) for one in found if isinstance(one, bytes)] == data
    assert len(found) == len(data)


@settings(max_examples=400, deadline=None)
@given(inputs.map(lambda data: b"[" + data), st.lists(st.integers(0, 10_000), max_size=20))
def test_how_an_array_arrives_changes_nothing(text: bytes, places: list[int]) -> None:
    whole = list(elements([text]))
    assert list(elements(cut(text, places))) == whole
    assert list(elements(text[at : at + 1] for at in range(len(text)))) == whole
    assert not any(isinstance(one, Broken) for one in whole[:-1])


@settings(max_examples=300, deadline=None)
@given(inputs, st.integers(1, 40))
def test_parts_of_a_file_are_its_lines(data: bytes, length: int) -> None:
    with folder() as tmp_path:
        path = tmp_path / "in.ndjson"
        path.write_bytes(data)
        starts = range(0, len(data), length)
        ranges = [Range(path, at, min(at + length, len(data)), at == 0) for at in starts]
        blocks = [block for one in ranges for block in one.blocks()]
    assert b"".join(blocks) == data
    assert [line for block in blocks for line in io.BytesIO(block)] == list(io.BytesIO(data))
