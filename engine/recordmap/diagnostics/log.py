"""The program's log. Its modules ask for their loggers here, so that only what can log imports `logging`."""

from __future__ import annotations

import logging

# Whoever embeds recordmap decides where its log goes; without a word, nowhere.
logging.getLogger("recordmap").addHandler(logging.NullHandler())


def logger(name: str) -> logging.Logger:
    """Return the logger of that name, which begins with `recordmap`."""
    return logging.getLogger(name)
