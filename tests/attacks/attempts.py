"""Attempts the attacks of `data/attacks.json` the way they would come: templates are checked and run, records polled.

A formula, a source or a constant stands in a whole template and is run by plan and trace. A record comes from a server
that sends it byte by byte, into an empty store, with the shipped project. What is measured is check and run together.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from recordmap import Engine, Kind, TemplateError
from recordmap.connectors.errorlog import Failure
from recordmap.sandbox import make_key
from recordmap.schema.record import SchemaError, load_schema
from recordmap.starter import make_project

DATA = Path(__file__).parent.parent / "data" / "attacks.json"
ATTACKS: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))
KINDS = {"formula": 31, "source": 12, "yaml": 11, "schema": 3, "record": 10}
"""How many of each there are at least."""
PROFILE: dict[str, Any] = {
    "id": "01HXXXX",
    "email": "jane@example.com",
    "phone_number": None,
    "first_name": "Jane",
    "last_name": "Doe",
    "organization": "Example",
    "properties": {},
    "score": 3,
}
_HEAD = """recordmap: 1
collection: Add Klaviyo Profile TO iPaaS.com
operation: add
source: any
destination: any
"""
_MOST = 10
"""Customers that are looked at; no attack makes so many."""


@dataclass(frozen=True)
class End:
    """How an attack ended: outcome, value, lines of findings, and for a record what is in the store."""

    outcome: str
    value: Any = None
    lines: tuple[int, ...] = ()
    customers: tuple[dict[str, Any], ...] = ()
    failures: tuple[Failure, ...] = ()


@contextmanager
def prepared(attack: dict[str, Any]) -> Iterator[Callable[[], End]]:
    """Give the attack as a function to call once; what it needs around it is there before and gone afterwards."""
    text = _long(attack)
    match attack["kind"]:
        case "formula":
            record = {**attack.get("input", PROFILE), **_long_inputs(attack)}
            names = "names:\n" + "".join(f"  {name}: {name}\n" for name in record)
            yield lambda: _mapped(names + _field("formula", json.dumps(text)), record)
        case "source":
            yield lambda: _mapped(_field("source", json.dumps(text)), attack.get("input", PROFILE))
        case "yaml":
            document = _document(attack["place"], text)
            yield lambda: _run(document, PROFILE)
        case "schema":
            yield lambda: _checked(text)
        case "record":
            with _account(_page(text)) as url, _project() as folder:
                yield lambda: _polled(folder, url)
        case kind:
            raise ValueError(kind)


def measured(attack: dict[str, Any]) -> tuple[End, int]:
    """Return how an attack ends, and the bytes that it took at most."""
    with prepared(attack) as attempt:
        tracemalloc.start()
        try:
            end = attempt()
            return end, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def _long(attack: dict[str, Any]) -> str:
    text = attack["text"]
    return text if isinstance(text, str) else _joined(attack["parts"])


def _long_inputs(attack: dict[str, Any]) -> dict[str, str]:
    return {name: _joined(parts) for name, parts in attack.get("input_parts", {}).items()}


def _joined(parts: list[tuple[str, int]]) -> str:
    return "".join(part * count for part, count in parts)


def _field(key: str, value: str) -> str:
    return f"fields:\n  Made:\n    {key}: {value}\n"


def _document(place: str, text: str) -> str:
    match place:
        case "document":
            return text
        case "append":
            return _HEAD + _field("source", "email") + text
        case "value":
            return _HEAD + _field("constant", text)
        case _:
            raise ValueError(place)


def _mapped(rest: str, record: dict[str, Any]) -> End:
    return _run(_HEAD + rest, record)


def _run(document: str, record: dict[str, Any]) -> End:
    try:
        engine = Engine.from_collections([document])
        plan = engine.plan("Add Klaviyo Profile TO iPaaS.com")
    except TemplateError as error:
        return End("reject-at-check", lines=tuple(found.span.start.line for found in error.diagnostics))
    outcome = plan(record)
    assert engine.trace("Add Klaviyo Profile TO iPaaS.com", record).outcome == outcome
    if outcome.kind is not Kind.MAPPED or outcome.record is None:
        return End("bounded-error-at-run")
    return End("harmless-value", outcome.record.get("Made"))


def _checked(text: str) -> End:
    try:
        load_schema("t/one", lambda _: text.encode())
    except SchemaError:
        return End("reject-at-check")
    return End("harmless-value")


def _page(text: str) -> bytes:
    return f'{{"data": {text if text.startswith("[") else f"[{text}]"}}}'.encode()


@contextmanager
def _account(page: bytes) -> Iterator[str]:
    """Answer every question with the same page."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def _project() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    try:
        make_project(folder / "project", "klaviyo")
        yield folder / "project"
    finally:
        shutil.rmtree(folder)


def _polled(folder: Path, url: str) -> End:
    environ = {"KLAVIYO_API_KEY": make_key(1), "RECORDMAP_SOURCE_URL": url}
    with Engine.load(folder).session(environ=environ) as session:
        report = session.poll()
        assert report.status == "complete", report.message
        store = session.destination
        with store.unit() as unit:
            customers = tuple(one.record for one in unit.load(range(1, _MOST)).values())
        assert len(customers) == store.counts()["records"]
        failures = tuple(entry.failure for entry in store.errors())
    outcome = "bounded-error-at-run" if failures else "harmless-value"
    return End(outcome, customers=customers, failures=failures)
