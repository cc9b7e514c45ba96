"""Three ways: what was delivered, what is delivered now, and what the subscriber made of it.

A template that the subscriber left alone is simply replaced. Where both changed it, the subscriber's edits move into
an overlay, and the new template takes its place. Nothing of a subscriber's is ever dropped: where both changed the
same thing the subscriber's stays, and it is a conflict to be shown; whatever can't be merged stays as it is, with the
new file beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from recordmap.delivery import Delivery
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.findings import Findings
from recordmap.frozen import Frozen
from recordmap.project import OVERLAY_SUFFIXES, is_overlay, is_template
from recordmap.template.nodes import Mapping as Nodes
from recordmap.template.nodes import Node, Scalar, Sequence
from recordmap.template.overlay import HOW_TO_REMOVE
from recordmap.template.reader import read
from recordmap.template.shape import kind_of
from recordmap.upgrades.conflicts import Sayings, changed_by_both, removed_by, says
from recordmap.upgrades.edits import Edits, edits_between
from recordmap.upgrades.excerpts import Excerpts
from recordmap.upgrades.insertion import with_sections


class Action(StrEnum):
    """What becomes of a file."""

    ADD = "added"
    REPLACE = "replaced"
    MOVE = "edits moved"
    KEEP = "kept"
    REMOVE = "removed"


class Step(Frozen):
    """What becomes of one file, and why; `data` is what is written to `path`, None where nothing is."""

    path: str
    action: Action
    why: str
    data: bytes | None = None


class Conflict(Frozen):
    """Something that vendor and subscriber both changed. The nodes are None where one of them has it no more."""

    path: str
    collection: str
    section: str | None
    name: str
    before: Node | None
    theirs: Node | None
    yours: Node | None


class Merge(Frozen):
    """All that an upgrade comes to."""

    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...]


def merge(project: Path, old: Delivery, new: Delivery) -> Merge:
    """Return what becomes of a project's files. Nothing is written.

    Raises:
        ConfigurationError: an overlay can't take up what a subscriber took out, because its `remove` is none.
        OSError: a file of the project can't be read.
    """
    steps: list[Step] = []
    conflicts: list[Conflict] = []
    overlays = overlays_of(
        {path.name: path.read_bytes() for path in sorted(project.iterdir()) if _lies_over(path)}
    )
    for path in sorted({*old.files, *new.files}):
        place = project / path
        current = place.read_bytes() if place.is_file() else None
        before, after = old.files.get(path), new.files.get(path)
        if current is not None and before is not None and after is not None and _is_template(path):
            made = _Template(path, before, current, after, overlays)
            steps += made.steps()
            conflicts += made.conflicts
        else:
            steps += _file(path, before, current, after)
    return Merge(tuple(steps), tuple(conflicts))


def _file(path: str, before: bytes | None, current: bytes | None, after: bytes | None) -> Iterator[Step]:
    """Yield what becomes of a file that can't be merged."""
    if after in (before, current):
        return
    if after is None:
        if current == before:
            yield Step(path, Action.REMOVE, "the new delivery has it no more")
        elif current is not None:
            yield Step(path, Action.KEEP, "the new delivery has it no more, and you changed it")
    elif current is None:
        if before is None:
            yield Step(path, Action.ADD, "new in this delivery", after)
        else:
            yield Step(path, Action.KEEP, "you deleted it, and so it stays")
    elif current == before:
        yield Step(path, Action.REPLACE, "you left it as it was delivered", after)
    else:
        yield Step(path, Action.KEEP, f"you changed it; the new one is beside it: {path}.new")
        yield Step(f"{path}.new", Action.ADD, "to be merged by hand", after)


