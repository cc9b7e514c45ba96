"""Files as a source and as a destination, and a store as a source: with real files, through whole sessions."""

from __future__ import annotations

import csv
import gzip
import json
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from data_files.support import read_yaml
from recordmap.connectors.base import ConnectorError, Source
from recordmap.connectors.destination import SILENCE, KeyRule, Rules
from recordmap.connectors.files import build_destination, build_source
from recordmap.connectors.files.destination import FileDestination
from recordmap.connectors.files.locking import sole_writer
from recordmap.connectors.files.writing import write_file
from recordmap.connectors.persons import Holdings
from recordmap.connectors.store import Store
from recordmap.connectors.store import build_source as build_store_source
from recordmap.connectors.store.tables import runs
from recordmap.diagnostics import ConfigurationError
from recordmap.engine import Engine
from recordmap.sync.report import Report
from recordmap.sync.results import Result

CASES = read_yaml(Path(__file__).parent / "reading.yaml")
RULES = Rules(
    "any", "files", {"Name": "A name is required"}, (KeyRule("Email", "email", unique=True, message="Taken"),)
)


def source_of(path: Path, **options: str) -> Source:
    source = build_source({"path": path.name, **options}, {})
    source.place(path.parent, lambda record: record.get("id"), lambda record: record.get("updated"))  # type: ignore[attr-defined] - a file source
    return source


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reading(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / case["file"]
    path.write_bytes(case["text"].encode())
    pages = list(source_of(path, **case.get("options", {})).pages(None))
    assert [record for page in pages for record in page.records] == case["records"]
    told = [bad.reason for page in pages for bad in page.malformed]
    # The error log knows what can't be read by its text alone.
    assert len({bad.raw for page in pages for bad in page.malformed}) == len(told)
    assert len(told) == len(case.get("malformed", []))
    assert all(part in reason for part, reason in zip(case.get("malformed", []), told, strict=True))


def test_bytes_that_are_no_text_are_told_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n1,\xff\n2,x\n")
    (page,) = source_of(path).pages(None)
    assert page.records == ({"id": "2", "name": "x"},)
    assert [bad.reason for bad in page.malformed] == ["line 2: not UTF-8"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_that_is_too_long_is_told_and_harms_no_neighbour(quote: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id,a,b\n1,{"x" * 600_000},{quote}{"y" * 900_000}{quote}\n2,"c",d\n')
    (page,) = source_of(path).pages(None)
    assert page.records == ({"id": "2", "a": "c", "b": "d"},)
    assert [bad.reason for bad in page.malformed] == ["line 2: longer than 1,000,000 bytes"]


def test_compressed_and_in_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"id": %d}\n' % n for n in range(250))))
    sizes = [len(page.records) for page in source_of(path).pages(None)]
    assert sizes == [100, 100, 50]


def test_news_and_single_records(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    times = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", None]
    path.write_text("".join(json.dumps({"id": n, "updated": time}) + "\n" for n, time in enumerate(times)))
    source = source_of(path)
    (page,) = source.pages(datetime(2026, 1, 1, tzinfo=UTC))
    assert [record["id"] for record in page.records] == [1, 2]  # one without a time may be new
    assert source.fetch("1") == {"id": 1, "updated": times[1]}
    assert source.fetch("9") is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"id,id\n1,2\n",
        b"id,\n1,2\n",
        b"[1, 2]\n",
        "id,name\n1,2\n".encode("utf-16"),
        b"id,name\r" + b"1,2\r" * 300_000,  # no line ends as far as one is read
    ],
    ids=lambda text: text[:20],
)
def test_a_heading_that_can_t_be_used_stops_the_poll(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text)
    if text:
        with pytest.raises(ConnectorError, match="heading line"):
            list(source_of(path).pages(None))
    else:
        assert list(source_of(path).pages(None)) == []


def test_a_file_that_isn_t_there_may_come(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError) as caught:
        list(source_of(tmp_path / "a.csv").pages(None))
    assert caught.value.transient


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "'path'"),
        ({"path": "a.txt"}, "doesn't tell the format"),
        ({"path": "a.csv", "format": "xml"}, "'xml'"),
        ({"path": "a.csv", "delimiter": ";;"}, "one character"),
        ({"path": "a.csv", "empty": "maybe"}, "null or text"),
        ({"path": "a.csv", "pth": "x"}, "no option 'pth'"),
        ({"path": 5}, "must be text"),
    ],
)
def test_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        build_source(options, {})


