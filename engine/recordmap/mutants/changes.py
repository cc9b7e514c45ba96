"""The changed forms of a collection: each is otherwise in one place, as a slip or a careless edit would make it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from types import MappingProxyType

from recordmap.frozen import Frozen, replace
from recordmap.mutants import edits
from recordmap.template.model import (
    Collection,
    Constant,
    ErrorRule,
    FieldRule,
    FormulaText,
    Level,
    Lookup,
    OnEmpty,
    OnMiss,
    SourceText,
)
from recordmap.template.nodes import Scalar


class Mutant(Frozen):
    """A changed collection, and what was changed: a sentence, its place, and the field it belongs to.

    `above`: the change shows only in the collections that name this one as a child.
    """

    original: Collection
    changed: Collection
    change: str
    file: str | None
    line: int
    column: int
    field: str | None = None
    above: bool = False


def mutants(collection: Collection) -> Iterator[Mutant]:
    """Yield every changed form of a collection, in the order of its parts."""
    yield from _of_whole(collection)
    for at, rule in enumerate(collection.fields):
        yield from _of_field(collection, at, rule)
    yield from _swapped(collection)
    for name, table in collection.lookups.items():
        yield from _of_table(collection, name, table)
    for child in collection.children:
        rest = tuple(one for one in collection.children if one is not child)
        changed = replace(collection, children=rest)
        yield _mutant(collection, changed, f"the child records in {child.into.text} are left out", child.into)


def _mutant(
    collection: Collection,
    changed: Collection,
    change: str,
    scalar: Scalar,
    *,
    offset: int = 0,
    field: str | None = None,
    above: bool = False,
) -> Mutant:
    line, column, file = collection.start_of(scalar)
    if scalar.inner is not None:
        column += offset
    return Mutant(collection, changed, change, file or collection.file, line, column, field, above)


def _of_whole(collection: Collection) -> Iterator[Mutant]:
    if collection.each is not None:
        for offset, made in edits.sources(collection.each):
            changed = replace(collection, each=made)
            said = _became("each", collection.each, made)
            yield _mutant(collection, changed, said, collection.each.scalar, offset=offset, above=True)
    for name, source in collection.names.items():
        for offset, made in edits.sources(source):
            changed = replace(collection, names=MappingProxyType({**collection.names, name: made}))
            yield _mutant(
                collection,
                changed,
                _became(f"the path of {name}", source, made),
                source.scalar,
                offset=offset,
            )
    text = collection.filter
    if text is not None:
        yield _mutant(collection, replace(collection, filter=None), "the filter is left out", text.scalar)
        for offset, said, other in _conditions(text, "the filter"):
            yield _mutant(collection, replace(collection, filter=other), said, text.scalar, offset=offset)
    for at, rule in enumerate(collection.errors):
        others = (*collection.errors[:at], *collection.errors[at + 1 :])
        scalar = rule.when.scalar
        yield _mutant(collection, replace(collection, errors=others), "the error rule is left out", scalar)
        for offset, said, other in _conditions(rule.when, "the error rule"):
            rules = (*collection.errors[:at], ErrorRule(other, rule.message), *collection.errors[at + 1 :])
            yield _mutant(collection, replace(collection, errors=rules), said, scalar, offset=offset)


def _of_field(collection: Collection, at: int, rule: FieldRule) -> Iterator[Mutant]:
    name = rule.name.text

    def made(said: str, scalar: Scalar, *rules: FieldRule, offset: int = 0) -> Mutant:
        fields = (*collection.fields[:at], *rules, *collection.fields[at + 1 :])
        changed = replace(collection, fields=fields)
        return _mutant(collection, changed, said, scalar, offset=offset, field=name)

    yield made(f"the field {name} is left out", rule.name)
    if rule.source is not None:
        for offset, source in edits.sources(rule.source):
            said = _became("source", rule.source, source)
            yield made(said, rule.source.scalar, replace(rule, source=source), offset=offset)
    if rule.formula is not None:
        if rule.source is not None:
            yield made("the formula is left out", rule.formula.scalar, replace(rule, formula=None))
        for one in edits.formulas(rule.formula):
            changed = replace(rule, formula=one.made)
            yield made(_edited(one), rule.formula.scalar, changed, offset=one.offset)
    if rule.constant is not None:
        said = f"`value: {rule.constant.scalar.text}` became another value"
        yield made(said, rule.constant.scalar, replace(rule, constant=_other_constant(rule.constant)))
    if rule.when is not None:
        yield made("`when` is left out", rule.when.scalar, replace(rule, when=None))
        for offset, said, when in _conditions(rule.when, "`when`"):
            yield made(said, rule.when.scalar, replace(rule, when=when), offset=offset)
    if rule.lookup is not None:
        yield made("the lookup is left out", rule.lookup, replace(rule, lookup=None))
    if rule.level is Level.REQUIRED:
        said = f"{name} is not required any more"
        yield made(said, rule.name, replace(rule, level=Level.OPTIONAL))
    for other in OnEmpty:
        if other is not rule.on_empty:
            said = f"`on_empty: {rule.on_empty}` became `on_empty: {other}`"
            yield made(said, rule.name, replace(rule, on_empty=other))


def _swapped(collection: Collection) -> Iterator[Mutant]:
    """Yield each field with its neighbour's way to make a value, and the other way round."""
    rules = collection.fields
    for at, (one, other) in enumerate(pairwise(rules)):
        if _made_of(one) == _made_of(other):
            continue
        swapped = (_like(one, other), _like(other, one))
        changed = replace(collection, fields=(*rules[:at], *swapped, *rules[at + 2 :]))
        said = f"{one.name.text} and {other.name.text} swapped their values"
        yield _mutant(collection, changed, said, one.name, field=one.name.text)


