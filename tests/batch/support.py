"""Hand-made plans, and runs from bytes to bytes. Functions are module-level, so that pickle can send them."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from recordmap.batch.mapper import Mapper, Wishes
from recordmap.batch.part import Tally
from recordmap.batch.run import Jobs, run
from recordmap.batch.writing import Output
from recordmap.runtime.outcome import Kind, Outcome, Reason
from recordmap.runtime.plan import Function, Plan
from recordmap.streams.reading import Input

KEEP = Wishes(keep_rejects=True)
NOT_OBJECT = Outcome(Kind.REJECTED, reason=Reason("wrong-type", "the record is not an object", "Sample"))
SKIPPED = Outcome(Kind.SKIPPED, reason=Reason("filtered", "the filter left this record out", "Sample"))
REFUSED = Outcome(
    Kind.REJECTED, reason=Reason("required-field-missing", "A name is required", "Sample", "Name")
)


def sample(record: Any, existing: Any, parent: Any, now: str | None, previous: Any) -> Any:
    """Map `{"id", "v"}` to `{"Id", "V"}`; `do` makes records end otherwise."""
    if not isinstance(record, dict):
        return NOT_OBJECT
    match record.get("do"):
        case "skip":
            return SKIPPED
        case "refuse":
            return REFUSED
        case "raise":
            raise LookupError(record["id"])
        case "nan":
            return {"Id": record["id"], "V": {1, 2}}
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
    mapped = {"Id": record.get("id")}
    if "v" in record:
        mapped["V"] = record["v"]
    if existing is not None:
        mapped["Was"] = existing
    if now is not None:
        mapped["Now"] = now
    return mapped


def pick_id(record: Any) -> Any:
    return record.get("id")


def plan(function: Function = sample, operation: str = "add") -> Plan:
    return Plan("Sample", operation, "v1", (), function)


def make_mapper(wishes: Wishes = KEEP) -> Mapper:
    return Mapper(plan(), wishes, pick_id=pick_id)


@dataclass
class Result:
    output: bytes
    rejects: list[dict[str, Any]]
    tally: Tally

    @property
    def records(self) -> list[Any]:
        return [orjson.loads(line) for line in self.output.splitlines()]


def map_file(
    path: Path,
    wishes: Wishes = KEEP,
    *,
    jobs: int = 1,
    piece: int = 100,
    suffix: str = "",
) -> Result:
    """Map a file with the sample plan; outputs lie beside it."""
    output, rejects = path.with_name(f"out.ndjson{suffix}"), path.with_name(f"rejects.ndjson{suffix}")
    mapper = make_mapper(wishes)
    several = Jobs(jobs, partial(make_mapper, wishes), piece) if jobs > 1 else None
    with ExitStack() as stack:
        source, out = stack.enter_context(Input(path)), stack.enter_context(Output(output))
        refused = stack.enter_context(Output(rejects)) if wishes.keep_rejects else None
        tally = run(mapper, source, out, refused, jobs=several)
    refusals = [] if suffix or not rejects.exists() else rejects.read_bytes().splitlines()
    return Result(
        output.read_bytes() if output.exists() else b"", [orjson.loads(line) for line in refusals], tally
    )


def map_bytes(data: bytes, folder: Path, wishes: Wishes = KEEP, **more: Any) -> Result:
    path = folder / "in.ndjson"
    path.write_bytes(data)
    return map_file(path, wishes, **more)
