"""Opening, compressing and putting in place."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import sys
from pathlib import Path

import pytest
import zstandard

from batch.support import map_file
from recordmap.batch import writing
from recordmap.batch.mapper import Wishes
from recordmap.batch.writing import Output, Shared
from recordmap.diagnostics import ConfigurationError
from recordmap.streams.reading import Input

LINES = b"".join(b'{"id": %d, "v": "%s"}\n' % (number, b"x" * (number % 50)) for number in range(3000))
PACK = {
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
UNPACK = {
    ".gz": gzip.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().stream_reader(data).read(),
}


@pytest.fixture
def plain(tmp_path: Path) -> bytes:
    path = tmp_path / "in.ndjson"
    path.write_bytes(LINES + b"broken\n")
    return map_file(path).output


@pytest.mark.parametrize("suffix", PACK)
def test_compressed_in_and_out(suffix: str, tmp_path: Path, plain: bytes) -> None:
    path = tmp_path / f"in.ndjson{suffix}"
    half = len(LINES) // 2
    path.write_bytes(PACK[suffix](LINES[:half]) + PACK[suffix](LINES[half:] + b"broken\n"))
    result = map_file(path, suffix=suffix)
    assert UNPACK[suffix](result.output) == plain
    assert UNPACK[suffix]((tmp_path / f"rejects.ndjson{suffix}").read_bytes()).startswith(b'{"line":3001,')
    assert result.tally.position == path.stat().st_size
    again = map_file(path, suffix=suffix)
    assert again.output == result.output


@pytest.mark.parametrize("suffix", PACK)
def test_a_compressed_array(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"in.json{suffix}"
    path.write_bytes(PACK[suffix](b'[{"id": 1},\n{"id": 2}]'))
    assert map_file(path).output == b'{"Id":1}\n{"Id":2}\n'


@pytest.mark.parametrize("suffix", PACK)
def test_an_empty_compressed_file(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"in.json{suffix}"
    for data in (b"", PACK[suffix](b"")):
        path.write_bytes(data)
        assert map_file(path).tally.records == 0


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("cut", [1, 5, 200])
def test_a_file_that_was_cut_off_ends_the_run_with_nothing(suffix: str, cut: int, tmp_path: Path) -> None:
    path = tmp_path / f"in.ndjson{suffix}"
    path.write_bytes(PACK[suffix](LINES)[:-cut])
    with pytest.raises(ConfigurationError, match="cut off"):
        map_file(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", PACK)
def test_a_file_that_is_damaged_ends_the_run_with_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"in.ndjson{suffix}"
    for data in (b"not compressed at all", PACK[suffix](LINES) + b"garbage"):
        path.write_bytes(data)
        with pytest.raises(ConfigurationError, match="the compressed data is damaged"):
            map_file(path)
    packed = bytearray(PACK[suffix](os.urandom(5000)))
    packed[2500] ^= 255
    path.write_bytes(packed)
    with pytest.raises(ConfigurationError, match="can't be read"):
        map_file(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read: No such file"):
        Input(tmp_path / "missing.ndjson")
    with pytest.raises(ConfigurationError, match="can't be written: No such file"):
        Output(tmp_path / "missing" / "out.ndjson")


def test_a_file_is_there_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    path.write_bytes(b"before\n")
    path.chmod(0o640)
    with Output(path) as output:
        output.write(b"after\n")
        assert path.read_bytes() == b"before\n"
        output.commit()
        assert path.read_bytes() == b"after\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with Output(path) as output:
        output.write(b"never\n")
    assert path.read_bytes() == b"after\n"
    assert [one.name for one in tmp_path.iterdir()] == ["out.ndjson"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be told to begin")
@pytest.mark.parametrize("jobs", [1, 2])
def test_results_are_on_their_way_to_the_disk_before_the_end(
    jobs: int, tmp_path: Path, plain: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(writing, "STRETCH", 100)
    monkeypatch.setattr(writing, "_SELDOM", 1)
    monkeypatch.setattr(writing, "_BUFFER", 100)
    monkeypatch.setattr(os, "posix_fadvise", lambda _file, at, length, _advice: sent.append((at, length)))
    assert map_file(tmp_path / "in.ndjson", Wishes(), jobs=jobs, piece=1_000).output == plain
    assert sent
    ends = [at + length for at, length in sent]
    assert [at for at, _ in sent] == [0, *ends[:-1]], "each stretch once"
    assert ends[-1] <= len(plain)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "out.ndjson"
    link.symlink_to(tmp_path / "real" / "file.ndjson")
    with Output(link) as output:
        output.write(b"x\n")
        output.commit()
    assert link.is_symlink()
    assert (tmp_path / "real" / "file.ndjson").read_bytes() == b"x\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with Output(path) as output:
        output.write(b"x\n")
        assert os.read(reader, 10) == b"x\n", "it goes out at once"
        output.commit()
    os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with (
        Output(Path("/dev/full")) as output,
        pytest.raises(ConfigurationError, match=f"can't be written: {os.strerror(errno.ENOSPC)}"),
    ):
        output.write(b"x" * 100_000)


def test_a_file_may_be_mapped_onto_itself(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    path.write_bytes(b'{"id": 1}\n')
    assert map_file(path, Wishes()).output == b'{"Id":1}\n'


@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_a_shared_file_is_written_to_its_end(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, text, at: write(file, text[:most], at))
    with (tmp_path / "out").open("w+b") as file:
        shared = Shared(file.fileno(), "out")
        shared.write(b"0123456789" * 10, 5)
        shared.write(b"begin", 0)
        assert file.read() == b"begin" + b"0123456789" * 10


def test_only_a_plain_file_is_shared(tmp_path: Path) -> None:
    for name, is_shared in (("out", True), ("out.gz", False), ("out.zst", False)):
        with Output(tmp_path / name) as output:
            assert (output.shared() is not None) is is_shared
    with Output(None) as output:
        assert output.shared() is None


def test_elements_of_nothing_fill_a_block_too(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b"[" + b"," * 10_000 + b"]")
    with Input(path) as source:
        sizes = [len(block) for block in source.blocks(1_000)]
    assert (sum(sizes), max(sizes)) == (10_001, 1_000)
