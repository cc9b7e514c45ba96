"""What stands in a stream where a record should."""

from __future__ import annotations

from typing import Any

from recordmap.frozen import Frozen

Record = dict[str, Any]


class Broken(Frozen):
    """Something in a stream that is no record and cannot be one, with a reason that shows nothing of it."""

    reason: str


class Malformed(Frozen):
    """One record that could not be read.

    `raw` is its text as received, shortened to 100,000 characters, for the error log; `external_id` its ID where
    that much could be read. `after` says how many records of its page came before it, None that it came last.
    """

    reason: str
    raw: str
    external_id: str | None = None
    after: int | None = None
