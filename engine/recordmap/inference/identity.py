"""Which key of sample records tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_LIKELY = ("id", "uuid", "guid", "key", "number")


class Identity:
    """Looks for the key whose values are there in every record, are text or whole numbers, and never come twice."""

    def __init__(self) -> None:
        self._values: dict[str, set[Any] | None] = {}
        self._records = 0

    def add(self, record: dict[str, Any]) -> None:
        """Take in a record. Only its top is looked at: that is where identities are."""
        self._records += 1
        for key, value in record.items():
            seen = self._values.setdefault(key, set() if self._records == 1 else None)
            if seen is None:
                continue
            if (
                not isinstance(value, str | int)
                or isinstance(value, bool)
                or value in seen
                or not str(value).strip()
            ):
                self._values[key] = None
            else:
                seen.add(value)

    def best(self) -> str | None:
        """Return the key, or None when none tells records apart."""
        found = [key for key, seen in self._values.items() if seen is not None and len(seen) == self._records]
        return min(found, key=_rank, default=None)


def _rank(key: str) -> tuple[bool, int, int]:
    name = key.casefold()
    ends: Iterable[int] = (index for index, word in enumerate(_LIKELY) if name.endswith(word))
    place = next(iter(ends), len(_LIKELY))
    return not key.isidentifier(), place, len(key)
