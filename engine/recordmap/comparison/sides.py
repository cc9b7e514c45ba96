"""What is compared: a project folder, a template file, or a git revision of the project, each as an engine.

A template file, or an overlay, stands for the project around it with this file in place of the one for the same
collection. Nothing is written but the files of a revision, into a folder that the caller throws away.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recordmap.comparison import revisions
from recordmap.delivery import FOLDER as DELIVERED
from recordmap.diagnostics import ConfigurationError
from recordmap.diagnostics.advised import command
from recordmap.document import Document
from recordmap.engine import Engine, engine_of
from recordmap.frozen import Frozen
from recordmap.project import INTEGRATION_FILE, find_project, is_overlay, is_template, project_files, shown
from recordmap.template.collection import parse_collection
from recordmap.template.overlay import parse_overlay

if TYPE_CHECKING:
    from recordmap.template.model import Collection, Integration


class Side(Frozen):
    """One side of a comparison.

    `name` is what it was asked for by, `commit` the commit of a revision. `only` is the collection of a template file
    that no integration runs: it is compared on its own.
    """

    name: str
    engine: Engine
    commit: str | None = None
    only: str | None = None

    @property
    def integration(self) -> Integration | None:
        """The integration, if there is one."""
        return self.engine.integration

    def collection(self, name: str | None) -> Collection | None:
        """Return the collection of that name, if there is one."""
        return None if name is None else self.engine.collections.get(name)

    def runs(self) -> dict[str, str]:
        """Return the collections that the integration runs, by operation; those that are disabled are left out."""
        found = self.integration
        named = {} if found is None else {"add": found.add, "update": found.update}
        return {
            operation: name.text
            for operation, name in named.items()
            if name is not None
            and (collection := self.engine.collections.get(name.text)) is not None
            and collection.enabled
        }


def open_side(name: str, project: Path, scratch: Path) -> Side:
    """Open what `name` means: a folder, a template file, or a git revision of `project`.

    `scratch` is an empty folder, which a revision is copied to; it must stay until the side is no longer used.

    Raises:
        ConfigurationError: it is nothing of that kind, or can't be read.
    """
    path = Path(name)
    if path.is_dir():
        return Side(name, Engine.load(path))
    if path.is_file():
        return _file_side(name, path.resolve(), project)
    folder = _project_or_none(project)
    if folder is None or not revisions.is_revision(folder, name):
        raise ConfigurationError(
            f"'{name}' is no folder, no template file and no git revision of this project", _instead(folder)
        )
    revisions.export(folder, name, scratch)
    if not (scratch / INTEGRATION_FILE).is_file():
        raise ConfigurationError(
            f"there was no project in {shown(folder) or '.'} at {name}: no {INTEGRATION_FILE}",
            _later(folder),
        )
    documents = (
        Document.from_file(file, f"{name}:./{file.relative_to(scratch).as_posix()}", scratch)
        for file in project_files(scratch)
    )
    commit = revisions.short_commit(folder, name)
    return Side(name, engine_of(documents, scratch), commit=commit)


def _file_side(name: str, path: Path, project: Path) -> Side:
    if not is_template(path) and not is_overlay(path):
        raise ConfigurationError(
            f"'{name}' is no template", "name a template, the folder of a project, or a git revision"
        )
    folder = _project_or_none(path.parent) or _project_or_none(project)
    ours = Document.from_file(path, shown(path), folder)
    about = _about(ours)
    around = project_files(folder) if folder is not None else []
    documents = [Document.from_file(file, shown(file), folder) for file in around if file.resolve() != path]
    kept = [one for one in documents if about is None or _about(one) != about]
    engine = engine_of([*kept, ours], folder)
    collection = None if about is None else engine.collections.get(about[1])
    if collection is None:
        return Side(name, engine)
    integration = engine.integration
    named = () if integration is None else (integration.add, integration.update)
    title = collection.title
    is_run = any(one is not None and one.text == title for one in named) or collection.child_of is not None
    return Side(name, engine, only=None if is_run else title)


def _about(document: Document) -> tuple[str, str] | None:
    """Return whether a document is a template or an overlay, and of which collection; None for any other."""
    path = Path(document.name or "")
    if is_overlay(path):
        overlay = parse_overlay(document.data, document.name)[0]
        return None if overlay is None else ("overlay", overlay.collection.text)
    if not is_template(path):
        return None
    collection = parse_collection(document.data, document.name, None)[0]
    return None if collection is None else ("template", collection.title)


def _instead(project: Path | None) -> str:
    """Return what else can be compared, for whoever named nothing that is there."""
    ways = []
    if project is not None and revisions.is_revision(project, "HEAD"):
        here = shown(project)
        of = () if here == "." else ("--project", here)  # whose commit it is
        ways.append(f"the last commit with what stands here: {command('diff', 'HEAD', here, *of)}")
    delivered = _with_delivered(project)
    if delivered is not None:
        ways.append(delivered)
    if not ways:
        return "name two folders, or make this a git repository and commit the project"
    return f"compare {', or '.join(ways)}"


def _later(project: Path) -> str:
    """Return what else can be compared, where a revision has no project yet."""
    delivered = _with_delivered(project)
    if delivered is None:
        return "commit it first, or name a later revision"
    return f"commit it first, name a later revision, or compare {delivered}"


def _with_delivered(project: Path | None) -> str | None:
    """Return how to compare a project with its templates as they were delivered; None where it doesn't have them."""
    if project is None or not (project / DELIVERED).is_dir():
        return None
    old, new = shown(project / DELIVERED), shown(project)
    return f"what was delivered with what stands here: {command('diff', old, new)}"


def _project_or_none(folder: Path) -> Path | None:
    try:
        return find_project(folder)
    except ConfigurationError:
        return None
