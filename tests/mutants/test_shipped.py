"""The shipped cases try all of the shipped collections, and notice every change of them that makes a difference."""

from __future__ import annotations

from recordmap.coverage.report import measure
from recordmap.engine import Engine
from recordmap.mutants.judge import judge
from recordmap.resources import data_folder


def test_the_shipped_cases_are_as_good_as_can_be() -> None:
    engine = Engine.load(data_folder("collections") / "klaviyo")
    cases = [case for _, several in engine.cases for case in several]
    assert [
        place.untried for one in measure(engine, cases, engine.collections) for place in one.untried
    ] == []
    scores = judge(engine, cases, engine.collections)
    assert [survivor.mutant.change for score in scores for survivor in score.survivors] == []
    assert all(score.noticed > 20 for score in scores)
