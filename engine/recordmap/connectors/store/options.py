"""Makes a store from the options of an integration file: where it is, and what may not stand in that file."""

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

    from recordmap.connectors.base import Source
    from recordmap.connectors.destination import Destination, Rules

DEFAULT_PATH = Path(".recordmap", "store.db")
ENVIRONMENT = "RECORDMAP_STORE_URL"
_OPTIONS = ("url", "path")
_PASSWORD = "PGPASSWORD"  # noqa: S105 - the name of a variable
_TLS = "PGSSLMODE"
_FORMS = "write sqlite:///path/to/store.db or postgresql://user@host/database"


def build_source(options: Mapping[str, Any], environ: Mapping[str, str]) -> Source:
    """Return a store as a source. Where it is, is said as for a destination; `records` names their schema.

    Raises:
        ConfigurationError: as for a destination, or 'records' is missing.
    """
    from recordmap.connectors.store.source import StoreSource  # noqa: PLC0415 - only where it is one

    rest = dict(options)
    schema = rest.pop("records", None)
    if not isinstance(schema, str) or not schema:
        raise ConfigurationError(
            "a store as a source needs the option 'records'", "write records: ipaas/customer"
        )
    return StoreSource(_place(rest, environ), schema)


def build_destination(
    options: Mapping[str, Any], rules: Rules, project_dir: Path, environ: Mapping[str, str]
) -> Destination:
    """Open the store that the options name: `url` (`sqlite:///customers.db`, `postgresql://…`) or `path`.

    Files are relative to the project. Without either, `RECORDMAP_STORE_URL` decides, and without that the file
    `.recordmap/store.db` of the project. A password comes from `PGPASSWORD`, or with `RECORDMAP_STORE_URL`.

    Raises:
        ConfigurationError: an option is unknown or of the wrong kind, both are given, an address can't be used, or
            a password stands in the file.
        ConnectorError: the store can't be opened.
    """
    where = _place(options, environ)
    return open_store(project_dir / where if isinstance(where, Path) else where, rules)


def _place(options: Mapping[str, Any], environ: Mapping[str, str]) -> Path | URL:
    for name, value in options.items():
        if name not in _OPTIONS:
            raise ConfigurationError(f"the store has no option '{name}'", suggestion(name, _OPTIONS))
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f"the store's option '{name}' must be text")
    if len(options) > 1:
        raise ConfigurationError("the store takes 'url' or 'path', not both")
    return _where(options, environ)


def _where(options: Mapping[str, str], environ: Mapping[str, str]) -> Path | URL:
    if "path" in options:
        return Path(options["path"]).expanduser()
    if "url" in options:
        url = _read(options["url"])
        if url.password is not None or "password" in url.query:
            raise ConfigurationError(
                "the store's url holds a password, and a file is no place for one",
                f"set {_PASSWORD}, or the whole address in {ENVIRONMENT}, in the environment",
            )
    elif text := environ.get(ENVIRONMENT, "").strip():
        url = _read(text)
    else:
        return DEFAULT_PATH
    return _file(url) if url.get_backend_name() == "sqlite" else _server(url, environ)


def _read(text: str) -> URL:
    # An address may hold a password, so no message repeats it.
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigurationError("the store's url can't be read", _FORMS) from None
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql", "postgres"):
        raise ConfigurationError(f"the store can't use a database of the kind '{kind}'", _FORMS)
    return url


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.host or url.query:
        raise ConfigurationError(
            "the store's url must be that of a file, without further settings",
            "write sqlite:///path/to/store.db, or sqlite:////path/to/store.db for an absolute path",
        )
    return Path(url.database).expanduser()


def _server(url: URL, environ: Mapping[str, str]) -> URL:
    """Return the address of a PostgreSQL server, with what the environment adds to it."""
    if not url.database and "dbname" not in url.query:
        raise ConfigurationError("the store's url names no database", _FORMS)
    if url.password is None and environ.get(_PASSWORD):
        url = url.set(password=environ[_PASSWORD])
    if "sslmode" not in url.query and environ.get(_TLS):
        url = url.update_query_dict({"sslmode": environ[_TLS]})
    return url
