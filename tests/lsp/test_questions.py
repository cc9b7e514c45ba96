"""Hover, go to definition and signatures: cases from `questions.yaml`. And the list of what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_files.support import COLLECTIONS, read_yaml
from lsp.support import at_cursor, facts_of, whole
from recordmap.lsp.definition import definition
from recordmap.lsp.hover import hover
from recordmap.lsp.outline import Outline
from recordmap.lsp.signatures import signature
from recordmap.lsp.symbols import Symbol, symbols
from recordmap.lsp.vocabulary import Kind

CASES = read_yaml(Path(__file__).parent / "questions.yaml")


def cases(key: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES if key in case]


def asked(case: dict[str, Any]) -> tuple[Kind, str, Any]:
    kind = Kind(case.get("file", "collection"))
    return kind, *at_cursor(whole(kind, case["text"]))


@pytest.mark.parametrize("case", cases("says"))
def test_hover(case: dict[str, Any]) -> None:
    kind, text, position = asked(case)
    outline = Outline(text)
    said = hover(position, facts_of(kind)(outline))
    if not case["says"]:
        assert said is None
        return
    assert said is not None
    words, span = said
    at = 0
    for part in case["says"]:
        at = words.find(part, at)
        assert at >= 0, (part, words)
    assert outline.slice(*span) == case.get("about", outline.slice(*span))


@pytest.mark.parametrize("case", cases("leads"))
def test_definition(case: dict[str, Any]) -> None:
    kind, text, position = asked(case)
    target = definition(position, facts_of(kind)(Outline(text)))
    if target is None:
        assert case["leads"] is None
        return
    there = Path(target.file).read_text(encoding="utf-8") if target.file else text
    assert there.split("\n")[target.span.start.line - 1] == case["leads"]


@pytest.mark.parametrize("case", cases("calls"))
def test_signature(case: dict[str, Any]) -> None:
    kind, text, position = asked(case)
    found = signature(text, position, facts_of(kind))
    if found is None:
        assert case["calls"] is None
        return
    comes = "" if found.parameter is None else found.spec.parameters[found.parameter].name
    assert f"{found.spec.signature}|{comes}" == case["calls"]


def shown(found: list[Symbol] | tuple[Symbol, ...], indent: str = "") -> list[str]:
    return [
        line
        for one in found
        for line in (f"{indent}{one.name} {one.detail}".rstrip(), *shown(one.children, indent + "  "))
    ]


def test_symbols_of_the_shipped_files() -> None:
    def of(name: str) -> list[str]:
        return shown(symbols(Outline((COLLECTIONS / "klaviyo" / name).read_text(encoding="utf-8"))))

    assert of("integration.yaml") == [
        "match",
        "  external_id",
        "  EmailAddress attributes.email",
        "  CustomerNumber attributes.phone_number",
    ]
    customer = of("customer_add.yaml")
    assert customer[:3] == [
        "fields",
        "  EmailAddress attributes.email",
        "  CustomerNumber attributes.phone_number",
    ]
    assert customer[-2:] == ["children", "  Add Klaviyo Profile Address TO iPaaS.com"]
    assert len(of("customer_add.cases.yaml")) > 10


def test_a_symbol_holds_those_below_it() -> None:
    for path in COLLECTIONS.rglob("*.yaml"):
        for one in symbols(Outline(path.read_text(encoding="utf-8"))):
            assert one.children
            for child in (one, *one.children):
                assert one.span.start <= child.span.start <= child.head.start
                assert child.head.end <= child.span.end <= one.span.end
