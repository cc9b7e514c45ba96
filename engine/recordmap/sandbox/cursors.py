"""Cursors: where a page begins, as text that clients cannot read and the sandbox can trust.

A cursor holds the place of the row beside it rather than a row count, so a walk goes on in the right place while
profiles change. It is signed together with the sort order and the filter: one that was damaged, comes from
elsewhere, or is used with other parameters is refused. Klaviyo: cursors are opaque; filter and sort must stay the
same for a whole walk.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import orjson

from recordmap.sandbox import errors
from recordmap.sandbox.store import Rank

_SIGNATURE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows.

    Attributes:
        rank: the row beside it.
        backwards: whether the page ends there instead of beginning.
        page: number of the page in its walk, from 1.
        issued: when, in seconds of Unix time.
    """

    rank: Rank
    backwards: bool
    page: int
    issued: float


class Cursors:
    """Writes and reads the cursors of one sandbox."""

    def __init__(self, secret: str, lifetime: float | None) -> None:
        self._secret = blake2b(secret.encode()).digest()
        self._lifetime = lifetime

    def write(self, cursor: Cursor, walk: str) -> str:
        """Return a cursor as text. `walk` stands for all that must stay the same from page to page."""
        absent, value, number = cursor.rank
        body = orjson.dumps([absent, value, number, cursor.backwards, cursor.page, cursor.issued])
        return urlsafe_b64encode(self._sign(body, walk) + body).decode().rstrip("=")

    def read(self, text: str, walk: str, now: datetime) -> Cursor:
        """Return the cursor behind a text.

        Raises:
            ApiError: it is not one that `write` gave for this walk, or it is too old.
        """
        signature, body = _parts(text)
        if not hmac.compare_digest(signature, self._sign(body, walk)):
            raise errors.bad_cursor()
        absent, value, number, backwards, page, issued = orjson.loads(body)
        if self._lifetime is not None and now.timestamp() - issued > self._lifetime:
            raise errors.bad_cursor()
        return Cursor((absent, value, number), backwards, page, issued)

    def _sign(self, body: bytes, walk: str) -> bytes:
        text = blake2b(walk.encode("utf-8", "surrogatepass")).digest() + body
        return blake2b(text, key=self._secret, digest_size=_SIGNATURE_BYTES).digest()


def page_number(text: str | None) -> int | None:
    """Return which page of its walk a cursor asks for, 1 without a cursor, None when it cannot be told."""
    if text is None:
        return 1
    try:
        page = orjson.loads(_parts(text)[1])[4]
    except (errors.ApiError, ValueError, IndexError, KeyError, TypeError):
        return None
    return page if isinstance(page, int) else None


def _parts(text: str) -> tuple[bytes, bytes]:
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (BadBase64, ValueError):
        raise errors.bad_cursor() from None
    # The decoder skips what is not base64, so text that was tampered with could still decode.
    if urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise errors.bad_cursor()
    return raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
