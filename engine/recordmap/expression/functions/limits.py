"""How large a value that a function makes may be, and the faults of those that would be larger.

Functions whose result can grow beyond a small multiple of their arguments compute its size before they make
it.
"""

from __future__ import annotations

from recordmap.diagnostics import Fault

MAX_TEXT = 100_000
"""Characters in one text."""
MAX_ENTRIES = 10_000
"""Entries in one list."""
MAX_PATTERN = 200
"""Characters in a regular expression."""
MAX_PATTERN_INPUT = 10_000
"""Characters in a text that a regular expression looks at."""
MAX_LAYOUT = 50
"""Characters in the layout of a date."""
INTEGER_BOUND = 2**63
"""Whole numbers are signed, of 64 bits: from minus this up to, and not including, this."""


def text_too_long(function: str, limit: int = MAX_TEXT) -> Fault:
    """Return the fault of a text beyond its limit."""
    return Fault("value-too-large", f"{function}: a text of more than {limit:,} characters")


def list_too_long(function: str) -> Fault:
    """Return the fault of a list beyond its limit."""
    return Fault("value-too-large", f"{function}: a list of more than {MAX_ENTRIES:,} entries")


def number_too_large(function: str) -> Fault:
    """Return the fault of a number beyond 64 bits, or not finite."""
    return Fault("value-too-large", f"{function}: a number beyond 64 bits")
