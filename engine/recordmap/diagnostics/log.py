"""The program's log. Its modules ask for their loggers here, so that only what can log imports `logging`.

What is logged names things (a run, a source ID, a code) and counts them. It never holds a value of a record.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any

RUN: ContextVar[int | None] = ContextVar("recordmap_run", default=None)
"""The number of the run that is going on here."""

# Whoever embeds recordmap decides where its log goes; without a word, nowhere.
logging.getLogger("recordmap").addHandler(logging.NullHandler())


def logger(name: str) -> logging.Logger:
    """Return the logger of that name, which begins with `recordmap`."""
    return logging.getLogger(name)


def event(name: str, *, once: bool = False, **fields: Any) -> dict[str, Any]:
    """Return what a machine reads of a message, for `extra`: the name of what happened, and facts as JSON has them.

    What holds for every run alike is said `once`.
    """
    return {"event": name, "fields": fields, "once": once}
