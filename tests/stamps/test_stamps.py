"""Stamp files: where they are, whose, how many; and that nothing goes wrong where they can't be."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recordmap.fingerprint import ROOMS, what_runs
from recordmap.stamps import Stamps, stamps_of

needs_posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "checked"


def test_a_stamp_is_an_empty_file_that_nobody_else_reads(home: Path) -> None:
    stamp = Stamps(home).of("these bytes")
    assert not stamp.is_there()
    assert not home.exists()
    stamp.put()
    stamp.put()
    assert stamp.is_there()
    assert not Stamps(home).of("those bytes").is_there()
    (file,) = home.iterdir()
    assert file.read_bytes() == b""
    for path, mode in ((file, 0o600), (home, 0o700), (home.parent, 0o700)):
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_oldest_are_dropped_and_nothing_else(home: Path) -> None:
    stamps = Stamps(home, most=8)
    for number in range(8):
        stamp = stamps.of(str(number))
        stamp.put()
        (path,) = (path for path in home.iterdir() if path.stat().st_mtime_ns > 10**12)
        os.utime(path, ns=(number, number))
    (home / "a note").write_text("of somebody", encoding="utf-8")
    stamps.of("8").put()
    assert [number for number in range(9) if stamps.of(str(number)).is_there()] == [3, 4, 5, 6, 7, 8]
    assert (home / "a note").exists()


def writable(home: Path) -> None:
    home.chmod(0o770)


def for_all(home: Path) -> None:
    home.chmod(0o707)


def a_link(home: Path) -> None:
    home.rename(home.with_name("elsewhere"))
    home.symlink_to("elsewhere", target_is_directory=True)


def a_file(home: Path) -> None:
    home.rename(home.with_name("elsewhere"))
    home.write_bytes(b"")


def folders_inside(home: Path) -> None:
    for path in list(home.iterdir()):
        path.unlink()
        path.mkdir()


def links_inside(home: Path) -> None:
    for path in list(home.iterdir()):
        path.unlink()
        path.symlink_to("/dev/null")


def gone(home: Path) -> None:
    for path in home.iterdir():
        path.unlink()
    home.rmdir()
    home.parent.rmdir()
    home.parent.write_bytes(b"")


def somebody_elses(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(home, 65534, -1)


@needs_posix
@pytest.mark.parametrize(
    "damage", [writable, for_all, a_link, a_file, folders_inside, links_inside, gone, somebody_elses]
)
def test_a_folder_that_others_could_have_filled_does_not_count(
    home: Path, damage: Callable[[Path], None]
) -> None:
    stamp = Stamps(home).of("these bytes")
    stamp.put()
    assert stamp.is_there()
    damage(home)
    assert not stamp.is_there()
    stamp.put()
    assert not stamp.is_there()


@needs_posix
def test_root_makes_nothing_in_the_folder_of_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    if tmp_path.stat().st_uid == 0:  # these tests are root's
        os.chown(tmp_path, person, -1)
    Stamps(tmp_path / "cache" / "checked").of("these bytes").put()
    assert list(tmp_path.iterdir()) == []


@needs_posix
def test_no_room_is_no_fault(tmp_path: Path) -> None:
    for folder in (Path("/dev/null/checked"), Path("/proc/checked"), tmp_path / ("x" * 300)):
        stamp = Stamps(folder).of("these bytes")
        stamp.put()
        assert not stamp.is_there()


@needs_posix
@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"RECORDMAP_CACHE": "off", "XDG_CACHE_HOME": "/x"}, None),
        ({"RECORDMAP_CACHE": "/y", "XDG_CACHE_HOME": "/x"}, "/y/checked"),
        ({"RECORDMAP_CACHE": "", "XDG_CACHE_HOME": "/x"}, "/x/recordmap/checked"),
        ({"XDG_CACHE_HOME": "not/absolute"}, "{home}/recordmap/checked"),
        ({}, "{home}/recordmap/checked"),
    ],
)
def test_where_they_are(
    environ: dict[str, str], folder: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    usual = tmp_path / ("Library/Caches" if os.uname().sysname == "Darwin" else ".cache")
    found = stamps_of(environ)
    if folder is None:
        assert found is None
    else:
        assert found is not None
        assert found.folder == Path(folder.format(home=usual))


@needs_posix
def test_who_has_no_home_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert stamps_of({}) is None


def test_many_at_once(home: Path) -> None:
    """Threads put and drop stamps of each other, as processes do."""
    stamps = Stamps(home, most=20)

    def work(number: int) -> None:
        for one in range(30):
            stamp = stamps.of(f"{number * one % 50}")
            stamp.put()
            stamp.is_there()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert 1 <= len(list(home.iterdir())) <= 20 + 8


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for room in ROOMS:
        folder = tmp_path / "recordmap" / room
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "one.py").write_text("A = 1\n", encoding="utf-8")
    return tmp_path / "recordmap"


def changes(package: Path) -> Iterator[Callable[[], object]]:
    for room in ROOMS:
        file = package / room / "one.py"
        yield lambda file=file: file.write_text("A = 12\n", encoding="utf-8")  # type: ignore[misc]
        yield lambda file=file: os.utime(file, ns=(5, 5))  # type: ignore[misc]
        yield lambda file=file: file.with_name("two.py").touch()  # type: ignore[misc]
        yield file.unlink


def test_another_recordmap_finds_anew(package: Path, tmp_path: Path) -> None:
    places = [str(tmp_path / "lib" / "site-packages"), str(tmp_path), ""]
    Path(places[0]).mkdir(parents=True)
    ever = 2**62
    seen = [what_runs(package, places, ever)]
    for change in changes(package):
        change()
        found = what_runs(package, places, ever)
        assert found not in seen
        seen.append(found)
    assert what_runs(package, places, ever) == seen[-1]
    (Path(places[0]) / "another-1.0.dist-info").mkdir()
    os.utime(places[0], ns=(7, 7))
    assert what_runs(package, places, ever) not in seen


def test_a_process_that_began_before_its_files_were_changed_does_not_know_what_it_runs(package: Path) -> None:
    last = max(path.stat().st_ctime_ns for path in package.rglob("*.py"))
    assert what_runs(package, [], last) is not None
    assert what_runs(package, [], last - 1) is None


def test_without_files_of_its_own_it_does_not_know_either(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        what_runs(tmp_path / "recordmap.zip", [], 0)
