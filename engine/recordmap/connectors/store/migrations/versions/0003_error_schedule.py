"""Which failures are due, and how long the records of those that are settled stay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add when an entry was closed, and the indexes of what is due and what is to be pruned."""
    op.add_column("errors", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE errors SET closed_at = last_at WHERE status <> 'open'")
    # It would be taken instead of the narrower ones below.
    op.drop_index("errors_by_status", "errors")
    _index("errors_due", ["next_retry", "id"], "status = 'open' AND next_retry IS NOT NULL")
    _index("errors_by_version", ["version", "id"], "status = 'open' AND next_retry IS NULL")
    _index("errors_to_prune", ["closed_at"], "closed_at IS NOT NULL AND record IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, "errors", ["system", "schema", *columns], sqlite_where=condition, postgresql_where=condition
    )
