"""What a whole source or formula gives: the checker's own types, asked for one place.

A formula as it was checked has the type that the check came to, with all that the filter and the conditions before it
show. While it is being written, it has the type that its parts give.
"""

from __future__ import annotations

from recordmap.checks.flow import FieldFlow
from recordmap.expression.caps import ExpressionError
from recordmap.expression.facts import Facts as Known
from recordmap.expression.formula import parse_formula
from recordmap.expression.formula_call_types import Scope
from recordmap.expression.formula_types import FormulaTypes
from recordmap.expression.lookups_asked import Lookups
from recordmap.expression.problems import Problem
from recordmap.expression.source import parse_source
from recordmap.expression.source_types import SourceTypes
from recordmap.lsp.entries import Entry
from recordmap.lsp.facts import Facts
from recordmap.schema.types import Type


def source_type(text: str, entry: Entry, facts: Facts) -> Type | None:
    """Return the type of what a source picks, or None where it can't be read."""
    try:
        tree = parse_source(text).tree
    except ExpressionError:
        return None
    record = Known({("record",): facts.record(entry)})
    return SourceTypes({}, _silent).infer(tree, ("record",), record).type


def formula_type(text: str, entry: Entry, facts: Facts) -> Type | None:
    """Return the type of what a formula gives, or None where it can't be read."""
    checked = _checked(text, entry, facts)
    if checked is not None:
        return checked.type
    roots = {name: type_ for name, (type_, _) in facts.roots(entry).items()}
    try:
        parsed = parse_formula(text)
    except ExpressionError:
        return None
    scope = Scope(facts.functions, Lookups({}))
    known = Known({(name,): type_ for name, type_ in roots.items()})
    return FormulaTypes(scope, _silent).infer(parsed, {name: (name,) for name in roots}, known).type


def _checked(text: str, entry: Entry, facts: Facts) -> FieldFlow | None:
    """Return what the last check came to for the field whose formula this is, if it is as it was then."""
    rule = entry.parent
    if entry.path[-1:] != ("formula",) or rule is None or rule.key is None:
        return None
    collection = next((one for one in facts.collections.values() if one.file == facts.file), None)
    if collection is None:
        return None
    custom = entry.path[0] == "custom_fields"
    for one in facts.workspace.flow(collection).fields:
        here = one.rule.name.text == rule.key.text and one.rule.custom == custom
        if here and one.rule.formula is not None and one.rule.formula.scalar.text == text:
            return one if one.rule.lookup is None else None
    return None


def _silent(problem: Problem) -> None:
    """Say nothing: what is wrong is told by the check."""
