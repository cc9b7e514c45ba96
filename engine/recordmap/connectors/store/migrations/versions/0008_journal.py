"""The journal of what was written, and who is not whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make both tables; what was written before stands in no journal."""
    op.create_table(
        "journal",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("run_id", _ID),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("collection", sa.Text),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("undoes", _ID),
        sa.Column("undone_by", _ID),
    )
    op.create_index("journal_of_source", "journal", ["external_id"])
    op.create_index("journal_of_record", "journal", ["record_id"])
    op.create_table(
        "partings",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("record_id", _ID, primary_key=True),
        sa.Column("source_hash", sa.Text),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
