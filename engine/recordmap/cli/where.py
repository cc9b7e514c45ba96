"""`recordmap where`: every use of a destination field or a source path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import color_option, json_option, load_engine, project_option

if TYPE_CHECKING:
    from recordmap.usage.query import Hit


@click.command("where")
@click.argument("name", required=False, metavar="[FIELD|PATH]")
@json_option
@project_option
@color_option
def command(name: str | None, as_json: bool, project: Path) -> None:
    """Show where a destination field or a path into the source record is used, and all that lies within it.

    Paths count from the top of the source record, also in child collections. Without a name, everything that is used.
    """
    from recordmap.cli.output import print_json
    from recordmap.usage.query import Hit, Relation, find
    from recordmap.usage.uses import uses

    found = uses(load_engine(project).workspace)
    hits = find(name, found) if name is not None else [Hit(use, Relation.SAME) for use in found]
    if as_json:
        print_json({"format_version": "1.0", "uses": [_data(hit) for hit in hits]})
    else:
        print_hits(hits)


def print_hits(hits: list[Hit]) -> None:
    """Print uses as a table."""
    from recordmap.cli.output import print_table
    from recordmap.expression.source import source_path
    from recordmap.usage.query import Relation

    rows = [
        (
            f"{use.file or 'template'}:{use.line}:{use.column}",
            source_path(use.path) or "the whole record",
            "" if relation is Relation.SAME else relation.value,
            use.field or "",
            use.how,
            use.text,
        )
        for use, relation in hits
    ]
    print_table(("place", "what", "", "field", "used in", "text"), rows)


def _data(hit: Hit) -> dict[str, Any]:
    use = hit.use
    return {
        "record": use.side.value,
        "path": list(use.path),
        "relation": hit.relation.name.lower(),
        "writes": use.writes,
        "file": use.file,
        "line": use.line,
        "column": use.column,
        "collection": use.collection,
        "field": use.field,
        "used_in": use.how,
        "text": use.text,
    }
