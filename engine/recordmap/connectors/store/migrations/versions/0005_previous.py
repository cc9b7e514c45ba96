"""Source records as they were last synced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table of previous source records."""
    op.create_table(
        "previous_records",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system", "schema", "external_id"],
            ["links.system", "links.schema", "links.external_id"],
            ondelete="CASCADE",
        ),
    )
