"""What the source record wrote of a child, as a hash: whether a person changed the child since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; of children that are there already nobody knows."""
    op.add_column("children", sa.Column("written", sa.Text))
