"""The table of characters that nobody sees in a text, or that show it in another order than it is read.

Like `frozen`, this lies below all rooms and imports nothing of ours.
"""

from __future__ import annotations

import json
import re
from functools import cache

# Control characters, exotic line separators, zero-width and direction marks, tag characters, NUL and lone surrogates.
UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
)
"""What no text may hold as it is, as ranges for a regular expression."""
JOINERS = "\u200c\u200d"
"""What joins letters or emoji to one sign, or keeps them apart. They can't be seen either, but some words need them."""


def escaped(written: bytes) -> bytes:
    """Return JSON (UTF-8) with an escape for each of these characters: they stand in texts, where it means the same."""
    if written.isascii() and b"\x7f" not in written:
        return written
    return _pattern().sub(_escape, written.decode()).encode()


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(f"[{UNSEEN}{JOINERS}]")


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"
