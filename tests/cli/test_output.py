"""What records and templates hold is shown to people, never obeyed by their terminal, and stays on its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest

from recordmap.cli import output
from recordmap.cli.logs import say
from recordmap.cli.tracing import print_tree
from recordmap.cli.transfers import time_text
from recordmap.explain.tree import Look, Node

HALF = "\ud800"
HOSTILE = (
    *("\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\x7f", "\r", "\x08\x08", "\x00"),
    *("one\nrecordmap: error: forged", "\u2028", "\u202e", "\u2066", "\u200b", "\U000e0041", HALF),
)
WAYS: dict[str, Callable[[str], None]] = {
    "line": lambda text: output.tell(f"{text}."),
    "cell": lambda text: output.print_table(("", ""), [(text, "x")]),
    "tree": lambda text: print_tree(Node([(text, Look.VALUE)])),
    "said": lambda text: say("event", text.replace("\n", " ")),
}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_obeyed(way: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    WAYS[way](text)
    printed = "".join(capsys.readouterr()).removesuffix("\n")
    assert all(line.isprintable() for line in printed.split("\n"))
    assert not any(line.startswith("recordmap: error: forged") for line in printed.split("\n"))


def test_json_says_the_same_with_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    data = {text: [text, "Zoë", {"in": text}] for text in HOSTILE if text != HALF}
    output.print_json(data)
    printed = capsys.readouterr().out
    assert orjson.loads(printed) == data
    assert "Zoë" in printed
    assert all(line.isprintable() for line in printed.split("\n"))


@pytest.mark.parametrize("one_line", [False, True])
def test_json_can_hold_half_a_character(capsys: pytest.CaptureFixture[str], one_line: bool) -> None:
    data = {"file": f"caf{HALF}.yaml", "name": "Zoë", "count": 1}
    output.print_json(data, one_line=one_line)
    printed = capsys.readouterr().out
    assert json.loads(printed) == data
    assert printed.isascii()
    assert (printed.count("\n") == 1) is one_line


@pytest.mark.parametrize("year", [1, 999, 2026, 9999])
def test_a_year_has_four_digits(year: int) -> None:
    assert time_text(datetime(year, 1, 2, 3, 4, 5, 678, tzinfo=UTC)) == f"{year:04}-01-02T03:04:05Z"
