"""Is there a record on which two plans differ? A bounded search by the room that searches for breaking records.

None found means that the two are taken for the same: a change without effect, on records that fit the schemas.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from recordmap.engine import Engine
from recordmap.fuzz.promises import BROKEN, NOW, Breach, Promise
from recordmap.fuzz.search import search
from recordmap.fuzz.subject import Subject, Trial
from recordmap.runtime.outcome import Outcome, Reason
from recordmap.runtime.plan import Plan

Ending = tuple[object, ...]
EXAMPLES = 2_000
"""Records that are tried for each change."""


class Differences:
    """Finds records that tell changed plans from the original ones. What is tried is worked out once a collection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._subjects: dict[str, tuple[Subject, list[tuple[Trial, Ending]]]] = {}

    def between(self, name: str, changed: Plan) -> Trial | None:
        """Return the smallest record that was found on which a collection and its changed plan differ."""
        if name not in self._subjects:
            subject = Subject.of(self._engine, name)
            watch = _Watch(subject.plan)
            search(subject, watch, examples=EXAMPLES)
            self._subjects[name] = subject, watch.seen
        subject, seen = self._subjects[name]
        if all(_ending(_mapped(changed, trial)) == ending for trial, ending in seen):
            return None
        # The same records again, as far as the first that differs, which is then made smaller.
        asked = _Difference(subject.plan, changed)
        found = search(subject, asked, examples=EXAMPLES, go_on=lambda _: not asked.found).findings
        return found[0].trial if found else None


class _Watch:
    """Takes down every record that a search tries, and how it ends."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.seen: list[tuple[Trial, Ending]] = []

    def run(self, trial: Trial) -> tuple[Outcome | None, Exception | None]:
        """Map what a trial gives."""
        return _mapped(self._plan, trial), None

    def breaches(self, trial: Trial) -> Iterator[Breach]:
        """Yield nothing: nothing is asked of the record."""
        self.seen.append((trial, _ending(_mapped(self._plan, trial))))
        return iter(())


class _Difference:
    """Asks of each record whether both plans end alike."""

    def __init__(self, plan: Plan, changed: Plan) -> None:
        self._plan = plan
        self._changed = changed
        self.found = False

    def run(self, trial: Trial) -> tuple[Outcome | None, Exception | None]:
        """Map what a trial gives by the original plan."""
        return _mapped(self._plan, trial), None

    def breaches(self, trial: Trial) -> Iterator[Breach]:
        """Yield a breach where the plans end otherwise than each other."""
        if _ending(_mapped(self._plan, trial)) != _ending(_mapped(self._changed, trial)):
            self.found = True
            yield Breach(Promise.STEADY, Reason(BROKEN, "the changed plan ends otherwise", self._plan.name))


def _mapped(plan: Plan, trial: Trial) -> Outcome:
    return plan(trial.record, trial.existing, trial.parent, NOW, trial.previous)


def _ending(outcome: Outcome) -> Ending:
    """Return what a case can see of an outcome: places in the template are none of it."""
    reason = outcome.reason
    told = None if reason is None else (reason.code, reason.message, reason.field)
    return outcome.kind, told, orjson.dumps(outcome.record, option=orjson.OPT_SORT_KEYS)
