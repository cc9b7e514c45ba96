"""Hashes that tell one content from another, and are no secrets.

`hashlib` loads OpenSSL first, which takes as long as reading a template. What makes these hashes comes with Python.
Like `frozen`, this lies below all rooms and imports nothing of ours.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b  # as the standard library's own `random` takes its hash
except ImportError:  # another Python than CPython
    from hashlib import blake2b


def digest_of(data: bytes | str, size: int = 16) -> str:
    """Return the hash of some bytes, or of a text as UTF-8, as hexadecimal text; `size` is its length in bytes.

    Halves of characters in a text count as they are.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return blake2b(raw, digest_size=size).hexdigest()
