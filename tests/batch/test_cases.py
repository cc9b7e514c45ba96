"""Files in, and what comes out: the case table, on every road a record can take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from batch.support import map_bytes
from recordmap.batch.mapper import Wishes
from recordmap.streams.json import MAX_DEPTH, MAX_RECORD

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text("utf-8"))


def data_of(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    result = map_bytes(data_of(case), tmp_path)
    assert result.records == case.get("output", [])
    assert result.tally.mapped == len(case.get("output", []))
    assert result.tally.skipped == case.get("skipped", 0)
    assert result.tally.blank == case.get("blank", 0)
    unit = result.tally.unit
    expected = case.get("rejects", [])
    assert [[one[unit], one["code"]] for one in result.rejects] == [one[:2] for one in expected]
    for got, (_, _, message) in zip(result.rejects, expected, strict=True):
        assert got["message"].startswith(message)
        assert list(got) == [unit, "source_id", "code", "message", "field", "record"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_with_outcomes_nothing_changes_but_the_wrapping(case: dict[str, Any], tmp_path: Path) -> None:
    plain = map_bytes(data_of(case), tmp_path)
    wrapped = map_bytes(data_of(case), tmp_path, Wishes(with_outcome=True, keep_rejects=True))
    assert [one["record"] for one in wrapped.records if one["outcome"] == "mapped"] == plain.records
    assert wrapped.rejects == plain.rejects
    assert (wrapped.tally.mapped, wrapped.tally.skipped) == (plain.tally.mapped, plain.tally.skipped)
    assert len(wrapped.records) == wrapped.tally.records
    rejected = [one for one in wrapped.records if one["outcome"] == "rejected"]
    assert [(one["source_id"], one["reason"]) for one in rejected] == [
        (one["source_id"], {name: one[name] for name in ("code", "message", "field")})
        for one in plain.rejects
    ]


def test_rejects_hold_the_record_as_it_came(tmp_path: Path) -> None:
    data = b'{"id": 7, "do": "refuse"}\n{"id": "x", "v": \xff}\r\n'
    assert map_bytes(data, tmp_path).rejects == [
        {
            "line": 1,
            "source_id": "7",
            "code": "required-field-missing",
            "message": "A name is required",
            "field": "Name",
            "record": {"id": 7, "do": "refuse"},
        },
        {
            "line": 2,
            "source_id": None,
            "code": "source-record-unreadable",
            "message": "not valid JSON: str is not valid UTF-8 at character 0",
            "field": None,
            "record": '{"id": "x", "v": \ufffd}',
        },
    ]


def test_outcomes_of_each_kind(tmp_path: Path) -> None:
    data = b'{"id": "a"}\n{"id": true, "do": "skip"}\n{"do": "refuse"}\n'
    assert map_bytes(data, tmp_path, Wishes(with_outcome=True)).records == [
        {"outcome": "mapped", "source_id": "a", "record": {"Id": "a"}, "reason": None},
        {
            "outcome": "skipped",
            "source_id": None,
            "record": None,
            "reason": {"code": "filtered", "message": "the filter left this record out", "field": None},
        },
        {
            "outcome": "rejected",
            "source_id": None,
            "record": None,
            "reason": {"code": "required-field-missing", "message": "A name is required", "field": "Name"},
        },
    ]


def test_nobody_pays_for_rejects_that_nobody_keeps(tmp_path: Path) -> None:
    result = map_bytes(b'{"do": "refuse"}\n', tmp_path, Wishes())
    assert result.tally.rejected == 1
    assert result.tally.codes["required-field-missing"].first == 1


def test_a_run_that_stops_leaves_nothing(tmp_path: Path) -> None:
    data = b'{"id": 1}\n\n{"id": 3, "do": "refuse"}\n{"id": 4, "do": "refuse"}\n'
    result = map_bytes(data, tmp_path, Wishes(stop=True, keep_rejects=True))
    assert result.tally.stopped_by is not None
    assert (result.tally.stopped_by.number, result.tally.stopped_by.field) == (3, "Name")
    assert (result.tally.mapped, result.tally.rejected) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["in.ndjson"]


@pytest.mark.parametrize("bad", [b'{"v": NaN}', b"[1]", b'{"v": 12345678901234567890, "do": "refuse"}'])
@pytest.mark.parametrize("array", [False, True])
def test_a_run_stops_on_every_road(bad: bytes, array: bool, tmp_path: Path) -> None:
    texts = [b'{"id": 1}', bad, b'{"id": 3}']
    data = b"[" + b",".join(texts) + b"]" if array else b"\n".join(texts)
    for outcome in (False, True):
        tally = map_bytes(data, tmp_path, Wishes(stop=True, with_outcome=outcome)).tally
        assert tally.stopped_by is not None
        assert (tally.stopped_by.number, tally.mapped, tally.rejected) == (2, 1, 1)


def nested(depth: int) -> bytes:
    return b'{"v": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def big(size: int) -> bytes:
    return b'{"id": "big", "v": "' + b"x" * (size - 22) + b'"}'


LIMITS = [
    (nested(MAX_DEPTH), True),
    (nested(MAX_DEPTH + 1), False),
    (nested(1000), False),
    (nested(5000), False),
    (big(MAX_RECORD), True),
    (big(MAX_RECORD + 1), False),
    (big(3 * MAX_RECORD), False),
    (b'{"v": "' + b'\\"' * 1_500_000 + b'"}', False),
    (b'{"v": ' + b"1" * 300 + b"}", True),
    (b'{"v": ' + b"1" * 5000 + b"}", False),
    (b'{"v": ' + b'"[", ' * 100 + b'"]"}', False),
    (b'{"v": "' + b"[{" * 100 + b'"}', True),
    (big(MAX_RECORD - 3) + b"   ", True),
    (big(MAX_RECORD - 3) + b" " * MAX_RECORD + b"garbage", False),
]
# In an array these leave no boundary; see the test after the next.
WITHOUT_END = [b"{" * 400_000, b"[" * 400_000, b'{"v": "' + b"y" * 3_000_000]


def shown(value: object) -> str | None:
    return f"{value[:12]!r}...{len(value)}" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("text", "fits", "array"),
    [(text, fits, array) for text, fits in LIMITS for array in (False, True)]
    + [(text, False, False) for text in WITHOUT_END],
    ids=shown,
)
def test_limits(text: bytes, fits: bool, array: bool, tmp_path: Path) -> None:
    first, last = b'{"id": 1}', b'{"id": 3}'
    data = b"[" + b", ".join([first, text, last]) + b"]" if array else b"\n".join([first, text, last])
    result = map_bytes(data, tmp_path)
    ids = [one["Id"] for one in result.records]
    assert (ids[0], ids[-1]) == (1, 3)
    assert len(ids) == (3 if fits else 2)
    assert [one[result.tally.unit] for one in result.rejects] == ([] if fits else [2])
    for one in result.rejects:
        assert len(one["record"]) <= 100_000
        assert text.decode().startswith(one["record"])


@pytest.mark.parametrize(
    "text",
    [
        *(b'[{"id": 1},' + text for text in WITHOUT_END),
        b"[" * 3_000_000,
        b'[{"id": 1},' + b'{"a":' * 1_200_000,
        b'[{"id": 1}, "' + b"x" * 3_000_000,
    ],
    ids=shown,
)
def test_an_array_that_never_closes_ends(text: bytes, tmp_path: Path) -> None:
    result = map_bytes(text, tmp_path)
    assert result.tally.mapped == text.count(b'"id"')
    assert result.rejects[-1]["message"].startswith(("brackets without end", "the array has no end"))


def test_numbers_count_over_blocks(tmp_path: Path) -> None:
    filler = b'{"id": 0, "v": "' + b"x" * 500 + b'"}\n'
    data = filler * 1000 + b"\n" + b'{"do": "refuse"}\n' + filler * 1000 + b"broken\n"
    result = map_bytes(data, tmp_path)
    assert [one["line"] for one in result.rejects] == [1002, 2003]
    assert (result.tally.mapped, result.tally.blank) == (2000, 1)
    assert {code: tuple(one) for code, one in result.tally.codes.items()} == {
        "required-field-missing": (1, 1002),
        "source-record-unreadable": (1, 2003),
    }
    array = b"[" + b",".join([*[filler] * 1000, b'{"do": "refuse"}', *[filler] * 1000]) + b"]"
    result = map_bytes(array, tmp_path)
    assert [one["item"] for one in result.rejects] == [1001]
    assert result.tally.mapped == 2000


def test_skipped_records_are_no_lines_of_output(tmp_path: Path) -> None:
    result = map_bytes(b'{"do": "skip"}\n' * 3, tmp_path)
    assert (result.output, result.tally.skipped, result.tally.records) == (b"", 3, 3)


def test_output_is_compact_and_in_order(tmp_path: Path) -> None:
    data = b"".join(orjson.dumps({"id": number}) + b"\n" for number in range(5))
    assert map_bytes(data, tmp_path).output == b"".join(b'{"Id":%d}\n' % number for number in range(5))