def test_the_environment_names_the_file_of_tonight() -> None:
    source = build_source({"path": "a.csv"}, {"RECORDMAP_SOURCE_FILE": "b.ndjson"})
    assert source._options.path == Path("b.ndjson")  # type: ignore[attr-defined] - what it was made from


def opened(folder: Path, name: str = "out.ndjson", rules: Rules = RULES) -> FileDestination:
    made = build_destination({"path": name}, rules, folder, {})
    assert isinstance(made, FileDestination)
    return made


def write(destination: FileDestination, *records: dict[str, Any]) -> None:
    run = destination.start_run("poll")
    with destination.unit() as unit:
        for record in records:
            lists = {key: value for key, value in record.items() if isinstance(value, list)}
            stored = unit.add({key: value for key, value in record.items() if key not in lists})
            for into, several in lists.items():
                for one in several:
                    unit.add_child(stored.id, into, one, None)
    destination.finish_run(run, "complete", {"added": len(records)}, None)


RECORDS = (
    {
        "Name": "Ada",
        "Email": "ada@example.org",
        "CustomFields": {"Consent": "YES"},
        "Addresses": [{"City": "London"}],
    },
    {"Name": "=1+1", "Email": "b@example.org"},
)


def test_the_file_is_whole_after_a_run(tmp_path: Path) -> None:
    for name in ("out.ndjson", "out.json", "out.csv"):
        destination = opened(tmp_path, name)
        write(destination, *RECORDS)
        destination.close()
    lines = (tmp_path / "out.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(RECORDS)
    assert json.loads((tmp_path / "out.json").read_text()) == list(RECORDS)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["CustomFields.Consent"] == "YES"
    assert json.loads(rows[0]["Addresses"]) == [{"City": "London"}]
    assert rows[1]["Name"] == "'=1+1"  # no program takes it for a formula


def test_a_file_that_was_there_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "out.ndjson").write_text("".join(json.dumps(one) + "\n" for one in RECORDS))
    destination = opened(tmp_path)
    assert destination.counts()["records"] == 2
    assert destination.counts()["children"] == 1
    destination.close()
    again = opened(tmp_path)
    assert again.counts()["records"] == 2
    again.close()


@pytest.mark.parametrize(
    "text", ['{"Email": "a@example.org"}\n', "nix\n", '{"Name": "A", "Email": "a@b.c"}\n' * 2]
)
def test_a_file_that_doesn_t_fit_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    path.write_text(text)
    for _ in range(2):  # nothing of it stays from the first time
        with pytest.raises(ConfigurationError, match="can't be taken over"):
            opened(tmp_path)
    assert path.read_text() == text


def test_a_change_by_somebody_else_is_refused(tmp_path: Path) -> None:
    destination = opened(tmp_path)
    write(destination, *RECORDS)
    destination.close()
    path = tmp_path / "out.ndjson"
    path.write_text("")
    with pytest.raises(ConfigurationError, match="was changed since"):
        opened(tmp_path)
    path.unlink()
    opened(tmp_path).close()
    assert len(path.read_text().splitlines()) == 2


def test_a_crash_before_the_file_was_written_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = opened(tmp_path)
    write(destination, RECORDS[0])
    monkeypatch.setattr("recordmap.connectors.files.destination.write_file", _full)
    with pytest.raises(ConnectorError, match="can't be written"):
        write(destination, RECORDS[1])
    destination.close()
    assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 1
    monkeypatch.undo()
    opened(tmp_path).close()
    assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 2


def test_a_crash_right_after_a_file_was_taken_over_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.ndjson"
    path.write_text(json.dumps(RECORDS[0]) + "\n")
    with monkeypatch.context() as crashing:
        crashing.setattr(FileDestination, "_write", _killed)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path)
    opened(tmp_path).close()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [RECORDS[0]]


