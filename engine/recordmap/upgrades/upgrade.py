"""An upgrade as a whole: what it comes to, what that means for records, whether it can run, and doing it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from recordmap.delivery import FOLDER, Delivery, written
from recordmap.diagnostics import ConfigurationError, Diagnostic, Severity
from recordmap.engine import Engine
from recordmap.frozen import Frozen
from recordmap.project import is_overlay, project_files
from recordmap.repair import Change
from recordmap.upgrades.effects import Effect, Effects
from recordmap.upgrades.merge import Action, Conflict, Merge, Step, merge, overlays_of


class Upgrade(Frozen):
    """What an upgrade comes to. `errors` are the findings that would stop the project and don't today."""

    project: Path
    old: Delivery
    new: Delivery
    steps: tuple[Step, ...]
    conflicts: tuple[tuple[Conflict, Effect | None], ...]
    errors: tuple[Diagnostic, ...]

    def write(self) -> None:
        """Write the files, and what was delivered last of all: until then the same upgrade can be made again.

        Raises:
            ConfigurationError: a file was changed meanwhile, lies elsewhere by a link, or can't be put into its place.
            OSError: a file can't be written.
        """
        kept = written(self.new)
        for name in (*(step.path for step in self.steps), *kept):
            if not (self.project / name).resolve().is_relative_to(self.project):
                hint = "put the file itself, or the folder, into the place of the link"
                raise ConfigurationError(f"'{name}' is a link that leads out of the project", hint)
        gone = {step.path for step in self.steps if step.action is Action.REMOVE}
        gone |= {f"{FOLDER}/{name}" for name in self.old.files} - kept.keys()
        for name in (*(step.path for step in self.steps if step.data is not None), *kept):
            _check_room(self.project, name, gone)
        for step in self.steps:
            path = self.project / step.path
            if step.action is Action.REMOVE:
                path.unlink(missing_ok=True)
            elif step.data is not None:
                _write(path, step.data)
        for name in self.old.files:
            if f"{FOLDER}/{name}" not in kept:
                (self.project / FOLDER / name).unlink(missing_ok=True)
        for name, data in sorted(kept.items(), key=lambda item: item[0].endswith("delivery.json")):
            _write(self.project / name, data)


def _check_room(project: Path, name: str, gone: Collection[str]) -> None:
    """Refuse a file in whose place, or in the place of whose folder, something else lies; `gone` is taken away first.

    Raises:
        ConfigurationError: its name and the project's don't go together.
    """
    hint = "give what lies there another name, and upgrade again; nothing was written"
    if (project / name).is_dir():
        raise ConfigurationError(f"'{name}' is a folder here, and a file in the delivery", hint)
    for above in list(PurePosixPath(name).parents)[:-1]:
        if str(above) not in gone and (project / above).exists() and not (project / above).is_dir():
            raise ConfigurationError(f"'{above}' is a file here, and a folder in the delivery", hint)


def prepare(project: Path, old: Delivery, new: Delivery) -> Upgrade:
    """Work out an upgrade. Nothing is written.

    Raises:
        ConfigurationError: the project can't be read.
        OSError: a file can't be read.
    """
    project = project.resolve()
    made = merge(project, old, new)
    texts = _texts(project, made)
    overlays = overlays_of(
        {path.name: texts.get(path) or path.read_bytes() for path in _overlay_paths(project, texts)}
    )
    effects = Effects(project, texts, {project / path: name for name, (path, _) in overlays.items()})
    found = set(map(_what, _errors(Engine.for_files(project, project_files(project)))))
    after = Engine.for_files(project, texts, texts)
    errors = tuple(one for one in _errors(after) if _what(one) not in found)
    conflicts = tuple((one, effects.of(one)) for one in made.conflicts)
    return Upgrade(project, old, new, made.steps, conflicts, errors)


def _texts(project: Path, made: Merge) -> dict[Path, bytes]:
    """Return the YAML files of the project as they will be; one that is removed says nothing."""
    texts = {path.resolve(): path.read_bytes() for path in project_files(project)}
    for step in made.steps:
        path = project / step.path
        if step.action is Action.REMOVE:
            texts.pop(path, None)
        elif step.data is not None and "/" not in step.path and path.suffix in (".yaml", ".yml"):
            texts[path] = step.data
    return texts


def _overlay_paths(project: Path, texts: Mapping[Path, bytes]) -> list[Path]:
    return sorted(path for path in texts if is_overlay(path) and path.parent == project)


def _errors(engine: Engine) -> list[Diagnostic]:
    return [one for one in engine.check() if one.severity is Severity.ERROR]


def _what(finding: Diagnostic) -> tuple[str, str | None, str | None, str]:
    """Return what tells a finding apart, in whatever file and line it stands."""
    return finding.code, finding.collection, finding.field, finding.message


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        Change(path, path.read_bytes(), data).write()
        return
    with path.open("xb") as file:
        file.write(data)
