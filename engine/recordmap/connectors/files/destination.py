"""A file as a destination: a store that is also written as a file, whole, at the end of each run.

Links, keys, errors and the watermark need a database, so there is one beside the project's other memory, and everything
that a store promises holds. The file is made from it anew and put in place at once: it is always whole. After a crash
between the two, the next opening writes it at which no run goes on; a killed one does until it counts as interrupted. A
file that was there before becomes the first records. One process at a time judges and writes it, by what the seal says
then, and clears away first what others left behind that were killed. While another one does, whoever opens it has
nothing to judge: that is made up for before it writes itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordmap.connectors.base import ConnectorError, Malformed, Record
from recordmap.connectors.destination import RUNNING
from recordmap.connectors.files.locking import sole_writer
from recordmap.connectors.files.options import FileOptions
from recordmap.connectors.files.source import FileSource
from recordmap.connectors.files.writing import PART, beside, clear, hash_of, write_file
from recordmap.connectors.store.engines import open_engine
from recordmap.connectors.store.store import Store
from recordmap.diagnostics import ConfigurationError, Fault
from recordmap.digests import digest_of
from recordmap.frozen import Frozen, replace, values
from recordmap.replacing import in_place_of

if TYPE_CHECKING:
    from recordmap.connectors.destination import Rules
    from recordmap.connectors.persons import Holdings

FOLDER = Path(".recordmap")
_WRITES = ("added", "updated", "retried", "undone", "partly")
"""Outcomes after which the file is another."""
_WAIT = 120.0
"""Seconds to wait for another process that writes the file: longer than a million records take."""
_GLANCE = 0.5
"""Seconds to wait for it when the file is opened, perhaps only to look."""
_BEHIND = -1
"""In place of how much had been written into the store: whatever was, the file holds what the store doesn't."""


class _Seal(Frozen):
    """What was written last: hashes that the file may have, and how much had been written into the store by then.

    Runs alone don't tell: one that counted as interrupted may have come back, written more, and been killed then.
    """

    hashes: tuple[str, ...] = ()
    written: int = 0


def open_file(options: FileOptions, project_dir: Path, rules: Rules) -> FileDestination:
    """Open a file as a destination; what is remembered of it lies under `.recordmap/` of the project.

    However the file is named, that is the same; and a project that is moved with its file takes it along.

    Raises:
        ConfigurationError: somebody else changed the file, or what is in it can't be taken over.
        ConnectorError: as for a store, or the file can't be read or written.
    """
    project_dir = project_dir.resolve()
    path = (project_dir / options.path).resolve()
    place = path.relative_to(project_dir) if path.is_relative_to(project_dir) else path
    name = digest_of(str(place), size=8)
    memory = open_engine(project_dir / FOLDER / f"file-{name}.db")
    try:
        destination = FileDestination(memory, rules, path, options)
        destination.settle(project_dir / FOLDER / f"file-{name}.json")
    except BaseException:
        memory.dispose()
        raise
    return destination


