"""What an integration file may say of the Klaviyo source, and what is wrong with what it says.

Loads little, because every check of a project asks. Keys stand in no file, and are no settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion

KEY_VARIABLE = "KLAVIYO_API_KEY"

Rule = tuple[Callable[[object], bool], str, Any]
"""Whether a value is right, what it should be, and what stands when it is left out."""


def option_faults(
    _role: str, options: Mapping[str, Any]
) -> Iterator[tuple[str, str | None, str, str | None]]:
    """Yield what is wrong with options: a code, the option, a message and a hint."""
    for name, value in options.items():
        if name not in RULES:
            yield "unknown-key", name, f"the Klaviyo source has no option '{name}'", _suggestion(name)
            continue
        is_right, should, usual = RULES[name]
        if not is_right(value):
            hint = f"without this line it is {_written(usual)}"
            yield "wrong-value", name, f"the source option '{name}' should be {should}", hint
        elif name == "base_url":
            from recordmap.connectors.origin import Origin  # noqa: PLC0415 - few name a server

            try:
                Origin.read(value)
            except ConfigurationError as error:
                yield "wrong-value", name, str(error), error.hint


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def _suggestion(name: str) -> str | None:
    if name in {"key", "api_key"}:
        return f"the key is never kept in a file: set the environment variable {KEY_VARIABLE}"
    return suggestion(name, RULES)


def _is_revision(value: object) -> bool:
    found = (
        re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:\.pre)?", value, re.ASCII) if isinstance(value, str) else None
    )
    try:
        return found is not None and date.fromisoformat(found[1]) is not None
    except ValueError:
        return False


def _whole(low: int, high: int, usual: int) -> Rule:
    def is_right(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return is_right, f"a whole number from {low} to {high}", usual


def _seconds(low: float, high: float, usual: float) -> Rule:
    def is_right(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return is_right, f"a number of seconds from {low:g} to {high:g}", usual


RULES: Mapping[str, Rule] = {
    "base_url": (
        lambda value: isinstance(value, str),
        'text, such as "https://a.klaviyo.com"',
        "https://a.klaviyo.com",
    ),
    "revision": (_is_revision, 'the date of an API revision in quotes, such as "2023-10-15"', "2023-10-15"),
    "page_size": _whole(1, 100, 100),
    "trust_env": (lambda value: isinstance(value, bool), "true or false", True),
    "attempts": _whole(1, 20, 5),
    "longest_wait": _seconds(0, 3600, 60.0),
    "deadline": _seconds(0.1, 600, 30.0),
}
"""The options by name. `page_size` and `revision` are as far as Klaviyo goes, the others as far as makes sense."""
