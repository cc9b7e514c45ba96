"""Error entries as rows of the `errors` table, both ways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, literal_column, select

from recordmap.connectors.errorlog import ErrorEntry, ErrorStatus, Failure
from recordmap.connectors.store.documents import (
    decode_evidence,
    encode_evidence,
    indexable,
    legible,
)
from recordmap.connectors.store.tables import errors

IS_OPEN = errors.c.status == literal_column(f"'{ErrorStatus.OPEN.value}'")
"""The condition of open entries, written out, so that the databases see that the indexes of open entries serve."""


_PLAIN = 64
"""Characters of a subject that is short beyond doubt."""


def select_entries(system: str, schema: str) -> Select[Any]:
    """Return the statement that reads the entries of one system and schema."""
    return select(errors).where(errors.c.system == system, errors.c.schema == schema)


def subject_key(subject: str) -> str:
    """Return a subject as the table has it: mended where it can't be stored, a digest where it is long.

    What the table has is returned as it is.
    """
    if len(subject) <= _PLAIN and subject.isascii() and subject.isalnum():
        return subject  # an ID, as nearly all subjects are
    return indexable(legible(subject))


def mended(failure: Failure) -> Failure:
    """Return a failure of which every text can be stored, so that logging it never fails."""
    return replace(
        failure,
        subject=subject_key(failure.subject),
        external_id=_mended(failure.external_id),
        code=legible(failure.code),
        message=legible(failure.message),
        collection=_mended(failure.collection),
        field=_mended(failure.field),
        version=_mended(failure.version),
    )


def entry_of(row: Row[Any]) -> ErrorEntry:
    """Return the entry of a row."""
    failure = Failure(
        subject=row.subject,
        external_id=row.external_id,
        code=row.code,
        message=row.message,
        transient=row.transient,
        collection=row.collection,
        field=row.field,
        version=row.version,
        record=decode_evidence(row.record),
        next_retry=row.next_retry,
    )
    status = ErrorStatus(row.status)
    return ErrorEntry(row.id, status, row.attempts, row.first_at, row.last_at, failure, row.closed_at)


def row_of(entry: ErrorEntry) -> dict[str, Any]:
    """Return the columns of an entry, but for those that say where it belongs."""
    failure = entry.failure
    return {
        "subject": failure.subject,
        "status": entry.status.value,
        "attempts": entry.attempts,
        "first_at": entry.first_at,
        "last_at": entry.last_at,
        "external_id": failure.external_id,
        "code": failure.code,
        "message": failure.message,
        "transient": failure.transient,
        "collection": failure.collection,
        "field": failure.field,
        "version": failure.version,
        "record": encode_evidence(failure.record),
        "next_retry": failure.next_retry,
        "closed_at": entry.closed_at,
    }


def _mended(text: str | None) -> str | None:
    return None if text is None else legible(text)
