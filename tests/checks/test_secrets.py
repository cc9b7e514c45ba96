"""Secrets in files: found in any kind of file, never repeated, and never seen where there are none."""

from __future__ import annotations

from functools import partial

import pytest

from recordmap.checks.secrets import check_text
from recordmap.diagnostics import Diagnostic, machine, render
from recordmap.diagnostics.findings import Findings
from recordmap.diagnostics.sarif import sarif

SECRETS = {
    "a Klaviyo key": "pk_0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q",
    "a Stripe key": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "an Amazon key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a GitHub key": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "an address with a password": "postgresql://ada:lovelace1815@db.example.org/store",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
}
HARMLESS = (
    "pk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "https://example.org:8080/path",
    "postgresql://ada:***@db.example.org/store",
    'attributes.properties."Bearer of the ring"',
    "the Basic plan of the customers",
    "pk_short",
)


def findings_in(text: str) -> list[Diagnostic]:
    findings = Findings("a.yaml")
    check_text(text, findings)
    return list(findings)


@pytest.mark.parametrize(("what", "secret"), SECRETS.items())
def test_a_secret_is_found_where_it_stands_and_covered(what: str, secret: str) -> None:
    text = f"first: line\n  key: é {secret} # a comment\n"
    (one,) = findings_in(text)
    line = text.split("\n")[1]
    covered = line[one.span.start.column - 1 : one.span.end.column - 1]
    assert covered == (secret if "://" not in secret else "postgresql://ada:lovelace1815@")
    assert one.span.start.line == 2
    assert one.message == f"this looks like {what}"
    shown = render.full([one], lambda _: text.split("\n"))
    formats = (render.concise, machine.json, machine.github, machine.gitlab, partial(sarif, version="1"))
    assert covered not in shown + "".join(form([one]) for form in formats)
    assert "first" not in covered
    assert "•" in shown


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_a_little_like_one_is_left_alone(text: str) -> None:
    assert findings_in(f"key: {text}\n") == []


def test_a_byte_order_mark_moves_no_cover() -> None:
    secret = SECRETS["a Klaviyo key"]
    (one,) = findings_in(f"# {secret}")
    assert secret not in render.full([one], lambda _: [f"\ufeff# {secret}"])
