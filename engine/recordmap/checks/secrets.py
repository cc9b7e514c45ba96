"""literal-secret: keys and passwords written into a file, where everybody reads them.

What has the form of a known kind of key is found in any text, comments too; among the options and settings of an
integration also what is named like a secret, or looks drawn by lot. A message never repeats what was found.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics import Span
from recordmap.diagnostics.findings import Findings
from recordmap.template.characters import split_lines
from recordmap.template.model import Integration

_FORMS = {
    "klaviyo": ("a Klaviyo key", r"\bpk_[A-Za-z0-9]{30,48}\b"),
    "stripe": ("a Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    "shopify": ("a Shopify key", r"\bshp(?:at|ca|pa|ss)_[A-Za-z0-9]{32}\b"),
    "aws": ("an Amazon key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "google": ("a Google key", r"\bAIza[\w-]{35}"),
    "github": ("a GitHub key", r"\b(?:gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_\w{60,})"),
    "slack": ("a Slack key", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "token": ("a sign-in token", r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "header": ("a sign-in token", r"\b(?:Bearer|Basic|Klaviyo-API-Key) +(?=[^\s\"']*\d)[\w.~+/=-]{16,}"),
    "url": (
        "an address with a password",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{1,99}:(?![*…<$])[^\s/@\"'<>]{1,99}@",
    ),
    "private": ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
}
"""Kinds of secrets by a name of their own: what a person calls them, and their form. Each is found in linear time."""

_MARKS = {
    "klaviyo": ("pk_",),
    "stripe": ("k_live_", "k_test_"),
    "shopify": ("shpat_", "shpca_", "shppa_", "shpss_"),
    "aws": ("AKIA", "ASIA"),
    "google": ("AIza",),
    "github": ("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_"),
    "slack": ("xox",),
    "token": (".eyJ",),
    "header": ("Bearer ", "Basic ", "Klaviyo-API-Key "),
    "url": ("://",),
    "private": ("-----BEGIN ",),
}
"""What a text must hold to hold a secret of a kind: looking for it takes no time, and most texts have none of it."""

_NAMED_SO = (
    r"(?:^|[_-])"
    r"(?:api[_-]?key|(?:access|auth|private|secret)[_-]?key|secret|token|pass(?:word|wd|phrase)?|pwd|credentials?)$"
)
_WORDS = ("key", "secret", "token", "pass", "pwd", "credential")
"""Whatever is named like a secret has one of these in its name: looking for them first takes no time."""
_LONG = 24
_DRAWN = r"[A-Za-z0-9+/=_-]+"
_BITS = 4.0
"""Bits for each character from which a text of letters and digits looks drawn by lot: words have less."""
_FEW = 6
"""A key of fewer different characters is a placeholder: pk_xxxx."""
_HINT = (
    "take it out and have it replaced by a new one; keys come from the environment, such as KLAVIYO_API_KEY"
)


def check_text(text: str, findings: Findings) -> None:
    """Report known kinds of secrets anywhere in the text of a file."""
    line, begins, counted = 1, 0, 0
    for found in _forms_in(text):
        if len(set(found[0].rpartition("_")[2])) < _FEW:
            continue
        *ended, last = split_lines(text[counted : found.start()])
        counted = found.start()
        if ended:
            line, begins = line + len(ended), counted - len(last)
        what = _FORMS[found.lastgroup or ""][0]
        span = Span.at(line, counted - begins + 1, len(found[0]))
        findings.add("literal-secret", f"this looks like {what}", span, hint=_HINT)


def check_integration(integration: Integration, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report options and settings that are named like a secret, or look like one of no known kind."""
    for key, value in integration.texts:
        if not value.text.strip() or next(_forms_in(value.text), None) is not None:
            continue
        name = key.text.lower()
        if any(word in name for word in _WORDS) and re.search(_NAMED_SO, name):
            message = f"'{key.text}' looks like a place for a secret"
            findings.add("literal-secret", message, value.span, hint=_HINT)
        elif len(value.text) >= _LONG and re.fullmatch(_DRAWN, value.text) and _is_drawn(value.text):
            message = f"the value of '{key.text}' looks like a key or a password"
            findings.add("literal-secret", message, value.span, hint=_HINT)


def _forms_in(text: str) -> Iterator[re.Match[str]]:
    """Yield what has the form of a known kind of secret, from the first to the last."""
    kinds = tuple(kind for kind, marks in _MARKS.items() if any(mark in text for mark in marks))
    return _any_form(kinds).finditer(text) if kinds else iter(())


@cache
def _any_form(kinds: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{_FORMS[kind][1]})" for kind in kinds))


def _is_drawn(text: str) -> bool:
    """Whether letters and digits stand in no order: a key rather than a word, a path or a number."""
    if not any(one.isdigit() for one in text) or not any(one.isalpha() for one in text):
        return False
    counts = Counter(text)
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    return bits >= _BITS