class FileDestination(Store):
    """A store whose records are also a file."""

    def __init__(self, memory: Any, rules: Rules, path: Path, options: FileOptions) -> None:
        """Bring the database `memory` up to date; the file is written by `settle` first."""
        super().__init__(memory, rules)
        self._path = path
        self._options = options
        self._seal_path = path
        self._seal = _Seal()

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    def settle(self, seal: Path) -> None:
        """Bring file and store together: take over a file that was there first, write one that is behind.

        Left to another process that is at it. Only when the file may be being taken over, its records are waited for.
        """
        self._seal_path = seal
        with self._alone(_GLANCE if seal.exists() else _WAIT) as sole:
            if sole:
                self._bring_together()
            elif not seal.exists():
                raise self._taken()

    def _bring_together(self) -> None:
        held = hash_of(self._path)
        if held is not None and not self._seal.hashes and not self.counts()["records"]:
            self._take_over()
        else:
            self._judge(held)
        if held is None or held not in self._seal.hashes or self._is_behind():
            self._write(held)

    def _is_behind(self) -> bool:
        """Say whether the store holds what the file doesn't. A run that goes on writes the file itself at its end."""
        if self._seal.written == _BEHIND:
            return True
        return self._seal.written != self.written() and not self.runs(1, statuses=(RUNNING,))

    def _judge(self, held: str | None) -> None:
        """Refuse a file that somebody else changed; `held` is the hash of what it holds."""
        if held is None or held in self._seal.hashes:
            return
        if self._seal.hashes:
            raise ConfigurationError(
                f"'{self._path.name}' was changed since it was written",
                "a destination's file is written anew each time: put the change into the source, "
                "or delete the file, and it is written as it was",
            )
        # Without a seal it is nobody's, or a crash came right after it was taken over.
        if self.runs(1):
            raise ConfigurationError(
                f"'{self._seal_path}' is missing, so whether '{self._path.name}' was changed can't be told",
                "restore it, or delete the file, and it is written as it was",
            )

    def finish_run(self, run_id: int, status: str, counts: Mapping[str, int], message: str | None) -> None:
        """Note how a run ended, and write the file when the run wrote something."""
        super().finish_run(run_id, status, counts, message)
        if any(counts.get(one) for one in _WRITES):
            with self._writing() as held:
                self._write(held)

    def forget(self, who: str, *, keep_out: bool) -> Holdings:
        """Delete all that is held of a person, in the file too; after a crash in between, the next opening does.

        Nobody else writes the file meanwhile: he could note that it holds what the store does before it does.
        """
        with self._writing() as held:
            self._save(replace(self._seal, written=_BEHIND))
            forgotten = super().forget(who, keep_out=keep_out)
            self._write(held)
        return forgotten

    def _write(self, held: str | None) -> None:
        """Write the file, which holds what has the hash `held`. Only under the lock, and after it was judged."""
        before = tuple(filter(None, [held]))
        # Known before the records are read: what comes in between is written twice rather than never.
        written = self.written()

        def ready(made: str) -> None:
            # Known before it is in place, or after a crash it would be somebody else's.
            self._save(replace(self._seal, hashes=(*before, made)))

        made = write_file(self._path, self._options, self._records, ready)
        self._save(_Seal((made,), written))

    @contextmanager
    def _writing(self) -> Iterator[str | None]:
        """Hold the lock of a file that is as it was written, and hand out the hash of what it holds."""
        with self._alone(_WAIT) as sole:
            if not sole:
                raise self._taken()
            held = hash_of(self._path)
            self._judge(held)
            yield held

    @contextmanager
    def _alone(self, wait: float) -> Iterator[bool]:
        """Hold the lock, and know what was written last; says whether it was to be had in so many seconds."""
        try:
            with sole_writer(beside(self._path, "lock"), wait) as sole:
                if sole:
                    self._clear()
                    self._seal = _read_seal(self._seal_path)
                yield sole
        except OSError as error:
            raise _unwritable(self._path, error) from None

    def _taken(self) -> ConnectorError:
        return ConnectorError(
            "store-locked", f"another process is writing '{self._path.name}'", transient=True
        )

    def _clear(self) -> None:
        for path in (self._path, self._seal_path):
            clear(path)

    def _save(self, seal: _Seal) -> None:
        """Remember what was written; whole or not at all, or nobody would know the file any more."""
        self._seal = seal
        try:
            with in_place_of(self._seal_path, suffix=PART) as file:
                file.write(json.dumps(values(seal)).encode())
        except OSError as error:
            raise _unwritable(self._seal_path, error) from None

    def _records(self) -> Iterator[Record]:
        return (one.record for one in self.everything())

    def _take_over(self) -> None:
        """Make what stands in the file the first records."""
        source = FileSource(replace(self._options, path=self._path))
        source.place(self._path.parent, lambda record: record.get("id"), lambda _record: None)
        number = 0
        with self.unit() as unit:
            for page in source.pages(None):
                for bad in page.malformed:
                    raise _unfit(self._path, number, bad)
                for record in page.records:
                    number += 1
                    lists = {name: value for name, value in record.items() if _are_children(value)}
                    fields = {name: value for name, value in record.items() if name not in lists}
                    try:
                        stored = unit.add(fields)
                        for into, several in lists.items():
                            for child in several:
                                unit.add_child(stored.id, into, child, None)
                    except Fault as fault:
                        raise _unfit(self._path, number, fault) from None


def _are_children(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _unwritable(path: Path, error: OSError) -> ConnectorError:
    return ConnectorError(
        "store-readonly", f"'{path.name}' can't be written: {error.strerror}", transient=True
    )


def _unfit(path: Path, number: int, why: Malformed | Fault) -> ConfigurationError:
    reason = why.reason if isinstance(why, Malformed) else why.message
    return ConfigurationError(
        f"'{path.name}' can't be taken over as a destination: record {number}: {reason}",
        "correct the file, or name another one that recordmap may write",
    )


def _read_seal(path: Path) -> _Seal:
    try:
        seal = json.loads(path.read_bytes())
        return _Seal(tuple(map(str, seal["hashes"])), int(seal["written"]))
    except FileNotFoundError:
        return _Seal()
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"'{path}' can't be read", "restore it, or delete it with the file"
        ) from None
