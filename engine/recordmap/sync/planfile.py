"""The file that a plan is kept in: JSON, one object a line. A header, a line for each record, a summary.

It is written and read as a stream, so that a plan may be larger than memory. The summary holds a hash of everything
before it: a plan that was cut off or changed by hand is refused, because a missing line would be a lost record.
Records whose transfer would write nothing at all, because they went through these templates before, have no line. Nor
have those of people who are kept out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Any

import orjson

from recordmap.connectors.base import Malformed
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.canonical import digest
from recordmap.sync.results import KEPT_OUT, Result, Transfer
from recordmap.sync.telling import transfer_data
from recordmap.sync.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.report import Report

FORMAT = "1.0"
_AGAIN = "make a new one with recordmap plan"
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


class PlanWriter:
    """Writes a plan, line by line: the header first, the summary last."""

    def __init__(self, file: IO[bytes], header: PlanHeader) -> None:
        self._file = file
        self._hash = blake2b(digest_size=16)
        self._planned = 0
        self._added: dict[int, str] = {}
        self._fields: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._put(
            {
                "kind": "header",
                "format_version": FORMAT,
                "integration": header.integration,
                "store": header.store,
                "templates": header.templates,
                "made_at": format_timestamp(header.made_at),
                "full": header.full,
                "watermark": _text(header.watermark),
            }
        )

    def record(self, one: Incoming | Malformed, transfer: Transfer) -> None:
        """Write a record and what would come of it."""
        if transfer.rule:
            self._rules[transfer.rule] += 1
        if done_before(transfer) or is_kept_out(transfer):
            return
        line: Line = {"kind": "record", **outcome(transfer)}
        if transfer.result is Result.ADDED and transfer.record_id is not None:
            self._added[transfer.record_id] = transfer.subject
        # The number of a record that the plan itself adds is the rehearsal's, and will be another.
        line["added_by"] = self._added.get(line["record_id"])
        if line["added_by"] is not None:
            line["record_id"] = None
        if transfer.result is Result.UPDATED:
            self._fields.update(change["field"] for change in line["changes"])
        if isinstance(one, Malformed):
            line["unread"] = {"reason": one.reason, "raw": one.raw, "id": one.external_id}
        else:
            line["source"] = one.record
        self._planned += 1
        self._put(line)

    def summary(self, report: Report, retries: int) -> None:
        """Write the summary; nothing may follow it. `retries` is as in a `PlanSummary`."""
        line = {
            "kind": "summary",
            "status": report.status.value,
            "code": report.code,
            "message": report.message,
            "records": report.records,
            "planned": self._planned,
            "counts": dict(report.counts),
            "failures": dict(report.failures),
            "children": dict(report.children),
            "notices": dict(report.notice_counts),
            "fields": dict(self._fields.most_common()),
            "rules": dict(self._rules.most_common()),
            "retries": retries,
            "watermark": _text(report.watermark_after),
            "digest": self._hash.hexdigest(),
        }
        self._file.write(_json(line) + b"\n")
        self._file.flush()

    def _put(self, line: Line) -> None:
        try:
            written = _json(line)
        except (RecursionError, ValueError):
            # A record that no JSON can hold: what is wrong with it stays in the plan, the record itself can't.
            written = _json(line | {"source": None})
        self._hash.update(written)
        self._file.write(written + b"\n")


class PlanFile:
    """A plan that was written, read as often as wanted. `file` can be read from its beginning.

    Raises:
        ConfigurationError: it is no plan, a plan of another version of recordmap, or not whole.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.header, self.summary = self._verify()

    def records(self) -> Iterator[Line]:
        """Yield the lines of the records: `outcome`, and under `source` or `unread` what came in.

        Raises:
            ConfigurationError: a line is none that recordmap writes. The hash keeps mistakes out, not malice.
        """
        self._file.seek(0)
        next(self._file)
        for written in self._file:
            line = _object(written)
            if line.get("kind") == "summary":
                return
            if not _is_record(line):
                raise _changed()
            yield line

    def _verify(self) -> tuple[PlanHeader, PlanSummary]:
        self._file.seek(0)
        seen = blake2b(digest_size=16)
        header = _header(next(self._file, b""))
        self._file.seek(0)
        last = b""
        for written in self._file:
            if last:
                seen.update(last.rstrip(b"\n"))
            last = written
        summary = _object(last) if last.endswith(b"\n") else {}
        if summary.get("kind") != "summary":
            raise ConfigurationError("the plan was not written to its end", _AGAIN)
        if summary.get("digest") != seen.hexdigest():
            raise _changed()
        names = PlanSummary.__dataclass_fields__
        if not _is_summary(summary):
            raise _changed()
        values = {name: summary[name] for name in names} | {
            "watermark": parse_timestamp(summary["watermark"])
        }
        return header, PlanSummary(**values)


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


def _header(written: bytes) -> PlanHeader:
    line = _object(written)
    if line.get("kind") != "header":
        raise _no_plan()
    if str(line.get("format_version")).partition(".")[0] != FORMAT.partition(".")[0]:
        raise ConfigurationError("the plan was made by another version of recordmap", _AGAIN)
    made_at = parse_timestamp(line.get("made_at"))
    integration, store, templates = (str(line.get(name)) for name in ("integration", "store", "templates"))
    if made_at is None:
        raise _no_plan()
    known = parse_timestamp(line.get("watermark"))
    return PlanHeader(integration, store, templates, made_at, bool(line.get("full")), known)


def _is_record(line: Line) -> bool:
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


def _changed() -> ConfigurationError:
    return ConfigurationError("the plan was changed after it was made", _AGAIN)


def _no_plan() -> ConfigurationError:
    return ConfigurationError("this is no plan", "recordmap plan --output FILE makes one")


def _object(written: bytes) -> Line:
    try:
        line = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def _json(line: Line) -> bytes:
    try:
        return orjson.dumps(line)
    except TypeError:
        # Integers beyond 64 bits and lone surrogates are legal JSON that orjson refuses.
        return json.dumps(line).encode()


def _text(time: datetime | None) -> str | None:
    return None if time is None else format_timestamp(time)
