"""Templates read together: parsed, held against each other, and checked. What `Engine` stands on.

Reading never raises for what a template says: every fault is a finding, and whatever could be read is kept, so that
one pass finds everything.
"""

from __future__ import annotations

from _thread import allocate_lock  # threading.Lock, without what else threading brings
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recordmap.checks.flow import Flow, flow_of
from recordmap.checks.rounds import Rounds
from recordmap.checks.rule import OptionFault, OptionFaults, Surroundings, jobs_of, names_in
from recordmap.collector import resting
from recordmap.diagnostics import Diagnostic
from recordmap.diagnostics.findings import Findings, guessing, suggestion
from recordmap.diagnostics.model import Label
from recordmap.document import Document
from recordmap.expression.functions.spec import FunctionSpec
from recordmap.expression.functions.table import FUNCTIONS as OURS
from recordmap.expression.functions.table import with_functions
from recordmap.found import Found
from recordmap.outside import load_schemas, with_installed_connectors, with_installed_functions
from recordmap.plugins import BUILT_IN
from recordmap.resources import data_folder
from recordmap.schema.library import SchemaLibrary
from recordmap.schema.record import RecordSchema
from recordmap.template.collection import parse_collection
from recordmap.template.integration import parse_integration
from recordmap.template.model import Case, Collection, Integration, with_all_below

if TYPE_CHECKING:
    from recordmap.readings import Readings
    from recordmap.template.overlay import Overlay

T = TypeVar("T")


