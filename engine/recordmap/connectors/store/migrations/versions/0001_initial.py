"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table."""
    _records()
    _links()
    _journal()
    _bookkeeping()


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "children",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("record_id", _ID, sa.ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
        sa.Column("into_field", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("origin", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
    )
    op.create_index("children_of_record", "children", ["record_id"])
    op.create_table(
        "record_keys",
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("compared_as", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("record_id", _ID, sa.ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("is_match", sa.Boolean, nullable=False),
        sa.Column("is_unique", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("keys_of_record", "record_keys", ["record_id"])
    only_unique = sa.column("is_unique").is_(True)
    op.create_index(
        "keys_unique",
        "record_keys",
        ["schema", "field", "compared_as", "key"],
        unique=True,
        sqlite_where=only_unique,
        postgresql_where=only_unique,
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("record_id", _ID, sa.ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("linked_at", _INSTANT, nullable=False),
        sa.Column("source_updated", _INSTANT),
        sa.Column("source_hash", sa.Text),
        sa.Column("version", sa.Text),
    )
    op.create_index("links_of_record", "links", ["record_id"])


def _journal() -> None:
    op.create_table(
        "errors",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_at", _INSTANT, nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("transient", sa.Boolean, nullable=False),
        sa.Column("collection", sa.Text),
        sa.Column("field", sa.Text),
        sa.Column("version", sa.Text),
        sa.Column("record", sa.Text),
        sa.Column("next_retry", _INSTANT),
    )
    op.create_index("errors_by_status", "errors", ["system", "schema", "status"])
    only_open = sa.column("status") == sa.literal("open")
    op.create_index(
        "errors_open",
        "errors",
        ["system", "schema", "subject"],
        unique=True,
        sqlite_where=only_open,
        postgresql_where=only_open,
    )


def _bookkeeping() -> None:
    op.create_table(
        "watermarks",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("value", _INSTANT, nullable=False),
        sa.Column("saved_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("finished_at", _INSTANT),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last", _ID, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
