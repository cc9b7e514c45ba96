"""The error log within a unit of work: failures counted on one open entry per subject, closed by a success.

Most records succeed, so `resolve` asks the database nothing: what it closes is looked up for the whole unit
at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from recordmap.connectors.errorlog import ErrorEntry, ErrorStatus, Failure
from recordmap.connectors.store.asking import ADDED_TO
from recordmap.connectors.store.errorrows import (
    IS_OPEN,
    entry_of,
    mended,
    row_of,
    select_entries,
    subject_key,
)
from recordmap.connectors.store.lookups import Lookup
from recordmap.connectors.store.tables import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordmap.connectors.store.scope import Scope

_SUBJECTS = Lookup(
    lambda subjects: select(errors.c.subject).where(
        errors.c.system == bindparam("system"),
        errors.c.schema == bindparam("schema"),
        IS_OPEN,
        errors.c.subject.in_(subjects),
    )
)
FEW = 1000
"""Open entries that are asked for at once; of more, only those that a unit is about."""

_INSERT = insert(errors).execution_options(**{ADDED_TO: errors.name})
_UPDATE = update(errors).where(errors.c.id == bindparam("of_id"))


class ErrorBook:
    """Reads and stages the error entries of one system and schema."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._put = scope.staging.put
        self._open: dict[str, ErrorEntry | None] = scope.staging.table()
        self._resolving: dict[str, bool] = {}
        self._new: dict[int, ErrorEntry] = scope.staging.table()
        self._changed: dict[int, ErrorEntry] = scope.staging.table()
        self._subjects: frozenset[str] | None = None
        self._asked = False
        stored = select_entries(scope.system, scope.schema).where(IS_OPEN)
        self._select = stored.where(errors.c.subject == bindparam("of_subject"))
        self._select_few = stored.with_only_columns(errors.c.subject).limit(FEW + 1)

    def open_entries(self, subjects: Iterable[str]) -> dict[str, ErrorEntry]:
        """Return the open entries of these subjects; subjects without one are absent."""
        if self._is_quiet():
            return {}
        keys = {subject: key for subject in subjects if self._may_be_open(key := subject_key(subject))}
        self._settle(keys.values())
        is_open = self._open
        return {subject: entry for subject, key in keys.items() if (entry := is_open[key]) is not None}

    def log(self, failure: Failure) -> None:
        """Stage a failure: one more attempt on the subject's open entry, or a new entry."""
        failure = mended(failure)
        self._settle([failure.subject])
        entry = self._open[failure.subject]
        if entry is None:
            number = self._scope.counters.next("errors")
            entry = ErrorEntry(number, ErrorStatus.OPEN, 1, self._scope.now, self._scope.now, failure)
            self._put(self._new, number, entry)
            self._put(self._open, failure.subject, entry)
        else:
            again = replace(entry, attempts=entry.attempts + 1, last_at=self._scope.now, failure=failure)
            self._stage(again)
            self._put(self._open, failure.subject, again)

    def resolve(self, subject: str) -> None:
        """Stage that the subject's open entry, if any, is resolved."""
        if self._is_quiet():
            return
        key = subject_key(subject)
        if not self._may_be_open(key):
            return
        try:
            if self._open[key] is not None:
                self._close(key)
        except KeyError:
            self._put(self._resolving, key, value=True)

    def flush(self) -> None:
        """Write what is staged."""
        self._settle([])
        where = {"system": self._scope.system, "schema": self._scope.schema}
        changed = [{"of_id": entry.id, **row_of(entry)} for entry in self._changed.values()]
        new = [{"id": entry.id, **where, **row_of(entry)} for entry in self._new.values()]
        self._scope.write(_UPDATE, changed)
        self._scope.write(_INSERT, new)

    def _stage(self, entry: ErrorEntry) -> None:
        self._put(self._new if entry.id in self._new else self._changed, entry.id, entry)

    def _close(self, subject: str) -> None:
        entry = self._open[subject]
        if entry is not None:
            now = self._scope.now
            self._stage(replace(entry, status=ErrorStatus.RESOLVED, last_at=now, closed_at=now))
            self._put(self._open, subject, None)

    def _settle(self, subjects: Iterable[str]) -> None:
        """Look up the open entries of these subjects and of those to be resolved; resolve the latter."""
        unknown = [key for key in dict.fromkeys([*subjects, *self._resolving]) if key not in self._open]
        self._open.update(dict.fromkeys(unknown))
        few = self._few()
        asked = unknown if few is None else [key for key in unknown if key in few]
        scope = self._scope
        for (subject,) in _SUBJECTS.rows(scope.connection, asked, system=scope.system, schema=scope.schema):
            row = scope.connection.execute(self._select, {"of_subject": subject}).one()
            self._open[subject] = entry_of(row)
        for subject in list(self._resolving):
            self._close(subject)
            self._scope.staging.drop(self._resolving, subject)

    def _is_quiet(self) -> bool:
        """Whether there are no open entries at all, so that nothing is to be found or resolved."""
        return not self._new and self._few() == frozenset()

    def _may_be_open(self, key: str) -> bool:
        """Whether a subject may have an open entry: certainly not when the few that have one are known."""
        few = self._few()
        return few is None or key in few or key in self._open

    def _few(self) -> frozenset[str] | None:
        """Return all subjects that the database has open entries for, or None where they are many.

        They are few but in bad times, and then one small question serves all records of a unit.
        """
        if not self._asked:
            self._asked = True
            subjects = self._scope.connection.execute(self._select_few).scalars().all()
            self._subjects = frozenset(subjects) if len(subjects) <= FEW else None
        return self._subjects
