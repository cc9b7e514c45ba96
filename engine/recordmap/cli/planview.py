"""A plan in words: what a table and a page show of it. Some records of each outcome, all of the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recordmap.cli.logs import one_line
from recordmap.cli.transfers import time_text
from recordmap.diagnostics.render import counted
from recordmap.sync.telling import how_matched

if TYPE_CHECKING:
    from recordmap.sync.planfile import PlanFile
    from recordmap.sync.planlines import Line

OUTCOMES = {
    "failed": ("would fail", "and go to the error log"),
    "updated": ("would be updated", "fields or child records written"),
    "linked": ("would be linked", "found by a match rule; nothing else to change"),
    "added": ("would be added", "no match rule finds them"),
    "skipped": ("would be skipped", "left out by the template"),
    "stale": ("stale", "a newer version was transferred before"),
    "unchanged": ("unchanged", "nothing to do"),
}
"""Outcomes as a plan lists them, those that a person should look at first; and what they mean."""

_CHILDREN = {"added": "would be added", "replaced": "would be replaced", "duplicate": "are there already"}
_LISTED = ("failed", "updated", "linked", "added", "skipped")
_LONGEST = 200
"""Characters of one value that are shown."""


class PlanView:
    """What is shown of a plan: at most `rows` records of each outcome."""

    def __init__(self, plan: PlanFile, rows: int) -> None:
        self._plan = plan
        self._records: dict[str, list[Line]] = {result: [] for result in _LISTED}
        for line in plan.records():
            kept = self._records.get(line["result"])
            if kept is not None and len(kept) < rows:
                kept.append(line)

    def values(self) -> dict[str, Any]:
        """Return what the template of the page asks for."""
        header, summary = self._plan.header, self._plan.summary
        return {
            "integration": header.integration,
            "made_at": time_text(header.made_at),
            "store": header.store,
            "templates": header.templates,
            "told": self.told,
            "trouble": self.trouble,
            "counts": [
                {"result": result, "title": title, "count": count, "meaning": meaning}
                for result, (title, meaning) in OUTCOMES.items()
                if (count := summary.counts.get(result, 0))
            ],
            "lists": list(self.lists()),
            "sections": self.sections(),
        }

    @property
    def told(self) -> str:
        """When and from what the plan was made."""
        header, summary = self._plan.header, self._plan.summary
        since = (
            "everything" if header.full or header.watermark is None else "what changed since the last sync"
        )
        if header.watermark and not header.full:
            since += f" (read up to {time_text(header.watermark)})"
        return (
            f"Made {time_text(header.made_at)}. Read {since}: {counted(summary.records, 'record')}. "
            "Nothing was written."
        )

    @property
    def trouble(self) -> str | None:
        """Why the plan doesn't reach to the end of the source, or None."""
        message = self._plan.summary.message
        return f"The source could not be read to its end: {message}" if message else None

    def lists(self) -> Iterator[dict[str, Any]]:
        """Yield counts beside those of outcomes: reasons, fields, children, match rules."""
        summary = self._plan.summary
        titles = (
            ("Why records would fail", summary.failures),
            ("Fields that would change, and in how many records", summary.fields),
            ("Child records", {_CHILDREN.get(what, what): count for what, count in summary.children.items()}),
            ("How records were matched", {rule_text(rule): count for rule, count in summary.rules.items()}),
            ("Worth a look", summary.notices),
        )
        for title, counts in titles:
            if counts:
                yield {"title": title, "rows": list(counts.items())}

    def sections(self) -> Iterator[dict[str, Any]]:
        """Yield the records of each outcome."""
        for result, kept in self._records.items():
            count = self._plan.summary.counts.get(result, 0)
            if kept:
                yield {
                    "result": result,
                    "title": OUTCOMES[result][0].capitalize(),
                    "count": count,
                    "records": [_record(line) for line in kept],
                    "more": count - len(kept),
                }

    @property
    def retries(self) -> str | None:
        """What is said of failed transfers that the next sync would try again."""
        count = self._plan.summary.retries
        one = "failed transfer is" if count == 1 else "failed transfers are"
        if not count:
            return None
        return (
            f"{count:,} {one} due to be tried again: recordmap sync does that, and recordmap apply does not"
        )


def rule_text(rule: str) -> str:
    """Return a match rule as people say it."""
    known = {"external_id": "linked before", "added": "not found: new"}
    return known.get(rule, f"by {rule}")


def legible(value: Any) -> str:
    """Return a value as a person reads it: one line, no character that a terminal or an eye could be misled by."""
    if value is None or value == "":
        return "(nothing)"
    text = value if isinstance(value, str) else _json(value)
    shown = one_line(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _record(line: Line) -> dict[str, Any]:
    return {"id": legible(line["id"]), "told": _told(line), "changes": list(_changes(line))}


def _told(line: Line) -> str:
    if line["result"] in ("failed", "skipped"):
        field = f"{line['field']}: " if line["field"] else ""
        where = f" (record {line['record_id']}{_matched(line)})" if line["record_id"] is not None else ""
        return f"{field}{line['message']} [{line['code']}]{where}"
    if line["result"] == "added":
        return f"new record ({line['collection']})"
    new = f"the record that {legible(line['added_by'])} adds"
    which = new if line["record_id"] is None else f"record {line['record_id']}"
    conflict = f"; so far linked to record {line['instead_of']}" if line["instead_of"] is not None else ""
    return f"{which}{_matched(line)}{conflict} ({line['collection']})"


def _matched(line: Line) -> str:
    matched = how_matched(line["rule"])
    return f", {matched}" if matched else ""


def _changes(line: Line) -> Iterator[dict[str, str]]:
    new = line["result"] == "added"
    for change in line["changes"]:
        old = "" if new else legible(change["before"])
        yield {"name": change["field"], "old": old, "new": legible(change["after"])}
    for child in line["children"]:
        if child["action"] != "duplicate":
            old = _parts(child["before"]) if "before" in child else ""
            yield {"name": f"{child['into']} ({child['action']})", "old": old, "new": _parts(child["record"])}


def _parts(record: dict[str, Any]) -> str:
    return ", ".join(legible(value) for value in record.values() if value not in (None, "", {}))
