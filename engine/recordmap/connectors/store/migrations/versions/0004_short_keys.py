"""Keys name their place by a number, and stand in one index instead of two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table of keys anew. The keys themselves are made when the store is opened: they count as outdated."""
    op.drop_table("record_keys")
    op.create_table(
        "key_places",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("compared_as", sa.Text, nullable=False),
    )
    op.create_index("key_places_named", "key_places", ["schema", "field", "compared_as"], unique=True)
    op.create_table(
        "record_keys",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("slot", _ID, primary_key=True, autoincrement=False),
        sa.Column("record_id", _ID, sa.ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
        sa.Column("is_match", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("keys_of_record", "record_keys", ["record_id"])
    op.execute("DELETE FROM meta WHERE name LIKE 'keys of %'")
