"""What stands at the end of a formula as far as it is written: a name, a key of something, an argument of a call.

Like `paths` it goes by signs alone, because a formula that is being typed has no tree yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<name>[^\W\d]\w*)
  | (?P<text>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)
  | (?P<number>\d[\w.]*)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"and", "or", "not", "in", "is", "if", "else", "None", "True", "False", "null", "true", "false"}
ITEM = "[]"
"""The step to an item of a list, whichever it is."""
UNKNOWN = ""
"""The first step of what is read from something that has no name, such as the result of a call."""

_PARTNERS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A name, or a key read from one step by step: `record.a["b"]` is (record, a, b). Its place is the last step's."""

    steps: tuple[str, ...]
    offset: int
    end: int
    quoted: bool = False

    @property
    def name(self) -> str:
        """The last step."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call whose bracket isn't closed: the function and which argument comes, by number or by name."""

    function: str
    argument: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """What stands at the end of a formula.

    `chain` is what a dot or a bracket behind it would read from, `begun` what may still become another name.
    `in_text` holds the beginning of a text whose quote isn't closed, `call` the innermost open call.
    """

    chain: tuple[str, ...] | None
    begun: str
    in_text: str | None
    call: OpenCall | None


def references(text: str) -> Iterator[Reference]:
    """Yield every name and every key that a formula reads, and every function that it calls, in file order."""
    yield from _Walk(text).references


def end_of(text: str) -> End:
    """Return what stands at the end of `text`, the part of a formula before the cursor."""
    walk = _Walk(text)
    return End(walk.chain(), walk.begun, walk.in_text, walk.call())


@dataclass(slots=True)
class _Bracket:
    """An open bracket: the function that it calls, or what it reads from, and how far its arguments have come."""

    sign: str
    function: str | None
    chain: tuple[str, ...] | None
    commas: int = 0
    keyword: str | None = None


class _Walk:
    """One walk over the signs. `_chain` is what was read so far, and `_dotted` says that a dot stands behind it."""

    def __init__(self, text: str) -> None:
        self.references: list[Reference] = []
        self.begun = ""
        self.in_text: str | None = None
        self._chain: tuple[str, ...] | None = None
        self._owner: tuple[str, ...] | None = None
        self._dotted = False
        self._called: str | None = None
        self._index: str | None = None
        self._brackets: list[_Bracket] = []
        for token in _TOKEN.finditer(text):
            self._take(token, at_end=token.end() == len(text))

    def chain(self) -> tuple[str, ...] | None:
        """Return what a key at the end would be read from: None when no dot or bracket stands before it."""
        if self.in_text is not None or self.begun:
            return self._owner
        return (self._chain or (UNKNOWN,)) if self._dotted else None

    def call(self) -> OpenCall | None:
        """Return the innermost open call."""
        for bracket in reversed(self._brackets):
            if bracket.sign == "(" and bracket.function:
                return OpenCall(bracket.function, bracket.commas, bracket.keyword)
        return None

    def _take(self, token: re.Match[str], *, at_end: bool) -> None:
        kind, text = token.lastgroup, token.group()
        self.begun, self.in_text, self._owner = "", None, None
        if kind == "name":
            self._name(token, text, at_end=at_end)
        elif kind == "text":
            self._text(token, text, at_end=at_end)
        elif kind == "sign":
            self._sign(text)
        elif kind == "number":
            self._chain, self._dotted, self._called, self._index = None, False, None, ITEM

    def _name(self, token: re.Match[str], text: str, *, at_end: bool) -> None:
        owner = (self._chain or (UNKNOWN,)) if self._dotted else None
        if at_end:
            self.begun, self._owner = text, owner
        self._dotted, self._called, self._index = False, None, None
        if owner is None and text in _WORDS:
            self._chain = None
            return
        self._chain = (*(owner or ()), text)
        self._called = text if owner is None else None
        self.references.append(Reference(self._chain, token.start(), token.end()))

    def _text(self, token: re.Match[str], text: str, *, at_end: bool) -> None:
        closed = len(text) > 1 and text[-1] == text[0]
        inner = text[1:-1] if closed else text[1:]
        bracket = self._brackets[-1] if self._brackets else None
        read_from = bracket.chain if bracket and bracket.sign == "[" and self._chain is None else None
        if at_end and not closed:
            self.in_text, self._owner = inner, read_from
        if read_from is not None:
            end = token.end() - closed
            self.references.append(Reference((*read_from, inner), token.start() + 1, end, quoted=True))
        self._chain, self._dotted, self._called, self._index = None, False, None, inner

    def _sign(self, sign: str) -> None:
        called, self._called = self._called, None
        index, self._index = self._index, None
        chain, self._chain = self._chain, None
        self._dotted = sign == "."
        if sign == ".":
            self._chain = chain
        elif sign in "([{":
            self._brackets.append(
                _Bracket(sign, called if sign == "(" else None, chain if sign == "[" else None)
            )
        elif sign in _PARTNERS:
            self._chain = self._closed(sign, index)
        elif self._brackets and sign == ",":
            self._brackets[-1].commas += 1
            self._brackets[-1].keyword = None
        elif self._brackets and sign == "=" and called:
            self._brackets[-1].keyword = called

    def _closed(self, sign: str, index: str | None) -> tuple[str, ...] | None:
        """Return what a chain is after a closing bracket: `a["b"]` goes on as (a, b), everything else ends."""
        while self._brackets:
            bracket = self._brackets.pop()
            if bracket.sign == _PARTNERS[sign]:
                return None if bracket.chain is None or index is None else (*bracket.chain, index)
        return None
