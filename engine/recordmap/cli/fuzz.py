"""`recordmap fuzz`: searches for a record that a template has no answer to."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.options import color_option, json_option, load_engine, project_option, seed_option

if TYPE_CHECKING:
    from recordmap.engine import Engine
    from recordmap.fuzz.search import Finding, Result

_SHOWN = 100
"""Characters of a text that are shown; a saved case and --json hold all of them."""


@click.command("fuzz")
@click.option(
    "-c", "--collection", "names", multiple=True, metavar="NAME", help="Only this collection. Repeatable."
)
@click.option(
    "--examples",
    type=click.IntRange(1),
    metavar="N",
    default=2000,
    show_default=True,
    help="Records to try for each collection.",
)
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), metavar="N", help="Stop looking after this time."
)
@seed_option(0, "tries the same records")
@click.option("--save", is_flag=True, help="Add what is found to the cases of its collection.")
@json_option
@project_option
@color_option
def command(
    names: tuple[str, ...],
    examples: int,
    seconds: float | None,
    seed: int,
    save: bool,
    as_json: bool,
    project: Path,
) -> int:
    """Search for a record that fits the source schema and breaks a collection.

    Tries empty, missing, long and odd values, at every place that the source schema knows and the template reads. A
    record breaks a collection when it is rejected although nobody asked for it, when what comes out doesn't fit the
    destination schema, or when an Update loses a value that it carries forward. Asked for are error rules,
    `on_empty: error`, `on_miss: error`, functions that end in `_required`, and what a comment `# recordmap: ignore[…]`
    accepts.

    What is found is made as small as it gets and shown with its place. With --save it becomes a case, which says what
    happens today. Ends with 0 when nothing was found, with 1 otherwise.
    """
    from recordmap.cli.output import print_json
    from recordmap.cli.progress import progress
    from recordmap.diagnostics import ConfigurationError, Severity, TemplateError
    from recordmap.fuzz.casefile import save as save_case
    from recordmap.fuzz.report import data
    from recordmap.project import shown

    engine = load_engine(project)
    broken = [one for one in engine.check() if one.severity is Severity.ERROR]
    if broken and not names:
        raise TemplateError(broken)
    wanted = names or [one.title for one in engine.collections.values() if one.enabled]
    if not wanted:
        raise ConfigurationError("there are no collections here", "recordmap init makes a project with some")
    share = seconds / max(len(wanted), 1) if seconds else None
    with progress("Searching", examples * len(wanted)) as bar:
        results = [_searched(engine, name, examples, seed, share, bar.tried) for name in wanted]
    found = [one for result in results for one in result.findings]
    files: dict[int, str] = {}
    for one in found if save else ():
        file = save_case(engine, one)
        if file is not None:
            files[id(one)] = shown(file)
    if as_json:
        print_json(data(results, engine, seed=seed, saved=files))
    else:
        _print(results, engine, files)
    return 1 if found else 0


def _searched(
    engine: Engine, name: str, examples: int, seed: int, seconds: float | None, show: Callable[[str], None]
) -> Result:
    from recordmap.fuzz.promises import Promises
    from recordmap.fuzz.search import search
    from recordmap.fuzz.subject import Subject

    end = None if seconds is None else time.monotonic() + seconds

    def go_on(result: Result) -> bool:
        show(result.collection)
        return end is None or time.monotonic() < end

    subject = Subject.of(engine, name)
    return search(subject, Promises(engine, subject), examples=examples, seed=seed, go_on=go_on)


def _print(results: list[Result], engine: Engine, files: dict[int, str]) -> None:
    from recordmap.cli.output import print_table, read_lines, wants_color
    from recordmap.diagnostics import render
    from recordmap.fuzz.report import diagnostic

    found = [one for result in results for one in result.findings]
    for one in found:
        told = diagnostic(one, engine)
        click.echo(render.full([told], read_lines, color=wants_color(sys.stdout)))
        for line in _records(one):
            click.echo(line)
        if id(one) in files:
            click.echo(f"  saved     a case in {files[id(one)]}")
        click.echo()
    columns = ("collection", "records", "mapped", "skipped", "rejected", "findings")
    print_table(
        columns,
        [(one.collection, one.tried, *one.ended.values(), len(one.findings)) for one in results],
    )
    tried = sum(one.tried for one in results)
    what = render.counted(len(found), "finding") if found else "nothing found"
    click.echo(f"{what} in {render.counted(tried, 'record')}")
    if any(one.stopped for one in results):
        click.echo("the time was over before all records were tried; --seconds gives it more", err=True)


def _records(finding: Finding) -> Iterator[str]:
    trial = finding.trial
    named = {"record": trial.record, "existing": trial.existing}
    named |= {"previous": trial.previous, "parent": trial.parent}
    for name, value in named.items():
        if value is not None:
            yield f"  {name:<8}  {_shown(value)}"


def _shown(value: Any) -> str:
    from recordmap.diagnostics.render import visible

    return visible(json.dumps(_shortened(value), ensure_ascii=False))


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {_shortened(key): _shortened(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shortened(part) for part in value]
    if isinstance(value, str) and len(value) > _SHOWN:
        return f"{value[:20]}… ({len(value):,} characters)"
    return value
