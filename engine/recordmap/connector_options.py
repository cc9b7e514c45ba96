"""The options of connectors, as they stand in an integration file: what is wrong with them, told before one is made.

Asked are `klaviyo` and `files`. The store, connectors of other packages, and those that a program passes in, whatever
their names are, say what is wrong when they are opened.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from recordmap.checks.rule import OptionFault
from recordmap.diagnostics import ConfigurationError

OVERLAP = "overlap_seconds"
"""The one option of a source that is the poll's, not the connector's."""

_LONGEST = 86_400 * 30
_TELLING = {
    ("klaviyo", "source"): "recordmap.connectors.klaviyo.settings",
    ("files", "source"): "recordmap.connectors.files.options",
    ("files", "destination"): "recordmap.connectors.files.options",
}
"""Modules with a function `option_faults`, which are loaded without what talks to the other system."""


def option_faults(
    connector: str, role: str, options: Mapping[str, Any], given: Container[str] = ()
) -> Iterator[OptionFault]:
    """Yield what is wrong with the options of a connector in a role: `source` or `destination`.

    `given` are the names of connectors that a program passes in: what options those have is not known here.
    """
    rest = dict(options)
    if role == "source" and OVERLAP in rest:
        yield from _overlap_faults(rest.pop(OVERLAP))
    module = None if connector in given else _TELLING.get((connector, role))
    if module is not None:
        faults: Iterable[OptionFault] = import_module(module).option_faults(role, rest)
        yield from faults


def without_overlap(options: Mapping[str, Any]) -> tuple[dict[str, Any], timedelta]:
    """Return the options that are a source's own, and the overlap of its polls.

    Raises:
        ConfigurationError: the overlap can't be that.
    """
    rest = dict(options)
    if OVERLAP not in rest:
        return rest, _usual_overlap()
    overlap = rest.pop(OVERLAP)
    for _, _, message, hint in _overlap_faults(overlap):
        raise ConfigurationError(message, hint)
    return rest, timedelta(seconds=overlap)


def _overlap_faults(value: object) -> Iterator[OptionFault]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
        message = (
            f"the source option '{OVERLAP}' should be a number of seconds from 0 to {_LONGEST} (30 days)"
        )
        yield "wrong-value", OVERLAP, message, f"without this line it is {_usual_overlap().total_seconds():g}"


def _usual_overlap() -> timedelta:
    from recordmap.sync.poll import OVERLAP as USUAL  # noqa: PLC0415 - a check of right options needs no sync

    return USUAL
