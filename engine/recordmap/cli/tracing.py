"""How a trace is shown: as a tree for people, drawn with rich. What it says is made in `recordmap.explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordmap.connectors.base import ConnectorError
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.render import visible
from recordmap.explain.material import from_source
from recordmap.explain.tree import Look, Node

if TYPE_CHECKING:
    from recordmap.engine import Engine
    from recordmap.session import Session
    from recordmap.trace.model import RecordTrace

_STYLES = {
    Look.PLAIN: "",
    Look.NAME: "bold",
    Look.VALUE: "cyan",
    Look.GOOD: "green",
    Look.BAD: "red",
    Look.ASIDE: "dim",
}


def print_tree(node: Node) -> None:
    """Print a tree to stdout, coloured on a terminal."""
    from rich.text import Text
    from rich.tree import Tree

    from recordmap.cli.output import console

    def drawn(one: Node, tree: Tree | None = None) -> Tree:
        label = Text.assemble(*((visible(text), _STYLES[look]) for text, look in one.label))
        made = Tree(label, guide_style="dim") if tree is None else tree.add(label)
        for below in one.below:
            drawn(below, made)
        return made

    screen = console()
    screen.print(drawn(node), soft_wrap=not screen.is_terminal)


def trace_transfer(engine: Engine, session: Session, external_id: str) -> RecordTrace | str:
    """Return the trace of one source record through the collection that a sync would choose for it, or why not."""
    try:
        material = from_source(session, external_id)
    except (ConfigurationError, ConnectorError) as error:
        return f"{external_id}: not mapped: {error}"
    name = material.collection(engine, None)
    return f"{external_id}: not mapped: {material.problem}" if name is None else material.trace(engine, name)
