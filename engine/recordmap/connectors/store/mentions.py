"""Which entries of the error log name a person by an address, although they are another's or nobody's.

Their source records have to be read for that, all of them, which takes a while. So they are read in slices and without
the write lock. Whoever holds the lock then asks `among`, which reads again only what was written since: an entry never
gets another source record without one more attempt, and a new one gets a higher number than all before it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, func, select

from recordmap.connectors.store.documents import decode_evidence
from recordmap.connectors.store.tables import errors
from recordmap.keys import match_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

_SLICE = 1000
_EMAIL = "email"
_ESCAPE = re.compile(r"(?<!\\)\\+u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class _Slice:
    """Entries `after` one number up to `last`: a mark that they are as they were, and those that name the person."""

    after: int
    last: int
    mark: tuple[int, int]
    found: frozenset[int]

    @property
    def rows(self) -> ColumnElement[bool]:
        return and_(errors.c.id > self.after, errors.c.id <= self.last)


class Mentions:
    """The entries that name one of these addresses, as far as they have been read."""

    def __init__(self, emails: Iterable[str]) -> None:
        self.emails = frozenset(emails)
        self._words = frozenset(_spellings(self.emails))
        self._slices: list[_Slice] = []

    def search(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Read all entries, each slice in a transaction of its own."""
        while self.emails:
            with connect() as connection:
                one = next(self._beyond(connection), None)
            if one is None:
                return
            self._slices.append(one)

    def among(self, connection: Connection) -> set[int]:
        """Return the numbers of the entries as they are now; reads what was not read, or was written since."""
        if not self.emails:
            return set()
        self._slices = [
            one
            if _mark(connection, one.rows) == one.mark
            else self._read(connection, one.after, one.last, one.rows)
            for one in self._slices
        ]
        self._slices += self._beyond(connection)
        return {number for one in self._slices for number in one.found}

    def _beyond(self, connection: Connection) -> Iterator[_Slice]:
        """Yield the slices behind the last that was read."""
        after = self._slices[-1].last if self._slices else 0
        while True:
            numbers = select(errors.c.id).where(errors.c.id > after).order_by(errors.c.id).limit(_SLICE)
            last = connection.execute(select(func.max(numbers.subquery().c.id))).scalar()
            if last is None:
                return
            rows = and_(errors.c.id > after, errors.c.id <= last)
            yield self._read(connection, after, last, rows)
            after = last

    def _read(self, connection: Connection, after: int, last: int, rows: ColumnElement[bool]) -> _Slice:
        # The mark first: what is written between the two reads then makes it look old, and is read again.
        mark = _mark(connection, rows)
        wanted = select(errors.c.id, errors.c.record).where(rows, errors.c.record.is_not(None))
        found = frozenset(
            number for number, record in connection.execute(wanted) if _names(record, self._words)
        )
        return _Slice(after, last, mark, found)


def _mark(connection: Connection, rows: ColumnElement[bool]) -> tuple[int, int]:
    """Return how many entries there are, and all their attempts: numbers come once, and attempts only grow."""
    counted = select(func.count(), func.coalesce(func.sum(errors.c.attempts), 0)).where(rows)
    count, attempts = connection.execute(counted).one()
    return int(count), int(attempts)


def _spellings(emails: Iterable[str]) -> Iterator[str]:
    """Yield addresses as they are looked for in texts, as written and as they are compared; see `_folded`."""
    for email in emails:
        yield _folded(email)
        key = match_key(_EMAIL, email)
        if key is not None:
            yield _folded(key)


def _folded(text: str) -> str:
    """Return a text without the differences between capital and small letters, and between ways to write one letter."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _names(record: str, emails: Collection[str]) -> bool:
    """Whether the source record of an error entry, as JSON, names one of these addresses (`_folded`) as a whole."""
    # Most records name nobody who is looked for, and needn't be decoded to see that; other letters are escaped in JSON.
    text = record.casefold()
    if not any(email in text or not email.isascii() for email in emails) and "\\u00" not in text:
        return False
    # What could not be read as JSON is kept as it came, with escapes of its own.
    decoded = _ESCAPE.sub(_unescaped, json.dumps(decode_evidence(record), ensure_ascii=False))
    decoded = _folded(decoded)
    words = "|".join(map(re.escape, sorted(emails)))
    # A line that begins with the address has \\n before it.
    return re.search(rf"(?:(?<![\w.+-])|(?<=\\[nrt]))(?:{words})(?![\w-])", decoded) is not None


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
