"""`recordmap check`: every finding of a project, or of single files, in one pass."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from recordmap.cli.options import color_option, project_option, strict_option
from recordmap.cli.reporting import FOR_PEOPLE, FORMATS, Reporting
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.codes import CODES


def _codes(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    codes = frozenset(code for value in values for code in value.replace(",", " ").split())
    for code in codes - CODES.keys():
        raise click.BadParameter(f"there is no code '{code}'; `recordmap rule` lists them")
    return codes


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--output-format", type=click.Choice(FORMATS), default="full", help="How findings are printed.")
@click.option("--select", metavar="CODE", multiple=True, callback=_codes, help="Show only these codes.")
@click.option("--ignore", metavar="CODE", multiple=True, callback=_codes, help="Leave these codes out.")
@strict_option
@click.option("--statistics", is_flag=True, help="Show how often each code was found.")
@click.option("--fix", is_flag=True, help="Repair what is certain, in place.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option(
    "--stdin-filename",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check standard input as if it were this file, with the project around it.",
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
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
    stdin_filename: Path | None,
    watch: bool,
    project: Path,
) -> int:
    """Check templates, lookups, integration and cases files.

    PATHS are files or project folders; without any, the project around the current folder. Ends with 0 when there is no
    error, with 1 otherwise; with --diff also when there is something to repair.
    """
    report = Reporting(output_format, select, ignore, strict=strict, statistics=statistics)
    if stdin_filename is not None:
        if paths or fix or watch:
            raise click.UsageError(
                "--stdin-filename goes with no PATHS, and neither with --fix nor with --watch"
            )
        return _check_input(stdin_filename, report, diff=diff)
    if watch:
        if fix or diff or output_format not in FOR_PEOPLE:
            raise click.UsageError(
                "--watch goes with the formats full and concise, and neither with --fix nor --diff"
            )
        from recordmap.cli.watching import watch_files

        watch_files(lambda: _files(paths, project), report)
        return 0
    files = _files(paths, project)
    if not fix and not diff:
        from recordmap.checking import check_files

        return report.show(check_files(files), len(files))
    from recordmap.cli import fixing
    from recordmap.repair import repair

    result = repair(files, report.wants)
    if diff:
        fixing.show(result)
        return 1 if result.fixed or report.fails(result.left) else 0
    fixing.write(result)
    return report.show(result.left, len(files), fixing.summary(result))


def _files(paths: tuple[Path, ...], project: Path) -> list[Path]:
    from recordmap.project import collect, find_project

    files = collect(paths or [find_project(project)])
    if not files:
        raise ConfigurationError(
            f"there are no templates in '{paths[0]}'", "templates are files that end in .yaml or .yml"
        )
    return files


def _check_input(name: Path, report: Reporting, *, diff: bool) -> int:
    """Check what stands on standard input, in place of a file that need not exist."""
    from recordmap.project import located
    from recordmap.template.characters import MAX_BYTES, split_lines

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    texts = {located(name): data}
    if diff:
        from recordmap.cli import fixing
        from recordmap.repair import repair

        result = repair([name], report.wants, texts)
        fixing.show(result)
        return 1 if result.fixed or report.fails(result.left) else 0
    from recordmap.checking import check_files

    lines = split_lines(data.decode("utf-8", "replace"))
    return report.show(check_files([name], texts), 1, lines=lambda _file: lines)
