"""Running the cases against every changed template, to find the changes that no case notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from recordmap.casebook import Bench, library_of
from recordmap.compiler.collection import compile_collection
from recordmap.engine import Engine
from recordmap.fuzz.subject import Trial
from recordmap.mutants.changes import Mutant, mutants
from recordmap.mutants.difference import Differences
from recordmap.template.model import Case


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no case notices, and the smallest record that would show it."""

    mutant: Mutant
    collection: str
    trial: Trial


@dataclass(slots=True)
class Score:
    """How the cases of one collection did. Changes without effect are no part of the score."""

    collection: str
    noticed: int = 0
    without_effect: list[Mutant] = field(default_factory=list)
    survivors: list[Survivor] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """How many of the changes were noticed, in percent."""
        return percent([self])


def percent(scores: Iterable[Score]) -> float:
    """Return how many changes of several collections were noticed, in percent."""
    scores = list(scores)
    noticed = sum(one.noticed for one in scores)
    every = noticed + sum(len(one.survivors) for one in scores)
    return 100 * noticed / every if every else 100.0


def judge(
    engine: Engine, cases: Iterable[Case], wanted: Iterable[str], tell: Callable[[str], None] = lambda _: None
) -> list[Score]:
    """Return the score of each wanted collection, in the order that they are named. All cases pass as it is.

    `tell` is given the name of the collection before each change is tried.

    Raises:
        TemplateError: a collection has errors.
    """
    judged = _Judge(engine, list(cases))
    scores = []
    for name in wanted:
        engine.plan(name)
        score = Score(name)
        for mutant in mutants(engine.collections[name]):
            tell(name)
            judged.try_out(mutant, score)
        score.survivors.sort(key=lambda one: (one.mutant.line, one.mutant.column))
        scores.append(score)
    return scores


class _Judge:
    def __init__(self, engine: Engine, cases: list[Case]) -> None:
        self._engine = engine
        self._cases = cases
        self._differences = Differences(engine)
        self._concerned: dict[str, list[Case]] = {}

    def try_out(self, mutant: Mutant, score: Score) -> None:
        """Run the cases on a changed collection, and count what came of it."""
        title = mutant.original.title
        bench = Bench(self._engine, {title: mutant.changed})
        concerned = self._of(title)
        for at, case in enumerate(concerned):
            if bench.differences(case):
                score.noticed += 1
                concerned.insert(0, concerned.pop(at))  # whoever notices one change often notices the next
                return
        for name in self._shows_in(mutant):
            library = library_of(self._engine, None, {title: mutant.changed})
            changed = compile_collection(library.collections[name], library)
            trial = self._differences.between(name, changed)
            if trial is not None:
                score.survivors.append(Survivor(mutant, name, trial))
                return
        score.without_effect.append(mutant)

    def _of(self, title: str) -> list[Case]:
        """Return the cases that run a collection, on its own or below another."""
        if title not in self._concerned:
            names = {title, *self._above(title)}
            self._concerned[title] = [case for case in self._cases if case.collection.text in names]
        return self._concerned[title]

    def _above(self, title: str) -> list[str]:
        workspace = self._engine.workspace
        return [
            one.title
            for one in self._engine.collections.values()
            if one.title != title and any(below.title == title for below in workspace.below(one))
        ]

    def _shows_in(self, mutant: Mutant) -> list[str]:
        title = mutant.original.title
        return self._above(title) if mutant.above else [title]


def data(scores: list[Score]) -> dict[str, Any]:
    """Return the scores as JSON data, as `schemas/cli/test-output.schema.json` has it."""
    return {
        "percent": round(percent(scores), 2),
        "collections": [
            {
                "collection": one.collection,
                "percent": round(one.percent, 2),
                "noticed": one.noticed,
                "without_effect": len(one.without_effect),
                "survivors": [_entry(survivor) for survivor in one.survivors],
            }
            for one in scores
        ],
    }


def _entry(survivor: Survivor) -> dict[str, Any]:
    mutant, trial = survivor.mutant, survivor.trial
    return {
        "change": mutant.change,
        "file": mutant.file,
        "line": mutant.line,
        "column": mutant.column,
        "field": mutant.field,
        "collection": survivor.collection,
        "record": trial.record,
        "existing": trial.existing,
        "previous": trial.previous,
        "parent": trial.parent,
    }
