"""Why a file that a template or a case names can't be used, in words."""

from __future__ import annotations

_REASONS: tuple[tuple[type[OSError], str], ...] = (
    (FileNotFoundError, "there is no such file"),
    (IsADirectoryError, "it is a folder"),
    (NotADirectoryError, "there is no such file"),
    (PermissionError, "it may not be read"),
)


def reason_of(error: Exception) -> str:
    """Return why a file can't be used, in words; `error` is an OSError, or has a message for people."""
    if isinstance(error, OSError):
        known = (reason for kind, reason in _REASONS if isinstance(error, kind))
        return next(known, error.strerror or "it can't be read")
    return str(error)
