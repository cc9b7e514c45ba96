"""The file that a plan is kept in: JSON, one object a line. A header, a line for each record, a summary.

What a line holds is known to `planlines`. The file is written and read as a stream, so that a plan may be larger than
memory. The summary holds a hash of everything before it: a plan that was cut off or changed by hand is refused, because
a missing line would be a lost record. Records whose transfer would write nothing at all, because they went through
these templates before, have no line. Nor have those of people who are kept out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import IO, TYPE_CHECKING

import orjson

from recordmap.connectors.base import Malformed
from recordmap.diagnostics import ConfigurationError
from recordmap.sync.planlines import (
    AGAIN,
    FORMAT,
    Line,
    PlanHeader,
    PlanSummary,
    changed,
    done_before,
    header_of,
    is_kept_out,
    is_record,
    outcome,
    summary_of,
)
from recordmap.sync.results import Result, Transfer
from recordmap.sync.timestamps import format_timestamp
from recordmap.unseen import escaped

if TYPE_CHECKING:
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.report import Report


_LONGEST_HEADER = 100_000
"""Bytes of the first line that are read at most, whatever kind of file is given."""


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
            if not is_record(line):
                raise changed()
            yield line

    def _verify(self) -> tuple[PlanHeader, PlanSummary]:
        self._file.seek(0)
        seen = blake2b(digest_size=16)
        header = header_of(_object(self._file.readline(_LONGEST_HEADER)))
        self._file.seek(0)
        last = b""
        for written in self._file:
            if last:
                seen.update(last.rstrip(b"\n"))
            last = written
        summary = _object(last) if last.endswith(b"\n") else {}
        if summary.get("kind") != "summary":
            raise ConfigurationError("the plan was not written to its end", AGAIN)
        if summary.get("digest") != seen.hexdigest():
            raise changed()
        return header, summary_of(summary)


def _object(written: bytes) -> Line:
    try:
        line = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def _json(line: Line) -> bytes:
    try:
        return escaped(orjson.dumps(line))
    except TypeError:
        # Integers beyond 64 bits and lone surrogates are legal JSON that orjson refuses.
        return json.dumps(line).encode()


def _text(time: datetime | None) -> str | None:
    return None if time is None else format_timestamp(time)
