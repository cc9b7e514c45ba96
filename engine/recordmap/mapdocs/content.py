"""What the page of a collection tells, from its model, its schemas, the integration around it and its cases.

Nothing here depends on where something stands in a file. Fields come in the order of the destination schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from recordmap.diagnostics import Severity
from recordmap.digests import digest_of
from recordmap.mapdocs.blocks import Block, Bullets, Heading, Link, Paragraph, Table, code
from recordmap.mapdocs.fields import fields, messages
from recordmap.mapdocs.flow import conditions, diagram, summary
from recordmap.mapdocs.subject import Subject, capital, constant
from recordmap.mapdocs.wording import source_text
from recordmap.template.model import Case, Lookup, OnMiss

_MOST_ROWS = 50
"""Rows of a lookup that are shown."""


def blocks(subject: Subject) -> Iterator[Block]:
    """Yield the page, top to bottom."""
    yield Heading(1, subject.collection.title)
    if subject.collection.description:
        yield Paragraph(subject.collection.description)
    yield from summary(subject)
    yield Heading(2, "Flow")
    yield diagram(subject)
    yield from conditions(subject)
    yield from fields(subject, "Fields", custom=False)
    yield from fields(subject, "Custom fields", custom=True)
    yield from _children(subject)
    yield from _names(subject)
    yield from _lookups(subject)
    yield from messages(subject)
    yield from _caveats(subject)
    yield from _cases(subject)


def _children(subject: Subject) -> Iterator[Block]:
    children = sorted(subject.collection.children, key=lambda child: child.into.text)
    if not children:
        return
    yield Heading(2, "Child collections")
    rows = []
    for child in children:
        below = subject.engine.collections.get(child.collection.text)
        each = below.each if below is not None else None
        what = f"{subject.speaker.source(each.parsed)} ({code(source_text(each.parsed))})" if each else ""
        name = child.collection.text
        link = Link(name, subject.pages[name]) if name in subject.pages else code(name)
        rows.append((code(child.into.text), link, what))
    yield Table(("Field", "Collection", "Runs for"), tuple(rows))


def _names(subject: Subject) -> Iterator[Block]:
    names = subject.collection.names
    if names:
        yield Heading(2, "Names in formulas")
        yield Table(
            ("Name", "Stands for", "How"),
            tuple(
                (
                    code(name),
                    subject.speaker.source(names[name].parsed),
                    code(source_text(names[name].parsed)),
                )
                for name in sorted(names)
            ),
        )


def _lookups(subject: Subject) -> Iterator[Block]:
    for name, lookup in sorted(subject.collection.lookups.items()):
        yield Heading(2, f"Table {name}")
        keys = sorted(lookup.table)
        yield Table(
            ("Value", "Becomes"),
            tuple((constant(key), constant(lookup.table[key])) for key in keys[:_MOST_ROWS]),
        )
        if len(keys) > _MOST_ROWS:
            rows = json.dumps(dict(lookup.table), sort_keys=True, ensure_ascii=False)
            mark = digest_of(rows, size=4)
            yield Paragraph(f"{len(keys) - _MOST_ROWS:,} more rows (all rows together: {code(mark)}).")
        yield Paragraph(f"Any other value {_missed(lookup)}.")


def _caveats(subject: Subject) -> Iterator[Block]:
    files = set(subject.collection.files)
    found = sorted(
        {
            f"{one.message} ({code(one.code)})"
            for one in subject.engine.check()
            if one.file in files and one.severity is not Severity.ERROR
        }
    )
    if found:
        yield Heading(2, "To keep in mind")
        yield Bullets(tuple(map(capital, found)))


def _cases(subject: Subject) -> Iterator[Block]:
    title = subject.collection.title
    cases = [case for _, some in subject.engine.cases for case in some if case.collection.text == title]
    if cases:
        yield Heading(2, "Test scenarios")
        yield Table(("Scenario", "Expected"), tuple((one.name.text, _expected(one)) for one in cases))


def _missed(lookup: Lookup) -> str:
    match lookup.on_miss:
        case OnMiss.KEEP:
            return "is kept as it is"
        case OnMiss.NULL:
            return "becomes nothing"
        case OnMiss.DEFAULT:
            return f"becomes {constant(lookup.default)}"
        case _:
            return "rejects the record"


def _expected(case: Case) -> str:
    if case.expect_error is not None:
        told = case.expect_error
        return f"rejected: {told.get('message') or told.get('code', '')}"
    if case.expect_skip:
        return "left out"
    return "comes through"
