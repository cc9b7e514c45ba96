"""A difference in words and as plain data: what happens, to how many records, and because of which lines.

Values of records are personal data: they are in it only where they were asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recordmap.comparison.changes import ABSENT, Way
from recordmap.comparison.counting import Example, Row
from recordmap.comparison.difference import Difference
from recordmap.comparison.edits import Edit
from recordmap.comparison.sides import Side
from recordmap.diagnostics.render import counted

FORMAT_VERSION = "1.0"
"""Version of the JSON; the number before the dot changes only when a reader of the old format would break."""

_WORDS = {
    Way.CHANGED: "another value",
    Way.EMPTIED: "empty now",
    Way.FILLED: "no longer empty",
    Way.UNWRITTEN: "not written any more: the customer keeps its own",
    Way.REJECTED: "now rejected",
    Way.ACCEPTED: "no longer rejected",
    Way.OTHERWISE_REJECTED: "rejected for another reason",
    Way.SKIPPED: "now left out",
    Way.INCLUDED: "no longer left out",
    Way.ADDED_NOW: "added as a new customer, no longer an update of one",
    Way.UPDATED_NOW: "an update of a customer, no longer added as a new one",
    Way.OTHER_CUSTOMER: "an update of another customer",
}
WHOLE = "(the record)"
"""Stands in tables for what happens to a record as a whole."""


def rows(difference: Difference, collection: str) -> list[Row]:
    """Return the rows of a collection: fields in the order of their first record, most frequent kinds first."""
    result = difference.result
    found = [row for row in result.rows.values() if row.collection == collection] if result else []
    totals: dict[str | None, int] = {}
    for row in found:
        totals[row.field] = totals.get(row.field, 0) + row.count
    return sorted(
        found, key=lambda row: (row.field is not None, -totals[row.field], row.field or "", -row.count)
    )


def what_happens(row: Row) -> str:
    """Return in words what happens to the records of a row."""
    words = _WORDS[row.way]
    if row.field is None and row.way is Way.CHANGED:
        return "left out for another reason"
    return f"{words} [{row.code}]" if row.code is not None and row.way is not Way.SKIPPED else words


def key_warnings(difference: Difference) -> Iterator[str]:
    """Yield a sentence for each match key whose values change: profiles find their customers by it."""
    result = difference.result
    hits = result.key_hits if result is not None else {}
    who = "customer" if difference.has_existing else "record"
    for field, count in hits.items():
        yield (
            f"{field} is a match key: {counted(count, who)} would get another one, "
            "and be found by that alone from then on"
        )


def differing(changed: int, records: int) -> str:
    """Return in words how many of some records come out differently."""
    return (
        f"{changed:,} of {counted(records, 'record')} {'comes' if changed == 1 else 'come'} out differently"
    )


def data(difference: Difference, *, show_values: bool) -> dict[str, Any]:
    """Return everything as JSON data, as `schemas/cli/diff-output.schema.json` has it."""
    result = difference.result
    return {
        "format_version": FORMAT_VERSION,
        "old": _side(difference.old),
        "new": _side(difference.new),
        "edits": [edit_data(edit) for edit in difference.edits],
        "records": result.records if result is not None else None,
        "unreadable": result.unreadable if result is not None else 0,
        "changed": result.changed if result is not None else None,
        "counted_by": result.unit if result is not None else "line",
        "collections": [
            {
                "collection": name,
                "records": count.records,
                "changed": count.changed,
                "changes": [_row(difference, row, show_values=show_values) for row in rows(difference, name)],
            }
            for name, count in (result.collections.items() if result is not None else ())
        ],
        "match_keys": [
            {"field": field, "records": count}
            for field, count in (result.key_hits.items() if result is not None else ())
        ],
        "notes": list(difference.notes),
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "commit": side.commit}


def edit_data(edit: Edit) -> dict[str, Any]:
    """Return an edit as data."""
    return {
        "collection": edit.collection,
        "part": edit.part,
        "name": edit.name,
        "happened": edit.happened.value,
        "file": edit.file,
        "line": edit.line,
    }


def _row(difference: Difference, row: Row, *, show_values: bool) -> dict[str, Any]:
    return {
        "field": row.field,
        "change": row.way.value.replace(" ", "_"),
        "code": row.code,
        "records": row.count,
        "edited_at": [
            {"file": edit.file, "line": edit.line} for edit in difference.causes(row.collection, row.field)
        ],
        "examples": [_example(one, show_values=show_values) for one in row.examples],
    }


def _example(example: Example, *, show_values: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"number": example.number, "source_id": example.source_id}
    values = {"old": example.change.old, "new": example.change.new} if show_values else {}
    return told | {name: value for name, value in values.items() if value is not ABSENT}
