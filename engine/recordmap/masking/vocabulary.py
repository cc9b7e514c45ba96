"""What stands in templates and schemas, and so is no secret: keys that are read, words that are compared with."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from recordmap.engine import Engine
from recordmap.expression.source_nodes import Entry, Field, Literal, walk
from recordmap.template.model import Collection, FormulaText, SourceText


def public_words(engine: Engine) -> frozenset[str]:
    """Return every text and key that the templates of a project name."""
    words: set[str] = set()
    for collection in engine.collections.values():
        words |= set(_of_collection(collection))
    integration = engine.integration
    if integration is not None:
        ends = (integration.source.external_id, integration.source.watermark)
        words |= set(_of_sources([one for one in ends if one is not None]))
    return frozenset(words)


def _of_collection(collection: Collection) -> Iterator[str]:
    sources = [*collection.names.values(), *([collection.each] if collection.each else [])]
    formulas: list[FormulaText] = [rule.when for rule in collection.errors]
    if collection.filter is not None:
        formulas.append(collection.filter)
    for rule in collection.fields:
        sources += [rule.source] if rule.source else []
        formulas += [one for one in (rule.formula, rule.when) if one is not None]
    yield from _of_sources(sources)
    for formula in formulas:
        for node in ast.walk(formula.parsed.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.Attribute):
                yield node.attr
    for lookup in collection.lookups.values():
        yield from lookup.table


def _of_sources(sources: Iterable[SourceText]) -> Iterator[str]:
    for source in sources:
        for node in walk(source.parsed.tree):
            match node:
                case Field(name=name) | Entry(key=name):
                    yield name
                case Literal(value=str() as text):
                    yield text
