"""What other installed packages offer, by entry points. Looked up only when a project names something unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

CONNECTORS = "recordmap.connectors"
"""Entry points that are connectors: functions that make a source or a destination (see `recordmap.wiring`)."""
FUNCTIONS = "recordmap.functions"
"""Entry points that are functions of formulas: `FunctionSpec`s."""


def installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by name, none of them loaded."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and seldom needed

    return {point.name: point for point in entry_points(group=group)}
