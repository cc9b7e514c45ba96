"""`recordmap impact`: what would follow if the source sent something no more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recordmap.cli.options import color_option, load_engine, project_option
from recordmap.cli.reporting import FORMATS, Reporting
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from recordmap.usage.effects import Effect


@click.command("impact")
@click.option("--remove", "path", required=True, metavar="PATH", help="The path that would be gone.")
@click.option(
    "--schema", metavar="NAME", help="The record schema that has it. Default: the integration's source."
)
@click.option("--output-format", type=click.Choice(FORMATS), default="full", help="How findings are printed.")
@project_option
@color_option
def command(path: str, schema: str | None, output_format: str, project: Path) -> int:
    """Show what uses a path of the source record, and what would be found if it were always null.

    Ends with 1 when something would be found or come out otherwise, with 0 when not. Nothing is changed.
    """
    from recordmap.cli.output import tell
    from recordmap.cli.where import print_hits
    from recordmap.usage.effects import effects
    from recordmap.usage.query import find, parse_path
    from recordmap.usage.removal import impact
    from recordmap.usage.uses import uses

    engine = load_engine(project)
    keys = parse_path(path)
    name = schema or (engine.integration.source.schema.text if engine.integration else None)
    if name is None:
        raise ConfigurationError("there is no integration that says which records come in", "name a --schema")
    found = impact(engine, name, keys)
    happens = effects(engine, name, keys)
    if output_format == "full":
        used = uses(engine.workspace)
        if any(use.path[: len(keys)] == keys for use in used):
            print_hits(find(path, used))
        else:
            tell(f"Nothing here uses '{path}'.")
        click.echo()
        _show_effects(happens)
        click.echo(
            "\nWhat recordmap check would find:\n" if found else "\nrecordmap check would find nothing new."
        )
    if found or output_format != "full":
        report = Reporting(output_format, frozenset(), frozenset(), strict=False, statistics=False)
        report.show(found, len({one.file for one in found}))
    return 1 if found or happens else 0


def _show_effects(found: list[Effect]) -> None:
    from recordmap.cli.output import print_table

    if not found:
        click.echo("The records of your cases would all come out as they do now.")
        return
    rows = [(one.collection, f"{one.count:,} of {one.records:,}", one.what) for one in found]
    print_table(("collection", "records of your cases", "what would happen"), rows)
