"""recordmap: source records into destination records, by YAML templates that are checked before they run.

Names are imported when they are first used: the command line starts without the engine, and an embedder pays for what
it takes.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""What type checkers take for true, as they do `typing.TYPE_CHECKING`: importing that takes half as long as Python."""

if TYPE_CHECKING:
    from typing import Any

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

__version__ = "0.1.0"

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

_ROOMS = {
    "Engine": "recordmap.engine",
    "Kind": "recordmap.runtime.outcome",
    "Outcome": "recordmap.runtime.outcome",
    "Plan": "recordmap.runtime.plan",
    "Reason": "recordmap.runtime.outcome",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'recordmap' has no attribute '{name}'")
    from recordmap.collector import importing  # noqa: PLC0415 - `--version` does without

    with importing():
        # As `importlib.import_module` does, which brings `warnings`.
        value = getattr(__import__(_ROOMS.get(name, "recordmap.diagnostics"), fromlist=[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
