"""From the options of an integration file to a store."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from postgres.database import empty_database
from recordmap.connectors.base import ConnectorError
from recordmap.connectors.store import build_destination as build
from recordmap.connectors.store.options import _where
from recordmap.diagnostics import ConfigurationError


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        ({}, {}, ".recordmap/store.db"),
        ({"path": "data/customers.db"}, {}, "data/customers.db"),
        ({"url": "sqlite:///data/customers.db"}, {}, "data/customers.db"),
        ({"url": "sqlite+pysqlite:///c.db"}, {"RECORDMAP_STORE_URL": "sqlite:///other.db"}, "c.db"),
        ({}, {"RECORDMAP_STORE_URL": "sqlite:///other.db"}, "other.db"),
        ({}, {"RECORDMAP_STORE_URL": ""}, ".recordmap/store.db"),
    ],
)
def test_where_the_store_is(tmp_path: Path, rules, options, environ, expected: str) -> None:
    with closing(build(options, rules, tmp_path, environ)) as store:
        assert store.counts()["records"] == 0
    assert list(tmp_path.rglob("*.db")) == [tmp_path / expected]


@pytest.mark.parametrize("option", ["path", "url"])
def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path, rules, option: str) -> None:
    wanted = tmp_path / "elsewhere" / "store.db"
    value = str(wanted) if option == "path" else f"sqlite:///{wanted}"
    build({option: value}, rules, tmp_path / "project", {}).close()
    assert wanted.is_file()
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"pth": "x.db"}, "no option 'pth'", "did you mean 'path'?"),
        ({"URL": "x.db"}, "no option 'URL'", "did you mean 'url'?"),
        ({"colour": "blue"}, "no option 'colour'", "known here: url, path"),
        ({"path": 5}, "'path' must be text", None),
        ({"path": " "}, "'path' must be text", None),
        ({"path": "a.db", "url": "sqlite:///b.db"}, "not both", None),
        ({"url": "customers.db"}, "can't be read", "sqlite:///"),
        ({"url": "sqlite://"}, "must be that of a file", "sqlite:///"),
        ({"url": "sqlite:///:memory:"}, "must be that of a file", "sqlite:///"),
        ({"url": "sqlite:///a.db?mode=ro"}, "must be that of a file", "sqlite:///"),
        ({"url": "mysql://ann:secret@db/customers"}, "of the kind 'mysql'", "postgresql://"),
        ({"url": "postgresql://ann:secret@db/customers"}, "holds a password", "PGPASSWORD"),
        ({"url": "postgresql://db/customers?password=secret"}, "holds a password", "PGPASSWORD"),
        ({"url": "postgresql://db"}, "names no database", "postgresql://"),
        ({"url": "postgresql://ann:secret@db:x/customers"}, "can't be read", "postgresql://"),
    ],
)
def test_wrong_options(tmp_path: Path, rules, options, message: str, hint: str | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(options, rules, tmp_path, {})
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert (caught.value.hint is None) == (hint is None)
    assert (hint or "") in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []


def test_what_the_store_says_comes_through(tmp_path: Path, rules) -> None:
    (tmp_path / "x.db").write_bytes(b"something else " * 100)
    with pytest.raises(ConnectorError) as caught:
        build({"path": "x.db"}, rules, tmp_path, {})
    assert caught.value.code == "store-unreadable"


@pytest.mark.parametrize("through", ["option", "environment"])
def test_a_server(tmp_path: Path, rules, through: str) -> None:
    address = empty_database().render_as_string()
    options, environ = (
        ({"url": address}, {}) if through == "option" else ({}, {"RECORDMAP_STORE_URL": address})
    )
    with closing(build(options, rules, tmp_path, environ)) as store, store.unit() as unit:
        unit.add({"EmailAddress": "ann@example.com", "CustomerNumber": "N/A"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "environ", "password", "mode"),
    [
        ({"url": "postgresql://ann@db/c"}, {"PGPASSWORD": "s3cret"}, "s3cret", None),
        ({}, {"RECORDMAP_STORE_URL": "postgresql://ann:mine@db/c", "PGPASSWORD": "s3cret"}, "mine", None),
        ({"url": "postgres://db/c"}, {"PGSSLMODE": "require"}, None, "require"),
        ({"url": "postgresql://db/c?sslmode=disable"}, {"PGSSLMODE": "require"}, None, "disable"),
    ],
)
def test_what_the_environment_adds(options, environ, password: str | None, mode: str | None) -> None:
    found = _where(options, environ)
    assert isinstance(found, URL)
    assert (found.password, found.query.get("sslmode")) == (password, mode)
