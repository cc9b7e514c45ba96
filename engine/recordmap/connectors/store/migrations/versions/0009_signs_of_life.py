"""When a run that has not ended was last seen at work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; of runs that are there already no sign of life is known."""
    op.add_column("runs", sa.Column("seen_at", sa.DateTime(timezone=True)))
