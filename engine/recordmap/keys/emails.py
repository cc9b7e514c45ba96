"""E-mail addresses in one normal form, so that two spellings of one mailbox compare as equal text.

White space around the address is dropped, the local part is composed (NFC) and folded from A-Z to a-z only,
the domain becomes its lower-case A-label. Nothing else is joined: no dots or plus tags of a provider, and no
letters beyond A-Z, because only a mail server knows whether those are the same. No address is looked up in
the DNS.
"""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 254
"""Characters of an address, and bytes of it in UTF-8 (RFC 5321 with erratum 1690)."""

A_TO_Z = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Folds A-Z to a-z and nothing else, for `str.translate`."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Only top-level domains that no list of reserved names can come to hold; `--` is left to the slow road
# because it may introduce an A-label.
_PLAIN = re.compile(
    rf"(?!.*--){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[A-Za-z]{{2}}|(?i:com|org|net|edu|gov|info|biz))"
)


def normalize_email(text: str) -> str | None:
    """Return the normal form of an e-mail address, or None when `text` cannot be compared safely.

    None for: wrong syntax, more than 254 characters, control, zero-width and bidirectional characters, a
    domain without a dot or one reserved for tests (often placeholders, such as `none@none`), and any
    character beyond ASCII that would turn into ASCII on the way (the Kelvin sign, full-width letters, the
    German sharp s): the result would be another mailbox's address.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    if text.isascii():
        # Most addresses, at a twentieth of the cost. A test holds this equal to the validated road.
        if _PLAIN.fullmatch(text):
            return text.lower()
    elif any(_turns_into_ascii(character) for character in text if character > "\x7f"):
        return None
    return _validated(text)


def _validated(text: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - seldom needed, 30 ms

    try:
        # Each switch is given, because the library's defaults are module variables that anybody may change.
        found = validate_email(
            text,
            allow_smtputf8=True,
            allow_empty_local=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=False,
            check_deliverability=False,
            test_environment=False,
            globally_deliverable=True,
        )
    except EmailNotValidError:
        return None
    # Composed once more: a folded letter and the mark after it may have one character in lower case only.
    local = unicodedata.normalize("NFC", found.local_part.translate(A_TO_Z))
    return f"{local}@{found.ascii_domain.lower()}"


def _turns_into_ascii(character: str) -> bool:
    """Say whether composing, case folding or compatibility mapping makes ASCII of a character beyond ASCII.

    Case folding is composed again before the look, so that a letter whose fold is written as base and mark
    (such as j with caron) does not count.
    """
    composed = unicodedata.normalize("NFC", character)
    compatible = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", character))
    folded = unicodedata.normalize("NFC", character.casefold())
    return any(made <= "\x7f" for made in composed + compatible + folded)
