"""Telling texts that orjson alone reads right from those that need the careful reader.

`read_record` is the one reader of hostile records, but its checks cost more than parsing. They can find something
only in a text that is long, holds many opening brackets, or holds many digits in a row. This module looks for those
three in a whole block of lines at once: where there are none, `orjson.loads` gives what `read_record` would give, or
refuses what it would refuse. It may call a harmless text odd, never an odd one harmless.
"""

from __future__ import annotations

import orjson

from recordmap.streams.broken import Record
from recordmap.streams.json import MAX_DEPTH, MAX_RECORD, read_record

_OPEN = b"["
_DIGIT = b"0"
_DIGITS = b"0123456789"
# A run of digits must not seem longer than it is once other characters are gone, or every time of day with its date
# would look like a huge integer. These three stay, to hold apart what usually stands close together.
_APART = b",:-"
_MANY_DIGITS = _DIGIT * 19  # 2**63 has 19
_MANY_OPEN = _OPEN * (MAX_DEPTH + 1)


def _all_but(kept: bytes) -> bytes:
    return bytes(sorted(set(range(256)) - set(kept)))


_SAME = bytes.maketrans(b"{" + _DIGITS, _OPEN + _DIGIT * len(_DIGITS))
_BOTH_OPEN = b"[{"
_NO_BRACKET = _all_but(_BOTH_OPEN)
_NO_BRACKET_IN_LINES = _all_but(b"\n" + _BOTH_OPEN)
_NOT_TELLING = _all_but(b"[{" + _DIGITS + _APART)
_NOT_TELLING_IN_LINES = _all_but(b"\n[{" + _DIGITS + _APART)
_NOT_OPEN = _all_but(_OPEN)
_NOT_OPEN_IN_LINES = _all_but(b"\n" + _OPEN)


def plain_lines(block: bytes) -> bool:
    """Say whether no line of a block can break a limit or hold an integer beyond 64 bits."""
    if len(block) > MAX_RECORD:
        return False
    telling = block.translate(_SAME, _NOT_TELLING_IN_LINES)
    return _MANY_DIGITS not in telling and _MANY_OPEN not in telling.translate(None, _NOT_OPEN_IN_LINES)


def shallow_lines(block: bytes) -> bool:
    """Say whether no line of a block can break a limit, whatever its numbers."""
    return len(block) <= MAX_RECORD and _MANY_OPEN not in block.translate(_SAME, _NO_BRACKET_IN_LINES)


def is_blank(line: bytes) -> bool:
    """Say whether a line holds nothing but what JSON takes for blanks."""
    return not line.strip(b" \t\r\n")


def is_plain(text: bytes) -> bool:
    """Say the same of one record's text as `plain_lines` says of lines."""
    telling = text.translate(_SAME, _NOT_TELLING)
    return (
        len(text) <= MAX_RECORD
        and _MANY_DIGITS not in telling
        and _MANY_OPEN not in telling.translate(None, _NOT_OPEN)
    )


def is_shallow(text: bytes) -> bool:
    """Say the same of one record's text as `shallow_lines` says of lines."""
    return len(text) <= MAX_RECORD and _MANY_OPEN not in text.translate(_SAME, _NO_BRACKET)


def is_utf8(text: bytes) -> bool:
    """Say whether a text is UTF-8, which a reader that passes over parts of it doesn't find out."""
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_text(text: bytes) -> Record:
    """Read one record as `read_record` does, faster where the text allows.

    Raises:
        UnreadableError: the text breaks a rule of `read_record`, or is no object.
    """
    if is_plain(text):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = None
        if type(value) is dict:
            return value
    return read_record(text)
