"""Which rules are to see a subject still: each of them sees it once, and whoever maps wants those for errors alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from recordmap.checks.collection_rules import COLLECTION_RULES
from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Case, Collection, Integration

Rule = Callable[[Any, Surroundings, Findings], None]


class Rounds:
    """The rules that are left for the subjects of a workspace, which are known by their numbers."""

    def __init__(self) -> None:
        self._checked: set[int] = set()
        self._advised: set[int] = set()

    def left(
        self, number: int, subject: Collection | Integration | Case, *, errors_only: bool
    ) -> Iterator[Rule]:
        """Yield the rules that a subject hasn't seen; they count as seen then."""
        if number not in self._checked:
            self._checked.add(number)
            yield from _rules_for(subject)
        if isinstance(subject, Collection) and not errors_only and number not in self._advised:
            self._advised.add(number)
            from recordmap.checks.collection_advice import COLLECTION_ADVICE  # noqa: PLC0415 - no run needs it

            yield from COLLECTION_ADVICE


def _rules_for(subject: Collection | Integration | Case) -> tuple[Rule, ...]:
    match subject:
        case Collection():
            return COLLECTION_RULES
        case Integration():
            from recordmap.checks.integration_rules import INTEGRATION_RULES  # noqa: PLC0415 - as above

            return INTEGRATION_RULES
        case Case():
            from recordmap.checks.cases import check  # noqa: PLC0415 - as above

            return (check,)