KILLED = """\
import os, signal
from pathlib import Path
from recordmap.connectors.destination import Rules
from recordmap.connectors.files import build_destination

def killed(number):
    if b"Ada" in os.pread(number, 1000, 0):
        os.kill(os.getpid(), signal.SIGKILL)

os.fsync = killed
destination = build_destination({"path": "out.ndjson"}, Rules("any", "files", {}, ()), Path(), {})
run = destination.start_run("poll")
with destination.unit() as unit:
    unit.add({"Name": "Ada", "Email": "ada@example.org"})
destination.finish_run(run, "complete", {"added": 1}, None)
"""


def parts(folder: Path) -> list[Path]:
    return sorted(folder.rglob(".*.recordmap-part"))


def test_what_a_killed_writer_left_behind_is_cleared_away(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = parts(tmp_path)
    assert "Ada" in left.read_text()
    assert "Ada" not in (tmp_path / "out.ndjson").read_text()
    opened(tmp_path).close()
    assert parts(tmp_path) == []
    assert "Ada" in (tmp_path / "out.ndjson").read_text()


@pytest.mark.parametrize("by", ["opening", "a run", "forgetting"])
def test_only_what_is_left_of_its_own_file_is_cleared_away(by: str, tmp_path: Path) -> None:
    destination = opened(tmp_path, "out[1].ndjson")
    write(destination, *RECORDS)
    left = tmp_path / ".out[1].ndjson.abcd1234.recordmap-part"
    others = [
        tmp_path / name
        for name in (
            ".out1.ndjson.abcd1234.recordmap-part",
            ".out[1].ndjson.json.abcd1234.recordmap-part",
            ".out[1].ndjson.swp",
            "out[1].ndjson.recordmap-part",
        )
    ]
    for one in (left, *others):
        one.write_text("Ada")
    if by == "opening":
        opened(tmp_path, "out[1].ndjson").close()
    elif by == "a run":
        write(destination, {"Name": "Cleo", "Email": "cleo@example.org"})
    else:
        destination.forget("ada@example.org", keep_out=False)
    destination.close()
    assert not left.exists()
    assert all(one.exists() for one in others)


def test_what_another_process_still_writes_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = opened(tmp_path)
    write(destination, RECORDS[0])
    left = tmp_path / ".out.ndjson.abcd1234.recordmap-part"
    left.write_text("Ada")
    written = (tmp_path / "out.ndjson").read_text()
    lock = tmp_path / ".out.ndjson.recordmap-lock"
    monkeypatch.setattr("recordmap.connectors.files.destination._WAIT", 0.0)
    monkeypatch.setattr("recordmap.connectors.files.destination._GLANCE", 0.0)
    with sole_writer(lock) as sole:
        assert sole
        (tmp_path / "out.ndjson").write_text("being written")
        opened(tmp_path).close()  # whoever only looks doesn't wait, and judges nothing
        (tmp_path / "out.ndjson").write_text(written)
        with pytest.raises(ConnectorError, match="another process is writing") as caught:
            write(destination, RECORDS[1])
        assert (caught.value.code, caught.value.transient) == ("store-locked", True)
    assert left.exists()
    destination.close()
    opened(tmp_path).close()
    assert parts(tmp_path) == []
    assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "path",
    ["../shared/out.ndjson", "../b/../shared/out.ndjson", "linked/out.ndjson", "{folder}/shared/out.ndjson"],
)
def test_a_file_has_one_writer_however_it_is_named(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "shared"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "linked").symlink_to(tmp_path / "shared")
    one = opened(tmp_path / "a", "../shared/out.ndjson")
    monkeypatch.setattr("recordmap.connectors.files.destination._WAIT", 0.0)
    # What is in it may still come, so nobody begins without it.
    with one._writing(), pytest.raises(ConnectorError, match="another process is writing"):
        opened(tmp_path / "b", path.format(folder=tmp_path))
    write(one, RECORDS[0])
    one.close()
    other = opened(tmp_path / "b", path.format(folder=tmp_path))
    assert other.counts()["records"] == 1
    other.close()


