"""What the lines of a plan hold: its header, a record and what would come of it, its summary.

Lines are plain data here. A line that was read may be anybody's: it is looked at before anything is taken from it. How
lines are written and read is the business of `planfile`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recordmap.diagnostics import ConfigurationError
from recordmap.sync.canonical import digest
from recordmap.sync.results import KEPT_OUT, Result, Transfer
from recordmap.sync.telling import transfer_data
from recordmap.sync.timestamps import parse_timestamp

FORMAT = "1.0"
AGAIN = "make a new one with recordmap plan"
"""What to do with a plan that can't be used."""
_TOLD = (
    *("record_id", "rule", "collection", "code", "message", "field", "added_by", "instead_of"),
    *("seen", "synced", "failing"),
)
"""What a record's line tells in one word, or not at all."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What a plan was made for, and when: `made_at` is the time that its formulas saw, aware, in UTC.

    `templates` is the version of the pipeline, `store` the place of the destination, `watermark` how far the source had
    been read before. With `full` everything was read, not only what changed since.
    """

    integration: str
    store: str
    templates: str
    made_at: datetime
    full: bool
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan comes to.

    `records` came in, `planned` of them have a line. `counts`, `failures`, `children` and `notices` are as in a
    `Report`; `fields` says how many existing records each field would change in, `rules` which match rule decided how
    often. `retries` failed transfers are due, and would be tried again after the poll; a plan does not ask for them.
    """

    status: str
    code: str | None
    message: str | None
    records: int
    planned: int
    counts: Mapping[str, int]
    failures: Mapping[str, int]
    children: Mapping[str, int]
    notices: Mapping[str, int]
    fields: Mapping[str, int]
    rules: Mapping[str, int]
    retries: int
    watermark: datetime | None

    @property
    def changes(self) -> int:
        """How many records would be added, updated or linked."""
        return sum(self.counts.get(name, 0) for name in (Result.ADDED, Result.UPDATED, Result.LINKED))


def outcome(transfer: Transfer) -> Line:
    """Return what came, or would come, of a record, with hashes of what it was decided on.

    These are of the existing record, of the source record as it was synced before, and of its version in the error log.
    """
    data = transfer_data(transfer)
    if transfer.result is Result.ADDED:
        data["record_id"] = None
    return {
        **data,
        "instead_of": transfer.instead_of,
        "seen": _seen(transfer),
        "synced": transfer.synced,
        "failing": transfer.failing,
    }


def is_kept_out(transfer: Transfer) -> bool:
    """Say whether nothing of a record may be kept, and so no plan may hold it."""
    return transfer.problem is not None and transfer.problem.code == KEPT_OUT.code


def done_before(transfer: Transfer) -> bool:
    """Say whether nothing at all is written: this very record went through these very templates before."""
    return transfer.result is Result.UNCHANGED and transfer.collection is None


def _seen(transfer: Transfer) -> str | None:
    """Return a hash of the existing record with its children. Numbers are left out: a rehearsal's are not real."""
    if transfer.before is None:
        return None
    kin = {
        into: [[c.record, c.origin, c.written] for c in kept] for into, kept in (transfer.kin or {}).items()
    }
    return digest([transfer.before, kin])


def header_of(line: Line) -> PlanHeader:
    """Return the header that a line holds.

    Raises:
        ConfigurationError: it is no plan, or one of another version of recordmap.
    """
    if line.get("kind") != "header":
        raise _no_plan()
    if str(line.get("format_version")).partition(".")[0] != FORMAT.partition(".")[0]:
        raise ConfigurationError("the plan was made by another version of recordmap", AGAIN)
    made_at = parse_timestamp(line.get("made_at"))
    integration, store, templates = (str(line.get(name)) for name in ("integration", "store", "templates"))
    if made_at is None:
        raise _no_plan()
    known = parse_timestamp(line.get("watermark"))
    return PlanHeader(integration, store, templates, made_at, bool(line.get("full")), known)


def is_record(line: Line) -> bool:
    """Say whether a line is a record's, with all that is asked of it."""
    unread, changes, children = line.get("unread", {}), line.get("changes"), line.get("children")
    return (
        line.get("kind") == "record"
        and all(isinstance(line.get(name), str) for name in ("result", "id"))
        and all(isinstance(line.get(name, ()), str | int | None) for name in _TOLD)
        and isinstance(line.get("source"), dict | None)
        and isinstance(unread, dict)
        and all(isinstance(unread.get(name), str | None) for name in ("reason", "raw", "id"))
        and _are_objects(changes, ("field", "before", "after"))
        and _are_objects(children, ("into", "action", "record"))
    )


def summary_of(line: Line) -> PlanSummary:
    """Return the summary that a line holds.

    Raises:
        ConfigurationError: recordmap writes none like that.
    """
    if not _is_summary(line):
        raise changed()
    values = {name: line[name] for name in PlanSummary.__dataclass_fields__}
    return PlanSummary(**values | {"watermark": parse_timestamp(line["watermark"])})


def _is_summary(line: Line) -> bool:
    return (
        isinstance(line.get("status"), str)
        and all(isinstance(line.get(name, ()), str | None) for name in ("code", "message", "watermark"))
        and all(type(line.get(name)) is int for name in ("records", "planned", "retries"))
        and all(
            isinstance(line.get(name), dict) and all(type(count) is int for count in line[name].values())
            for name in ("counts", "failures", "children", "notices", "fields", "rules")
        )
    )


def _are_objects(value: object, names: tuple[str, ...]) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and all(name in one for name in names) for one in value
    )


def changed() -> ConfigurationError:
    """Return the error of a plan with a line that recordmap did not write."""
    return ConfigurationError("the plan was changed after it was made", AGAIN)


def _no_plan() -> ConfigurationError:
    return ConfigurationError("this is no plan", "recordmap plan --output FILE makes one")
