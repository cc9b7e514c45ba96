"""One person's data: found in every table and deleted, in one place.

A table belongs to a person by its columns: `record_id` leads to their customer, `system`, `schema` and `external_id` to
their source record. A new table with these names is covered by that; a test demands a word about every other table.
What other people's records say about a person is not found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, false, func, or_, select

from recordmap.connectors.destination import MatchKey, Rules
from recordmap.connectors.persons import Holdings
from recordmap.connectors.store.documents import decode, legible, storable
from recordmap.connectors.store.keyindex import KeyIndex
from recordmap.connectors.store.mentions import Mentions
from recordmap.connectors.store.staging import Staging
from recordmap.connectors.store.tables import METADATA, children, errors, links, records
from recordmap.keys import match_key, unique_key

if TYPE_CHECKING:
    from collections.abc import Iterator

_EMAIL = "email"


class Identity(NamedTuple):
    """A source record: the system, the schema it goes to, and its ID."""

    system: str
    schema: str
    external_id: str


@dataclass(slots=True)
class _Person:
    """What leads to a person's rows."""

    identities: set[Identity] = field(default_factory=set)
    records: set[int] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)


class Persons:
    """Finds and deletes what a store holds of a person; to delete, the connection must hold the write lock.

    `mentions` are those of the person's addresses, as far as the error log was searched before.
    """

    def __init__(self, connection: Connection, rules: Rules, mentions: Mentions | None = None) -> None:
        self._connection = connection
        self._rules = rules
        self._mentions = mentions

    def emails(self, who: str) -> set[str]:
        """Return the person's addresses."""
        return self._lead(who).emails

    def holdings(self, who: str) -> Holdings:
        """Return what is held of a person, by an ID in the source system or an email address."""
        person = self._find(who)
        counts = {}
        for table, condition in self._rows(person):
            count = self._connection.execute(
                select(func.count()).select_from(table).where(condition)
            ).scalar()
            if count:
                counts[str(table.name)] = count
        return Holdings(counts, self._external_ids(person))

    def forget(self, who: str) -> Holdings:
        """Delete all that is held of a person, and return what it was."""
        person, counts = self._find(who), {}
        for table, condition in self._rows(person):
            count = self._connection.execute(delete(table).where(condition)).rowcount
            if count:
                counts[str(table.name)] = count
        return Holdings(counts, self._external_ids(person))

    def _external_ids(self, person: _Person) -> tuple[str, ...]:
        here = (self._rules.system, self._rules.schema)
        return tuple(sorted(one.external_id for one in person.identities if one[:2] == here))

    def _find(self, who: str) -> _Person:
        person, mentions = self._lead(who), self._mentions
        if mentions is None or not person.emails <= mentions.emails:
            mentions = Mentions(person.emails)
        person.entries.update(mentions.among(self._connection))
        return person

    def _lead(self, who: str) -> _Person:
        """Find what leads to the rows of a person."""
        person = _Person()
        if not storable(who):
            return person
        # An ID is compared exactly, blanks around it too. What nobody has is what was meant without them.
        text = who.strip()
        external_id = who if who != text and self._is_held(who) else text
        if "@" not in text or self._is_held(external_id):
            person.identities.add(Identity(self._rules.system, self._rules.schema, external_id))
        if "@" in text:
            person.emails.add(text)
            person.records.update(self._holders(text))
        self._follow_links(person)
        person.emails.update(self._emails_of(person))
        return person

    def _is_held(self, external_id: str) -> bool:
        """Whether any table has a source record of this ID."""
        return any(
            self._connection.execute(
                select(table.c.external_id)
                .where(*self._here(table), table.c.external_id == legible(external_id))
                .limit(1)
            ).first()
            for table in METADATA.sorted_tables
            if _has_identity(table)
        )

    def _holders(self, email: str) -> set[int]:
        """Return the records with this address in a field whose values compare as addresses."""
        keys = {
            MatchKey(rule.field, rule.compare, key)
            for rule in self._rules.keys
            if rule.compare == _EMAIL
            for key in (match_key(_EMAIL, email), unique_key(_EMAIL, email))
            if key is not None
        }
        index = KeyIndex(self._connection, Staging(), self._rules.schema)
        return {record_id for holders in index.holders(keys).values() for record_id in holders}

    def _follow_links(self, person: _Person) -> None:
        """Go from source records to customers and back, until nothing new is found."""
        before = (0, 0)
        while before != (before := (len(person.identities), len(person.records))):
            condition = or_(links.c.record_id.in_(person.records), _identified(links, person))
            wanted = select(links.c.system, links.c.schema, links.c.external_id, links.c.record_id)
            for *identity, record_id in self._connection.execute(wanted.where(condition)):
                person.identities.add(Identity(*identity))
                person.records.add(record_id)

    def _emails_of(self, person: _Person) -> Iterator[str]:
        """Yield the addresses of the person's records."""
        fields = {rule.field for rule in self._rules.keys if rule.compare == _EMAIL}
        wanted = select(records.c.document).where(records.c.id.in_(person.records))
        for document in self._connection.execute(wanted).scalars():
            values = (decode(document).get(name) for name in fields)
            yield from (value.strip() for value in values if isinstance(value, str) and "@" in value)

    def _rows(self, person: _Person) -> Iterator[tuple[Table, ColumnElement[bool]]]:
        """Yield every table with the condition of the person's rows, dependent tables first."""
        for table in reversed(METADATA.sorted_tables):
            conditions = [_identified(table, person)]
            if table is records:
                conditions.append(records.c.id.in_(person.records))
            elif "record_id" in table.c:
                conditions.append(table.c.record_id.in_(person.records))
            if table is children:
                # An address that this source record wrote, on whichever customer.
                conditions.append(self._of_origin(person))
            if table is errors:
                conditions.append(errors.c.id.in_(person.entries))
            yield table, or_(*conditions)

    def _of_origin(self, person: _Person) -> ColumnElement[bool]:
        ours = select(records.c.id).where(records.c.schema == self._rules.schema)
        return and_(children.c.origin.in_(self._external_ids(person)), children.c.record_id.in_(ours))

    def _here(self, table: Table) -> tuple[ColumnElement[bool], ...]:
        return (table.c.system == self._rules.system, table.c.schema == self._rules.schema)


def names_a_person(table: Table) -> bool:
    """Whether rows of a table belong to a person by their columns."""
    return table is records or "record_id" in table.c or _has_identity(table)


def _has_identity(table: Table) -> bool:
    """Whether rows of a table name a source record."""
    return {"system", "schema", "external_id"} <= set(table.c.keys())


def _identified(table: Table, person: _Person) -> ColumnElement[bool]:
    """Return the condition of rows that name one of the person's source records."""
    if not _has_identity(table):
        return false()
    return or_(
        false(),
        *(
            and_(
                table.c.system == system,
                table.c.schema == schema,
                table.c.external_id == legible(external_id),
            )
            for system, schema, external_id in sorted(person.identities)
        ),
    )
