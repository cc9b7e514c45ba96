"""What is explained: a source record with what belongs to it, from a file, the store, or the source itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine
from recordmap.session import Session
from recordmap.sync.canonical import digest
from recordmap.sync.manual import Rehearsal

if TYPE_CHECKING:
    from recordmap.trace.model import RecordTrace


@dataclass(frozen=True, slots=True)
class Material:
    """One record to be explained.

    `rehearsal` is there where the sync was asked, `problem` where nothing can be mapped at all, `notes` say what the
    reader should know of where the record comes from.
    """

    record: Any
    existing: Any = None
    parent: Any = None
    previous: Any = None
    rehearsal: Rehearsal | None = None
    problem: str | None = None
    notes: tuple[str, ...] = field(default=())

    def collection(self, engine: Engine, wanted: str | None) -> str | None:
        """Return the name of the collection that maps it: the one that is `wanted`, or the one the sync would choose.

        None where the sync would come to no collection.

        Raises:
            ConfigurationError: nothing chooses.
        """
        if wanted is not None:
            return wanted
        if self.rehearsal is not None:
            return self.rehearsal.plan.name if self.rehearsal.plan else None
        integration, _ = engine.checked_integration()
        if self.existing is not None and self.parent is None and integration.update is not None:
            return integration.update.text
        raise ConfigurationError("'--collection' names the collection to explain")

    def trace(self, engine: Engine, name: str) -> RecordTrace:
        """Return every step of mapping it by the collection of that name; raises as `Engine.trace`."""
        return engine.trace(name, self.record, self.existing, self.parent, previous=self.previous)


def from_record(session: Session, record: Any) -> Material:
    """Return the material of a source record, and what the sync would do with it.

    Raises:
        ConnectorError: the destination is out of reach.
    """
    rehearsal = session.rehearse(record)
    problem = rehearsal.transfer.problem
    return Material(
        record,
        rehearsal.existing.whole() if rehearsal.existing else None,
        previous=rehearsal.previous,
        rehearsal=rehearsal,
        problem=f"{problem.message} [{problem.code}]" if problem else None,
    )


def from_source(session: Session, external_id: str) -> Material:
    """Return the material of a record as the source has it now.

    Raises:
        ConfigurationError: the source has no such record.
        ConnectorError: the source or the destination is out of reach.
    """
    record = session.fetch(external_id)
    if record is None:
        system = session.pipeline.system
        raise ConfigurationError(
            f"{system} has no record with the ID '{external_id}'",
            "the ID is the profile's own, not its email address",
        )
    return from_record(session, record)


def from_last_sync(session: Session, external_id: str) -> Material:
    """Return the material of a record as it was last synced, which the store keeps while an Update reads `previous`.

    The record that it went to is taken as it stands now.

    Raises:
        ConfigurationError: the store keeps no record with this ID.
        ConnectorError: the destination is out of reach.
    """
    with session.destination.rehearsal() as unit:
        link = unit.links([external_id]).get(external_id)
        kept = unit.previous([external_id]).get(external_id)
    if link is None:
        raise ConfigurationError(
            f"no record with the ID '{external_id}' was ever synced", "--id asks the source for it"
        )
    if kept is None:
        why = "records are kept only while an Update reads `previous`; --id asks the source for it"
        raise ConfigurationError(f"the store keeps no record with the ID '{external_id}'", why)
    notes = ["the record as it was last synced, and what it would do to the store as it is now"]
    if link.source_hash != digest(kept):
        notes.append("there was a later sync of it, which kept nothing")
    return replace(from_record(session, kept), notes=tuple(notes))


def from_error(session: Session, number: int) -> Material:
    """Return the material of a record that failed, as it was then; the templates are those of now.

    Raises:
        ConfigurationError: there is no such error, or its record could not be read.
        ConnectorError: the destination is out of reach.
    """
    entry = session.destination.error(number)
    if entry is None:
        raise ConfigurationError(f"there is no error number {number}", "recordmap errors lists them")
    failure = entry.failure
    if not isinstance(failure.record, dict):
        raise ConfigurationError(f"error {number} kept no record that can be mapped: {failure.message}")
    made = from_record(session, failure.record)
    notes = [f"error {number}: {failure.message} [{failure.code}]"]
    if failure.version is not None and failure.version != session.pipeline.version:
        notes.append("the templates have changed since then")
    if made.problem is None and made.rehearsal is not None:
        notes.append(
            f"now it would be {made.rehearsal.transfer.result.value}: recordmap errors retry {number}"
        )
    return replace(made, notes=tuple(notes))
