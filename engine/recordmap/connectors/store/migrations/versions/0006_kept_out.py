"""Who is kept out: hashes of the IDs of source records that must not come again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of hashes."""
    op.create_table(
        "kept_out",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_with_rowid=False,
    )
