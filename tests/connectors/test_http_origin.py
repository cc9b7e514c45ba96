"""Base URLs and links: one server, over TLS unless it is this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordmap.connectors.origin import Origin
from recordmap.diagnostics import ConfigurationError


@pytest.mark.parametrize(
    ("text", "origin", "url"),
    [
        ("https://a.klaviyo.com", Origin("https", "a.klaviyo.com", 443), "https://a.klaviyo.com/x"),
        ("https://a.klaviyo.com/", Origin("https", "a.klaviyo.com", 443), "https://a.klaviyo.com/x"),
        ("HTTPS://A.Klaviyo.COM:443", Origin("https", "a.klaviyo.com", 443), "https://a.klaviyo.com/x"),
        (
            "https://proxy.example:8443",
            Origin("https", "proxy.example", 8443),
            "https://proxy.example:8443/x",
        ),
        ("http://127.0.0.1:8765", Origin("http", "127.0.0.1", 8765), "http://127.0.0.1:8765/x"),
        ("http://127.9.9.9", Origin("http", "127.9.9.9", 80), "http://127.9.9.9/x"),
        ("http://localhost:8765/", Origin("http", "localhost", 8765), "http://localhost:8765/x"),
        ("http://[::1]:8765", Origin("http", "::1", 8765), "http://[::1]:8765/x"),
    ],
)
def test_base_urls(text: str, origin: Origin, url: str) -> None:
    assert Origin.read(text) == origin
    assert origin.url("/x") == url
    assert Origin.read(url.removesuffix("x")) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.klaviyo.com",
        "//a.klaviyo.com",
        "https://",
        "https:///x",
        "https://a.klaviyo.com/api",
        "https://a.klaviyo.com?x=1",
        "https://a.klaviyo.com#x",
        "https://user:secret@a.klaviyo.com",
        "https://a.klaviyo.com:port",
        "https://a.klaviyo.com:99999",
        "https://a.klaviyo.com\\@evil.example",
        "https://a.klav\niyo.com",
        "https://a.klaviyo.com ",
        "https://kl\u00e4viyo.example",
        "https://[::1",
        "ftp://a.klaviyo.com",
        "file:///etc/passwd",
        "http://a.klaviyo.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
    ],
)
def test_what_is_no_base_url(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Origin.read(text)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


HOME = Origin.read("https://a.klaviyo.com")


@pytest.mark.parametrize(
    ("link", "query"),
    [
        ("https://a.klaviyo.com/api/profiles/?page%5Bcursor%5D=abc", "page%5Bcursor%5D=abc"),
        ("https://a.klaviyo.com/api/profiles?x=1", "x=1"),
        ("https://A.KLAVIYO.com:443/api/profiles?x=1", "x=1"),
        ("/api/profiles/?x=1", "x=1"),
        ("https://a.klaviyo.com/api/profiles/", ""),
        ("http://a.klaviyo.com/api/profiles/?x=1", None),
        ("https://a.klaviyo.com:8443/api/profiles/?x=1", None),
        ("https://evil.example/api/profiles/?x=1", None),
        ("//evil.example/api/profiles/?x=1", None),
        ("//a.klaviyo.com/api/profiles/?x=1", None),
        ("https://a.klaviyo.com.evil.example/api/profiles/?x=1", None),
        ("https://a.klaviyo.com@evil.example/api/profiles/?x=1", None),
        ("https://evil.example@a.klaviyo.com/api/profiles/?x=1", None),
        ("https://a.klaviyo.com\\.evil.example/api/profiles/?x=1", None),
        ("https://a.klaviyo.com/api/lists/?x=1", None),
        ("https://a.klaviyo.com/api/profiles/../lists/?x=1", None),
        ("https://a.klaviyo.com/api%2Fprofiles/?x=1", None),
        ("https://a.klaviyo.com/api/profiles/\n?x=1", None),
        ("javascript:alert(1)", None),
        ("?x=1", None),
        ("", None),
    ],
)
def test_links(link: str, query: str | None) -> None:
    assert HOME.query_of(link, "/api/profiles/") == query


@given(st.text())
def test_any_text_is_judged_without_another_error(text: str) -> None:
    HOME.query_of(text, "/api/profiles/")
    try:
        origin = Origin.read(text)
    except ConfigurationError:
        return
    assert origin.scheme == "https" or origin.is_loopback
