"""Files as a source and as a destination: NDJSON, a JSON array or CSV, also compressed where they are read."""

from recordmap.connectors.files.options import build_destination, build_source

__all__ = ["build_destination", "build_source"]
