"""The settings of the Klaviyo source: read, checked, and explained where they are wrong. Loads no HTTP client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recordmap.connectors.klaviyo.settings import KEY_VARIABLE, RULES, option_faults
from recordmap.connectors.origin import Origin
from recordmap.diagnostics import ConfigurationError

URL_VARIABLE = "RECORDMAP_SOURCE_URL"

_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class KlaviyoOptions:
    """Checked settings. Seconds where a time is meant; `key` is a private key and never shown."""

    key: str = field(repr=False)
    base_url: str = RULES["base_url"][2]
    revision: str = RULES["revision"][2]
    page_size: int = RULES["page_size"][2]
    trust_env: bool = RULES["trust_env"][2]
    attempts: int = RULES["attempts"][2]
    longest_wait: float = RULES["longest_wait"][2]
    deadline: float = RULES["deadline"][2]

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
        for _, _, message, hint in option_faults("source", {name: getattr(self, name) for name in RULES}):
            raise ConfigurationError(message, hint)

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
    for _, _, message, hint in option_faults("source", options):
        raise ConfigurationError(message, hint)
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
