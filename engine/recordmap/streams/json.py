"""Reading JSON that somebody else wrote, under limits that hold before it is parsed.

What comes out are plain JSON values and nothing else: no NaN or infinity, no lone surrogates, nothing nested
deeper than 64 levels, no record over 1 MB. A record that breaks a rule does not make its page unreadable: it
becomes a `Malformed` and its neighbours live. A page that is no page at all is an error.

Two things that JSON leaves open are decided here. Of two members with one name the last counts, as in every
common reader. An integer beyond 64 bits becomes the text of its digits: a number of that size is an
identifier, a float would silently change it, and refusing it would refuse a whole record for a property that
nobody may map. (One of more than 308 digits is refused all the same.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

import orjson

from recordmap.frozen import Frozen
from recordmap.streams.broken import Malformed, Record

MAX_DEPTH = 64
"""Levels of objects and lists in a record, the record itself being the first."""

MAX_RECORD = 1_000_000
"""Bytes of one record."""

MAX_RECORDS = 10_000
"""Records of one page, a hundred times what any service sends."""

_TOO_MANY = f"more than {MAX_RECORDS:,} records in a page"
_SHOWN = 100_000
_UNCLOSED = 1_000
"""A depth beyond every limit, of a text whose brackets have no depth."""
_DATA = b'"data"'
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PAGE_DEPTH = MAX_DEPTH + 2  # the page's object and its list of records stand around each record
_ANY_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_LONG_INTEGER = b"0" * 19
# For text without escapes. A pattern that knew them would repeat a group, which takes memory for each one in a string.
_TOKEN = re.compile(rb'"[^"]*"|["\[\]{},:]')
_NOT_STRUCTURE = bytes(sorted(set(range(256)) - set(b'[]{}"')))
_ONE_BRACKET = bytes.maketrans(b"{}", b"[]")
_OPENING = frozenset({b"[", b"{"})
_CLOSING = frozenset({b"]", b"}"})
_BEGINNINGS = {b"{}": "an object", b"[]": "a list"}
_LONGEST_ID = 2_000
"""Bytes of an ID as it is written; what makes a good one is decided elsewhere."""


class UnreadableError(ValueError):
    """Text is not the JSON it should be. The message gives the reason and holds nothing of the text."""


class Body(Frozen):
    """What a page holds: its records, those that could not be read, and its links, None when it has none."""

    records: tuple[Record, ...]
    malformed: tuple[Malformed, ...]
    links: Record | None


def read_record(text: bytes) -> Record:
    """Read one JSON object.

    Raises:
        UnreadableError: the text breaks a rule of this module, or is not an object.
    """
    if len(text) > MAX_RECORD:
        raise UnreadableError(f"longer than {MAX_RECORD:,} bytes")
    depth = _depth(text, MAX_DEPTH)
    if depth == _UNCLOSED:
        raise UnreadableError("cut off, or with quotes or brackets that do not match")
    if depth > MAX_DEPTH:
        raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels")
    value = _parse(text)
    if not isinstance(value, dict):
        raise UnreadableError(f"{_kind(value)} where an object was expected")
    return value


def read_page(text: bytes) -> Body:
    """Read a page of records: an object with a list `data`, and perhaps `links` with the next page's address.

    The page is parsed as a whole where that is safe, and record by record where it is not: when it is large
    enough to hold a record over the limit, nested too deep, or not valid JSON somewhere.

    Raises:
        UnreadableError: the text is no such page, so that nothing of it can be trusted.
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if len(text) <= MAX_RECORD and _depth(text, _PAGE_DEPTH) <= _PAGE_DEPTH:
        try:
            page = _parse(text)
        except UnreadableError:
            pass
        else:
            return _whole(page)
    return _piecewise(text)


def read_single(text: bytes) -> Record | Malformed:
    """Read the one record of an answer: the object `data` of an object.

    Raises:
        UnreadableError: the text is no such answer, so that nothing of it can be trusted.
    """
    _, data = _split(text)
    return _record_or_malformed(data)


def _whole(page: object) -> Body:
    if not isinstance(page, dict):
        raise UnreadableError(f"{_kind(page)} where a page was expected")
    data = page.get("data")
    if not isinstance(data, list):
        raise UnreadableError(f"{_kind(data)} where the list of records was expected")
    if len(data) > MAX_RECORDS:
        raise UnreadableError(_TOO_MANY)
    records = tuple(record for record in data if isinstance(record, dict))
    # Without an ID, none of these can be another version of a record, so it doesn't matter where they came.
    malformed = tuple(
        Malformed(f"{_kind(other)} where an object was expected", shown_text(orjson.dumps(other)))
        for other in data
        if not isinstance(other, dict)
    )
    return Body(records, malformed, _links(page))


def _piecewise(text: bytes) -> Body:
    page, data = _split(text)
    records: list[Record] = []
    malformed: list[Malformed] = []
    for piece in _elements(data):
        found = _record_or_malformed(piece)
        if isinstance(found, Malformed):
            malformed.append(Malformed(found.reason, found.raw, found.external_id, len(records)))
        else:
            records.append(found)
    return Body(tuple(records), tuple(malformed), _links(page))


