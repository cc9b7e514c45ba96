"""What an Update promises: fields that it carries forward stay, and a second run finds nothing left to do.

Both hold for the fields that make them possible. A field that works something out from `existing` or
`previous`, such as a counter, is its author's wish to change with every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recordmap.demands import carries_forward
from recordmap.fuzz.subject import Subject, Trial
from recordmap.runtime.values import is_blank
from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER
from recordmap.sync.changes import equal
from recordmap.template.model import FieldRule, FormulaText, OnEmpty

_ABSENT = object()


class UpdatePromises:
    """The promises of one Update."""

    def __init__(self, subject: Subject) -> None:
        collection = subject.collection
        self._container = subject.destination.custom_container or DEFAULT_CUSTOM_CONTAINER
        self._children = {child.into.text for child in collection.children}
        self._plan = subject.plan
        schema = subject.destination
        self._carried = [rule for rule in collection.fields if carries_forward(rule, schema)]
        self._steady = [rule for rule in collection.fields if rule in self._carried or not _asks(rule)]
        whole = [collection.filter, *(rule.when for rule in collection.errors)]
        self._repeats = not any(_reads_before(text) for text in whole)

    def applied(self, existing: Any, record: Any) -> Any:
        """Return the destination record after an update: what is written stands, and the rest stays."""
        after = {**existing, **{name: value for name, value in record.items() if name not in self._children}}
        if self._container in record:
            custom = {name: one for name, one in record[self._container].items() if not is_blank(one)}
            after[self._container] = {**(existing.get(self._container) or {}), **custom}
        return after

    def lost(self, existing: Any, after: Any) -> Iterator[FieldRule]:
        """Yield the rules whose carried value is not what it was."""
        for rule in self._carried:
            before, now = self._value(existing, rule), self._value(after, rule)
            erased = rule.on_empty is OnEmpty.NULL and is_blank(before if before is not _ABSENT else None)
            if not erased and not (before is now is _ABSENT or equal(before, now)):
                yield rule

    def restless(self, trial: Trial, after: Any, now: str) -> Iterator[FieldRule]:
        """Yield the rules that write something else when the same record comes again."""
        if not self._repeats:
            return
        again = self._plan(trial.record, after, trial.parent, now, trial.record)
        if again.record is not None:
            then = self.applied(after, again.record)
            for rule in self._steady:
                first, second = self._value(after, rule), self._value(then, rule)
                if not (first is second or equal(first, second)):
                    yield rule
        elif again.reason is not None:
            yield from (rule for rule in self._steady if rule.name.text == again.reason.field)

    def _value(self, record: Any, rule: FieldRule) -> Any:
        fields = (record.get(self._container) or {}) if rule.custom else record
        return fields.get(rule.name.text, _ABSENT)


def _asks(rule: FieldRule) -> bool:
    return _reads_before(rule.formula) or _reads_before(rule.when)


def _reads_before(text: FormulaText | None) -> bool:
    return text is not None and any(read.name in ("existing", "previous") for read in text.parsed.names)
