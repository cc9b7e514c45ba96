"""Execution options: what the store asks of a connection or a statement, and each kind of database does its own way."""

from __future__ import annotations

WRITE = "recordmap_write"
"""Execution option of connections whose transactions take the write lock when they begin."""

SNAPSHOT = "recordmap_snapshot"
"""Execution option of connections whose transactions see one state of the database, and can't write."""

COPY = "recordmap_copy"
"""Execution option of inserts for PostgreSQL: the statement that takes their rows, as tuples, in one stream."""

ADDED_TO = "recordmap_added_to"
"""Execution option of inserts of many rows: the name of the table that they go to."""
