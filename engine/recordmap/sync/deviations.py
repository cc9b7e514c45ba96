"""What comes of a record, held against what its plan foresaw. Nothing is done here, and nothing is decided but that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recordmap.sync.canonical import canonical
from recordmap.sync.planlines import done_before, is_kept_out, outcome
from recordmap.sync.results import UNDONE, Result
from recordmap.sync.telling import how_matched

if TYPE_CHECKING:
    from recordmap.sync.incoming import Incoming
    from recordmap.sync.results import Transfer

_SAME = ("result", "rule", "collection", "code", "field")


def deviation(one: Incoming, transfer: Transfer, *, read_since: bool = False) -> str | None:
    """Return how a transfer differs from its plan, or None.

    What has been done meanwhile, by another sync or by this very plan, is no difference: nothing is written then. With
    `read_since`, a poll has read everything again that the plan read.
    """
    planned = one.foreseen
    if planned is None or done_before(transfer) or is_kept_out(transfer) or transfer.result is Result.STALE:
        return None
    now = outcome(transfer)
    if planned["synced"] != now["synced"]:
        if now["synced"] is None:
            return (
                "The source record is linked to no record any more: its person was forgotten, or the link undone, after"
                " the plan was made"
            )
        # Whoever synced it read the source later than the plan did, whatever the times of change say.
        return "The source record was synced in another version after the plan was made"
    if transfer.problem == UNDONE and planned["code"] != UNDONE.code:
        return (
            "Somebody undid its transfer after the plan was made; it comes again when the source record changes, or by"
            " recordmap sync-one"
        )
    settled = planned["failing"] is not None and now["failing"] is None
    # A skip settles a failure itself, and writes nothing again.
    if settled and transfer.result is not Result.SKIPPED:
        return "The failure that the plan saw was settled after the plan was made"
    if not settled and now["failing"] not in (planned["failing"], one.digest):
        return "The source record failed in another version after the plan was made"
    if read_since and one.raw is not None and now["failing"] != one.digest:
        return "The source was read again after the plan was made, and this record is not in the error log any more"
    unknown = now["synced"] is None and now["failing"] is None
    if read_since and unknown and transfer.result is not Result.SKIPPED:
        # What the plan holds may be an older version of it than was read then.
        return (
            "The source was read again after the plan was made, and nothing is known of this record any more: it was"
            " left out then, or undone or forgotten since"
        )
    if transfer.result is Result.SKIPPED and all(planned[name] == now[name] for name in ("result", "code")):
        return None  # whichever record it was matched to, it is left out for the same reason
    other_record = planned["record_id"] is not None and planned["record_id"] != now["record_id"]
    if other_record or any(planned[name] != now[name] for name in _SAME):
        return f"The plan foresaw {_told(planned)}; now it would be {_told(now)}"
    if planned["seen"] != now["seen"]:
        number = now["record_id"]
        return f"Record {number} was changed after the plan was made"
    if any(canonical(planned[name]) != canonical(now[name]) for name in ("changes", "children")):
        return "The same templates give other values than when the plan was made"
    return None


def _told(line: Mapping[str, Any]) -> str:
    parts = [
        f"record {line['record_id']}" if line["record_id"] is not None else "",
        how_matched(line["rule"]) or "",
        str(line["code"] or ""),
    ]
    details = ", ".join(part for part in parts if part)
    return f"{line['result']} ({details})" if details else str(line["result"])
