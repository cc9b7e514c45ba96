"""What Klaviyo's answers mean: go on, try again, or stop, and what a person can do about it.

The status decides first, because wording and codes may change at any time and an error is not always JSON: the
network edge in front of the service answers with pages of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from recordmap.connectors.base import ConnectorError
from recordmap.connectors.http import Answer
from recordmap.connectors.klaviyo.settings import KEY_VARIABLE
from recordmap.connectors.retries import PassingError, retry_after
from recordmap.streams.json import UnreadableError, read_record

UNAVAILABLE = "Klaviyo temporarily unavailable"

_AVAILABLE_IN = re.compile(r"available in (\d{1,9}) second", re.ASCII)
_LEADING = re.compile(r"\s*(\d{1,9})(?!\d)", re.ASCII)
_SHOWN = 200


class RefusedError(ConnectorError):
    """Klaviyo refuses the request as it is (status 400)."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the last answer said of the quota: requests a window, requests left, and seconds to the next window.

    The numbers describe the steady window (60 s); each is None where the answer had none. All keys of one account
    share it.
    """

    limit: int | None
    remaining: int | None
    reset: int | None


@dataclass(frozen=True, slots=True)
class Complaint:
    """The first error object of an answer, shortened; empty texts where it has none. `is_json`: there was one."""

    is_json: bool = False
    code: str = ""
    detail: str = ""
    place: str = ""


def check_list(answer: Answer, now: datetime) -> None:
    """Return when the answer holds records.

    Raises:
        PassingError: try again.
        RefusedError: the request is refused as it is, a page cursor being part of it.
        ConnectorError: nothing but a change of settings or of the service helps.
    """
    if answer.status != 200:
        raise _fault(answer, now)


def check_single(answer: Answer, now: datetime) -> bool:
    """Say whether the answer holds the record, rather than saying that there is none.

    Raises:
        PassingError, RefusedError, ConnectorError: as for `check_list`.
    """
    if answer.status == 404:
        complaint = read_complaint(answer)
        # The same status is given for an endpoint that the revision does not have.
        if complaint.is_json and "revision" not in complaint.detail.lower():
            return False
    check_list(answer, now)
    return True


def read_rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Read the RateLimit headers, or return None when there are none (as on status 429).

    `RateLimit-Limit` is structured, such as `750, 75;w=1, 750;w=60`; its leading number is the one meant.
    """
    found = [_LEADING.match(headers.get(f"RateLimit-{name}", "")) for name in ("Limit", "Remaining", "Reset")]
    return RateLimit(*(int(each[1]) if each else None for each in found)) if any(found) else None


def unreadable(answer: Answer, error: UnreadableError) -> PassingError:
    """Return the fault for an answer that should hold records and does not."""
    message = f"Klaviyo sent an answer that cannot be read: {error}"
    return PassingError("source-bad-answer", message, hint=answer.describe())


def read_complaint(answer: Answer) -> Complaint:
    """Read the error object of an answer, as far as there is one."""
    try:
        errors = read_record(answer.body).get("errors")
    except UnreadableError:
        return Complaint()
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return Complaint()
    source = first.get("source")
    place = source.get("parameter") or source.get("pointer") if isinstance(source, dict) else None
    return Complaint(
        is_json=True,
        code=_line(first.get("code")),
        detail=_line(first.get("detail")),
        # Most errors point at the whole body, which says nothing to the reader of a list.
        place=_line(place).removeprefix("/data").strip("/"),
    )


def _line(value: object) -> str:
    """Make one short line of text that came from outside, safe to print."""
    text = value if isinstance(value, str) else ""
    return "".join(character if character.isprintable() else " " for character in text[:_SHOWN]).strip()


def _fault(answer: Answer, now: datetime) -> ConnectorError:
    status, complaint = answer.status, read_complaint(answer)
    if status == 429 or status >= 500 or status in {408, 425} or (status == 403 and not complaint.is_json):
        # A 403 that is no JSON is a challenge page of the network edge, which comes and goes.
        hint = f"HTTP {status}" if status != 429 else "HTTP 429, too many requests"
        return PassingError("source-unavailable", UNAVAILABLE, hint=hint, wait=_wait(answer, complaint, now))
    if status == 400:
        return RefusedError(
            "source-refused-request",
            f"Klaviyo refused the request{_said(complaint)}",
            transient=False,
            hint=_DO_400 if complaint.is_json else _DO_400_PAGE,
        )
    if status in _STOPS:
        code, message, hint = _STOPS[status]
        return ConnectorError(code, f"{message}{_said(complaint)}", transient=False, hint=hint)
    if 300 <= status < 400:
        return ConnectorError(
            "source-bad-answer",
            f"Klaviyo's address answers with a redirect (HTTP {status}), which is not followed",
            transient=False,
            hint="check base_url",
        )
    if status >= 400:
        return ConnectorError(
            "source-refused-request",
            f"Klaviyo refused the request with HTTP {status}{_said(complaint)}",
            transient=False,
            hint="check base_url and revision",
        )
    return PassingError(
        "source-bad-answer", f"Klaviyo answered with HTTP {status} instead of records", hint=answer.describe()
    )


def _said(complaint: Complaint) -> str:
    said = f": {complaint.detail}" if complaint.detail else ""
    return f"{said} ({complaint.place})" if complaint.place else said


def _wait(answer: Answer, complaint: Complaint, now: datetime) -> float | None:
    """Return the wait in seconds asked for, by header or else (seen in 2023) only in the wording of the error."""
    told = retry_after(answer.headers, now)
    if told is None and (found := _AVAILABLE_IN.search(complaint.detail)):
        told = float(found[1])
    return told


_DO_400 = "check the source options of the integration file; a newer revision may have other rules"
_DO_400_PAGE = f"this came from the network in front of Klaviyo: check {KEY_VARIABLE} for odd characters"

_STOPS = {
    401: (
        "source-refused-key",
        "Klaviyo does not know the key",
        f"set {KEY_VARIABLE} to a private key (pk_…) of the account",
    ),
    403: (
        "source-not-permitted",
        "the key may not read profiles",
        f"set {KEY_VARIABLE} to a key made with the scope profiles:read; scopes cannot be added to a key later",
    ),
    410: (
        "source-revision-retired",
        "Klaviyo no longer has this API revision",
        'set a newer one in the integration file: source, options, revision: "2026-10-15"',
    ),
}