class Workspace:
    """Everything that was read, by kind, with the findings of each file.

    `unread` names the files of which so little could be read that nothing came of them; `unread_overlays` are those
    among the overlays, which may be meant for any collection. `given` names connectors that a program has of its own.
    """

    def __init__(
        self, functions: Mapping[str, FunctionSpec], schemas: SchemaLibrary, given: tuple[str, ...]
    ) -> None:
        self.functions = functions
        self.schemas = schemas
        self.connectors = (*BUILT_IN, *given)
        self._given = given
        self.collections: dict[str, Collection] = {}
        self.integration: Integration | None = None
        self.integration_files: list[str | None] = []
        self.unread: list[str | None] = []
        self.unread_overlays: list[str | None] = []
        self.loaded_schemas: dict[str, RecordSchema] = {}
        self._cases: list[tuple[str | None, tuple[Case, ...]]] = []
        self._waiting: list[Document] = []  # cases files, which say nothing that mapping needs
        self._overlays: dict[str, Overlay] = {}
        self._found = Found()
        self._subjects: list[tuple[Collection | Integration | Case, Findings]] = []
        self._schema_faults: dict[str, str] = {}
        self._rounds = Rounds()
        self._prepared = False
        self.readings: Readings | None = None
        self._lock = allocate_lock()

    @classmethod
    def of(
        cls,
        folder: Path | None,
        schemas: Mapping[str, Any] | None,
        functions: Iterable[FunctionSpec],
        connectors: Iterable[str],
    ) -> Workspace:
        """Make a workspace with what comes along, what is given, and the schemas of a project folder.

        Raises:
            ConfigurationError: a function doesn't fit.
        """
        folders = [folder / "schemas"] if folder else []
        library = SchemaLibrary((*folders, data_folder("schemas")), schemas)
        return cls(with_functions(OURS, functions), library, tuple(connectors))

    @resting()
    @guessing()
    def read(self, documents: Iterable[Document]) -> None:
        """Parse documents and add what they hold. Overlays are laid over the templates among them."""
        templates = []
        for document in documents:
            if document.fault is not None:
                findings = Findings(document.name)
                message = f"the file can't be read: {document.fault}"
                findings.add("unreadable-file", message, hint=document.advice)
                self._found.add(findings)
                self._names_of(document).append(document.name)
                continue
            if document.is_cases:
                self._waiting.append(document)
            elif document.is_integration:
                self._read_integration(document)
            elif document.is_overlay:
                self._read_overlay(document)
            else:
                templates.append(document)
        tables: set[Path] = set()
        nameless = [(document, self._read_collection(document, tables)) for document in templates]
        # A table that lies beside its template is no template.
        for document, found in nameless:
            if found is not None and document.place not in tables:
                self._found.add(found, document)
                if not any(one.code == "not-a-template" for one in found):
                    self.unread.append(document.name)

    def _names_of(self, document: Document) -> list[str | None]:
        """Return the list that names a file of this kind that can't be read."""
        if document.is_integration:
            return self.integration_files
        return self.unread_overlays if document.is_overlay else self.unread

    def _read_again(self, document: Document, parse: Callable[[], tuple[T, Findings]]) -> tuple[T, Findings]:
        return parse() if self.readings is None else self.readings.read(document, parse)

    def _read_overlay(self, document: Document) -> None:
        from recordmap.template.overlay import parse_overlay  # noqa: PLC0415 - most projects have none

        overlay, findings = parse_overlay(document.data, document.name)
        self._found.add(findings, document)
        if overlay is None:
            self.unread_overlays.append(document.name)
            return
        first = self._overlays.setdefault(overlay.collection.text, overlay)
        if first is not overlay:
            message = f"'{overlay.collection.text}' has an overlay already: {first.file or 'another one'}"
            hint = "put everything into one of the two"
            findings.add("duplicate-overlay", message, overlay.collection.span, hint=hint)

    def _read_collection(self, document: Document, tables: set[Path]) -> Findings | None:
        """Read a template, and add the places of its tables. Where nothing comes of it, return what was found."""
        files = document.beside.read if document.beside else None
        if self._overlays:  # what they say belongs to what comes of it
            collection, findings = parse_collection(document.data, document.name, files, self._overlays)
        else:
            collection, findings = self._read_again(
                document, lambda: parse_collection(document.data, document.name, files, {})
            )
        if collection is None:
            return findings
        self._found.add(findings, document)
        if document.beside is not None:
            named = (lookup.file for lookup in collection.lookups.values())
            tables.update(document.beside.place(file) for file in named if file is not None)
        self._subjects.append((collection, findings))
        first = self.collections.setdefault(collection.title, collection)
        if first is not collection:
            findings.add(
                "duplicate-collection",
                f"'{collection.title}' is also the name of {first.file or 'another template'}",
                collection.name.span,
                hint="give each collection its own name",
                labels=(Label(first.name.span, "the first is here"),)
                if first.file == collection.file
                else (),
            )
        return None

    def _read_integration(self, document: Document) -> None:
        integration, findings = self._read_again(
            document, lambda: parse_integration(document.data, document.name)
        )
        self.integration_files.append(document.name)
        self._found.add(findings, document)
        if integration is not None:
            self.integration = integration
            self._subjects.append((integration, findings))

    def _read_cases(self, document: Document) -> None:
        from recordmap.template.cases import parse_cases  # noqa: PLC0415 - as they are waiting

        records = document.beside.record if document.beside else None
        cases, findings = self._read_again(
            document, lambda: parse_cases(document.data, document.name, records)
        )
        self._found.add(findings, document)
        self._cases.append((document.name, cases))
        self._subjects.extend((case, findings) for case in cases)

    @property
    def cases(self) -> list[tuple[str | None, tuple[Case, ...]]]:
        """The cases by file. They are parsed when somebody asks for them."""
        with self._lock:
            self._read_waiting()
            return self._cases

    @resting()
    @guessing()
    def _read_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for document in waiting:
            self._read_cases(document)

    def check(self) -> list[Diagnostic]:
        """Run every rule over everything that was read; return all findings by place, but those that are ignored."""
        with self._lock:
            self._read_waiting()
            self._run_rules()
            return self._found.shown()

    def accepted(self) -> list[Diagnostic]:
        """Return the findings that comments leave out, by place: what authors know of and want to have so."""
        with self._lock:
            self._run_rules()
            return self._found.accepted()

    @guessing()
    def _run_rules(self, files: Set[str | None] | None = None) -> None:
        """Run every rule once over every subject; for some files, where they stand, those that can find an error."""
        if not self._prepared:
            self._prepared = True
            subjects = [subject for subject, _ in self._subjects]
            self.loaded_schemas, self._schema_faults = load_schemas(subjects, self.schemas)
            self.connectors = with_installed_connectors(self.connectors, self.integration)
            self.functions = with_installed_functions(self.functions, self.collections.values())
            self._report_loose_overlays()
        around = None
        for number, (subject, findings) in enumerate(self._subjects):
            if files is not None and files.isdisjoint((findings.file, findings.overlay)):
                continue
            for rule in self._rounds.left(number, subject, errors_only=files is not None):
                around = around or self._surroundings()
                findings.collection = subject.title if isinstance(subject, Collection) else None
                rule(subject, around, findings)

    def errors_of(self, files: Iterable[str | None]) -> list[Diagnostic]:
        """Return the errors in these files, by place. Cases files are read only when one of them is meant."""
        wanted = set(files)
        with self._lock:
            if any(document.name in wanted for document in self._waiting):
                self._read_waiting()
            self._run_rules(wanted)
            return self._found.errors_of(wanted)

    def integration_errors(self, given: Set[str]) -> list[Diagnostic]:
        """Return the errors of the integration, by place, when a program has these connectors of its own."""
        errors = self.errors_of(self.integration_files)
        if self.integration is None:
            return errors
        from recordmap.checks.connector_options import tell  # noqa: PLC0415 - whoever maps has no integration

        before, now = Findings(self.integration.file), Findings(self.integration.file)
        tell(self.integration, _options_with(self._given), before)
        tell(self.integration, _options_with(given), now)
        ours = set(before) - set(now)
        return [one for one in errors if one not in ours]

    def flow(self, collection: Collection) -> Flow:
        """Return the types that flow through a collection."""
        with self._lock:
            self._run_rules()
            return flow_of(collection, self._surroundings())

    def below(self, collection: Collection) -> Iterator[Collection]:
        """Yield a collection and all child collections below it."""
        return with_all_below(collection, self.collections)

    def named_below(self, collection: Collection) -> Iterator[str]:
        """Yield the names of child collections in it and below: of one in a file that can't be read no rule tells."""
        return (child.collection.text for one in self.below(collection) for child in one.children)

    def _report_loose_overlays(self) -> None:
        """Report overlays for collections that don't exist. One that can't be read may be the one that is meant."""
        for name, overlay in self._overlays.items():
            if name not in self.collections and not self.unread:
                message = f"there is no collection '{name}' that this could be laid over"
                hint = suggestion(name, self.collections)
                overlay.findings.add("unknown-collection", message, overlay.collection.span, hint=hint)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            self.collections,
            self.loaded_schemas,
            self._schema_faults,
            self.schemas.names,
            self.functions,
            self.connectors,
            _options_with(self._given),
            {},
            self.integration,
            names_in(self.collections.values(), self.integration),
            jobs_of(self.collections.values()),
            unread=bool(self.unread),
        )


def _options_with(given: Container[str]) -> OptionFaults:
    """Return what tells of wrong options of connectors, when a program has connectors of its own of these names."""

    def option_faults(connector: str, role: str, options: Mapping[str, Any]) -> Iterator[OptionFault]:
        from recordmap import connector_options  # noqa: PLC0415 - whoever maps has no connectors

        return connector_options.option_faults(connector, role, options, given)

    return option_faults