@pytest.mark.parametrize(
    "path",
    ["./out.ndjson", "{folder}/shop/out.ndjson", "../shop/out.ndjson", "linked/out.ndjson", "same.ndjson"],
)
def test_a_file_has_one_memory_however_it_is_named(path: str, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "linked").symlink_to(shop)
    (shop / "same.ndjson").symlink_to("out.ndjson")
    (tmp_path / "other").symlink_to(shop)
    one, other = opened(shop), opened(tmp_path / "other", path.format(folder=tmp_path))
    write(one, RECORDS[0])
    write(other, RECORDS[1])
    assert (one.counts(), one.place) == (other.counts(), other.place)
    one.forget("ada@example.org", keep_out=True)
    for each in (one, other):
        assert each.counts()["records"] == 1
        each.close()
    assert len(list(shop.glob(".recordmap/file-*.db"))) == 1
    moved = shop.rename(tmp_path / "moved")
    opened(moved).close()
    assert [json.loads(line) for line in (moved / "out.ndjson").read_text().splitlines()] == [RECORDS[1]]


def test_who_only_looks_while_a_run_goes_on_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    destination, other = opened(tmp_path), opened(tmp_path)
    run = destination.start_run("poll")
    with destination.unit() as unit:
        unit.add({"Name": "Ada", "Email": "ada@example.org"})
    opened(tmp_path).close()
    assert path.read_text() == ""
    write(other, RECORDS[1])  # a shorter run beside it
    with destination.unit() as unit:
        unit.add({"Name": "Cleo", "Email": "cleo@example.org"})
    opened(tmp_path).close()
    assert len(path.read_text().splitlines()) == 2
    # Killed before it wrote the file, which holds a part of what it did.
    Store.finish_run(destination, run, "stopped", {"added": 2}, None)
    for one in (destination, other, opened(tmp_path)):
        one.close()
    assert [json.loads(line)["Name"] for line in path.read_text().splitlines()] == ["Ada", "=1+1", "Cleo"]


def silenced(destination: FileDestination, run: int) -> None:
    """Let a run's last sign of life be longer ago than anybody waits for the next."""
    long_ago = datetime.now(UTC) - 2 * SILENCE
    with destination._writer.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run).values(seen_at=long_ago))


def test_what_a_run_wrote_that_was_given_up_and_came_back_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    destination = opened(tmp_path)
    run = destination.start_run("poll")
    seen: list[list[str]] = []
    for record in ({"Name": "Ada"}, {"Name": "Bob"}):
        with destination.unit() as unit:
            unit.add(record | {"Email": f"{record['Name']}@example.org"})
            unit.see_run(run)
        for then in (lambda: None, lambda: silenced(destination, run)):
            then()
            opened(tmp_path).close()
            seen.append([json.loads(line)["Name"] for line in path.read_text().splitlines()])
    destination.close()
    assert seen == [[], ["Ada"], ["Ada"], ["Ada", "Bob"]]


def test_a_file_is_not_written_again_because_of_a_run_without_changes(tmp_path: Path) -> None:
    destination = opened(tmp_path)
    write(destination, *RECORDS)
    written = (tmp_path / "out.ndjson").stat().st_ino
    destination.finish_run(destination.start_run("poll"), "complete", {"unchanged": 2}, None)
    destination.close()
    opened(tmp_path).close()
    assert (tmp_path / "out.ndjson").stat().st_ino == written


def test_a_change_by_somebody_else_during_a_run_is_refused(tmp_path: Path) -> None:
    destination = opened(tmp_path)
    path = tmp_path / "out.ndjson"
    path.write_text("mine")
    with pytest.raises(ConfigurationError, match="was changed since"):
        write(destination, *RECORDS)
    with pytest.raises(ConfigurationError, match="was changed since"):
        destination.forget("ada@example.org", keep_out=False)
    assert (path.read_text(), destination.counts()["records"]) == ("mine", 2)
    path.unlink()
    destination.forget("ada@example.org", keep_out=False)
    destination.close()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [RECORDS[1]]


