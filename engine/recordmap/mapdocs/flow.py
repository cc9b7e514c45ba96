"""What sets a collection off, the way of a record through it, and how its customer is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recordmap.mapdocs.blocks import Block, Bullets, Diagram, Heading, Paragraph, Table, code
from recordmap.mapdocs.subject import Subject, a, capital
from recordmap.mapdocs.wording import formula_text, source_text
from recordmap.template.model import Duplicates, MatchByField, OnChange


def summary(subject: Subject) -> Iterator[Block]:
    """Yield what the collection is, at a glance."""
    one = subject.collection
    rows = [
        ("Does", f"{'updates' if subject.is_update else 'adds'} {a(subject.customer)}"),
        ("Status", "enabled" if one.enabled else "disabled: no sync runs it"),
        ("From", code(one.source.text)),
        ("To", code(one.destination.text)),
        ("Trigger", _trigger(subject)),
    ]
    if one.each is not None:
        where = subject.parent_speaker().source(one.each.parsed)
        each = source_text(one.each.parsed)
        rows.append(("Runs for", f"{where} ({code(each)}), or for each entry where that is a list"))
    found = subject.engine.integration
    if found is not None and subject.is_run() and found.source.external_id is not None:
        how = source_text(found.source.external_id.parsed)
        about = _source_description(subject, how)
        rows.append(("ID of the source record", f"{code(how)}{f': {about}' if about else ''}"))
    if one.child_of is not None:
        rows.extend(_child_rows(subject))
    yield Table(("", ""), tuple(rows))


def _child_rows(subject: Subject) -> Iterator[tuple[str, str]]:
    one, parents = subject.collection, subject.parents()
    if parents and all(parent.child_of is not None for parent in parents):
        yield "Written", "as a part of the record that it belongs to"
        return
    again = "not added again" if one.duplicates is Duplicates.SKIP else "added again"
    yield "One that is there already", again
    if subject.is_update:
        changed = "becomes a further one" if one.on_change is OnChange.ADD else "replaces the one it was"
        yield "One that changed", changed


def _trigger(subject: Subject) -> str:
    one, found = subject.collection, subject.engine.integration
    if one.child_of is not None:
        parents = ", ".join(code(parent.title) for parent in subject.parents())
        return f"runs inside {parents}, never on its own" if parents else "runs inside no collection"
    if found is None or not subject.is_run():
        return "no integration runs it"
    state = "is there already" if subject.is_update else "isn't there yet"
    since = ""
    if found.source.watermark is not None:
        since = f" that changed since the last poll ({code(source_text(found.source.watermark.parsed))})"
    return (
        f"a {subject.speaker.record}{since}, or that is asked for by its ID (Manual Sync), "
        f"whose {subject.customer} {state}"
    )


def _source_description(subject: Subject, key: str) -> str | None:
    schema = subject.engine.schemas.load(subject.collection.source.text)
    field = schema.fields.get(key)
    return field.description if field is not None else None


def diagram(subject: Subject) -> Diagram:
    """Return the way of a record through the collection."""
    one, record = subject.collection, subject.speaker.record
    boxes, arrows, questions = [("source", a(record, capital=True))], [], set()
    last, label = "source", ""
    if one.child_of is None and subject.is_run():
        boxes.append(("match", f"Is its {subject.customer} there already?"))
        questions.add("match")
        arrows.append((last, "match", ""))
        other = _other(subject)
        boxes.append(("other", other or "left out"))
        arrows.append(("match", "other", "no" if subject.is_update else "yes"))
        last, label = "match", "yes" if subject.is_update else "no"
    if one.filter is not None:
        boxes += [("filter", f"{capital(subject.condition(one.filter))}?"), ("skipped", "left out")]
        questions.add("filter")
        arrows += [(last, "filter", label), ("filter", "skipped", "no")]
        last, label = "filter", "yes"
    if one.errors:
        boxes += [("errors", "Does an error rule hold?"), ("rejected", "rejected")]
        questions.add("errors")
        arrows += [(last, "errors", label), ("errors", "rejected", "yes")]
        last, label = "errors", "no"
    boxes.append(("this", one.title))
    arrows.append((last, "this", label))
    for number, child in enumerate(sorted(one.children, key=lambda child: child.into.text)):
        boxes.append((f"child{number}", child.collection.text))
        arrows += [("this", f"child{number}", ""), (f"child{number}", "destination", child.into.text)]
    boxes.append(("destination", f"{a(subject.customer, capital=True)}"))
    arrows.append(("this", "destination", ""))
    return Diagram(tuple(boxes), tuple(arrows), frozenset(questions))


def _other(subject: Subject) -> str | None:
    found = subject.engine.integration
    name = (found.add if subject.is_update else found.update) if found is not None else None
    return None if name is None else name.text


def conditions(subject: Subject) -> Iterator[Block]:
    """Yield how a record finds its customer, and which records are taken at all."""
    one, found = subject.collection, subject.engine.integration
    if found is not None and subject.is_run():
        yield Heading(2, "Matching")
        if not found.match:
            yield Paragraph(f"No rule finds {a(subject.customer)}: every {subject.speaker.record} is new.")
        else:
            yield Paragraph("Tried in this order; the first that finds one decides.")
            yield Bullets(tuple(_match(subject, rule) for rule in found.match))
    if one.filter is not None:
        yield Heading(2, "Filter")
        yield Paragraph(
            f"A {subject.speaker.record} is taken only where {subject.condition(one.filter)}. Any other is left out."
        )
        yield Paragraph(code(formula_text(one.filter.parsed)))


def _match(subject: Subject, rule: Any) -> str:
    if not isinstance(rule, MatchByField):
        return (
            f"the {subject.customer} that this {subject.speaker.record} was linked to by an earlier transfer"
        )
    value = subject.speaker.source(rule.source.parsed)
    compared = {"email": ", compared as an email address", "phone": ", compared as a phone number"}
    more = compared.get(rule.compare, "")
    if rule.region:
        more += f" of {rule.region} where it has no country code"
    if rule.ignore:
        more += f"; {', '.join(f'{code(one)}' for one in sorted(rule.ignore))} finds nobody"
    how = source_text(rule.source.parsed)
    return f"the {subject.customer} whose {code(rule.field.text)} is {value} ({code(how)}){more}"
