"""Source records as they were last synced, from a file, for mapping an Update without a store.

They are found by the external ID, as a sync finds them. The whole file is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from recordmap.batch.existing import entries
from recordmap.batch.ids import PickId, text_id
from recordmap.runtime.outcome import Record


class Previous:
    """Source records as they were, by external ID; of several with one ID the last counts."""

    def __init__(self, pick_id: PickId, records: Iterable[Record]) -> None:
        self._pick_id = pick_id
        self._records = {text_id(pick_id, record): record for record in records}
        self._records.pop(None, None)

    @classmethod
    def from_file(cls, pick_id: PickId, path: Path) -> Previous:
        """Index the records of a file: NDJSON or a JSON array, plain or compressed.

        Raises:
            ConfigurationError: the file, or an entry of it, can't be read.
        """
        return cls(pick_id, entries(path))

    def find(self, record: Record) -> Record | None:
        """Return a source record as it was, or None."""
        return self._records.get(text_id(self._pick_id, record))