def test_a_file_in_place_is_known_after_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    destination = opened(tmp_path)

    def crash(*given: Any) -> str:
        write_file(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr("recordmap.connectors.files.destination.write_file", crash)
        with pytest.raises(KeyboardInterrupt):
            write(destination, RECORDS[0])
    destination.close()
    opened(tmp_path).close()
    assert json.loads((tmp_path / "out.ndjson").read_text()) == RECORDS[0]


def test_nobody_writes_the_file_while_a_person_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = opened(tmp_path)
    write(destination, *RECORDS)
    other = opened(tmp_path)
    monkeypatch.setattr("recordmap.connectors.files.destination._WAIT", 0.0)
    refused: list[str] = []

    def forget(store: Store, who: str, *, keep_out: bool) -> Holdings:
        try:
            write(other, {"Name": "Cleo", "Email": "cleo@example.org"})
        except ConnectorError as error:
            refused.append(error.code)
        really(store, who, keep_out=keep_out)
        raise KeyboardInterrupt

    really = Store.forget
    with monkeypatch.context() as crashing:
        crashing.setattr(Store, "forget", forget)
        with pytest.raises(KeyboardInterrupt):
            destination.forget("ada@example.org", keep_out=False)
    destination.close()
    other.close()
    opened(tmp_path).close()
    names = [json.loads(line)["Name"] for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert (names, refused) == (["=1+1", "Cleo"], ["store-locked"])


def test_on_a_full_disk_it_stays_known_what_was_written(tmp_path: Path) -> None:
    destination = opened(tmp_path)
    write(destination, *RECORDS)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(ConnectorError, match="can't be written"), destination._writing() as held:
            destination._write(held)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    destination.close()
    opened(tmp_path).close()
    assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 2


def test_a_file_of_which_nobody_knows_whether_it_was_changed_is_left_alone(tmp_path: Path) -> None:
    destination = opened(tmp_path)
    write(destination, *RECORDS)
    destination.close()
    (seal,) = (tmp_path / ".recordmap").glob("file-*.json")
    seal.unlink()
    with pytest.raises(ConfigurationError, match="is missing"):
        opened(tmp_path)
    (tmp_path / "out.ndjson").unlink()
    opened(tmp_path).close()
    assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 2


def test_a_folder_in_the_file_s_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "out.ndjson").mkdir()
    with pytest.raises(ConnectorError, match="can't be written: Is a directory"):
        opened(tmp_path)


@pytest.mark.parametrize("crash", [False, True])
def test_who_is_forgotten_is_gone_from_the_file(
    crash: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = opened(tmp_path)
    write(destination, *RECORDS)
    if crash:
        with monkeypatch.context() as crashing:
            crashing.setattr(FileDestination, "_write", _killed)
            with pytest.raises(KeyboardInterrupt):
                destination.forget("ada@example.org", keep_out=False)
    else:
        destination.forget("ada@example.org", keep_out=False)
        assert "Ada" not in (tmp_path / "out.ndjson").read_text()
    destination.close()
    opened(tmp_path).close()
    assert [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()] == [RECORDS[1]]


def _killed(*_given: object) -> None:
    raise KeyboardInterrupt


def _full(*_given: object) -> str:
    raise OSError(28, "No space left on device")


TEMPLATES = {
    "integration.yaml": """\
recordmap: 1
integration: people
source: {connector: files, schema: any, external_id: id, watermark: changed, options: {path: people.csv}}
destination: {connector: files, schema: any, options: {path: customers.json}}
match: [external_id, {field: Email, source: email, compare: email}]
add: Add
update: Update
""",
    "add.yaml": """\
recordmap: 1
collection: Add
operation: add
source: any
destination: any
fields: {Email: {source: email}, Name: {source: name}}
""",
    "update.yaml": """\
recordmap: 1
collection: Update
operation: update
source: any
destination: any
fields: {Email: {formula: existing.Email}, Name: {source: name}}
""",
}


def happened(report: Report) -> dict[str, int]:
    return {name: count for name, count in report.counts.items() if count}


def project(folder: Path) -> Engine:
    for name, text in TEMPLATES.items():
        (folder / name).write_text(text)
    return Engine.load(folder)


def test_from_file_to_file_and_on_from_the_store(tmp_path: Path) -> None:
    engine = project(tmp_path)
    assert [one for one in engine.check() if one.severity == "error"] == []
    people = tmp_path / "people.csv"
    people.write_text(
        "id,email,name,changed\n1,a@x.org,Ada,2026-01-01T00:00:00Z\n2,b@x.org,Bob,2026-01-02T00:00:00Z\n"
    )
    (tmp_path / "customers.json").write_text('[{"Email": "B@x.org", "Name": "Robert"}]')
    with engine.session(environ={}) as session:
        assert happened(session.poll()) == {"added": 1, "updated": 1}
        assert session.sync_one("1").result is Result.UNCHANGED
    assert json.loads((tmp_path / "customers.json").read_text()) == [
        {"Email": "B@x.org", "Name": "Bob"},
        {"Email": "a@x.org", "Name": "Ada"},
    ]
    people.write_text(
        "id,email,name,changed\n1,a@x.org,Ada,2026-01-01T00:00:00Z\n2,b@x.org,Bobby,2026-01-03T00:00:00Z\n"
    )
    with engine.session(environ={}) as session:
        assert happened(session.poll()) == {"updated": 1}
    (memory,) = (tmp_path / ".recordmap").glob("file-*.db")
    source = build_store_source({"path": str(memory), "records": "any"}, {})
    (page,) = source.pages(None)
    assert [one["record"]["Name"] for one in page.records] == ["Ada", "Bobby"]  # the longest unchanged first
    ada, bobby = page.records
    assert bobby["external_ids"] == {"people": ["2"]}
    assert source.fetch(bobby["id"]) == bobby
    assert source.fetch("999") is None
    assert source.fetch("../x") is None
    assert list(source.pages(datetime.fromisoformat(bobby["updated"]))) == []
    (news,) = source.pages(datetime.fromisoformat(ada["updated"]))
    assert news.records == (bobby,)
    source.close()


def test_what_is_undone_is_undone_in_the_file(tmp_path: Path) -> None:
    engine = project(tmp_path)
    (tmp_path / "people.csv").write_text(
        "id,email,name,changed\n1,a@x.org,Ada,2026-01-01T00:00:00Z\n2,b@x.org,Bob,2026-01-02T00:00:00Z\n"
    )
    (tmp_path / "customers.json").write_text('[{"Email": "B@x.org", "Name": "Robert"}]')
    with engine.session(environ={}) as session:
        session.poll()
        session.undo(list(session.journal()), tell=lambda _: None)
    assert json.loads((tmp_path / "customers.json").read_text()) == [{"Email": "B@x.org", "Name": "Robert"}]


def test_what_came_of_a_retry_alone_is_in_the_file(tmp_path: Path) -> None:
    engine = project(tmp_path)
    people = tmp_path / "people.csv"
    text = "id,email,name,changed\n1,a@x.org,Ada,2026-01-02T00:00:00Z\n2,{},Bob,2026-01-01T00:00:00Z\n"
    people.write_text(text.format("nobody"))
    (tmp_path / "add.yaml").write_text(
        TEMPLATES["add.yaml"] + "errors: [{when: record.email == 'nobody', message: Nobody}]\n"
    )
    engine = Engine.load(tmp_path)
    with engine.session(environ={}) as session:
        assert happened(session.poll()) == {"added": 1, "failed": 1}
        people.write_text(text.format("b@x.org"))
        (tmp_path / "add.yaml").write_text(TEMPLATES["add.yaml"])
    with Engine.load(tmp_path).session(environ={}) as session:
        assert [one.result for one in session.poll().retried] == [Result.ADDED]
        assert "b@x.org" in (tmp_path / "customers.json").read_text()


def test_a_store_that_isn_t_there(tmp_path: Path) -> None:
    source = build_store_source({"path": str(tmp_path / "no.db"), "records": "any"}, {})
    with pytest.raises(ConnectorError, match="there is no store"):
        list(source.pages(None))
    with pytest.raises(ConfigurationError, match="'records'"):
        build_store_source({"path": "a.db"}, {})


def test_a_connector_that_can_only_be_read(tmp_path: Path) -> None:
    engine = project(tmp_path)
    text = TEMPLATES["integration.yaml"].replace(
        "destination: {connector: files", "destination: {connector: klaviyo"
    )
    (tmp_path / "integration.yaml").write_text(text)
    engine = Engine.load(tmp_path)
    with pytest.raises(ConfigurationError, match="can't be a destination"), engine.session(environ={}):
        pass
