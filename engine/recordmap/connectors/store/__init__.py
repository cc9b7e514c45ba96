"""The embedded record store: records and the sync's memory of them in one database, by SQLAlchemy Core."""

from recordmap.connectors.store.options import build_destination, build_source
from recordmap.connectors.store.store import Store, open_store

__all__ = ["Store", "build_destination", "build_source", "open_store"]
