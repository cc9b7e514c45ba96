"""Settings of the Klaviyo source: from the integration file and the environment, and what is said when one is wrong."""

from __future__ import annotations

import os
import sys
from subprocess import run
from typing import Any

import pytest

from recordmap.connectors.base import Source
from recordmap.connectors.klaviyo import build_source as build
from recordmap.connectors.klaviyo.options import KlaviyoOptions, read_options
from recordmap.diagnostics import ConfigurationError

KEY = "pk_0123456789abcdef"
ENVIRON = {"KLAVIYO_API_KEY": KEY}


def test_defaults() -> None:
    assert read_options({}, ENVIRON) == KlaviyoOptions(
        key=KEY,
        base_url="https://a.klaviyo.com",
        revision="2023-10-15",
        page_size=100,
        trust_env=True,
        attempts=5,
        longest_wait=60,
        deadline=30,
    )


def test_options_of_the_file_and_the_environment_above_them() -> None:
    given = {
        "base_url": "https://proxy.example",
        "revision": "2026-10-15",
        "page_size": 20,
        "trust_env": False,
    }
    assert read_options(given, ENVIRON).base_url == "https://proxy.example"
    options = read_options(given, ENVIRON | {"RECORDMAP_SOURCE_URL": " http://127.0.0.1:8765 "})
    assert options.base_url == "http://127.0.0.1:8765"
    assert (options.revision, options.page_size, options.trust_env) == ("2026-10-15", 20, False)
    assert read_options(given, ENVIRON | {"RECORDMAP_SOURCE_URL": ""}).base_url == "https://proxy.example"


def test_blanks_around_the_key_do_not_matter() -> None:
    assert read_options({}, {"KLAVIYO_API_KEY": f" {KEY}\n"}).key == KEY


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"page_sise": 10}, "no option 'page_sise'", "did you mean 'page_size'?"),
        ({"api_key": KEY}, "no option 'api_key'", "set the environment variable KLAVIYO_API_KEY"),
        ({"key": KEY}, "no option 'key'", "set the environment variable KLAVIYO_API_KEY"),
        ({"zzz": 1}, "no option 'zzz'", "known here: base_url, revision, page_size"),
        ({"page_size": 0}, "'page_size' should be a whole number from 1 to 100", None),
        ({"page_size": 101}, "'page_size' should be a whole number from 1 to 100", None),
        ({"page_size": "100"}, "'page_size' should be a whole number from 1 to 100", None),
        ({"page_size": True}, "'page_size' should be a whole number from 1 to 100", None),
        ({"attempts": 0}, "'attempts' should be a whole number from 1 to 20", None),
        ({"longest_wait": -1}, "'longest_wait' should be a number of seconds", None),
        ({"longest_wait": float("nan")}, "'longest_wait' should be a number of seconds", None),
        ({"deadline": 0}, "'deadline' should be a number of seconds from 0.1 to 600", None),
        ({"trust_env": "yes"}, "'trust_env' should be true or false", None),
        ({"revision": 20231015}, "'revision' should be the date of an API revision in quotes", None),
        ({"revision": "2023-13-15"}, "'revision' should be", None),
        ({"revision": "2023-10-15.beta"}, "'revision' should be", None),
        ({"revision": "2023-10-15\r\nX: y"}, "'revision' should be", None),
        ({"base_url": None}, "'base_url' should be text", None),
        ({"base_url": "http://a.klaviyo.com"}, "must begin with https://", "key would travel in clear"),
        ({"base_url": "https://a.klaviyo.com/api"}, "not of the form https://host", "paths are added"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str, hint: str | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(options, ENVIRON)
    assert message in str(caught.value)
    assert (hint or "") in (caught.value.hint or "")


@pytest.mark.parametrize("environ", [{}, {"KLAVIYO_API_KEY": ""}, {"KLAVIYO_API_KEY": "  \n"}])
def test_no_key(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="there is no key for Klaviyo") as caught:
        build({}, environ)
    assert "KLAVIYO_API_KEY" in (caught.value.hint or "")


@pytest.mark.parametrize("key", ["pk_a b", "pk_a\nb", "pk_\u00e9", "pk_a\x00"])
def test_a_key_that_cannot_be_sent(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build({}, {"KLAVIYO_API_KEY": key})
    assert key not in f"{caught.value} {caught.value.hint}"


def test_build_gives_a_source() -> None:
    source = build({"revision": "2026-10-15"}, ENVIRON)
    assert isinstance(source, Source)
    source.close()


def test_wrong_options_are_found_without_loading_the_http_client() -> None:
    program = (
        "import sys, recordmap.connectors.klaviyo as k\n"
        "try: k.build({}, {})\n"
        "except Exception as error: sys.exit(3 if 'httpx' in sys.modules else 0)\n"
        "sys.exit(4)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert run([sys.executable, "-c", program], env=environ, check=False).returncode == 0
