"""`recordmap init`: a ready project to edit."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.options import color_option


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="[DIR]")
@click.option(
    "--example", default="klaviyo", show_default=True, help="Which shipped integration to start from."
)
@color_option
def command(folder: Path, example: str) -> None:
    """Make a ready project in DIR: integration, collections, cases, sample records and existing customers."""
    from recordmap.starter import make_project

    made = make_project(folder, example)
    click.echo(f"Made a project in {folder}/ with {len(made)} files:")
    for path in made:
        click.echo(f"  {path.relative_to(folder)}")
    click.echo("and .delivered/ with the same files as delivered, for recordmap upgrade")
    inside = "" if folder == Path() else f"  cd {folder}\n"
    click.echo(
        f"\nNext:\n{inside}"
        "  recordmap check          every finding, before anything runs\n"
        "  recordmap test           the cases that say what should come out\n"
        "  recordmap demo           see a whole sync against a local Klaviyo API"
    )
