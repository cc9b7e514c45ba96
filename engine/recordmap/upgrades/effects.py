"""What a conflict means for real records: mapped once with the subscriber's rule, and once with the vendor's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recordmap.casebook import Bench
from recordmap.diagnostics import TemplateError
from recordmap.engine import Engine
from recordmap.frozen import Frozen
from recordmap.runtime.outcome import Outcome
from recordmap.template.model import Case
from recordmap.template.writer import flow
from recordmap.upgrades.conflicts import FIELDS
from recordmap.upgrades.merge import Conflict

_MISSING = object()


class Example(Frozen):
    """One record for which it makes a difference: the case that holds it, and both values (None for none)."""

    case: str
    yours: Any
    theirs: Any


class Effect(Frozen):
    """How many records a conflict makes a difference to, and the first of them."""

    records: int
    differing: int
    example: Example | None


class Effects:
    """Two readings of a project: as it will be, and with nothing but the vendor's templates."""

    def __init__(self, folder: Path, texts: Mapping[Path, bytes], overlays: Mapping[Path, str]) -> None:
        """Read a project in which `texts` stand in for its files. `overlays` are by path, with their collections."""
        silent = {path: f"recordmap: 1\noverlay: {flow(name)}\n".encode() for path, name in overlays.items()}
        self._yours = Engine.for_files(folder, texts, texts)
        self._theirs = Engine.for_files(folder, texts, {**texts, **silent})
        self._benches = (Bench(self._yours), Bench(self._theirs))
        self._cases = [case for _, cases in self._yours.cases for case in cases]

    def of(self, conflict: Conflict) -> Effect | None:
        """Return the effect of a conflict on the records of the project's cases; None where it can't be told."""
        if conflict.section not in FIELDS:
            return None
        container = (
            self._yours.custom_container(conflict.collection) if conflict.section != "fields" else None
        )
        records, differing, example = 0, 0, None
        for case in self._cases_of(conflict.collection):
            records += 1
            try:
                mine, other = (_value(one.run(case), container, conflict.name) for one in self._benches)
            except TemplateError:
                return None
            if mine != other:
                differing += 1
                example = example or Example(case.name.text, _shown(mine), _shown(other))
        return Effect(records, differing, example)

    def _cases_of(self, collection: str) -> Iterator[Case]:
        return (case for case in self._cases if case.collection.text == collection)


def _value(outcome: Outcome, container: str | None, name: str) -> object:
    record: Any = outcome.record
    if record is not None and container is not None:
        record = record.get(container)
    return record.get(name, _MISSING) if isinstance(record, dict) else _MISSING


def _shown(value: object) -> Any:
    return None if value is _MISSING else value
