"""The settings of the Klaviyo source: read, checked, and explained where they are wrong. Loads no HTTP client."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from difflib import get_close_matches
from typing import Any

from recordmap.connectors.origin import Origin
from recordmap.diagnostics import ConfigurationError

KEY_VARIABLE = "KLAVIYO_API_KEY"
URL_VARIABLE = "RECORDMAP_SOURCE_URL"

_REVISION = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.pre)?", re.ASCII)
_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class KlaviyoOptions:
    """Checked settings. Seconds where a time is meant; `key` is a private key and never shown."""

    key: str = field(repr=False)
    base_url: str = "https://a.klaviyo.com"
    revision: str = "2023-10-15"
    page_size: int = 100
    trust_env: bool = True
    attempts: int = 5
    longest_wait: float = 60.0
    deadline: float = 30.0

    def __post_init__(self) -> None:
        """Check every setting, wherever it came from.

        Raises:
            ConfigurationError: the first setting that is wrong.
        """
        if not _KEY.fullmatch(self.key):
            raise ConfigurationError(
                "the Klaviyo key holds a blank, a line break or a character that a key cannot have",
                f"set {KEY_VARIABLE} to the private key alone (pk_…)",
            )
        for name, (is_right, should) in _CHECKS.items():
            if not is_right(getattr(self, name)):
                raise ConfigurationError(f"the source option '{name}' should be {should}")
        Origin.read(self.base_url)

    @property
    def origin(self) -> Origin:
        """The server to speak to."""
        return Origin.read(self.base_url)

    @property
    def revision_date(self) -> date:
        """The day of the API revision, without the mark of a beta revision."""
        return date.fromisoformat(self.revision[:10])


def read_options(options: Mapping[str, Any], environ: Mapping[str, str]) -> KlaviyoOptions:
    """Return checked settings from the options of an integration file and the environment.

    Raises:
        ConfigurationError: an option is unknown or wrong, or there is no key.
    """
    known = [each.name for each in fields(KlaviyoOptions) if each.name != "key"]
    for name in options:
        if name not in known:
            raise ConfigurationError(f"the Klaviyo source has no option '{name}'", _suggestion(name, known))
    key = environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise ConfigurationError(
            "there is no key for Klaviyo",
            f"set the environment variable {KEY_VARIABLE} to a private key (pk_…) with the scope profiles:read; "
            "to try things out, recordmap sandbox prints one",
        )
    given = dict(options)
    if url := environ.get(URL_VARIABLE, "").strip():
        given["base_url"] = url
    return KlaviyoOptions(key=key, **given)


def _suggestion(name: str, known: list[str]) -> str:
    if name in {"key", "api_key"}:
        return f"the key is never kept in a file: set the environment variable {KEY_VARIABLE}"
    near = get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"


def _is_revision(value: object) -> bool:
    found = _REVISION.fullmatch(value) if isinstance(value, str) else None
    try:
        return found is not None and date.fromisoformat(found[1]) is not None
    except ValueError:
        return False


def _whole(low: int, high: int) -> tuple[Callable[[object], bool], str]:
    def is_right(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return is_right, f"a whole number from {low} to {high}"


def _seconds(low: float, high: float) -> tuple[Callable[[object], bool], str]:
    def is_right(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return is_right, f"a number of seconds from {low:g} to {high:g}"


_CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "base_url": (lambda value: isinstance(value, str), 'text, such as "https://a.klaviyo.com"'),
    "revision": (_is_revision, 'the date of an API revision in quotes, such as "2023-10-15"'),
    "page_size": _whole(1, 100),
    "trust_env": (lambda value: isinstance(value, bool), "true or false"),
    "attempts": _whole(1, 20),
    "longest_wait": _seconds(0, 3600),
    "deadline": _seconds(0.1, 600),
}
