"""A project, a Klaviyo account on real HTTP, and a real store: what acceptance tests and `make chaos` do things to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordmap import Engine
from recordmap.connectors.destination import Stored
from recordmap.connectors.errorlog import ErrorEntry
from recordmap.sandbox import Sandbox
from recordmap.sync.report import Report
from recordmap.sync.results import Transfer


class World:
    """What a test can do: people change profiles, templates change, syncs run, and customers are looked at.

    `connectors` stand in for those of the integration file, `store` is the address of a store other than the project's.
    """

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        *,
        connectors: Mapping[str, Any] | None = None,
        store: str | None = None,
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self._connectors = connectors
        self._environ = {"KLAVIYO_API_KEY": sandbox.key, "RECORDMAP_SOURCE_URL": sandbox.url}
        if store is not None:
            self._environ["RECORDMAP_STORE_URL"] = store

    def session(self) -> Any:
        return Engine.load(self.folder).session(environ=self._environ, connectors=self._connectors)

    def poll(self, **options: Any) -> Report:
        with self.session() as session:
            return session.poll(**options)

    def manual(self, external_id: str, **options: Any) -> Transfer:
        with self.session() as session:
            return session.sync_one(external_id, **options)

    def customer(self, external_id: str) -> Stored | None:
        with self.session() as session, session.destination.unit() as unit:
            link = unit.links([external_id]).get(external_id)
            return None if link is None else unit.load([link.record_id])[link.record_id]

    def rule(self, external_id: str) -> str:
        with self.session() as session, session.destination.unit() as unit:
            return unit.links([external_id])[external_id].rule

    def given_customer(self, record: dict[str, Any]) -> int:
        with self.session() as session, session.destination.unit() as unit:
            return unit.add(record).id

    def errors(self) -> list[ErrorEntry]:
        with self.session() as session:
            return list(session.destination.errors())

    def counts(self) -> dict[str, int]:
        with self.session() as session:
            return dict(session.destination.counts())

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} should hold this once: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")


def profile(external_id: str, **attributes: Any) -> dict[str, Any]:
    """Return a profile as Klaviyo holds it, with what every test needs and `attributes` over it."""
    plain = {
        "email": f"{external_id.lower()}@example.org",
        "phone_number": None,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "organization": None,
        "updated": "2024-02-11T08:45:30+00:00",
        "created": "2024-02-11T08:45:30+00:00",
        "location": None,
        "properties": {},
    }
    return {"type": "profile", "id": external_id, "attributes": {**plain, **attributes}}
