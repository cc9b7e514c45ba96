"""Runs migrations on the connection that `store.schema` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from recordmap.connectors.store.schema import VERSION_TABLE
from recordmap.connectors.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
