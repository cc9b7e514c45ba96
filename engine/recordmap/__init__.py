"""recordmap: source records into destination records, by YAML templates that are checked before they run."""

import logging

from recordmap.diagnostics import (
    ConfigurationError,
    Diagnostic,
    Fault,
    Position,
    RecordmapError,
    Severity,
    Span,
    TemplateError,
)
from recordmap.engine import Engine
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.plan import Plan

__all__ = [
    "ConfigurationError",
    "Diagnostic",
    "Engine",
    "Fault",
    "Kind",
    "Outcome",
    "Plan",
    "Position",
    "Reason",
    "RecordmapError",
    "Severity",
    "Span",
    "TemplateError",
]

# Whoever embeds recordmap decides where its log goes; without a word, nowhere.
logging.getLogger("recordmap").addHandler(logging.NullHandler())
