"""`Engine`: load templates, check them, compile them, map records. The door for programs that embed recordmap.

Connectors and extra functions are passed in; nothing is registered globally, and nothing is imported before it is
used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import AbstractContextManager
from pathlib import Path
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any

from recordmap.collector import importing, resting
from recordmap.diagnostics import ConfigurationError, Diagnostic, TemplateError
from recordmap.document import Document
from recordmap.project import INTEGRATION_FILE, FilesBeside, find_project, located, project_files, shown

if TYPE_CHECKING:
    from recordmap.compiler.ground import Library
    from recordmap.compiler.held import Decoded
    from recordmap.expression.functions.spec import FunctionSpec
    from recordmap.readings import Readings
    from recordmap.runtime.plan import Function, Plan
    from recordmap.schema.library import SchemaLibrary
    from recordmap.schema.record import RecordSchema
    from recordmap.session import Session
    from recordmap.template.model import Case, Collection, Integration
    from recordmap.trace.model import RecordTrace
    from recordmap.workspace import Workspace


def utc_now() -> str:
    """Return the time as RFC 3339 text in UTC, whole seconds."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())


class Engine:
    """Templates that belong together, checked and compiled on demand. Safe to share between threads."""

    def __init__(
        self, workspace: Workspace, *, folder: Path | None = None, clock: Callable[[], str] = utc_now
    ) -> None:
        self._workspace = workspace
        self.clock = clock
        self._plans: dict[str, Plan] = {}
        self.folder = folder

    @classmethod
    @resting()
    def load(
        cls,
        path: str | Path = ".",
        *,
        schemas: Mapping[str, Any] | None = None,
        functions: Iterable[FunctionSpec] = (),
        connectors: Iterable[str] = (),
        clock: Callable[[], str] = utc_now,
    ) -> Engine:
        """Load the project at or above `path`. Faults in templates are for `check`; they don't raise here.

        `schemas` maps the names of record schemas to JSON Schemas that stand in for those on disk.

        Raises:
            ConfigurationError: there is no project, or an extra function doesn't fit.
        """
        folder = find_project(Path(path))
        workspace = cls._workspace_for(folder, schemas, functions, connectors)
        workspace.read(Document.from_file(file, shown(file), folder) for file in project_files(folder))
        return cls(workspace, folder=folder, clock=clock)

    @classmethod
    @resting()
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
            ConfigurationError: an extra function doesn't fit.
        """
        workspace = cls._workspace_for(None, schemas, functions, ())
        workspace.read(
            Document.from_file(one, shown(one)) if isinstance(one, Path) else Document(None, one)
            for one in collections
        )
        return cls(workspace, clock=clock)

    @staticmethod
    def _workspace_for(
        folder: Path | None,
        schemas: Mapping[str, Any] | None,
        functions: Iterable[FunctionSpec],
        connectors: Iterable[str],
    ) -> Workspace:
        with importing():
            from recordmap.workspace import Workspace  # noqa: PLC0415 - reads YAML; importing the engine reads none

        return Workspace.of(folder, schemas, functions, connectors)

    @classmethod
    def for_files(
        cls,
        folder: Path,
        files: Iterable[Path],
        texts: Mapping[Path, bytes] | None = None,
        readings: Readings | None = None,
    ) -> Engine:
        """Make an engine for single files and the project folder around them, which may hold no project yet.

        `texts` stand in for what is on disk, by resolved path: what an editor holds, or a fix would make. `readings`
        hold what was read of the same files before.
        """
        workspace = cls._workspace_for(folder, None, (), ())
        if readings is not None:
            workspace.readings = readings
        around = project_files(folder) if (folder / INTEGRATION_FILE).is_file() else []
        every = list(dict.fromkeys(located(path) for path in (*around, *files)))
        workspace.read(
            Document(shown(file, resolved=True), texts[file], FilesBeside(file.parent, folder))
            if texts and file in texts
            else Document.from_file(file, shown(file, resolved=True), folder)
            for file in every
        )
        return cls(workspace, folder=folder)

    def check(self) -> list[Diagnostic]:
        """Return all findings, by place."""
        return self._workspace.check()

    @property
    def workspace(self) -> Workspace:
        """Everything that was read, for tools that look into templates."""
        return self._workspace

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The collections by name."""
        return self._workspace.collections

    @property
    def schemas(self) -> SchemaLibrary:
        """The record schemas at hand."""
        return self._workspace.schemas

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
        collection = self._collection(name)
        with resting():
            files = [file for one in self._workspace.below(collection) for file in one.files]
            errors = self._workspace.errors_of([*files, *self._workspace.unread_overlays])
            if errors:
                raise TemplateError(errors)
            for child in self._workspace.named_below(collection):
                self._collection(child)
            with importing():
                from recordmap.compiler.collection import compile_collection  # noqa: PLC0415 - `check` does without

            plan = compile_collection(collection, self._library(settings))
        if settings is None:
            self._plans[name] = plan
        return plan

    @resting()
    def function_for_objects(self, name: str, objects: Decoded) -> Function:
        """Return the function of a collection for `objects`. It gives None for what `plan` (raising as it) must map."""
        self.plan(name)
        from recordmap.compiler.collection import compile_for_objects  # noqa: PLC0415 - as there

        return compile_for_objects(self._collection(name), self._library(None), objects)

    def checked_integration(self, given: Set[str] = frozenset()) -> tuple[Integration, RecordSchema]:
        """Return the integration, free of errors and with all its collections, and the schema of its destination.

        `given` names connectors that are not ours, whatever their names are: their options may be any.

        Raises:
            TemplateError: it has errors, or a file that may hold one of its collections can't be read.
            ConfigurationError: there is none, or a collection is not there.
        """
        if errors := self._workspace.integration_errors(given):
            raise TemplateError(errors)
        if self.integration is None:
            raise ConfigurationError("there is no integration here", "integration.yaml says where records go")
        for name in filter(None, (self.integration.add, self.integration.update)):
            for child in self._workspace.named_below(self._collection(name.text)):
                self._collection(child)
        return self.integration, self._workspace.loaded_schemas[self.integration.destination.schema.text]

    def trace(
        self,
        name: str,
        record: Any,
        existing: Any = None,
        parent: Any = None,
        now: str | None = None,
        previous: Any = None,
    ) -> RecordTrace:
        """Map one record slowly, and return every step of it; the arguments are those of a plan.

        Raises:
            TemplateError: the collection, or one below it, has errors.
            ConfigurationError: there is no collection of that name.
        """
        from recordmap.trace.evaluator import trace  # noqa: PLC0415 - slow, and only for explanations
        from recordmap.trace.materials import Materials  # noqa: PLC0415 - as above

        self.plan(name)
        library = self._library(None)
        materials = Materials(library.collections, library.schemas, library.functions, library.settings)
        return trace(
            self.collections[name], materials, record, existing, parent, now or self.clock(), previous
        )

    def misfits(self, name: str, record: Any) -> list[str]:
        """Return what of a record doesn't fit the source schema of a collection: places and kinds, never values.

        Raises:
            ConfigurationError: there is no collection of that name.
            SchemaError: its source schema can't be used.
        """
        from recordmap.schema.validation import misfits  # noqa: PLC0415 - slow, and only for explanations

        found = misfits(self._collection(name).source.text, record, self._workspace.schemas)
        return [str(one) for one in found]

    def custom_container(self, name: str) -> str:
        """Return the field that holds the custom fields of what a collection makes.

        Raises:
            ConfigurationError: there is no collection of that name.
        """
        from recordmap.schema.record import DEFAULT_CUSTOM_CONTAINER  # noqa: PLC0415 - as above

        schema = self._workspace.loaded_schemas.get(self._collection(name).destination.text)
        return (schema.custom_container if schema else None) or DEFAULT_CUSTOM_CONTAINER

    def session(
        self,
        *,
        environ: Mapping[str, str] | None = None,
        connectors: Mapping[str, Any] | None = None,
    ) -> AbstractContextManager[Session]:
        """Open the integration for a sync; connectors are closed at the end of the `with` block.

        `connectors` maps names to factories (see `recordmap.wiring`), before the built-in and installed ones;
        `environ` stands in for the process's environment, where keys come from.

        Raises:
            TemplateError: the integration, or a collection it uses, has errors.
            ConfigurationError: there is no integration, or a connector can't be made from its options.
            ConnectorError: the destination can't be opened.
        """
        from recordmap.wiring import open_session  # noqa: PLC0415 - connectors are heavy, and mapping needs none

        return open_session(self, environ=os.environ if environ is None else environ, connectors=connectors)

    def _collection(self, name: str) -> Collection:
        collection = self.collections.get(name)
        if collection is None:
            unread = self._workspace.errors_of(self._workspace.unread)
            if unread:  # it may well stand in one of these files
                raise TemplateError(unread)
            from recordmap.diagnostics.findings import suggestion  # noqa: PLC0415 - only for what is wrong

            raise ConfigurationError(f"there is no collection '{name}'", suggestion(name, self.collections))
        return collection

    def _library(self, settings: Mapping[str, Any] | None) -> Library:
        from recordmap.compiler.ground import Library  # noqa: PLC0415 - as above

        workspace = self._workspace
        if settings is None:
            settings = workspace.integration.settings if workspace.integration else {}
        return Library(
            workspace.collections, workspace.loaded_schemas, workspace.functions, settings, self.clock
        )


def engine_of(documents: Iterable[Document], folder: Path | None = None) -> Engine:
    """Return an engine of documents that stand for a project in `folder`, whose record schemas count."""
    workspace = Engine._workspace_for(folder, None, (), ())
    workspace.read(documents)
    return Engine(workspace, folder=folder)
