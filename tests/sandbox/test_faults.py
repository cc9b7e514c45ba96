"""Scripted faults: each as a real HTTP client meets it, at its turn and at no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml

from recordmap.diagnostics import ConfigurationError
from recordmap.sandbox import FAULT_KINDS, Fault, Sandbox, faults_of
from recordmap.sandbox.faults.bodies import BAD_JSON, MALFORMED
from recordmap.sandbox.faults.script import Arrival, Script
from sandbox.client import Clock, call, headers, ids, sandbox, walk, write

CASES = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text("utf-8"))
PAGES = 3
SIZE = 5
SLOW = {"slow", "hang", "drip", "bomb"}
CHANGING = {"change_profiles", "remove_profiles"}
QUERY = f"/api/profiles/?page[size]={SIZE}&sort=updated"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, list[str], list[list[str]]]]:
    """A sandbox with three pages, their addresses and the ids on them."""
    with sandbox(PAGES * SIZE) as box, client(box) as http:
        links, rows = [], []
        link: str | None = QUERY
        while link:
            links.append(link)
            document = http.get(link).json()
            rows.append(ids(document["data"]))
            link = document["links"]["next"]
        yield box, links, rows


def client(box: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=box.url, headers=headers(), timeout=30, trust_env=False)


def name(case: dict[str, Any]) -> str:
    return " ".join(str(value) for value in case["fault"].values())


@pytest.mark.parametrize("case", [pytest.param(case, id=name(case)) for case in CASES])
def test_faults(case: dict[str, Any], served: tuple[Sandbox, list[str], list[list[str]]]) -> None:
    if case["fault"]["kind"] in CHANGING:
        with sandbox(PAGES * SIZE) as box:
            meet(case, box)
    else:
        meet(case, served[0])


def meet(case: dict[str, Any], box: Sandbox) -> None:
    patience = case.get("timeout", 30)
    with client(box) as http:
        box.script([{**case["fault"], "page": 2}])
        link = http.get(QUERY).json()["links"]["next"]
        if "error" in case:
            with pytest.raises(httpx.HTTPError) as caught:
                http.get(link, timeout=patience)
            assert type(caught.value).__name__ == case["error"]
        else:
            compare(case, http.get(link), box)
    seen = box.requests[-1]
    assert (seen.page, seen.fault) == (2, case["fault"]["kind"])
    with client(box) as http:
        assert http.get(link).status_code == 200
    assert box.requests[-1].fault is None


def compare(case: dict[str, Any], answer: httpx.Response, box: Sandbox) -> None:
    assert answer.status_code == case["status"]
    assert box.requests[-1].status in (case["status"], None)
    for header, value in case.get("headers", {}).items():
        assert answer.headers.get(header) == value
    assert answer.text.startswith(case.get("body", ""))
    assert case.get("contains", "") in answer.text
    assert len(answer.content) > case.get("larger", -1)
    if case.get("json") is False:
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(answer.content)
        return
    if 300 <= answer.status_code < 400:
        return
    compare_document(case, answer.json())


def compare_document(case: dict[str, Any], document: Any) -> None:
    if "document" in case:
        assert document == case["document"]
    elif "members" in case:
        assert list(document) == case["members"]
    elif "errors" in document:
        (error,) = document["errors"]
        assert error["code"] == case.get("code", error["code"])
        assert case.get("detail", "") in error["detail"]
    elif "data" in case:
        assert document["data"] == case["data"]
    else:
        compare_rows(case, document)


def compare_rows(case: dict[str, Any], document: Any) -> None:
    rows, links = document["data"], document["links"]
    if "rows" in case:
        assert len(rows) == case["rows"]
    for key, place in (("first", 0), ("last", -1)):
        if key in case:
            assert rows[place] == case[key]
    if "different" in case:
        assert len(set(ids(rows))) == case["different"]
    if "sorted" in case:
        times = [row["attributes"]["updated"] for row in rows]
        assert (times == sorted(times)) == case["sorted"]
    if "next" in case:
        wanted, found = case["next"], links.get("next", "missing")
        if wanted == "self":
            assert found == links["self"]
        elif isinstance(wanted, str) and wanted.endswith("="):
            assert found.startswith(wanted)
        else:
            assert found == wanted


def test_every_kind_has_a_case() -> None:
    assert {case["fault"]["kind"] for case in CASES} == set(FAULT_KINDS)
    for kind, option, forms in (("bad_json", "form", BAD_JSON), ("malformed_profile", "form", MALFORMED)):
        assert set(FAULT_KINDS[kind].choices[option]) == set(forms)
    assert {case["fault"].get("form", "cut") for case in CASES if case["fault"]["kind"] == "bad_json"} == set(
        BAD_JSON
    )
    for kind in FAULT_KINDS.values():
        assert kind.summary
        assert kind.choices.keys() <= kind.options.keys()
        assert all(kind.options[option] in choices for option, choices in kind.choices.items())


@pytest.mark.parametrize("position", [1, 2, "last"])
@pytest.mark.parametrize("kind", sorted(set(FAULT_KINDS) - SLOW - CHANGING))
def test_each_kind_at_each_position(served: Any, kind: str, position: Any) -> None:
    box, links, rows = served
    box.script([Fault(kind, page=position)])
    for number, link in enumerate(links, 1):
        mine = position in (number, "last" if number == PAGES else number)
        with client(box) as http:
            try:
                clean = http.get(link).json()["data"]
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                clean = None
        assert box.requests[-1].fault == (kind if mine else None)
        if not mine:
            assert ids(clean) == rows[number - 1]


@pytest.mark.parametrize("form", sorted(MALFORMED))
def test_one_malformed_profile(served: Any, form: str) -> None:
    box, links, _ = served
    clean = call(box, links[0]).json()["data"]
    box.script([Fault("malformed_profile", form=form, at=1)])
    rows = call(box, links[0]).json()["data"]
    assert rows[1] != clean[1]
    assert [rows[0], *rows[2:]] == [clean[0], *clean[2:]]


def test_a_reset_and_a_cut_over_a_raw_socket(served: Any) -> None:
    """What httpx calls a read error is a reset on the wire, and a cut is not."""
    import socket

    box, _, _ = served
    request = "".join(f"{name}: {value}\r\n" for name, value in headers(host="localhost").items())
    raw = f"GET /api/profiles/ HTTP/1.1\r\n{request}\r\n".encode()
    for fault, reset in ((Fault("reset"), True), (Fault("truncated"), False)):
        box.script([fault])
        with socket.create_connection(("127.0.0.1", int(box.url.rpartition(":")[2]))) as connection:
            connection.settimeout(30)
            connection.sendall(raw)
            try:
                while connection.recv(65536):
                    pass
                broken = False
            except ConnectionResetError:
                broken = True
        assert broken == reset


def test_profiles_that_change_behind_a_page() -> None:
    clock = Clock()
    box = sandbox(15, clock=clock)
    everybody = list(box.ids())
    clock.move(1)
    box.script([Fault("change_profiles", page=2, count=2)])
    rows = walk(box, sort="updated", **{"page[size]": 5})
    assert ids(rows) == [*everybody, *everybody[5:7]]
    assert [row["attributes"]["title"] for row in rows[-2:]] == ["Changed between pages"] * 2
    box.script([Fault("remove_profiles", page=1, ids=[everybody[8], "nobody"])])
    rows = walk(box, sort="updated", **{"page[size]": 5})
    assert everybody[8] not in ids(rows)
    assert len(rows) == 14


def test_a_write_happens_once_behind_a_fault() -> None:
    box = sandbox(1)
    body = {"type": "profile", "attributes": {"email": "new@example.org"}}
    box.script([Fault("reset", method="POST")])
    with pytest.raises(ConnectionResetError):
        write(box, "POST", "/api/profiles/", body)
    assert len(list(box)) == 2, "it was written before the connection broke"
    assert write(box, "POST", "/api/profiles/", body).status_code == 409
    box.script([Fault("server_error", method="POST")])
    body["attributes"] = {"email": "other@example.org"}
    assert write(box, "POST", "/api/profiles/", body).status_code == 503
    assert len(list(box)) == 2, "an outage answers instead of the API"
    assert write(box, "POST", "/api/profiles/", body).status_code == 201


def met(faults: list[Any], arrivals: list[Arrival], seed: int = 1) -> list[str | None]:
    script = Script(faults, seed=seed)
    found: list[str | None] = []
    for arrival in arrivals:
        fault = next(script.arrive(arrival), None)
        if fault is not None:
            script.spend(fault)
        found.append(fault and fault.kind)
    return found


LIST = Arrival("GET", "/api/profiles/", 1)
SECOND = Arrival("GET", "/api/profiles/", 2)
SINGLE = Arrival("GET", "/api/profiles/44552/", None)
WRITE = Arrival("PATCH", "/api/profiles/44552/", None)


@pytest.mark.parametrize(
    ("faults", "wanted"),
    [
        ([], [None, None, None, None]),
        ([{"kind": "empty"}], ["empty", None, None, None]),
        ([{"kind": "empty", "times": 2}], ["empty", "empty", None, None]),
        ([{"kind": "empty", "times": "always"}], ["empty"] * 4),
        ([{"kind": "empty", "request": 3}], [None, None, "empty", None]),
        ([{"kind": "empty", "page": 2}], [None, "empty", None, None]),
        ([{"kind": "empty", "path": "/api/profiles/*/"}], [None, None, "empty", None]),
        ([{"kind": "empty", "path": "/api/profiles/"}], ["empty", None, None, None]),
        ([{"kind": "empty", "method": "patch"}], [None, None, None, "empty"]),
        ([{"kind": "empty", "method": "PATCH", "request": 1}], [None] * 4),
        ([{"kind": "wrong_type", "path": "*44552*"}], [None] * 4),
        ([{"kind": "empty", "request": 2}, {"kind": "hang"}], ["hang", "empty", None, None]),
        ([{"kind": "hang"}, {"kind": "empty"}], ["hang", "empty", None, None]),
        ([{"kind": "empty", "share": 1}], ["empty"] * 4),
        ([{"kind": "empty", "share": 1, "times": 1}], ["empty", None, None, None]),
        ([{"kind": "empty", "share": 0}], [None] * 4),
    ],
)
def test_turns(faults: list[Any], wanted: list[str | None]) -> None:
    assert met(faults, [LIST, SECOND, SINGLE, WRITE]) == wanted


def test_a_share_is_by_lot_and_the_lot_repeats() -> None:
    faults = [{"kind": "empty", "share": 0.3}]
    found = met(faults, [LIST] * 1000)
    assert found == met(faults, [LIST] * 1000)
    assert found != met(faults, [LIST] * 1000, seed=2)
    assert 230 < 1000 - found.count(None) < 370


GOOD = """
faults:
  - {kind: throttled, request: 3, retry_after: 1}
  - {kind: server_error, status: 502, page: last, times: 2}
  - kind: malformed_profile
    form: no_id
    path: /api/profiles*
