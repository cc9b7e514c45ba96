"""Taking a JSON array apart while it is read, without parsing it and without holding more than one element.

An element is found by its brackets, quotes and commas alone, so one that is not valid JSON inside harms no
neighbour. Where the array itself is broken (brackets that do not match, no end) nobody can say where the next
element begins: then the rest is one `Broken`, and reading stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from recordmap.streams.broken import Broken
from recordmap.streams.json import MAX_RECORD

_LONGEST = MAX_RECORD + 1  # one byte over the limit is kept, so that the reader sees it is over
_PAIRS = {ord("{"): ord("}"), ord("["): ord("]")}
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
# Each pattern passes over everything up to the next mark, complete strings included. A quote is a mark when its string
# is not complete yet, or is the last one before a cut. There are no possessive quantifiers: before Python 3.11.5 those
# around a group match the wrong text.
_TO_MARK = re.compile(rb'[^"\[\]{}]*(?:' + _STRING + rb'[^"\[\]{}]*)*(["\[\]{}])', re.DOTALL)
_TO_MARK_OR_COMMA = re.compile(rb'[^"\[\]{},]*(?:' + _STRING + rb'[^"\[\]{},]*)*(["\[\]{},])', re.DOTALL)
_REST_OF_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*("?)', re.DOTALL)


class _State(Enum):
    BEFORE = auto()
    INSIDE = auto()
    AFTER = auto()


class _BrokenArrayError(Exception):
    """The array can't be taken apart any further."""


def elements(chunks: Iterable[bytes]) -> Iterator[bytes | Broken]:
    """Yield the elements of a JSON array as text, given the text of the array in pieces of any size.

    An element over the limit of a record is cut one byte over it.
    """
    splitter = _Splitter()
    try:
        for chunk in chunks:
            yield from splitter.feed(chunk)
        yield from splitter.end()
    except _BrokenArrayError as error:
        yield Broken(str(error))


class _Splitter:
    def __init__(self) -> None:
        self._state = _State.BEFORE
        self._closers = bytearray()
        self._in_string = False
        self._carried = b""
        self._text = bytearray()
        self._is_cut = False
        self._after_comma = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        data = self._carried + chunk
        self._carried = b""
        at = 0
        if self._state is _State.BEFORE:
            at = len(data) - len(data.lstrip())
            if at == len(data):
                return
            self._open(data[at])
            at += 1
        while self._state is _State.INSIDE:
            end = self._next_mark(data, at)
            if end is None:
                return
            if self._ends_element(data[end - 1]):
                self._keep(data[at : end - 1])
                yield from self._take()
            else:
                self._keep(data[at:end])
            at = end
        if data[at:].strip():
            raise _BrokenArrayError("text after the end of the array; nothing of it was read")

    def end(self) -> Iterator[bytes]:
        if self._state is not _State.AFTER:
            self._keep(self._carried)
            if self._text:
                yield from self._take()
            raise _BrokenArrayError("the array has no end; the input was cut off")

    def _open(self, mark: int) -> None:
        if mark != ord("["):
            raise _BrokenArrayError("no array where one was expected")
        self._closers.append(_PAIRS[mark])
        self._state = _State.INSIDE

    def _next_mark(self, data: bytes, start: int) -> int | None:
        """Return where the next mark of structure ends, or None when the rest of `data` was kept for later."""
        at = start
        while True:
            if self._in_string:
                string = _REST_OF_STRING.match(data, at)
                at = string.end() if string else at
                if string is None or not string[1]:
                    self._keep(data[start:at])
                    self._carried = data[at:]  # a backslash, whose other half comes with the next piece
                    return None
                self._in_string = False
            found = (_TO_MARK_OR_COMMA if len(self._closers) == 1 else _TO_MARK).match(data, at)
            if found is None:
                self._keep(data[start:])
                return None
            at = found.end()
            if found[1] != b'"':
                return at
            self._in_string = True

    def _ends_element(self, mark: int) -> bool:
        """Take note of a mark; say whether it stands after an element of the array."""
        if mark in _PAIRS:
            self._closers.append(_PAIRS[mark])
            if len(self._closers) > MAX_RECORD:
                raise _BrokenArrayError("brackets without end; the rest of the array was not read")
            return False
        if mark == ord(","):
            self._after_comma = True
            return True
        if self._closers.pop() != mark:
            raise _BrokenArrayError("brackets that do not match; the rest of the array was not read")
        if not self._closers:
            self._state = _State.AFTER
        return self._state is _State.AFTER

    def _keep(self, text: bytes) -> None:
        text = text if self._text else text.lstrip()
        room = _LONGEST - len(self._text)
        self._text += text[:room]
        self._is_cut = self._is_cut or len(text) > room

    def _take(self) -> Iterator[bytes]:
        """Yield the element, unless it is the nothing of an empty array."""
        # Blanks at a cut may have stood before more text.
        text = bytes(self._text) if self._is_cut else bytes(self._text.rstrip())
        self._text.clear()
        self._is_cut = False
        if self._after_comma or text:
            yield text
