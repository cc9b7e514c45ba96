"""The tokens of a source, taken one by one from left to right, and the places that come of them.

Brackets that only group are stepped over: the tree doesn't show them. Those of calls are tokens like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recordmap.expression.source_errors import syntax_error

Token = Mapping[str, Any]
"""A token of the library: `type`, `value`, `start`. Its `end` is not to be trusted."""


class Tokens:
    """A walk over the tokens of one text; the last of them is the library's end mark."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._partners = _grouping_brackets(tokens)
        self._next = 0
        self._last = -1

    def __getitem__(self, index: int) -> Token:
        return self._tokens[index]

    def peek(self) -> int:
        """Return the index of the token that is taken next."""
        while self._next in self._partners:
            self._next += 1
        return self._next

    def sees(self, kind: str) -> bool:
        """Return whether the next token is of a kind."""
        return bool(self._tokens[self.peek()]["type"] == kind)

    def take(self, *kinds: str) -> int:
        """Take the next token and return its index.

        Raises:
            ExpressionError: it is of none of these kinds.
        """
        index = self.peek()
        token = self._tokens[index]
        if token["type"] not in kinds:
            raise syntax_error(self._text, token["start"])
        self._last = index
        self._next = index + 1
        return index

    def place(self, first: int, last: int | None = None) -> tuple[int, int]:
        """Return offset and length from token `first` to `last`, or to the one taken last.

        Brackets that open or close in between are part of it. With no token in between, the length is 0.
        """
        last = self._last if last is None else last
        if last < first:
            return (self._end(last) if last >= 0 else 0), 0
        while first <= self._partners.get(first - 1, -1) <= last:
            first -= 1
        while first <= self._partners.get(last + 1, -1) <= last:
            last += 1
        offset: int = self._tokens[first]["start"]
        return offset, self._end(last) - offset

    def _end(self, index: int) -> int:
        start: int = self._tokens[index]["start"]
        following: int = self._tokens[index + 1]["start"]
        return start + len(self._text[start:following].rstrip(" \t\r\n"))


def _grouping_brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Return the indexes of round brackets that only group, each with its partner's."""
    partners: dict[int, int] = {}
    opened: list[tuple[int, bool]] = []
    for index, token in enumerate(tokens):
        if token["type"] == "lparen":
            calls = index > 0 and tokens[index - 1]["type"] == "unquoted_identifier"
            opened.append((index, not calls))
        elif token["type"] == "rparen":
            partner, groups = opened.pop()
            if groups:
                partners[partner], partners[index] = index, partner
    return partners
