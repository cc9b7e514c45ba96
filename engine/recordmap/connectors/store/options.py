"""Makes a store from the options of an integration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from recordmap.connectors.store.store import open_store
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recordmap.connectors.destination import Destination, Rules

DEFAULT_PATH = Path(".recordmap", "store.db")
ENVIRONMENT = "RECORDMAP_STORE_URL"
_OPTIONS = ("url", "path")


def build(
    options: Mapping[str, Any], rules: Rules, project_dir: Path, environ: Mapping[str, str]
) -> Destination:
    """Open the store that the options name: `url` (`sqlite:///customers.db`) or `path`.

    Both are relative to the project. Without either, `RECORDMAP_STORE_URL` decides, and without that the file
    `.recordmap/store.db` of the project.

    Raises:
        ConfigurationError: an option is unknown or of the wrong kind, or both are given.
        ConnectorError: the store can't be opened.
    """
    for name, value in options.items():
        if name not in _OPTIONS:
            raise ConfigurationError(f"the store has no option '{name}'", suggestion(name, _OPTIONS))
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f"the store's option '{name}' must be text")
    if len(options) > 1:
        raise ConfigurationError("the store takes 'url' or 'path', not both")
    return open_store(project_dir / _path(options, environ), rules)


def _path(options: Mapping[str, str], environ: Mapping[str, str]) -> Path:
    if "path" in options:
        return Path(options["path"]).expanduser()
    url = options.get("url") or environ.get(ENVIRONMENT)
    return _path_of_url(url) if url else DEFAULT_PATH


def _path_of_url(text: str) -> Path:
    # An address may hold a password, so no message repeats it.
    try:
        url: URL = make_url(text)
    except ArgumentError:
        raise ConfigurationError(
            "the store's url can't be read", "write sqlite:///path/to/store.db"
        ) from None
    if url.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"the store can't use a database of the kind '{url.get_backend_name()}'",
            "write sqlite:///path/to/store.db",
        )
    if not url.database or url.database == ":memory:" or url.host or url.query:
        raise ConfigurationError(
            "the store's url must be that of a file, without further settings",
            "write sqlite:///path/to/store.db, or sqlite:////path/to/store.db for an absolute path",
        )
    return Path(url.database).expanduser()
