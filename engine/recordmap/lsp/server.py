"""The language server over standard input and output: which request goes where. pygls speaks the protocol."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from recordmap import __version__
from recordmap.diagnostics import Diagnostic, Fix
from recordmap.diagnostics.edits import apply
from recordmap.lsp import protocol
from recordmap.lsp.completion import complete
from recordmap.lsp.definition import definition
from recordmap.lsp.hover import hover
from recordmap.lsp.live import LiveChecks
from recordmap.lsp.outline import Outline
from recordmap.lsp.projects import Checked, Projects, path_of
from recordmap.lsp.protocol import Page, Protocol
from recordmap.lsp.signatures import signature
from recordmap.lsp.symbols import symbols
from recordmap.project import folder_around
from recordmap.template.characters import MAX_BYTES

_WATCHED = "**/*.{yaml,yml,json,csv}"
_FIX_ALL = types.CodeActionKind.SourceFixAll


class Server(LanguageServer):
    """The server with what it keeps: open texts, projects, and what was published of each."""

    def __init__(self) -> None:
        # Whole texts, because pygls counts lines at signs that neither YAML nor editors take for line ends.
        full = types.TextDocumentSyncKind.Full
        super().__init__("recordmap", __version__, text_document_sync_kind=full, protocol_cls=Protocol)
        self.projects = Projects()
        self.checks = LiveChecks(self.projects, self.publish)
        self._uris: dict[Path, str] = {}
        self._published: dict[Path, set[Path]] = {}

    def put(self, uri: str, text: str) -> None:
        """Take the text of an open file."""
        path = _path(uri)
        if path is not None:
            self._uris[path] = uri
            self.projects.texts[path] = text
            self.checks.changed(folder_around(path))

    def close(self, uri: str) -> None:
        """Forget an open file; with the last one of a project go its findings."""
        path = _path(uri)
        if path is None or self.projects.texts.pop(path, None) is None:
            return
        folder = folder_around(path)
        if self.projects.open_files(folder):
            self.checks.changed(folder)
        else:
            self.projects.forget(folder)
            for one in self._published.pop(folder, set()):
                self._send(one, [])
        self._uris.pop(path, None)

    def changed_on_disk(self, uri: str) -> None:
        """Check the projects again that a file may belong to."""
        path = _path(uri)
        if path is not None:
            folders = {folder_around(one) for one in self.projects.texts}
            for folder in folders:
                if path.is_relative_to(folder):
                    self.checks.changed(folder)

    def publish(self, folder: Path, checked: Checked) -> None:
        """Tell the client what was found in a project: in open files, and in others that have or had findings."""
        before = self._published.get(folder, set())
        found = {path for path, findings in checked.findings.items() if findings}
        for path in sorted(found | before | checked.texts.keys()):
            self._send(path, checked.findings.get(path, []))
        self._published[folder] = found | set(checked.texts)

    def _send(self, path: Path, findings: list[Diagnostic]) -> None:
        uri = self.uri(path)
        page = self.page(path)
        shown = [protocol.finding(one, page, uri) for one in findings]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown))

    def uri(self, path: Path) -> str:
        """Return the address of a file, as the client writes it if it is open."""
        return self._uris.get(path) or path.as_uri()

    def page(self, path: Path) -> Page:
        """Return the text of a file, open or on disk, for its positions."""
        text = self.projects.texts.get(path)
        if text is None:
            try:
                text = path.read_bytes().decode("utf-8", "replace")
            except OSError:
                text = ""
        return Page(text, self.workspace.position_codec)

    def opened(self, uri: str) -> tuple[Path, str] | None:
        """Return an open file if it is a template, and not too large to be one."""
        path = _path(uri)
        if path is None or not self.projects.is_ours(path):
            return None
        text = self.projects.texts[path]
        return (path, text) if len(text) <= MAX_BYTES else None


def _path(uri: str) -> Path | None:
    name = uris.to_fs_path(uri)
    if not name:
        return None
    try:
        path = Path(name).resolve()
        path.is_file()  # there may be none yet, but it may be asked
    except (OSError, ValueError):
        return None  # no file can have such a name
    return path


def make_server() -> Server:
    """Return a server that answers every request it promises."""
    server = Server()
    _add_documents(server)
    _add_questions(server)
    _add_actions(server)
    return server


def serve() -> None:
    """Serve one client on standard input and output, until it says goodbye."""
    # pygls logs whole messages, and they hold the texts of templates and of records in cases.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    make_server().start_io()


def _add_documents(server: Server) -> None:
    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching and watching.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCHED)])
            wanted = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(types.RegistrationParams([wanted]))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.put(params.text_document.uri, params.text_document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.put(uri, server.workspace.get_text_document(uri).source)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.changed_on_disk(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            server.changed_on_disk(change.uri)


def _add_questions(server: Server) -> None:
    completing = types.CompletionOptions(trigger_characters=[".", '"', "'", "(", ",", " ", ":", "[", "{"])

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, completing)
    def completion(params: types.CompletionParams) -> types.CompletionList | None:
        opened = server.opened(params.text_document.uri)
        if opened is None:
            return None
        path, text = opened
        page = server.page(path)
        place = page.position_from(params.position)
        found = complete(text.removeprefix("\ufeff"), place, lambda one: server.projects.facts(path, one))
        return protocol.completion(found, page)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovering(params: types.HoverParams) -> types.Hover | None:
        opened = server.opened(params.text_document.uri)
        if opened is None:
            return None
        path, text = opened
        page = server.page(path)
        said = hover(page.position_from(params.position), server.projects.facts(path, Outline(text)))
        return None if said is None else types.Hover(protocol.markdown(said[0]), page.range(said[1]))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def defining(params: types.DefinitionParams) -> types.Location | None:
        opened = server.opened(params.text_document.uri)
        if opened is None:
            return None
        path, text = opened
        place = server.page(path).position_from(params.position)
        target = definition(place, server.projects.facts(path, Outline(text)))
        if target is None:
            return None
        there = path_of(target.file) if target.file else path
        if target.beside:
            there = (path.parent / target.beside).resolve()
            if not there.is_file():
                return None
        return types.Location(server.uri(there), server.page(there).range(target.span))

    @server.feature(types.TEXT_DOCUMENT_SIGNATURE_HELP, types.SignatureHelpOptions(["(", ","]))
    def signing(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        opened = server.opened(params.text_document.uri)
        if opened is None:
            return None
        path, text = opened
        place = server.page(path).position_from(params.position)
        found = signature(text.removeprefix("\ufeff"), place, lambda one: server.projects.facts(path, one))
        return None if found is None else protocol.signature(found)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def listing(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        opened = server.opened(params.text_document.uri)
        if opened is None:
            return None
        path, text = opened
        page = server.page(path)
        return [protocol.symbol(one, page) for one in symbols(Outline(text))]


def _add_actions(server: Server) -> None:
    offered = types.CodeActionOptions([types.CodeActionKind.QuickFix, _FIX_ALL])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, offered)
    async def acting(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        opened = server.opened(params.text_document.uri)
        if opened is None:
            return None
        path, _ = opened
        folder = folder_around(path)
        await server.checks.settled(folder)
        checked = await asyncio.to_thread(server.projects.checked, folder)
        if checked.texts.get(path) != server.projects.texts.get(path):
            return None  # typed meanwhile: the places of the fixes are others now
        return [*_fixes(server, path, checked, params)]


def _fixes(
    server: Server, path: Path, checked: Checked, params: types.CodeActionParams
) -> list[types.CodeAction]:
    page, uri = server.page(path), server.uri(path)
    only = params.context.only
    start, end = page.position_from(params.range.start), page.position_from(params.range.end)
    findings = checked.findings.get(path, [])
    actions = [
        types.CodeAction(
            one.fix.title,
            types.CodeActionKind.QuickFix,
            diagnostics=[protocol.finding(one, page, uri)],
            edit=_edit(uri, page, one.fix),
            is_preferred=True,
        )
        for one in findings
        if one.fix is not None and one.span.start <= end and start <= one.span.end
        if _wanted(only, types.CodeActionKind.QuickFix)
    ]
    fixes = [one.fix for one in findings if one.fix is not None]
    if fixes and _wanted(only, _FIX_ALL):
        _, applied = apply(checked.texts[path], fixes)
        actions.append(types.CodeAction("Fix all", _FIX_ALL, edit=_edit(uri, page, *applied)))
    return actions


def _wanted(only: object, kind: types.CodeActionKind) -> bool:
    """Whether a client that asks for some kinds only wants this one; a kind holds those below it."""
    return not isinstance(only, list | tuple) or any(
        kind.value == one or kind.value.startswith(f"{getattr(one, 'value', one)}.") for one in only
    )


def _edit(uri: str, page: Page, *fixes: Fix) -> types.WorkspaceEdit:
    return types.WorkspaceEdit({uri: [page.edit(edit) for fix in fixes for edit in fix.edits]})
