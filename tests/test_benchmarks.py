"""The benchmarks on tiny sizes: that their records are what they say, that they find a wrong contender before timing
it, and that the page shows what was found. No time is asserted anywhere; what a start imports is.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the suite is no package of the distribution; it is run from the root

from benchmarks import (  # noqa: E402
    bounds,
    charts,
    checking,
    checks,
    closures,
    compiling,
    contenders,
    curves,
    files,
    goals,
    handwritten,
    layers,
    memory,
    naive,
    page,
    pictures,
    processes,
    projects,
    recorded,
    records,
    settings,
    starting,
    streams,
    syncing,
    timing,
    workloads,
)

from recordmap import Kind  # noqa: E402

RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


@pytest.fixture
def tiny(tmp_path: Path) -> settings.Settings:
    return replace(
        settings.QUICK,
        folder=tmp_path,
        checked=60,
        cold_records=120,
        repetitions=1,
        checked_file=40,
        file_records=60,
        file_repetitions=1,
        stream_records=(40, 80),
        stream_repetitions=2,
        fields=(3, 6),
        depths=(1, 3),
        entries=(2, 4),
        start_repetitions=1,
        collections=(1, 2),
    )


# Records


def test_the_same_records_every_time() -> None:
    first = list(records.lines(300))
    assert first == list(records.lines(300))
    assert first[:200] == list(records.lines(200))
    assert first[0] != next(records.lines(1, seed=8))


def test_records_are_as_the_page_says() -> None:
    made = list(records.profiles(10_000))
    customers = [one for one in (projects.klaviyo_plan()(each).record for each in made) if one is not None]
    size = sum(map(len, records.lines(1_000))) / 1_000
    assert 1_100 < size < 1_300
    share = {
        "no phone number": sum(one["CustomerNumber"] == "N/A" for one in customers),
        "address": sum("Addresses" in one for one in customers),
        "consent": sum("Consent" in one.get("CustomFields", {}) for one in customers),
        "not ASCII": sum(not orjson.dumps(one).isascii() for one in customers),
        "rejected": len(made) - len(customers),
    }
    for name, (low, high) in {
        "no phone number": (0.36, 0.40),
        "address": (0.57, 0.61),
        "consent": (0.69, 0.73),
        "not ASCII": (0.14, 0.18),
        "rejected": (0.025, 0.035),
    }.items():
        assert low < share[name] / len(customers) < high, name


def test_a_stream_is_made_once_and_holds_the_records(tmp_path: Path) -> None:
    path = records.stream(tmp_path, 25)
    assert path.read_bytes() == b"".join(records.lines(25))
    made = path.stat().st_mtime_ns
    assert records.stream(tmp_path, 25) == path
    assert path.stat().st_mtime_ns == made
    assert list(tmp_path.iterdir()) == [path]


# Contenders give the same, also beyond the records of the benchmarks


def strange() -> Iterator[dict[str, Any]]:
    """Yield records as hostile as hand-written code has to bear: empty, blank, missing, of the wrong type."""
    whole = next(
        one
        for one in records.profiles(50)
        if projects.klaviyo_plan()(one).record and one["attributes"]["location"]
    )
    attributes = whole["attributes"]
    yield {}
    yield {"attributes": {}}
    for name in attributes:
        for value in (None, "", "   ") if isinstance(attributes[name], str) else (None,):
            yield {**whole, "attributes": {**attributes, name: value}}
        yield {**whole, "attributes": {key: value for key, value in attributes.items() if key != name}}
    for name in ("email", "phone_number", "first_name", "last_name", "organization", "location"):
        yield {**whole, "attributes": {**attributes, name: 5}}
    for name in attributes["location"]:
        for value in (None, "", "  "):
            yield {**whole, "attributes": {**attributes, "location": {**attributes["location"], name: value}}}


def test_by_hand_as_careful_as_the_template() -> None:
    kinds = []
    for record in strange():
        outcome = projects.klaviyo_plan()(record)
        kinds.append(outcome.kind)
        try:
            made = handwritten.customer(record)
        except handwritten.RejectedError:
            made = None
        assert made == outcome.record, record
    assert kinds.count(Kind.MAPPED) > 50
    assert kinds.count(Kind.REJECTED) > 10


@pytest.mark.parametrize("workload", workloads.ALL, ids=lambda workload: workload.name)
def test_contenders_give_the_same(workload: workloads.Workload) -> None:
    able, missing = contenders.ready(workload.contenders)
    assert {one.contender.name for one in able} | missing.keys() == {one.name for one in workload.contenders}
    assert able[0].contender.name == "hand-written"
    found = checking.check(able[0], able, list(workload.records(150)))
    assert set(found) == {one.contender.name for one in able}
    assert found["recordmap"] == "="


@pytest.mark.parametrize("make", [naive.Naive, closures.collection])
def test_interpreted_templates_reject_as_the_plan_does(make: Any) -> None:
    contender = contenders.Contender("made", lambda: make(projects.ADD_FILE))
    mapping = contender.make()
    kinds = set()
    for record in records.profiles(400):
        expected = projects.klaviyo_plan()(record)
        kinds.add(expected.kind)
        assert contenders.result(mapping, contender, record) == expected.record
    assert kinds == {Kind.MAPPED, Kind.REJECTED}


# Checks find what differs


def by_hand(record: Any) -> Any:
    return handwritten.customer(record)


def wrong(name: str) -> Any:
    def mapping(record: Any) -> Any:
        made = dict(handwritten.customer(record))
        if name == "other":
            made["Company"] = "Another one"
        elif name == "null":
            made["Title"] = None
        elif name == "less":
            made.pop("FirstName", None)
        return made

    return mapping


def never_rejects(record: Any) -> Any:
    try:
        return handwritten.customer(record)
    except handwritten.RejectedError:
        return {"EmailAddress": None}


@pytest.mark.parametrize(
    ("mapping", "strict", "same"),
    [
        (by_hand, True, "="),
        (by_hand, False, "~"),
        (wrong("null"), True, None),
        (wrong("null"), False, "~"),
        (wrong("other"), False, None),
        (wrong("less"), False, None),
        (never_rejects, True, None),
        (never_rejects, False, "~"),
    ],
)
def test_a_different_contender_is_found(mapping: Any, strict: bool, same: str | None) -> None:
    reference = contenders.Ready(contenders.Contender("reference", lambda: by_hand), by_hand)
    other = contenders.Ready(contenders.Contender("other", lambda: mapping, strict=strict), mapping)
    if same is None:
        with pytest.raises(checking.DifferentError, match=r"^other, record \d+: "):
            checking.check(reference, [other], list(records.profiles(400)))
    else:
        assert checking.check(reference, [other], list(records.profiles(400))) == {"other": same}


def test_nothing_is_dropped_but_nothing() -> None:
    value = {"a": None, "b": "", "c": {"d": None}, "e": [{"f": ""}, None], "g": 0, "h": False, "i": [0]}
    assert checking.without_nothing(value) == {"e": [{}, None], "g": 0, "h": False, "i": [0]}


def test_a_program_that_writes_something_else_is_found(tmp_path: Path) -> None:
    source = records.stream(tmp_path, 30)
    lazy = files.Way("lazy", lambda source, target: ("cp", str(source), str(target)))
    reference = next(way for way in files.WAYS if way.name == files.REFERENCE)
    with pytest.raises(checking.DifferentError, match=r"^lazy: None instead of"):
        files.check([reference, lazy], tmp_path, source)


def test_a_program_that_fails_is_found() -> None:
    with pytest.raises(processes.ProcessFailedError, match=r"ended with 3: .*no luck"):
        processes.run(
            processes.Program(
                "bad", (sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)")
            )
        )


def test_a_missing_package_is_named() -> None:
    def make() -> Any:
        raise ImportError

    able, missing = contenders.ready([contenders.Contender("absent", make, package="some-package")])
    assert able == []
    assert missing == {"absent": "the package some-package is not installed (make bench-peers)"}


# Supplies of records


def test_cold_records_come_back_only_after_all_others() -> None:
    supply = timing.cold(list(range(60)), size=10)
    first, second = supply(), supply()
    seen = [number for part in (*first, *second) for number in part]
    assert sorted(seen) == list(range(60))
    assert seen != sorted(seen)
    assert supply() == first


def test_warm_records_are_new_objects_in_equal_parts() -> None:
    supply = timing.warm(list(records.lines(20)), size=10)
    before, part, after = supply()
    assert before is part is after
    assert [part[0]["id"], len(part)] == [orjson.loads(next(records.lines(1)))["id"], 10]
    again = (supply(), supply())[1][1]
    assert again == part
    assert again[0] is not part[0]


# Every section runs


def test_memory(tiny: settings.Settings) -> None:
    found = memory.measure(tiny)
    assert set(found) == {workload.name for workload in workloads.ALL}
    for workload in workloads.ALL:
        names = {one.name for one in workload.contenders} - found[workload.name]["missing"].keys()
        assert set(found[workload.name]["warm"]) == names
    assert set(found[workloads.CUSTOMER.name]["cold"]) == set(found[workloads.CUSTOMER.name]["warm"])


def test_bounds(tiny: settings.Settings) -> None:
    found = bounds.measure(tiny)
    assert {bounds.REFERENCE, "careful from the start"} <= set(found["times"])
    assert 0 <= found["careful_share"] < 0.2  # what was unusual once may be usual to a better plan
    assert found["sparse_careful_share"] >= found["careful_share"]


def test_curves(tiny: settings.Settings) -> None:
    found = curves.measure(tiny)
    assert {name: [one["size"] for one in points] for name, points in found.items()} == {
        "fields": [3, 6],
        "depth": [1, 3],
        "entries": [2, 4],
    }


def test_compiling(tiny: settings.Settings) -> None:
    found = compiling.measure(tiny)
    assert found["shipped_collections"] == 4
    assert [run["collections"] for run in found["generated"]] == [1, 2]


def test_checks(tiny: settings.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_PEERS", {"some-tool": "no_such_module"})
    found = checks.measure(tiny)
    assert set(found["shipped"]) == {starting.BARE, checks.CHECK}
    assert [run["collections"] for run in found["growth"]] == [1, 2]
    assert found["missing"] == {"some-tool": "the package some-tool is not installed (make bench-peers)"}


def test_files_and_streams(tiny: settings.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    own = [way for way in files.WAYS if way.name.startswith(("hand-written", "parse", "recordmap"))]
    monkeypatch.setattr(files, "WAYS", (*own, files.Way("absent", lambda *_: (), lacking="it is not there")))
    found = files.measure(tiny)
    assert set(found["times"]) == {way.name for way in own}
    assert found["missing"] == {"absent": "it is not there"}
    assert {name for name, same in found["equal"].items() if same == "="} == set(found["times"]) - {
        files.PARSE_ONLY
    }
    runs = streams.measure(tiny)["runs"]
    programs = [files.REFERENCE, files.map_name(1), files.map_name(2)]
    assert [(one["records"], one["program"]) for one in runs] == [
        *((count, program) for count in (40, 80) for program in programs),
        (80, streams.HALVES),
    ]
    assert not list(tiny.folder.glob("out*"))


# What a start imports


def test_light_commands_import_nothing_heavy(tmp_path: Path) -> None:
    starts = starting.commands(replace(settings.QUICK, folder=tmp_path))
    bare = set(starting.packages(starts.pop(starting.BARE)))
    for name, arguments in starts.items():
        found = set(starting.packages(arguments)) - bare
        assert not found & set(starting.HEAVY), name


def test_a_heavy_import_is_found() -> None:
    assert "rich" in starting.packages(("-c", "import rich.console"))


# The page


def test_the_page_and_its_pictures_show_the_results() -> None:
    """`python -m benchmarks --page` writes them."""
    assert (ROOT / "docs" / "performance.md").read_text(encoding="utf-8") == page.page(RESULTS)
    for name, picture in pictures.all_of(RESULTS).items():
        assert (ROOT / "docs" / "images" / name).read_text(encoding="utf-8") == picture


def test_missed_goals_are_called_missed() -> None:
    several = list(goals.judged(RESULTS))
    assert len(several) == len(goals.GOALS)
    goal = next(goal for goal, _ in several if not goal.at_least)
    assert goal.met(goal.bound)
    assert not goal.met(goal.bound + 0.01)
    for one, measured in several:
        shown = "yes" if one.met(measured) else "**no**"
        assert any(
            line.startswith(f"| {one.text} |") and line.endswith(f"| {shown} |")
            for line in page.page(RESULTS).splitlines()
        )


def test_pictures_are_whole_and_readable_on_dark_pages() -> None:
    for name, picture in pictures.all_of(RESULTS).items():
        root = ET.fromstring(picture)
        assert root.tag.endswith("svg"), name
        assert "prefers-color-scheme: dark" in picture
    drawn = charts.on_a_scale(
        "<a & b>", "c", [charts.Row("d", 0.5, "0.5"), charts.Row("e", 40, "40")], axis="f", base=1
    )
    assert ET.fromstring(drawn)[0].text == "<a & b>"


def test_a_sync_is_measured_in_processes_of_their_own(tmp_path: Path) -> None:
    with recorded.served(150) as url:
        found = syncing.measured(url, f"sqlite:///{tmp_path}/store.db", customers=20, layers=True)
    assert (found["status"], found["profiles"]) == ("complete, complete", 150)
    assert found["requests"] == 1
    # Every layer was passed, and together with the rest they are the whole, but for the time of the timers.
    assert {*found["layers"]} == {*layers.LAYERS, layers.REST}
    assert all(found["layers"][layer] > 0 for layer in layers.LAYERS)
    assert sum(found["layers"].values()) <= found["micros"]


def test_a_recorded_api_answers_as_the_sandbox_does() -> None:
    headers = {"Authorization": f"Klaviyo-API-Key {recorded.KEY}", "revision": "2026-10-15"}
    walked, link = [], "/api/profiles/?sort=updated&page[size]=100&additional-fields[profile]=subscriptions"
    with recorded.served(130) as url, httpx.Client(base_url=url, headers=headers) as client:
        while link:
            page = client.get(link).raise_for_status().json()
            walked += [profile["id"] for profile in page["data"]]
            link = page["links"]["next"]
            assert link is None or link.startswith(url)
        since = client.get("/api/profiles/", params={"filter": "greater-than(updated,2020-01-01T00:00:00Z)"})
        one = client.get(f"/api/profiles/{walked[0]}/")
        assert (
            client.get("/api/profiles/", headers={"Authorization": "x"}).status_code == 401
        )  # not of the walk
    assert len(walked) == len(set(walked)) == 130
    assert len(since.json()["data"]) == 20
    assert one.json()["data"]["id"] == walked[0]
