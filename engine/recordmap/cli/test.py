"""`recordmap test`: runs the cases files of a project."""

from __future__ import annotations

from pathlib import Path

import click

from recordmap.cli.options import color_option, load_engine, project_option

FORMATS = ("full", "json", "junit")


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--output-format", type=click.Choice(FORMATS), default="full", help="How results are printed.")
@project_option
@color_option
def command(paths: tuple[Path, ...], output_format: str, project: Path) -> int:
    """Run cases files.

    PATHS are cases files of one project, or its folder; without any, all of the project around the current folder.
    """
    from recordmap.casebook import run_cases
    from recordmap.cli.output import print_findings, print_json, print_table
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
        return 1
    wanted = {shown(path) for path in files}
    results = [one for one in run_cases(engine) if not paths or one.file in wanted]
    if not results:
        raise ConfigurationError("there are no cases here", "cases stand in files that end in .cases.yaml")
    failed = [one for one in results if not one.passed]
    if output_format == "junit":
        from recordmap.cli import junit

        click.echo(junit.cases(results).encode())
        return 1 if failed else 0
    if output_format == "json":
        print_json(
            {
                "format_version": "1.0",
                "passed": len(results) - len(failed),
                "failed": len(failed),
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
            }
        )
        return 1 if failed else 0
    for one in failed:
        click.echo(f"{one.file}:{one.case.span.start.line}: {one.case.name.text}")
        for difference in one.differences:
            click.echo(f"    {difference}")
    counts: dict[str, list[int]] = {}
    for one in results:
        count = counts.setdefault(one.case.collection.text, [0, 0])
        count[0 if one.passed else 1] += 1
    print_table(("collection", "passed", "failed"), [(name, *count) for name, count in counts.items()])
    click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
