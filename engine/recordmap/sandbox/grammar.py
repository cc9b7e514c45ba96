"""The text of a filter into conditions: `operator(field,value)`, joined by commas or by `and(…)`.

Knows the grammar alone; which operators a field has and what they mean is told in `conditions`.
Klaviyo: text stands in single or double quotes, the quote itself after a backslash inside; dates stand without
quotes, in RFC 3339, as a bare date, with `+0000`, with fractions; both ways to join conditions mean that all hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["text", "moment", "broken moment", "number", "word", "list"]


class GrammarError(ValueError):
    """The text is not a filter."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as written. A moment is whole seconds of Unix time, a list holds values."""

    kind: Kind
    content: str | int | float | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition as written."""

    operator: str
    field: str
    value: Value


_MOST_DEPTH = 20
_NAME = re.compile(r"[a-z-]+")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*", re.ASCII)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[Tt](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(?:([Zz]|[+-]\d{2}(?::?\d{2})?)|( \d{2}:?\d{2}))?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_WORD = re.compile(r"true|false|null")
_BLANKS = re.compile(r" *")
_END_OF_VALUE = re.compile(r"(?= *(?:[,)\]]|$))")


def parse_filter(text: str) -> list[Clause]:
    """Return the conditions of a filter, in order.

    Raises:
        GrammarError: the text does not follow the grammar.
    """
    reader = _Reader(text)
    clauses = reader.clauses(depth=0)
    reader.expect_end()
    return clauses


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def clauses(self, depth: int) -> list[Clause]:
        if depth > _MOST_DEPTH:
            raise GrammarError("too deep")
        found = self._clause(depth)
        while self._try(","):
            found += self._clause(depth)
        return found

    def expect_end(self) -> None:
        self._take(_BLANKS)
        if self._at != len(self._text):
            raise GrammarError("text after the end")

    def _clause(self, depth: int) -> list[Clause]:
        self._take(_BLANKS)
        name = self._take(_NAME)
        self._expect("(")
        if name == "and":
            inner = self.clauses(depth + 1)
            self._expect(")")
            return inner
        self._take(_BLANKS)
        field = self._take(_FIELD)
        self._expect(",")
        value = self._value()
        self._expect(")")
        return [Clause(name, field, value)]

    def _value(self) -> Value:
        self._take(_BLANKS)
        if self._text.startswith("[", self._at):
            return self._list()
        return self._plain()

    def _list(self) -> Value:
        self._expect("[")
        items: list[Value] = []
        while not self._try("]"):
            if items:
                self._expect(",")
            self._take(_BLANKS)
            items.append(self._plain())
        return Value("list", tuple(items))

    def _plain(self) -> Value:
        start = self._at
        if match := self._match(_TEXT):
            return Value("text", _joined(_ESCAPE.sub(_unescaped, match[0][1:-1])))
        if match := self._match(_MOMENT):
            seconds = _seconds(match)
            return Value("broken moment" if match[4] else "moment", seconds)
        self._at = start
        if match := self._match(_NUMBER):
            return Value("number", float(match[0]))
        if match := self._match(_WORD):
            return Value("word", match[0])
        raise GrammarError("not a value")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take a whole value, or nothing when it goes on after what `pattern` reads."""
        match = pattern.match(self._text, self._at)
        if match is None or _END_OF_VALUE.match(self._text, match.end()) is None:
            return None
        self._at = match.end()
        return match

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise GrammarError("unexpected text")
        self._at = match.end()
        return match[0]

    def _try(self, mark: str) -> bool:
        self._take(_BLANKS)
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _expect(self, mark: str) -> None:
        if not self._try(mark):
            raise GrammarError(f"'{mark}' expected")


def _unescaped(match: re.Match[str]) -> str:
    """Return what an escape stands for. Klaviyo's own client writes text as JSON does, with all its escapes."""
    mark = match[1]
    return chr(int(mark[1:], 16)) if len(mark) > 1 else _CONTROLS.get(mark, mark)


def _joined(text: str) -> str:
    """Join the halves of characters that JSON escapes as two; a half alone becomes a replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _seconds(match: re.Match[str]) -> int:
    """Return a date in whole seconds of Unix time. Without an offset it is UTC; fractions are cut off."""
    day, time, offset, broken = match.groups()
    zone = (offset or broken or "Z").strip().upper()
    try:
        # A broken offset has lost its sign.
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{'Z' if broken else zone}")
    except ValueError:
        raise GrammarError("not a date") from None
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