"""


def test_files_of_faults() -> None:
    found = faults_of(yaml.safe_load(GOOD))
    assert [fault.kind for fault in found] == ["throttled", "server_error", "malformed_profile"]
    assert found[1].options == {"status": 502, "body": "html", "retry_after": None}
    assert (found[1].page, found[1].times) == ("last", 2)
    assert "page='last'" in repr(found[1])
    assert [fault.kind for fault in faults_of(json.loads(json.dumps(yaml.safe_load(GOOD)["faults"])))] == [
        fault.kind for fault in found
    ]
    assert faults_of([]) == []


BAD = [
    (None, "list"),
    ({"fault": []}, "list"),
    (["throttled"], "mapping"),
    ([{"request": 1}], "mapping"),
    ([{"kind": "no_such"}], "no fault 'no_such'"),
    ([{"kind": "throttled", "retry": 1}], "no option 'retry'"),
    ([{"kind": "hang", "seconds": 1}], "no option 'seconds'"),
    ([{"kind": "slow", "seconds": "1"}], "a number"),
    ([{"kind": "slow", "seconds": True}], "a number"),
    ([{"kind": "server_error", "body": "xml"}], "cannot be that"),
    ([{"kind": "refused", "status": 418}], "cannot be that"),
    ([{"kind": "empty", "request": 0}], "request"),
    ([{"kind": "empty", "request": "1"}], "request"),
    ([{"kind": "empty", "page": "first"}], "page"),
    ([{"kind": "empty", "page": True}], "page"),
    ([{"kind": "empty", "times": -1}], "times"),
    ([{"kind": "empty", "share": 2}], "share"),
    ([{"kind": "empty", "share": "half"}], "share"),
    ([{"kind": "empty", "path": 7}], "path"),
    ([{"kind": "empty", "method": ["GET"]}], "method"),
]


@pytest.mark.parametrize(("document", "message"), BAD)
def test_faults_that_cannot_be(document: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        faults_of(document)
