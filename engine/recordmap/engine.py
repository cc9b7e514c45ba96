"""`Engine`: load templates, check them, compile them, map records. The door for programs that embed recordmap.

Connectors and extra functions are passed in; nothing is registered globally, and nothing is imported before it is
used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordmap.compiler.collection import Library, compile_collection
from recordmap.diagnostics import ConfigurationError, Diagnostic, TemplateError
from recordmap.diagnostics.findings import suggestion
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.expression.functions.table import FUNCTIONS, with_functions
from recordmap.project import find_project, project_files, shown
from recordmap.resources import data_folder
from recordmap.runtime.plan import Plan
from recordmap.schema.library import SchemaLibrary
from recordmap.template.model import Case, Collection, Integration
from recordmap.workspace import Document, Workspace

CONNECTORS = ("klaviyo", "store")
"""The connectors that come with recordmap."""


def utc_now() -> str:
    """Return the time as RFC 3339 text in UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Engine:
    """Templates that belong together, checked and compiled on demand. Safe to share between threads."""

    def __init__(self, workspace: Workspace, *, folder: Path | None = None, clock: Callable[[], str] = utc_now) -> None:
        self._workspace = workspace
        self._clock = clock
        self._plans: dict[str, Plan] = {}
        self.folder = folder

    @classmethod
    def load(
        cls,
        path: str | Path = ".",
        *,
        functions: Iterable[FunctionSpec] = (),
        connectors: Iterable[str] = (),
        clock: Callable[[], str] = utc_now,
    ) -> Engine:
        """Load the project at or above `path`. Faults in templates are for `check`; they don't raise here.

        Raises:
            ConfigurationError: there is no project, or an extra function doesn't fit.
        """
        folder = find_project(Path(path))
        workspace = cls._workspace_for(folder, None, functions, connectors)
        workspace.read(Document.from_file(file, shown(file), folder) for file in project_files(folder))
        return cls(workspace, folder=folder, clock=clock)

    @classmethod
    def from_collections(
        cls,
        collections: Iterable[str | Path],
        *,
        schemas: Mapping[str, Any] | None = None,
        functions: Iterable[FunctionSpec] = (),
        clock: Callable[[], str] = utc_now,
    ) -> Engine:
        """Make an engine from templates: a `Path` is a file, a `str` the YAML itself.

        `schemas` maps the names of record schemas to JSON Schemas, beside the shipped ones.

        Raises:
            OSError: a file can't be read.
            ConfigurationError: an extra function doesn't fit.
        """
        workspace = cls._workspace_for(None, schemas, functions, ())
        workspace.read(
            Document.from_file(one, shown(one)) if isinstance(one, Path) else Document(None, one) for one in collections
        )
        return cls(workspace, clock=clock)

    @staticmethod
    def _workspace_for(
        folder: Path | None,
        schemas: Mapping[str, Any] | None,
        functions: Iterable[FunctionSpec],
        connectors: Iterable[str],
    ) -> Workspace:
        folders = [folder / "schemas"] if folder else []
        library = SchemaLibrary((*folders, data_folder("schemas")), schemas)
        return Workspace(with_functions(FUNCTIONS, functions), library, (*CONNECTORS, *connectors))

    def check(self) -> list[Diagnostic]:
        """Return all findings, by place."""
        return self._workspace.check()

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections by name."""
        return self._workspace.collections

    @property
    def integration(self) -> Integration | None:
        """The project's integration, if it has one that can be read."""
        return self._workspace.integration

    @property
    def cases(self) -> list[tuple[str | None, tuple[Case, ...]]]:
        """The cases by file."""
        return self._workspace.cases

    def plan(self, name: str, settings: Mapping[str, Any] | None = None) -> Plan:
        """Return the compiled collection of that name. `settings` stand in for the integration's.

        Raises:
            TemplateError: the collection, or one below it, has errors; all of them are in it.
            ConfigurationError: there is no collection of that name.
        """
        if settings is None and name in self._plans:
            return self._plans[name]
        collection = self.collections.get(name)
        if collection is None:
            hint = suggestion(name, self.collections)
            raise ConfigurationError(f"there is no collection '{name}'", hint)
        errors = self._workspace.errors_of(one.file for one in self._workspace.below(collection))
        if errors:
            raise TemplateError(errors)
        plan = compile_collection(collection, self._library(settings))
        if settings is None:
            self._plans[name] = plan
        return plan

    def _library(self, settings: Mapping[str, Any] | None) -> Library:
        workspace = self._workspace
        if settings is None:
            settings = workspace.integration.settings if workspace.integration else {}
        return Library(workspace.collections, workspace.loaded_schemas, workspace.functions, settings, self._clock)