class _Template:
    """A template that all three have, with the overlay that lies over it."""

    def __init__(
        self,
        path: str,
        before: bytes,
        current: bytes,
        after: bytes,
        overlays: Mapping[str, tuple[str, bytes]],
    ) -> None:
        self._path = path
        self._texts = (before, current, after)
        self._nodes = tuple(map(_nodes, self._texts))
        old = self._nodes[0]
        name = old.get("collection") if old is not None else None
        self._collection = name if isinstance(name, Scalar) else None
        self._overlay = overlays.get(self._collection.text) if self._collection else None
        self.conflicts: list[Conflict] = []

    def steps(self) -> Iterator[Step]:
        """Yield what becomes of the template and its overlay."""
        before, current, after = self._texts
        old, mine, new = self._nodes
        if after in (before, current):
            return
        if old is None or mine is None or new is None or self._collection is None:
            yield from _file(self._path, before, current, after)
            return
        edits = edits_between(old, mine)
        if edits.beyond:
            yield Step(self._path, Action.KEEP, f"{edits.beyond[0]}, which no overlay can hold")
            yield Step(f"{self._path}.new", Action.ADD, "to be merged by hand", after)
            return
        laid = _nodes(self._overlay[1]) if self._overlay else None
        found = changed_by_both(Sayings(edits, laid), old, new)
        self.conflicts += [Conflict(self._path, self._collection.text, *one) for one in found]
        if edits:
            yield self._moved(self._collection, edits, laid)
            yield Step(self._path, Action.REPLACE, "your edits live on in its overlay", after)
        else:
            yield Step(self._path, Action.REPLACE, "you left it as it was delivered", after)

    def _moved(self, collection: Scalar, edits: Edits, laid: Nodes | None) -> Step:
        """Return the step that writes edits into an overlay. What one has already, it says with more right."""
        before, current, _ = (text.decode("utf-8") for text in self._texts)
        excerpts = Excerpts(current, before)
        path = _overlay_path(self._path)
        if self._overlay is None or laid is None:
            text = excerpts.overlay(collection, edits)
            return Step(path, Action.MOVE, f"holds what you changed in {self._path}", text.encode())
        path, data = self._overlay
        fresh = Edits(
            tuple(one for one in edits.entries if not says(laid, one)),
            tuple(one for one in edits.removed if one not in removed_by(laid)),
            tuple(pair for pair in edits.neutral if laid.get(pair[0]) is None),
        )
        _check_removals(path, laid, fresh.removed)
        text = with_sections(data.decode("utf-8"), laid, excerpts, fresh)
        return Step(path, Action.MOVE, f"holds also what you changed in {self._path}", text.encode())


def _check_removals(path: str, laid: Nodes, removed: tuple[tuple[str, str], ...]) -> None:
    """Refuse an overlay that what was taken out can't join: it would be lost, or what stands there would.

    Raises:
        ConfigurationError: `remove` is no map of lists of names.
    """
    listed = laid.get("remove")
    if not removed or listed is None:
        return
    if not isinstance(listed, Nodes):
        raise _unfit(path, f"'remove' is a map, not {kind_of(listed)}")
    for section, names in listed:
        if not isinstance(names, Sequence):
            raise _unfit(path, f"'{section.text}' below 'remove' is a list of names, not {kind_of(names)}")
        for name in names:
            if not isinstance(name, Scalar):
                raise _unfit(path, f"'{section.text}' below 'remove' lists names, not {kind_of(name)}")


def _unfit(path: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"'{path}' can't take up what you took out of the template: {why}", HOW_TO_REMOVE
    )


def _nodes(data: bytes) -> Nodes | None:
    findings = Findings(None)
    node = read(data, findings)
    return node if isinstance(node, Nodes) else None


def overlays_of(files: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    """Return overlays by their collections: path and text."""
    found: dict[str, tuple[str, bytes]] = {}
    for path, data in files.items():
        node = _nodes(data)
        name = node.get("overlay") if node is not None else None
        if isinstance(name, Scalar):
            found.setdefault(name.text, (path, data))
    return found


def _lies_over(path: Path) -> bool:
    return is_overlay(path) and path.is_file()


def _is_template(path: str) -> bool:
    return "/" not in path and is_template(Path(path))


def _overlay_path(path: str) -> str:
    return Path(path).with_suffix(OVERLAY_SUFFIXES[0]).as_posix()
