"""Files as a source and as a destination: NDJSON, a JSON array or CSV, also compressed where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordmap.connectors.files.options import read_options, refuse_packed

if TYPE_CHECKING:
    from recordmap.connectors.base import Source
    from recordmap.connectors.destination import Destination, Rules

ENVIRONMENT = "RECORDMAP_SOURCE_FILE"
"""Names the file of a source, above the integration file: each night's export may have a name of its own."""


def build_source(options: Mapping[str, Any], environ: Mapping[str, str]) -> Source:
    """Return the source that an integration file asks for; `RECORDMAP_SOURCE_FILE`, where set, names its file.

    Raises:
        ConfigurationError: an option is unknown or of the wrong kind.
    """
    from recordmap.connectors.files.source import FileSource  # noqa: PLC0415 - once the options hold

    return FileSource(read_options(options, environ.get(ENVIRONMENT, "").strip() or None))


def build_destination(
    options: Mapping[str, Any], rules: Rules, project_dir: Path, _environ: Mapping[str, str]
) -> Destination:
    """Open the file that an integration file names as a destination, relative to the project.

    Raises:
        ConfigurationError: an option is unknown or of the wrong kind, or the file is not recordmap's own.
        ConnectorError: what is remembered of it can't be opened.
    """
    from recordmap.connectors.files.destination import open_file  # noqa: PLC0415 - brings the database

    read = read_options(options)
    refuse_packed(read)
    return open_file(read, project_dir, rules)
