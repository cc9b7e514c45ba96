"""`recordmap test`: runs the cases files of a project, and tells how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import color_option, load_engine, project_option

if TYPE_CHECKING:
    from recordmap.casebook import CaseResult
    from recordmap.cli.grading import Grades
    from recordmap.diagnostics import Diagnostic

FORMATS = ("full", "json", "junit")
FORMAT_VERSION = "1.3"
_PERCENT = click.FloatRange(0, 100)


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--output-format", type=click.Choice(FORMATS), default="full", help="How results are printed.")
@click.option(
    "--coverage", is_flag=True, help="Show what of the templates the cases try, and what they don't."
)
@click.option(
    "--coverage-min", type=_PERCENT, metavar="PERCENT", help="With --coverage: end with 1 when less is tried."
)
@click.option(
    "--mutate", is_flag=True, help="Change the templates in one place at a time; show what no case notices."
)
@click.option(
    "--mutation-min",
    type=_PERCENT,
    metavar="PERCENT",
    help="With --mutate: end with 1 when fewer are noticed.",
)
@project_option
@color_option
def command(
    paths: tuple[Path, ...],
    output_format: str,
    coverage: bool,
    coverage_min: float | None,
    mutate: bool,
    mutation_min: float | None,
    project: Path,
) -> int:
    """Run cases files.

    PATHS are cases files of one project, or its folder; without any, all of the project around the current folder.

    With --coverage, each place of a template that no case tries is listed: a field that is never written, an arm of a
    choice that never decides, a condition that is never true or never false, a row of a table that is never looked up,
    or a miss where one can come. With --mutate, each template is changed in one place at a time, and the cases run on
    every changed template: a change that no case notices is shown with a record that would show it. Changes that make
    no difference to any record that could be found don't count.
    """
    from recordmap.casebook import run_cases
    from recordmap.cli.grading import Grades, concerned, grade
    from recordmap.cli.output import print_findings, print_json
    from recordmap.diagnostics import ConfigurationError, Severity
    from recordmap.project import collect, shown

    files = collect(paths)
    engine = load_engine(files[0].parent if files else project)
    broken = [one for one in engine.check() if one.severity is Severity.ERROR]
    if broken:
        print_findings(broken)
        if output_format == "junit":
            from recordmap.cli import junit

            click.echo(junit.unrunnable(broken).encode())
        elif output_format == "json":
            print_json(_data((), Grades().data(), broken))
        return 1
    wanted = {shown(path) for path in files}
    results = [one for one in run_cases(engine) if not paths or one.file in wanted]
    if not results:
        raise ConfigurationError("there are no cases here", "cases stand in files that end in .cases.yaml")
    failed = any(not one.passed for one in results)
    grades = Grades()
    coverage, mutate = coverage or coverage_min is not None, mutate or mutation_min is not None
    if coverage or mutate:
        cases = [one.case for one in results]
        every = [one.title for one in engine.collections.values() if one.enabled]
        names = concerned(engine, cases) if paths else every
        grades = grade(engine, cases, names, coverage=coverage, mutate=mutate and not failed)
    _print(results, grades, output_format)
    if mutate and failed:
        click.echo("changes are tried once all cases pass", err=True)
    return 1 if grades.fall_short(coverage_min, mutation_min) or failed else 0


def _print(results: Sequence[CaseResult], grades: Grades, output_format: str) -> None:
    from recordmap.cli.output import print_json, print_table, tell

    failed = [one for one in results if not one.passed]
    if output_format == "junit":
        from recordmap.cli import junit

        click.echo(junit.cases(results).encode())
        return
    if output_format == "json":
        print_json(_data(results, grades.data()))
        return
    for one in failed:
        tell(f"{one.file}:{one.case.span.start.line}: {one.case.name.text}")
        for difference in one.differences:
            tell(f"    {difference}")
    counts: dict[str, list[int]] = {}
    for one in results:
        count = counts.setdefault(one.case.collection.text, [0, 0])
        count[0 if one.passed else 1] += 1
    print_table(("collection", "passed", "failed"), [(name, *count) for name, count in counts.items()])
    click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    grades.show()


def _data(
    results: Sequence[CaseResult], grades: dict[str, Any], broken: Sequence[Diagnostic] = ()
) -> dict[str, Any]:
    from recordmap.diagnostics import machine

    failed = sum(not one.passed for one in results)
    return {
        "format_version": FORMAT_VERSION,
        "passed": len(results) - failed,
        "failed": failed,
        "cases": [
            {
                "file": one.file,
                "name": one.case.name.text,
                "line": one.case.span.start.line,
                "collection": one.case.collection.text,
                "passed": one.passed,
                "differences": list(one.differences),
            }
            for one in results
        ],
        **grades,
        "error_count": len(broken),
        "diagnostics": machine.entries(broken),
    }
