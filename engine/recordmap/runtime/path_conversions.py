"""JMESPath's functions that turn values of one kind into those of another, and tell kinds.

`to_number` reads JSON's numbers and nothing else, as the specification has it: no spaces, underscores or digits of
other scripts. What has no place in 64 bits is null.
"""

from __future__ import annotations

import json
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.patterns import later
from recordmap.runtime.budget import measure, spend
from recordmap.runtime.operators import MAX_TEXT, number

NUMBERS = (int, float)
CHARACTERS_PER_STEP = 256
"""Characters of a long text that cost one step to walk."""
_JSON_NUMBER = later(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 1_000


def path_to_array(value: Any) -> list[Any]:
    """Return a list as it is, and anything else as the one element of a list."""
    return value if isinstance(value, list) else [value]


def path_to_number(value: Any) -> Any:
    """Return a number as it is, the number that a text is in JSON, or null."""
    if type(value) in NUMBERS:
        return value
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    match = _JSON_NUMBER.fullmatch(value)
    if match is None:
        return None
    whole = match["fraction"] is None and match["exponent"] is None
    try:
        return number(int(value) if whole else float(value))
    except Fault:
        return None


def path_to_string(steps: int, value: Any) -> tuple[int, str]:
    """Return a text as it is, and anything else as JSON without spaces."""
    if isinstance(value, str):
        return steps, value
    entries, _ = measure(value)
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError):
        raise Fault("source-failed", "to_string: a value that is not JSON") from None
    if len(text) > MAX_TEXT:
        raise Fault("value-too-large", f"to_string: a text of more than {MAX_TEXT:,} characters")
    return spend(steps, entries + len(text) // CHARACTERS_PER_STEP), text


_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def path_type(value: Any) -> str:
    """Return the name that JMESPath has for a value's kind."""
    if value is None:
        return "null"
    name = _TYPES.get(type(value))
    if name is None:
        raise Fault("source-failed", "type: a value that is not JSON")
    return name
