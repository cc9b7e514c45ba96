"""How good the cases are, for `recordmap test`: what they try of the templates, and which changes they notice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.output import print_table, tell
from recordmap.cli.progress import progress
from recordmap.diagnostics.render import visible
from recordmap.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordmap.coverage.report import Covered
    from recordmap.engine import Engine
    from recordmap.mutants.judge import Score, Survivor
    from recordmap.template.model import Case

_WIDTH = 200
"""Characters of a record that are shown; --output-format json holds all of it."""


class Grades(Frozen):
    """What was measured; None for what was not asked for."""

    covered: list[Covered] | None = None
    scores: list[Score] | None = None

    def data(self) -> dict[str, Any]:
        """Return the grades as JSON data."""
        from recordmap.coverage import report
        from recordmap.mutants import judge

        return {
            "coverage": None if self.covered is None else report.data(self.covered),
            "mutation": None if self.scores is None else judge.data(self.scores),
        }

    def show(self) -> None:
        """Print the grades for people."""
        if self.covered is not None:
            _show_coverage(self.covered)
        if self.scores is not None:
            _show_scores(self.scores)

    def fall_short(self, coverage_min: float | None, mutation_min: float | None) -> bool:
        """Whether less was tried or noticed than is asked for; says so on stderr."""
        from recordmap.coverage import report
        from recordmap.mutants import judge

        short = False
        if self.covered is not None and coverage_min is not None:
            short |= _is_short("coverage", report.percent(self.covered), coverage_min)
        if self.scores is not None and mutation_min is not None:
            short |= _is_short("mutation score", judge.percent(self.scores), mutation_min)
        return short


def grade(
    engine: Engine, cases: Sequence[Case], wanted: Sequence[str], *, coverage: bool, mutate: bool
) -> Grades:
    """Measure what is asked for. With `mutate` all cases must pass."""
    covered = scores = None
    if coverage:
        from recordmap.coverage.report import measure

        covered = measure(engine, cases, wanted)
    if mutate:
        from recordmap.mutants.changes import mutants
        from recordmap.mutants.judge import judge

        total = sum(1 for name in wanted for _ in mutants(engine.collections[name]))
        with progress("Changing", total, unit="changes") as bar:
            scores = judge(engine, cases, wanted, bar.tried)
    return Grades(covered, scores)


def concerned(engine: Engine, cases: Sequence[Case]) -> list[str]:
    """Return the names of the collections that cases run, in the engine's order."""
    names = {case.collection.text for case in cases}
    return [name for name in engine.collections if name in names]


def _is_short(what: str, percent: float, least: float) -> bool:
    if percent >= least:
        return False
    click.echo(f"the {what} is {_percent(percent)}, and {_percent(least)} is asked for", err=True)
    return True


def _percent(number: float) -> str:
    """Return a percentage that never rounds up to a whole that it isn't."""
    return f"{int(number * 10) / 10:g} %"


def _show_coverage(covered: list[Covered]) -> None:
    from recordmap.coverage.places import What
    from recordmap.coverage.report import percent

    rows = []
    for one in covered:
        counts = [one.counts(what) for what in What]
        shown = [f"{tried} of {every}" if every else "" for tried, every in counts]
        rows.append((one.collection, *shown, _percent(one.percent)))
    click.echo()
    print_table(("tried by the cases", *(what.value for what in What), "coverage"), rows)
    untried = [place for one in covered for place in one.untried]
    for place in untried:
        field = f"{place.field}: " if place.field and not place.untried.startswith(place.field) else ""
        tell(f"{place.file}:{place.line}:{place.column}: {field}{place.untried}")
    for place in (place for one in covered for place in one.left_out):
        tell(f"{place.file}:{place.line}:{place.column}: left out: {place.left_out}")
    left = f"; {len(untried):,} never tried" if untried else ""
    click.echo(f"{_percent(percent(covered))} covered{left}")


def _show_scores(scores: list[Score]) -> None:
    from recordmap.mutants.judge import percent

    rows = [
        (
            one.collection,
            one.noticed + len(one.survivors) + len(one.without_effect),
            one.noticed,
            len(one.survivors),
            len(one.without_effect),
            _percent(one.percent),
        )
        for one in scores
    ]
    click.echo()
    columns = ("changed one place at a time", "changes", "noticed", "unnoticed", "without effect", "score")
    print_table(columns, rows)
    survivors = [survivor for one in scores for survivor in one.survivors]
    for survivor in survivors:
        mutant = survivor.mutant
        field = f"{mutant.field}: " if mutant.field and mutant.field not in mutant.change else ""
        tell(f"{mutant.file}:{mutant.line}:{mutant.column}: {field}{mutant.change}: no case notices this")
        for line in _records(survivor):
            tell(line)
    left = f"; {len(survivors):,} unnoticed" if survivors else ""
    click.echo(f"{_percent(percent(scores))} of the changes that matter are noticed{left}")


def _records(survivor: Survivor) -> list[str]:
    trial = survivor.trial
    named = (
        *(("given", trial.record), ("existing", trial.existing)),
        *(("previous", trial.previous), ("parent", trial.parent)),
    )
    shown = [(name, json.dumps(value, ensure_ascii=False)) for name, value in named if value is not None]
    cut = [(name, text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…") for name, text in shown]
    lines = [f"    {name:<8}  {visible(text)}" for name, text in cut]
    return [f"    a case with this record would, for {survivor.collection}:", *lines]
