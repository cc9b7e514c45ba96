"""The key that masks depend on: from the environment, or from a file that stays on this machine."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from recordmap.diagnostics import ConfigurationError

VARIABLE = "RECORDMAP_MASK_KEY"
FILE = Path(".recordmap", "mask.key")
"""Beside the store, in the folder that `recordmap init` keeps out of version control."""
_SHORTEST = 16


def mask_key(folder: Path, environ: Mapping[str, str]) -> bytes:
    """Return the key of a project; one is made when there is none.

    Raises:
        ConfigurationError: the key is too short, or its file can't be read or written.
    """
    given = environ.get(VARIABLE)
    if given is not None:
        if len(given) < _SHORTEST:
            raise ConfigurationError(
                f"{VARIABLE} is shorter than {_SHORTEST} characters", "take a longer one"
            )
        return _digest(given.encode())
    file = folder / FILE
    try:
        with suppress(FileExistsError):
            file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
                made.write(f"{secrets.token_hex(32)}\n")
            ignore = file.with_name(".gitignore")
            if not ignore.exists():  # a project that init didn't make may not leave this folder out
                ignore.write_text("*\n", encoding="utf-8")
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ConfigurationError(f"'{file}' can't be used: {reason}", f"or set {VARIABLE}") from None
    if len(key) < _SHORTEST:
        raise ConfigurationError(f"'{file}' holds no key", "delete it, and a new one is made")
    return _digest(key.encode())


def _digest(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=32).digest()
