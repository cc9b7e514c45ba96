"""No text is too strange for the editor's room: everything can be asked anywhere, and what is offered can be taken."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from data_files.support import COLLECTIONS
from lsp.support import facts_of, taken
from recordmap.diagnostics import Position
from recordmap.lsp.completion import complete
from recordmap.lsp.definition import definition
from recordmap.lsp.formulas import end_of, references
from recordmap.lsp.hover import hover
from recordmap.lsp.outline import Outline
from recordmap.lsp.paths import expected, segments, type_of
from recordmap.lsp.signatures import signature
from recordmap.lsp.symbols import symbols
from recordmap.lsp.vocabulary import Kind
from recordmap.schema.types import ANY

HERE = Path(__file__).parent
LINES = [
    line
    for path in (*sorted(COLLECTIONS.rglob("*.yaml")), HERE / "completion.yaml", HERE / "questions.yaml")
    for line in path.read_text(encoding="utf-8").splitlines()
]
SIGNS = "{}[]:,-#\"'|>&*!%@`\\?. \t\n\r\u00e9\U0001f600\ue000\ufeff\u2028\ud800ab1()"

texts = st.one_of(
    st.text(st.sampled_from(SIGNS), max_size=80),
    st.lists(st.sampled_from(LINES), max_size=12).map("\n".join),
    st.lists(
        st.one_of(st.sampled_from(LINES), st.text(st.sampled_from(SIGNS), max_size=12)), max_size=12
    ).map("\n".join),
)
positions = st.builds(Position, st.integers(1, 14), st.integers(1, 60))


@given(texts, positions, st.sampled_from(Kind))
def test_anything_can_be_asked_anywhere(text: str, position: Position, kind: Kind) -> None:
    facts = facts_of(kind)(Outline(text))
    complete(text, position, facts_of(kind))
    signature(text, position, facts_of(kind))
    hover(position, facts)
    definition(position, facts)
    symbols(facts.outline)


@given(texts)
def test_every_piece_is_in_its_text(text: str) -> None:
    outline = Outline(text)
    for entry in outline.root.walk():
        for piece in (entry.key, entry.value):
            if piece is not None:
                start, end = piece.span
                assert start <= end
                assert end.line <= len(outline.lines)
                assert end.column <= len(outline.lines[end.line - 1]) + 1
                if "\n" not in piece.text and piece.style != "|":
                    assert outline.slice(start, end) == piece.text


@given(texts, positions, st.sampled_from(Kind))
def test_what_is_offered_can_be_taken(text: str, position: Position, kind: Kind) -> None:
    """Each suggestion replaces a stretch of the cursor's line, around the cursor."""
    text = text.removeprefix("\ufeff")
    lines = Outline(text).lines
    for one in complete(text, position, facts_of(kind)):
        start, end = one.span
        assert start.line == end.line == position.line
        assert start.column <= min(position.column, len(lines[position.line - 1]) + 1) <= end.column
        assert one.text in taken(text, one)


@given(st.text(st.sampled_from(SIGNS)) | st.sampled_from(LINES), st.integers(0, 80))
def test_paths_and_formulas_may_end_anywhere(text: str, length: int) -> None:
    for part in (text[:length], text):
        expected(part, ANY)
        type_of(part, ANY)
        end_of(part)
        for one in [*segments(part, ANY), *references(part)]:
            assert 0 <= one.offset <= one.end <= len(part)
