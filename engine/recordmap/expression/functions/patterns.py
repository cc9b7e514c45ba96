"""Regular expressions in time linear in the text: RE2, by the optional extra `recordmap[patterns]`.

Python's own `re` is never used for a pattern of a template: some of its patterns take longer than any run
lasts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from recordmap.diagnostics import Fault
from recordmap.expression.functions.arguments import refuse_unless_null
from recordmap.expression.functions.limits import MAX_PATTERN, MAX_PATTERN_INPUT, text_too_long
from recordmap.expression.functions.spec import Example, FunctionSpec, Parameter
from recordmap.schema.types import BOOLEAN, TEXT

FAMILY = "patterns"
EXTRA = "patterns"
_MISSING = "needs the extra for regular expressions: install recordmap[patterns]"
_MEMORY = 2**20
"""Bytes that one pattern may use; 64 of them are kept."""


def matches(text: object, pattern: object) -> bool | None:
    """Return whether a regular expression is found anywhere in a text.

    Raises:
        Fault: `formula-failed` when RE2 is not installed, `value-too-large` for a text beyond the limit.
    """
    if type(text) is str and type(pattern) is str and len(pattern) <= MAX_PATTERN:
        if _re2() is None:
            raise Fault("formula-failed", f"matches: {_MISSING}")
        if len(text) > MAX_PATTERN_INPUT:
            raise text_too_long("matches", MAX_PATTERN_INPUT)
        compiled, _ = _prepared(pattern)
        if compiled is not None:
            try:
                return compiled.search(text) is not None
            except (
                UnicodeEncodeError
            ):  # RE2 takes whole characters only: a text with a half one matches nothing
                return False
    refuse_unless_null(MATCHES, text, pattern)
    return None


def pattern_problem(pattern: str) -> str | None:
    """Say what is wrong with a pattern, as a `Parameter.check`: also that RE2 is not installed."""
    if len(pattern) > MAX_PATTERN:
        return f"must not be longer than {MAX_PATTERN} characters"
    if _re2() is None:
        return _MISSING
    return _prepared(pattern)[1]


def is_installed() -> bool:
    """Return whether RE2 is there, without which no pattern can be used."""
    return _re2() is not None


def _re2() -> Any:
    try:
        import re2  # noqa: PLC0415 - an optional extra
    except ImportError:
        return None
    return re2


@lru_cache(maxsize=64)
def _prepared(pattern: str) -> tuple[Any, str | None]:
    """Return a compiled pattern, or None and what is wrong with it. RE2 must be installed."""
    from recordmap.expression.pattern_faults import pattern_fault  # noqa: PLC0415 - few templates have any

    fault = pattern_fault(pattern)
    if fault is not None and fault.slow:
        return None, "is not a pattern: too many repeats"
    re2 = _re2()
    options = re2.Options()
    options.log_errors = False  # it would print them
    options.never_capture = True
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options), None
    except UnicodeEncodeError:
        return None, "is not a pattern: it holds half of a character"
    except re2.error as error:
        # RE2 says what is wrong and then quotes the pattern, which may come from a record.
        reason = error.args[0].decode(errors="replace").split(":")[0]
        return None, f"is not a pattern: {reason}"


MATCHES = FunctionSpec(
    name="matches",
    parameters=(
        Parameter("text", TEXT, f"the text to look at, of {MAX_PATTERN_INPUT:,} characters at most"),
        Parameter(
            "pattern",
            TEXT,
            f"a regular expression of {MAX_PATTERN} characters at most",
            check=pattern_problem,
        ),
    ),
    returns=BOOLEAN,
    doc="Whether a regular expression is found in a text; between ^ and $ it must be the whole text.",
    call=matches,
    examples=(
        Example("matches('SW1A 1AA', '^[A-Z]{1,2}[0-9]')", gives=True),
        Example("matches('order 17', '[0-9]+')", gives=True),
        Example("matches('Ada', '^ada$')", gives=False),
        Example("matches('Ada', '(?i)^ada$')", gives=True),
        Example("matches(null, '[0-9]')", gives=None),
        Example("matches('Ada', '(')", fails=True),
    ),
    family=FAMILY,
    differences="Takes the patterns of RE2: no look-ahead or look-behind, no references to earlier matches.",
    extra=EXTRA,
)

SPECS = (MATCHES,)
