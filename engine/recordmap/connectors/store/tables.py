"""The tables of a store, for every database: the one place that names columns.

Nothing here is tied to one database but a few options that only SQLite or only PostgreSQL reads. What is
unique is unique by an index of normalised keys, made in Python: databases disagree about the lower case of
letters. A change here needs a new file in `migrations/versions`; a test holds the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)


class Instant(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    # The dialect plays no part, but SQLAlchemy passes it.
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn an aware time to UTC; a naive one is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give SQLite's naive times back their zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# A rowid in SQLite is a 64-bit integer only when the column is spelled INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData()

records = Table(
    "records",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("schema", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

children = Table(
    "children",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("record_id", Id, ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
    Column("into_field", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("origin", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("written", Text),
    Index("children_of_record", "record_id"),
)

# What keys are made of: a field, and how its values compare. Rows stay when rules go, so that numbers stay true.
key_places = Table(
    "key_places",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("schema", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("compared_as", Text, nullable=False),
    Index("key_places_named", "schema", "field", "compared_as", unique=True),
)

# One row for each key of a record. The primary key is the index for finding, and keeps apart what must be unique:
# `slot` is 0 for a key that no second record may have, and the record's ID for one that many may have. Keys come in
# no order, so in a large store each costs a page of every index it is in: there is one, and its entries are short.
record_keys = Table(
    "record_keys",
    METADATA,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("slot", Id, primary_key=True, autoincrement=False),
    Column("record_id", Id, ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
    Column("is_match", Boolean, nullable=False),
    Index("keys_of_record", "record_id"),
    sqlite_with_rowid=False,
)

# IDs come in no order. A row is long and its key is short, so in SQLite rows stand in the order in which they came, and
# only keys are all over the index: half as many pages are written as with rows in the order of their keys.
links = Table(
    "links",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("schema", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("record_id", Id, ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("linked_at", Instant, nullable=False),
    Column("source_updated", Instant),
    Column("source_hash", Text),
    Column("version", Text),
    Index("links_of_record", "record_id"),
)

# The source record behind a link as it was last synced, kept where a template reads it. It goes with its link.
previous_records = Table(
    "previous_records",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("schema", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    ForeignKeyConstraint(
        ["system", "schema", "external_id"],
        ["links.system", "links.schema", "links.external_id"],
        ondelete="CASCADE",
    ),
)

# What was written, why, and what was there before. No foreign keys: an entry outlives what it tells of.
journal = Table(
    "journal",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("run_id", Id),
    Column("at", Instant, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("record_id", Id, nullable=False),
    Column("action", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("collection", Text),
    Column("content", Text, nullable=False),
    Column("undoes", Id),
    Column("undone_by", Id),
    Index("journal_of_source", "external_id"),
    Index("journal_of_record", "record_id"),
)

# Source records that are not a destination record, because a link was undone.
partings = Table(
    "partings",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("schema", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("record_id", Id, primary_key=True),
    Column("source_hash", Text),
    Column("parted_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

errors = Table(
    "errors",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("external_id", Text),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("transient", Boolean, nullable=False),
    Column("collection", Text),
    Column("field", Text),
    Column("version", Text),
    Column("record", Text),
    Column("next_retry", Instant),
    Column("closed_at", Instant),
)
Index(
    "errors_open",
    errors.c.system,
    errors.c.schema,
    errors.c.subject,
    unique=True,
    sqlite_where=errors.c.status == "open",
    postgresql_where=errors.c.status == "open",
)

# What is due is asked for after each poll: the longest due first, then what failed under other templates.
_timed = (errors.c.status == "open") & errors.c.next_retry.is_not(None)
Index(
    "errors_due",
    errors.c.system,
    errors.c.schema,
    errors.c.next_retry,
    errors.c.id,
    sqlite_where=_timed,
    postgresql_where=_timed,
)
_untimed = (errors.c.status == "open") & errors.c.next_retry.is_(None)
Index(
    "errors_by_version",
    errors.c.system,
    errors.c.schema,
    errors.c.version,
    errors.c.id,
    sqlite_where=_untimed,
    postgresql_where=_untimed,
)
_to_prune = errors.c.closed_at.is_not(None) & errors.c.record.is_not(None)
Index(
    "errors_to_prune",
    errors.c.system,
    errors.c.schema,
    errors.c.closed_at,
    sqlite_where=_to_prune,
    postgresql_where=_to_prune,
)

watermarks = Table(
    "watermarks",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("schema", Text, primary_key=True),
    Column("value", Instant, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

# Who polls every so often; a row outlives its lease, so that `number` never goes back.
leases = Table(
    "leases",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("schema", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

runs = Table(
    "runs",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("counts", Text, nullable=False),
    Column("message", Text),
    # The last sign of life; of runs from before there was this column there is none.
    Column("seen_at", Instant),
)

# Source records that must not come again, by a hash of their ID: see `keptout`.
kept_out = Table(
    "kept_out",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("schema", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("kept_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# The last number given out, per table. None is given twice, so an old note about record 7 stays true.
counters = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("last", Id, nullable=False),
)

# What the store knows about itself, such as the rules that its keys were made by.
meta = Table(
    "meta",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