def _like(rule: FieldRule, other: FieldRule) -> FieldRule:
    return replace(
        rule,
        source=other.source,
        formula=other.formula,
        constant=other.constant,
        lookup=other.lookup,
        when=other.when,
    )


def _made_of(rule: FieldRule) -> tuple[str | None, ...]:
    texts = (rule.source, rule.formula, rule.constant, rule.when)
    table = rule.lookup.text if rule.lookup is not None else None
    return (*(None if one is None else one.scalar.text for one in texts), table)


def _of_table(collection: Collection, name: str, table: Lookup) -> Iterator[Mutant]:
    def made(said: str, scalar: Scalar, other: Lookup) -> Mutant:
        lookups = MappingProxyType({**collection.lookups, name: other})
        return _mutant(collection, replace(collection, lookups=lookups), said, scalar)

    for row, scalar in table.rows.items():
        rest = {key: value for key, value in table.table.items() if key != row}
        said = f"the row `{row}` of the table {name} is left out"
        yield made(said, scalar, replace(table, table=MappingProxyType(rest)))
    other = OnMiss.NULL if table.on_miss is OnMiss.ERROR else OnMiss.ERROR
    said = f"a miss of the table {name} gives {other} instead of {table.on_miss}"
    yield made(said, table.name, replace(table, on_miss=other))


def _conditions(text: FormulaText, name: str) -> Iterator[tuple[int, str, FormulaText]]:
    turned = edits.negated(text)
    if turned is not None:
        yield 0, f"{name} is turned round: `{_line(turned)}`", turned
    for one in edits.formulas(text):
        yield one.offset, f"{name}: {_edited(one)}", one.made


def _other_constant(constant: Constant) -> Constant:
    value = constant.value
    other = value + edits.OTHER if isinstance(value, str) else None if value is not None else edits.OTHER
    return Constant(replace(constant.scalar, value=other))


def _edited(one: edits.Edited) -> str:
    return f"`{' '.join(one.before.split())}` became `{one.after}`"


def _became(what: str, text: SourceText, made: SourceText) -> str:
    return f"{what} `{_line(text)}` became `{_line(made)}`"


def _line(text: FormulaText | SourceText) -> str:
    return " ".join(text.parsed.text.split())
