"""What is shown of a trace: one field, one list of child records, or all of it; with how its collection was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recordmap.explain.choice import choice_node, written_child_node, written_node
from recordmap.explain.material import Material
from recordmap.explain.reasons import no_children, record_ended
from recordmap.explain.tree import Beside, Look, Node, absent_node, child_node, field_node, record_node
from recordmap.runtime.outcome import Kind
from recordmap.template.model import Collection
from recordmap.trace.model import FieldTrace, RecordTrace, State


def views(
    traced: RecordTrace,
    field: str | None,
    material: Material,
    collections: Mapping[str, Collection],
    *,
    why_not: bool,
) -> Iterator[Node]:
    """Yield the trees that explain a record, or what `narrowed` left of it for a field."""
    rehearsal = material.rehearsal
    choice = [choice_node(rehearsal)] if rehearsal is not None else []
    if field is None:
        node = absent_node(traced, collections) if why_not else record_node(traced, beside=_beside(material))
        node.below = [*choice, *node.below]
        yield node
        return
    for one in traced.fields:
        if why_not and _written(one):
            yield _line(f"{one.name} is written; without --why-not its steps are shown")
            continue
        more = [] if rehearsal is None else [written_node(rehearsal, one)]
        node = field_node(one, traced.file, [line for line in more if line is not None])
        node.below = [*choice, *node.below]
        yield node
    if traced.fields:
        return
    yield from _children(traced, field, material, collections, choice, why_not=why_not)


def _children(
    traced: RecordTrace,
    field: str,
    material: Material,
    collections: Mapping[str, Collection],
    choice: list[Node],
    *,
    why_not: bool,
) -> Iterator[Node]:
    into = field.partition("[")[0].partition(".")[0]
    refs = collections[traced.collection].children
    child = next((one for one in refs if one.into.text == into), None)
    if child is None or (not traced.children and traced.outcome and traced.outcome.kind is not Kind.MAPPED):
        yield _not_reached(traced, field, choice)
        return
    reason = no_children(traced, into, collections[child.collection.text])
    if reason is not None or not traced.children:
        if reason is None:
            name, words = into, f" has none by the name of {field}"
        elif field.startswith(f"{into}["):
            # Of the list only that record was traced: others may well be there.
            name, words = f"{field.partition(']')[0]}]", f" isn't there: {reason}"
        else:
            name, words = into, f" has none: {reason}"
        yield Node([(name, Look.NAME), (words, Look.PLAIN)], choice)
        return
    if why_not and all(_written(one) for _, _, below in traced.children for one in below.fields):
        yield _line(f"{field} is written; without --why-not its steps are shown")
        return
    for name, index, below in traced.children:
        if why_not:
            yield absent_node(below, collections, f"{name}[{index}]")
        else:
            yield child_node(name, index, below, _beside(material))


def _beside(material: Material) -> Beside:
    """Return what tells what the sync would do with a child record."""
    rehearsal = material.rehearsal
    return lambda into, traced: None if rehearsal is None else written_child_node(rehearsal, into, traced)


def _not_reached(traced: RecordTrace, field: str, choice: list[Node]) -> Node:
    outcome = traced.outcome
    reason = f": {outcome.reason.message} [{outcome.reason.code}]" if outcome and outcome.reason else ""
    ended = outcome.kind if outcome else "not run"
    node = _line(f"{field} was not reached. The record was {ended}{reason}")
    why = record_ended(traced)
    node.below = [*choice, *([_line(why)] if why else [])]
    return node


def _written(one: FieldTrace) -> bool:
    return one.state in (State.VALUE, State.NULL)


def _line(text: str) -> Node:
    return Node([(text, Look.PLAIN)])
