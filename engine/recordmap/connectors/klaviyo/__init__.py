"""Klaviyo profiles as a source: the list by time of change, and one profile by its ID."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recordmap.connectors.base import Source


def build_source(options: Mapping[str, Any], environ: Mapping[str, str]) -> Source:
    """Return the source that an integration file asks for.

    `options` are those of the integration file: base_url, revision, page_size, trust_env, and the limits attempts,
    longest_wait, deadline (the last two in seconds). The key comes from the environment variable KLAVIYO_API_KEY;
    RECORDMAP_SOURCE_URL, where set, stands above base_url.

    Raises:
        ConfigurationError: an option is unknown or out of range, or there is no key.
    """
    from recordmap.connectors.klaviyo.options import read_options  # noqa: PLC0415 - checks load the settings alone

    checked = read_options(options, environ)
    # Loaded once the settings hold, because it brings the HTTP client with it.
    from recordmap.connectors.klaviyo.source import KlaviyoSource  # noqa: PLC0415

    return KlaviyoSource(checked)
