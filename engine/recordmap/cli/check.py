"""`recordmap check`: every finding of a project, or of single files, in one pass."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from recordmap.cli.options import color_option, project_option
from recordmap.diagnostics import ConfigurationError, Diagnostic, Severity, render
from recordmap.diagnostics.codes import CODES

FORMATS = ("full", "concise", "json")


def _codes(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    codes = frozenset(code for value in values for code in value.replace(",", " ").split())
    for code in codes - CODES.keys():
        raise click.BadParameter(f"there is no code '{code}'; `recordmap rule` lists them")
    return codes


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--output-format", type=click.Choice(FORMATS), default="full", help="How findings are printed.")
@click.option("--select", multiple=True, callback=_codes, help="Show only these codes.")
@click.option("--ignore", multiple=True, callback=_codes, help="Leave these codes out.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--statistics", is_flag=True, help="Show how often each code was found.")
@click.option("--fix", is_flag=True, help="Repair what is certain, in place.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@project_option
@color_option
def command(
    paths: tuple[Path, ...],
    output_format: str,
    select: frozenset[str],
    ignore: frozenset[str],
    strict: bool,
    statistics: bool,
    fix: bool,
    diff: bool,
    project: Path,
) -> int:
    """Check templates, lookups, integration and cases files.

    PATHS are files or project folders; without any, the project around the current folder. Ends with 0 when there
    is no error, with 1 otherwise.
    """
    from recordmap.cli.output import read_lines, wants_color
    from recordmap.engine import check_files
    from recordmap.project import collect, find_project

    files = collect(paths or [find_project(project)])
    if not files:
        raise ConfigurationError(
            f"there are no templates in '{paths[0]}'", "templates are files that end in .yaml or .yml"
        )

    def wanted(one: Diagnostic) -> bool:
        return (not select or one.code in select) and one.code not in ignore

    repaired = ""
    if fix or diff:
        from recordmap.cli import fixing
        from recordmap.repair import repair

        result = repair(files, wanted)
        if diff:
            return fixing.show(result)
        fixing.write(result)
        found, repaired = list(result.left), fixing.summary(result)
    else:
        found = [one for one in check_files(files) if wanted(one)]
    match output_format:
        case "json":
            text = render.json(found)
        case "concise":
            text = render.concise(found)
        case _:
            text = render.full(found, read_lines, color=wants_color(sys.stdout))
    if text:
        click.echo(text)
    if statistics and found:
        click.echo(render.statistics(found), err=output_format == "json")
    if output_format == "full":
        if text:
            click.echo()
        click.echo(repaired or render.summary(found, len(files)))
    elif repaired:
        click.echo(repaired, err=True)
    return 1 if any(_counts(one, strict=strict) for one in found) else 0


def _counts(diagnostic: Diagnostic, *, strict: bool) -> bool:
    return diagnostic.severity is Severity.ERROR or (strict and diagnostic.severity is Severity.WARNING)
