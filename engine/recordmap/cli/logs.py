"""What the command line logs, on stderr: lines for people, or one JSON object a line for machines.

Whatever a message holds, it stays on its line: line breaks and what a terminal would obey are written as escapes.
Record values are never logged.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordmap.diagnostics import Diagnostic

LEVEL_VARIABLE = "RECORDMAP_LOG"
"""The level: debug, info, warning (default) or error."""

FORMAT_KEY = "recordmap.log_format"
"""Where a command keeps what `--log-format` asked for, in its context."""


class _Once(logging.Filter):
    """Lets a message that holds for every run alike through once."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if not getattr(record, "once", False):
            return True
        message = record.getMessage()
        new = message not in self._seen
        self._seen.add(message)
        return new


class _Lines(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        return f"recordmap: {record.levelname.lower()}: {one_line(record.getMessage())}"


class _JsonLines(logging.Formatter):
    """A line for machines."""

    def format(self, record: logging.LogRecord) -> str:
        from recordmap.diagnostics.log import RUN

        return _json_line(
            datetime.fromtimestamp(record.created, UTC),
            record.levelname.lower(),
            getattr(record, "event", "message"),
            record.getMessage(),
            {"run": RUN.get(), **getattr(record, "fields", {})},
        )


class _ToStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # Looked up each time, because tests and progress bars put another stream there.
        click.echo(self.format(record), file=sys.stderr)


def set_up_logging() -> None:
    """Send the package's log to stderr. Failed records are in the error log, so their lines need level info."""
    level = os.environ.get(LEVEL_VARIABLE, "warning").upper()
    log = logging.getLogger("recordmap")
    log.setLevel(level if level in ("DEBUG", "INFO", "WARNING", "ERROR") else "WARNING")
    log.propagate = False
    handler = _ToStderr()
    context = click.get_current_context(silent=True)
    wanted = None if context is None else context.meta.get(FORMAT_KEY)
    handler.setFormatter(_JsonLines() if wanted == "json" else _Lines())
    handler.addFilter(_Once())
    log.handlers = [handler]
    quiet = log.level >= logging.WARNING
    logging.getLogger("recordmap.sync").setLevel(logging.ERROR if quiet else logging.NOTSET)


def say(event: str, message: str, *, level: str = "error", text: str | None = None, **fields: Any) -> None:
    """Say something on stderr, whatever the level is: to people as `text`, or else the message itself.

    Where the log is JSON, it becomes a line of the log: nothing else may stand between its lines.
    """
    if is_json():
        message = _json_line(datetime.now(UTC), level, event, message, fields)
        click.echo(message, file=sys.stderr)
    else:
        lines = (message if text is None else text).split("\n")
        click.echo("\n".join(map(one_line, lines)), file=sys.stderr)


def is_json() -> bool:
    """Whether the log is JSON."""
    handlers = logging.getLogger("recordmap").handlers
    return any(isinstance(one.formatter, _JsonLines) for one in handlers)


def say_findings(diagnostics: Iterable[Diagnostic]) -> None:
    """Say what is wrong with templates: in full to people, or each as a line of the log."""
    from recordmap.cli.output import print_findings

    if not is_json():
        print_findings(diagnostics)
        return
    for one in diagnostics:
        level, line = one.severity.value, one.span.start.line
        say("finding", one.message, level=level, code=one.code, file=one.file, line=line)


def one_line(text: str) -> str:
    """Return text as one line, with nothing in it that a terminal obeys or an eye is misled by."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape", "replace").decode() for one in text
    )


def _json_line(time: datetime, level: str, event: str, message: str, fields: dict[str, Any]) -> str:
    line = {
        "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "event": event,
        "message": one_line(message),
        **{name: value for name, value in fields.items() if value is not None},
    }
    # In ASCII: no line separator of Unicode, and no half of a surrogate pair, gets out as itself. DEL is in ASCII.
    return json.dumps(line).replace("\x7f", "\\u007f")