def _record_or_malformed(text: bytes) -> Record | Malformed:
    try:
        return read_record(text)
    except UnreadableError as error:
        return Malformed(str(error), shown_text(text), _external_id(text))


def _split(text: bytes) -> tuple[Record, bytes]:
    """Read an answer without its `data`, and return the text of `data` beside it."""
    data: bytes | None = None
    rest = bytearray()
    for name, value in _parts(text.removeprefix(_BYTE_ORDER_MARK), b"{}"):
        if name == _DATA:
            data = value
        else:
            rest += (b"," if rest else b"") + name + b":" + value
        if len(rest) > MAX_RECORD:
            raise UnreadableError(f"more than {MAX_RECORD:,} bytes beside the data")
    if data is None:
        raise UnreadableError("no data in the answer")
    return read_record(b"{" + bytes(rest) + b"}"), data


def _links(page: Record) -> Record | None:
    links = page.get("links")
    return links if isinstance(links, dict) else None


def _parse(text: bytes) -> object:
    """Parse text whose depth is known; strict, and exact for integers of any size."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"not valid JSON: {_reason(error)}") from None
    # orjson makes a float of an integer beyond 64 bits. Long digits are rare, so only then a second reader
    # looks.
    if _LONG_INTEGER in text.translate(_ANY_DIGIT):
        return json.loads(text, parse_int=_integer)
    return value


def _integer(digits: str) -> int | str:
    """Return an integer where 64 bits (signed, as databases have it) hold it, else its digits as text."""
    if len(digits) <= 20:
        value = int(digits)
        if -(2**63) <= value < 2**63:
            return value
    return digits


def _reason(error: orjson.JSONDecodeError) -> str:
    """Keep the parser's reason and drop everything that might quote the text."""
    return f"{error.msg.partition(':')[0]} at character {error.pos}"


def _depth(text: bytes, limit: int) -> int:
    """Return how deep brackets are nested: `limit` + 1 for anything deeper, `_UNCLOSED` where some have no partner.

    Linear and without recursion, because it guards the parsers: strings are taken out by their quotes, then
    each round takes out the innermost pairs.
    """
    text = _without_escapes(text)
    # Taking out two quotes that stand together never changes which brackets are inside a string.
    text = text.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in text:
        text = re.sub(rb'"[^"]*"', b"", text)
    text = text.translate(_ONE_BRACKET)
    depth = 0
    while text and depth <= limit:
        inner = text.replace(b"[]", b"")
        depth = depth + 1 if len(inner) < len(text) else _UNCLOSED
        text = inner
    return depth


def _elements(text: bytes) -> list[bytes]:
    """Return the elements of a list as text."""
    elements = [value for _, value in islice(_parts(text, b"[]"), MAX_RECORDS + 1)]
    if len(elements) > MAX_RECORDS:
        raise UnreadableError(_TOO_MANY)
    return [] if elements == [b""] else elements


def _external_id(text: bytes) -> str | None:
    """Return the record's own ID, where that much of it can be read: text, or a whole number as text."""
    written = b""
    try:
        for name, value in _parts(text, b"{}"):
            if name == b'"id"':
                written = value
        found = _parse(written) if len(written) <= _LONGEST_ID else None
    except UnreadableError:
        return None
    return str(found) if isinstance(found, str) or type(found) is int else None


def _parts(text: bytes, brackets: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Split an object at its own commas and colons, or a list at its own commas, whatever the parts hold.

    Yields the name (with its quotes; empty in a list) and the value of each part as text.

    Raises:
        UnreadableError: the text is not within `brackets`, or its quotes or brackets do not close.
    """
    text = text.strip()
    if text[:1] + text[-1:] != brackets:
        raise UnreadableError(f"{_BEGINNINGS[brackets]} was expected")
    depth, start = 1, 1
    name = b""
    in_object = brackets == b"{}"
    for token in _TOKEN.finditer(_without_escapes(text), 1):
        mark = token[0]
        if mark in _OPENING:
            depth += 1
        elif mark in _CLOSING:
            depth -= 1
            if depth == 0:
                break
        elif mark == b'"':
            raise UnreadableError("a quote that does not close")
        elif depth == 1 and mark == b",":
            yield name, text[start : token.start()].strip()
            name, start = b"", token.end()
        elif depth == 1 and mark == b":" and in_object and not name:
            name, start = text[start : token.start()].strip(), token.end()
    if depth or token.end() != len(text):
        raise UnreadableError("brackets that do not match")
    yield name, text[start:-1].strip()


def _without_escapes(text: bytes) -> bytes:
    """Return text of the same length in which every quote begins or ends a string."""
    if b"\\" not in text:
        return text
    # Escaped backslashes first, from the left: a backslash that is left over escapes what follows it.
    return text.replace(b"\\\\", b"__").replace(b'\\"', b"__")


def shown_text(text: bytes) -> str:
    """Return the text of a record that can't be read, shortened, as an error log keeps it."""
    return text[: 4 * _SHOWN].decode("utf-8", "replace")[:_SHOWN]


def _kind(value: object) -> str:
    """Name the kind of a JSON value, for messages that must not show the value."""
    kinds = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")
