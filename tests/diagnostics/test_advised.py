"""Commands that messages advise: quoted, and in one place."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

import recordmap
from recordmap.cli.commands import COMMANDS
from recordmap.diagnostics import advised

_COMMAND = re.compile(rf"\b(?:recordmap (?:{'|'.join(COMMANDS)})( [^ .;,:]+)*|cd) '?$")
_PLAIN = {"number", "code", "person"}
"""What needs no quotes: numbers, codes of the code table, IDs of the sandbox."""


@pytest.mark.parametrize(
    "word", ["a b.yaml", "it's", "x;rm -rf y", "$HOME", 'attributes."a b"', "plain.yaml", "-", ""]
)
def test_a_word_stays_one(word: str) -> None:
    assert shlex.split(advised.command("check", word)) == ["recordmap", "check", word]


def test_on_windows_blanks_are_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advised.os, "name", "nt")
    assert advised.command("check", "a b.yaml") == 'recordmap check "a b.yaml"'


def test_nobody_else_puts_a_word_into_a_command() -> None:
    """A name or path in a command that a message advises goes through `advised`."""
    loose = [
        f"{path.name}:{node.lineno}"
        for path in Path(recordmap.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for before, value in zip(node.values, node.values[1:], strict=False)
        if isinstance(before, ast.Constant) and isinstance(value, ast.FormattedValue)
        if _COMMAND.search(str(before.value))
        if ast.unparse(value.value).rpartition(".")[2] not in _PLAIN
        if not ast.unparse(value.value).startswith(("quoted(", "advised("))
    ]
    assert loose == []
