"""Our things as the Language Server Protocol has them: positions in the client's units, findings, suggestions, edits.

Only this module and `server` know the protocol's types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol
from pygls.workspace import PositionCodec

from recordmap.diagnostics import Diagnostic, Edit, Position, Severity, Span
from recordmap.lsp import words
from recordmap.lsp.offers import Sort, Suggestion
from recordmap.lsp.signatures import OpenSignature
from recordmap.lsp.symbols import Symbol, SymbolSort
from recordmap.template.characters import split_lines

SOURCE = "recordmap"
_LINE_END = re.compile(r"\r\n|\r|\n")

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Sort.KEY: types.CompletionItemKind.Property,
    Sort.FIELD: types.CompletionItemKind.Field,
    Sort.VALUE: types.CompletionItemKind.EnumMember,
    Sort.NAME: types.CompletionItemKind.Variable,
    Sort.FUNCTION: types.CompletionItemKind.Function,
    Sort.REFERENCE: types.CompletionItemKind.Reference,
}
_SYMBOLS = {
    SymbolSort.GROUP: types.SymbolKind.Namespace,
    SymbolSort.FIELD: types.SymbolKind.Field,
    SymbolSort.NAME: types.SymbolKind.Variable,
    SymbolSort.LOOKUP: types.SymbolKind.Enum,
    SymbolSort.CHILD: types.SymbolKind.Class,
    SymbolSort.CASE: types.SymbolKind.Event,
}


class Protocol(LanguageServerProtocol):
    """The protocol of pygls, with an answer to every request.

    One that can't be read, such as one about a line before the first, is dropped there: an editor would wait for ever.
    """

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message of a client as an object.

        Raises:
            JsonRpcException: it is none that the protocol has. If it asks for an answer, that was given.
        """
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            number = data.get("id")
            if "method" in data and isinstance(number, int | str):
                # What it is about says more than the words for it, and may be text of a template: it is not told.
                told = (
                    JsonRpcInvalidParams if isinstance(error, JsonRpcInvalidParams) else JsonRpcInternalError
                )
                self._send_response(number, error=told().to_response_error())
            raise


class Page:
    """A text whose positions are told in the units of the client. Ours count characters, from 1."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        # The reader takes a byte order mark off before it counts; the client counts it.
        self._mark = text[:1] if text.startswith("\ufeff") else ""
        self._lines = split_lines(text.removeprefix("\ufeff"))
        self._codec = codec
        end = _LINE_END.search(text)
        self._end = end.group() if end else "\n"

    def position_from(self, place: types.Position) -> Position:
        """Return a position of the client as ours; one beyond the text is its end."""
        if place.line >= len(self._lines):
            return Position(len(self._lines), len(self._lines[-1]) + 1)
        line = self._lines[place.line]
        character = place.character - (len(self._mark) if place.line == 0 else 0)
        if character >= self._codec.client_num_units(line):
            return Position(place.line + 1, len(line) + 1)
        start = types.Position(0, max(character, 0))
        column = self._codec.position_from_client_units([line], start).character
        return Position(place.line + 1, column + 1)

    def position(self, place: Position) -> types.Position:
        """Return a position of ours as the client counts; one beyond the text is its end."""
        at = min(place.line, len(self._lines)) - 1
        line = self._lines[at] if place.line <= len(self._lines) else self._lines[-1]
        before = line[: place.column - 1] if place.line <= len(self._lines) else line
        mark = len(self._mark) if at == 0 else 0
        return types.Position(at, self._codec.client_num_units(before) + mark)

    def range(self, span: Span) -> types.Range:
        """Return a span as the client counts."""
        return types.Range(self.position(span.start), self.position(span.end))

    def edit(self, edit: Edit) -> types.TextEdit:
        """Return an edit of a fix, with the line ends of the text."""
        text = edit.text.replace("\n", self._end)
        if edit.span.start.line > len(self._lines):  # below a last line that has no end
            text = self._end + text
        return types.TextEdit(self.range(edit.span), text)


def finding(one: Diagnostic, page: Page, uri: str) -> types.Diagnostic:
    """Return a finding; its hint is the second line of the message, because editors show no other place."""
    labels = [
        types.DiagnosticRelatedInformation(types.Location(uri, page.range(label.span)), label.text)
        for label in one.labels
    ]
    return types.Diagnostic(
        range=page.range(one.span),
        message=one.message if one.hint is None else f"{one.message}\n{one.hint}",
        severity=_SEVERITIES[one.severity],
        code=one.code,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if one.code.startswith("unused-") else None,
        related_information=labels or None,
    )


def completion(found: Iterable[Suggestion], page: Page) -> types.CompletionList:
    """Return suggestions in their order, which editors keep by `sort_text` alone."""
    return types.CompletionList(
        is_incomplete=False,
        items=[
            types.CompletionItem(
                label=one.label,
                kind=_KINDS[one.sort],
                detail=one.detail or None,
                documentation=markdown(one.doc) if one.doc else None,
                sort_text=f"{index:05}",
                filter_text=one.match,
                text_edit=types.TextEdit(page.range(one.span), one.text),
            )
            for index, one in enumerate(found)
        ],
    )


def markdown(text: str) -> types.MarkupContent:
    """Return Markdown as the protocol has it."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def symbol(one: Symbol, page: Page) -> types.DocumentSymbol:
    """Return a symbol and those below it."""
    return types.DocumentSymbol(
        name=one.name,
        kind=_SYMBOLS[one.sort],
        range=page.range(one.span),
        selection_range=page.range(one.head),
        detail=one.detail or None,
        children=[symbol(child, page) for child in one.children] or None,
    )


def signature(one: OpenSignature) -> types.SignatureHelp:
    """Return the signature of a function; its parameters are found in it by their names."""
    spec = one.spec
    parameters = [
        types.ParameterInformation(label=parameter.name, documentation=words.of_parameter(parameter))
        for parameter in spec.parameters
    ]
    information = types.SignatureInformation(spec.signature, markdown(spec.doc), parameters)
    return types.SignatureHelp([information], active_signature=0, active_parameter=one.parameter)
