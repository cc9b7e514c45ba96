"""`recordmap schema`: the JSON Schemas of templates and records, for editors and other tools."""

from __future__ import annotations

import click

from recordmap.cli.options import color_option
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion
from recordmap.resources import data_folder
from recordmap.schema.library import SUFFIX


@click.command("schema")
@click.argument("name", required=False)
@color_option
def command(name: str | None) -> None:
    """Print the JSON Schema NAME ("collection", "klaviyo/profile"); without one, list them all."""
    folder = data_folder("schemas")
    names = sorted(p.relative_to(folder).as_posix().removesuffix(SUFFIX) for p in folder.rglob(f"*{SUFFIX}"))
    if name is None:
        click.echo("\n".join(names))
        return
    if name not in names:
        raise ConfigurationError(
            f"there is no schema '{name}'", suggestion(name, names) or "recordmap schema lists them"
        )
    click.echo((folder / f"{name}{SUFFIX}").read_text(encoding="utf-8"), nl=False)
