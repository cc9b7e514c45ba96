"""`recordmap docs`: the mapping document of each collection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from recordmap.cli.options import color_option, load_engine, project_option
from recordmap.diagnostics import ConfigurationError


@click.command("docs")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the pages go. Default: docs, in the project.",
)
@click.option(
    "--output-format",
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    show_default=True,
    help="How pages are written: for a repository or a wiki, or to hand around.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; end with 1 when a page is stale.")
@project_option
@color_option
def command(output: Path | None, output_format: str, only_check: bool, project: Path) -> int:
    """Write the mapping document of each collection, and an index of them.

    A page tells what a collection does and when, how records find their customer, what each field gets in a plain
    sentence beside its formula, children, tables, error texts, what the checker would keep in mind, and the scenarios
    that its cases try. It is made from what the templates mean, so a changed comment changes no page.

    Each page is marked in its first line. A file without that mark is never overwritten, and no file is ever deleted:
    pages of collections that are gone are named.

    --check compares the pages on disk with what they should be, for CI: keep them in version control and they never
    lag behind.
    """
    from recordmap.diagnostics.render import counted
    from recordmap.mapdocs.site import in_the_way, left_over, pages, stale
    from recordmap.project import leads_out, shown

    engine = load_engine(project)
    folder = output if output is not None else (engine.folder or project) / "docs"
    made = pages(engine, as_html=output_format == "html")
    taken = in_the_way(folder, made)
    if taken:
        files = ", ".join(f"'{shown(folder / name)}'" for name in taken)
        whose = "is no page" if len(taken) == 1 else "are no pages"
        raise ConfigurationError(
            f"{files} {whose} of recordmap docs, so nothing is written",
            "choose another folder with --output, or move what is there",
        )
    old, gone = stale(folder, made), left_over(folder, made)
    fresh = f"{counted(len(made), 'page')} up to date"
    if only_check:
        for name in old:
            state = "is stale" if (folder / name).exists() else "is missing"
            click.echo(f"{shown(folder / name)} {state}")
        _tell_left_over(folder, gone)
        if old:
            click.echo("recordmap docs writes them anew", err=True)
        elif not gone:
            click.echo(fresh)
        return 1 if old or gone else 0
    for name in old:
        if leads_out(folder / name, engine.folder):
            raise ConfigurationError(
                f"'{shown(folder / name)}' is a link that leads out of the project, so no page is written there",
                "delete the link, or choose another folder with --output",
            )
    for name in old:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(made[name].encode())
        click.echo(f"wrote {shown(folder / name)}")
    if not old:
        click.echo(fresh)
    _tell_left_over(folder, gone)
    return 0


def _tell_left_over(folder: Path, gone: Sequence[str]) -> None:
    from recordmap.cli.output import tell
    from recordmap.project import shown

    for name in gone:
        tell(f"{shown(folder / name)} is the page of a collection that is gone: delete it")
