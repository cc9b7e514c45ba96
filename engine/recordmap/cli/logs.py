"""What the command line logs: warnings on stderr, each once. Never record values."""

from __future__ import annotations

import logging
import os
import sys

import click

LEVEL_VARIABLE = "RECORDMAP_LOG"
"""The level: debug, info, warning (default) or error."""


class _Once(logging.Filter):
    """Lets each message through once: a warning that holds for every poll is said at the first."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        new = message not in self._seen
        self._seen.add(message)
        return new


class _ToStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # Looked up each time, because tests and progress bars put another stream there.
        click.echo(f"recordmap: {record.levelname.lower()}: {record.getMessage()}", file=sys.stderr)


def set_up_logging() -> None:
    """Send the package's log to stderr. Failed records are in the error log, so their lines need level info."""
    level = os.environ.get(LEVEL_VARIABLE, "warning").upper()
    log = logging.getLogger("recordmap")
    log.setLevel(level if level in ("DEBUG", "INFO", "WARNING", "ERROR") else "WARNING")
    log.propagate = False
    handler = _ToStderr()
    handler.addFilter(_Once())
    log.handlers = [handler]
    quiet = log.level >= logging.WARNING
    logging.getLogger("recordmap.sync").setLevel(logging.ERROR if quiet else logging.NOTSET)
