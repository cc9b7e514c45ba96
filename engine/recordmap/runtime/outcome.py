"""What came of one record: mapped, skipped or rejected. Outcomes are data; nothing here decides."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

Json = dict[str, Any] | list[Any] | str | int | float | bool | None
Record = dict[str, Any]


class Kind(StrEnum):
    """The three ways a record can end."""

    MAPPED = "mapped"
    SKIPPED = "skipped"
    REJECTED = "rejected"


class Reason(NamedTuple):
    """Why a record was skipped or rejected.

    `code` is a diagnostic code; `field` the destination field, dotted through child collections
    (`Addresses[1].City`); `line` and `column` point into the template named by `collection` where known, or into `file`
    where that isn't the template's own: an overlay.
    """

    code: str
    message: str
    collection: str
    field: str | None = None
    line: int | None = None
    column: int | None = None
    file: str | None = None


class Outcome(NamedTuple):
    """The end of one record in one collection. `record` is set when mapped, `reason` otherwise."""

    kind: Kind
    record: Record | None = None
    reason: Reason | None = None

    @property
    def mapped(self) -> bool:
        """Whether there is a destination record."""
        return self.kind is Kind.MAPPED
