"""How runs and transfers are shown: shared by sync, sync-one, errors, status and demo."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from recordmap.cli.logs import say

if TYPE_CHECKING:
    from recordmap.sync.report import Report
    from recordmap.sync.results import Transfer

_MEANING = {
    "added": "new customers or other records",
    "updated": "fields or child records written",
    "linked": "found and linked, nothing to change",
    "unchanged": "nothing to do",
    "skipped": "left out by the template",
    "stale": "a newer version was transferred before",
    "failed": "in the error log: recordmap errors",
    "refused": "not as planned: nothing of it written",
}


def time_text(value: datetime | None) -> str | None:
    """Return a time in UTC as RFC 3339 text, whole seconds."""
    # Not strftime, which writes the year 1 as 1.
    return None if value is None else value.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def reason_text(field: str | None, message: str, code: str | None = None) -> str:
    """Return why a transfer failed, with the field that it failed at; the code, where given, stands behind it."""
    told = f"{field}: {message}" if field else message
    return f"{told} [{code}]" if code else told


def report_data(report: Report) -> dict[str, Any]:
    """Return a report as data for JSON."""
    seconds = (report.finished_at - report.started_at).total_seconds()
    return {
        "format_version": "1.0",
        "status": report.status.value,
        "code": report.code,
        "message": report.message,
        "records": report.records,
        "counts": dict(report.counts),
        "failures": dict(report.failures),
        "retried": [_outcome(one) for one in report.retried],
        "children": dict(report.children),
        "notices": [{"code": n.code, "message": n.message, "subject": n.subject} for n in report.notices],
        "started_at": time_text(report.started_at),
        "seconds": round(seconds, 3),
        "watermark_before": time_text(report.watermark_before),
        "watermark": time_text(report.watermark_after),
    }


def _outcome(transfer: Transfer) -> dict[str, Any]:
    """Return what came of a transfer, without any value: what a poll prints may end in a log."""
    problem = transfer.problem
    return {
        "id": transfer.subject,
        "result": transfer.result.value,
        "record_id": transfer.record_id,
        "code": problem.code if problem else None,
        "message": problem.message if problem else None,
    }


def print_report(report: Report, broken_off: str = "The poll did not come to its end") -> None:
    """Print a report for people; `broken_off` says that there is more to do."""
    from recordmap.cli.output import print_table, tell
    from recordmap.diagnostics.render import counted

    rows = [(name, f"{count:,}", _MEANING.get(name)) for name, count in report.counts.items() if count]
    if rows or not report.message:
        print_table(("outcome", "records", ""), rows or [("none", "0", "nothing has changed")])
    seconds = max((report.finished_at - report.started_at).total_seconds(), 0.001)
    click.echo(f"{counted(report.records, 'record')} in {seconds:.1f} s ({report.records / seconds:,.0f}/s)")
    for code, count in report.failures.items():
        click.echo(f"  failed: {count:,} with {code}")
    if report.retried:
        results = Counter(transfer.result.value for transfer in report.retried)
        told = ", ".join(f"{count:,} {result}" for result, count in results.items())
        click.echo(f"  tried again from the error log: {told}")
    for code, count in report.notice_counts.items():
        first = next(notice for notice in report.notices if notice.code == code)
        tell(f"  notice: {first.message}" + (f" ({count:,} times)" if count > 1 else ""))
    if report.message:
        message = f"{broken_off}: {report.message}"
        more = f"\n  recordmap rule {report.code} says what to do" if report.code else ""
        say("run-broken-off", message, text=message + more, code=report.code, run=report.run_id)
    click.echo(f"Read up to {time_text(report.watermark_after) or 'nothing yet'}")


def print_transfer(transfer: Transfer, *, dry_run: bool = False) -> None:
    """Print one transfer for people: what was decided, by which rule, and each field that was written."""
    from recordmap.cli.output import print_table, tell

    would = "would be " if dry_run else ""
    tell(f"{transfer.subject}: {would}{transfer.result.value}" + details(transfer))
    if transfer.problem:
        problem = transfer.problem
        tell(f"  {reason_text(problem.field, problem.message, problem.code)}")
    rows = [(change.field, shown(change.before), shown(change.after)) for change in transfer.field_changes()]
    rows += [
        (
            f"{child.into} ({child.action.value})",
            "",
            ", ".join(str(value) for value in child.record.values()),
        )
        for child in transfer.children
    ]
    if rows:
        print_table(("field", "before", "after"), rows)
    for notice in transfer.notices:
        tell(f"  notice: {notice.message}")


def details(transfer: Transfer) -> str:
    """Return the record, the rule and the collection of a transfer, in brackets; nothing where none is known."""
    from recordmap.sync.telling import how_matched

    record = f"record {transfer.record_id}" if transfer.record_id is not None else None
    parts = [part for part in (record, how_matched(transfer.rule), transfer.collection) if part]
    return f" ({', '.join(parts)})" if parts else ""


def shown(value: object) -> str:
    """Return a value as a person reads it in a table."""
    return "" if value is None else value if isinstance(value, str) else repr(value)
