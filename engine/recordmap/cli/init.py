"""`recordmap init`: a ready project to edit, or a first one from sample records."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.options import color_option


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="[DIR]")
@click.option(
    "--example",
    metavar="NAME",
    default="klaviyo",
    show_default=True,
    help="Which shipped integration to start from.",
)
@click.option(
    "--from",
    "samples",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Suggest a first collection from these sample records instead.",
)
@click.option("--destination", metavar="NAME", help="With --from: the record schema of what is to come out.")
@click.option(
    "--name", metavar="NAME", help="With --from: what the records are called. Default: the file's name."
)
@click.option(
    "--existing",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --from: existing destination records, whose values are compared.",
)
@click.option(
    "--accept", multiple=True, metavar="FIELD", help="With --from: take the first suggestion; or all."
)
@color_option
def command(
    folder: Path,
    example: str,
    samples: Path | None,
    destination: str | None,
    name: str | None,
    existing: Path | None,
    accept: tuple[str, ...],
) -> None:
    """Make a ready project in DIR: integration, collections, cases, sample records and existing customers.

    With --from, a record schema is made from sample records, and for each field of the destination it is suggested what
    could make it, with what speaks for it. At a terminal you are asked about one after another; otherwise, and without
    --accept, the suggestions stand in the template as comments.
    """
    if samples is not None:
        from recordmap.cli.suggesting import make_draft

        if destination is None:
            raise click.UsageError("--from needs --destination, such as --destination ipaas/customer")
        made = make_draft(folder, samples, destination, name, existing, accept)
        _tell(folder, made)
        click.echo(f"{_inside(folder)}  recordmap check          what is missing still")
        return
    if destination or name or existing or accept:
        raise click.UsageError("--destination, --name, --existing and --accept go with --from")
    from recordmap.starter import make_project

    _tell(
        folder,
        make_project(folder, example),
        "and .delivered/ with the same files as delivered, for recordmap upgrade",
    )
    click.echo(
        f"{_inside(folder)}"
        "  recordmap check          every finding, before anything runs\n"
        "  recordmap test           the cases that say what should come out\n"
        "  recordmap demo           see a whole sync against a local Klaviyo API"
    )


def _tell(folder: Path, made: list[Path], also: str = "") -> None:
    click.echo(f"Made a project in {folder}/ with {len(made)} files:")
    for path in made:
        click.echo(f"  {path.relative_to(folder)}")
    if also:
        click.echo(also)


def _inside(folder: Path) -> str:
    from recordmap.diagnostics.advised import quoted

    return "\nNext:\n" + ("" if folder == Path() else f"  cd {quoted(folder)}\n")
