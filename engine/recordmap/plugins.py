"""What comes from outside the engine by name: connectors, ours and those of installed packages, and their functions.

Installed packages offer things by entry points. They are looked up only when a project names something unknown, and
only what is named is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUILT_IN = {
    "klaviyo": "recordmap.connectors.klaviyo",
    "files": "recordmap.connectors.files",
    "store": "recordmap.connectors.store",
}
"""The connectors that come with recordmap: names, and modules with `build_source`, `build_destination` or both."""
CONNECTORS = "recordmap.connectors"
"""Entry points that are connectors: functions that make a source or a destination (see `recordmap.wiring`)."""
FUNCTIONS = "recordmap.functions"
"""Entry points that are functions of formulas: `FunctionSpec`s, under the name that formulas call."""


def installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by name, none of them loaded."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and seldom asked

    return {point.name: point for point in entry_points(group=group)}


def load(point: EntryPoint) -> Any:
    """Import what an entry point names.

    Raises:
        ConfigurationError: it can't be imported.
    """
    try:
        return point.load()
    except Exception as error:
        package = f" of {point.dist.name}" if point.dist else ""
        raise ConfigurationError(
            f"'{point.name}'{package} can't be loaded: {type(error).__name__} in {point.value}",
            "repair or remove the package",
        ) from error


def built_in(name: str, role: str) -> Any:
    """Return the factory of a connector that comes with recordmap, for the role of `source` or `destination`.

    Raises:
        ConfigurationError: it can't be that.
    """
    from importlib import import_module  # noqa: PLC0415 - whoever maps needs no connectors

    factory = getattr(import_module(BUILT_IN[name]), f"build_{role}", None)
    if factory is None:
        raise ConfigurationError(f"the connector '{name}' can't be a {role}", "recordmap only reads from it")
    return factory
