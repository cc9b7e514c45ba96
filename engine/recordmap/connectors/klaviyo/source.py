"""Reading Klaviyo profiles, page by page in order of their last change, or one by its ID.

The walk trusts nothing it can check. The next page's link gives only its cursor, and every request is made anew for
the configured server. A cursor that comes twice, or pages without end, stop the walk; a cursor that the service
refuses (how long they live is not documented) makes it begin again near the last change seen. A walk that ends
without an exception has been complete. How far to look back before a watermark is decided elsewhere.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import parse_qs, quote

from recordmap.connectors.base import ConnectorError, Malformed, Page, Record
from recordmap.connectors.http import Answer, Client, ClientOptions, Transport
from recordmap.connectors.klaviyo.answers import (
    RateLimit,
    RefusedError,
    check_list,
    check_single,
    read_rate_limit,
    unreadable,
)
from recordmap.connectors.klaviyo.options import KlaviyoOptions
from recordmap.connectors.retries import RetryOptions, with_retries
from recordmap.connectors.times import read_time
from recordmap.diagnostics.log import event, logger
from recordmap.digests import digest_of
from recordmap.streams.json import Body, UnreadableError, read_page, read_single

PATH = "/api/profiles/"
# Left out of every answer unless asked for, from revision 2023-10-15 on.
_FIELDS = {"additional-fields[profile]": "subscriptions"}
_CURSOR = "page[cursor]"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

_PAGE_LIMIT = 1_000_000
# What servers commonly take of a request's first line; the service's own cursors have some hundred characters.
_LONGEST_LINK = 8_000
_RESTARTS = 3
# Filters that lie practically now are refused; another connector found 5 s to be enough.
_SETTLED = timedelta(seconds=5)
# The smallest step of `updated`: one step back, so that profiles sharing the second of a restart are read again.
_STEP = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LOG = logger(__name__)
Result = TypeVar("Result")


def _now() -> datetime:
    return datetime.now(UTC)


class KlaviyoSource:
    """The profiles of a Klaviyo account. Not for use by several threads at once.

    `clock` gives the time (aware), `pause` waits for seconds, `transport` stands in for the network.
    """

    def __init__(
        self,
        options: KlaviyoOptions,
        *,
        transport: Transport | None = None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._options = options
        self.pause = pause
        self._clock = clock
        self._origin = options.origin
        self._retry = RetryOptions(options.attempts, options.longest_wait)
        self.rate_limit: RateLimit | None = None
        """What the last answer said of the account's quota."""
        headers = {
            "Authorization": f"Klaviyo-API-Key {options.key}",
            "revision": options.revision,
            # Declared up to revision 2024-07-15, and from 2024-10-15 on; the service has sent both for either.
            "Accept": "application/json, application/vnd.api+json",
            "User-Agent": "recordmap",
        }
        client_options = ClientOptions(
            self._origin, headers, deadline=options.deadline, trust_env=options.trust_env
        )
        self._client = Client("Klaviyo", client_options, transport)
        self._warn_of_retirement()

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield the profiles changed after `since` (aware), oldest change first; None means all profiles.

        A time in the future, or practically now, counts as a few seconds ago. Profiles may come more than once:
        one that changes during the walk moves to its end, and a walk that had to begin again overlaps.

        Raises:
            ConnectorError: the list could not be read to its end.
        """
        restarts = 0
        last: Page | None = None
        while True:
            try:
                for page in self._walk(since):
                    if any(_updated(record) for record in page.records):
                        last = page
                    yield page
                return
            except _CursorRefusedError as error:
                restarts += 1
                since = since if last is None else _restart_point(last, since)
                if restarts > _RESTARTS:
                    raise ConnectorError(
                        "source-refused-request",
                        f"Klaviyo refused its own page cursor {restarts} times",
                        transient=True,
                        hint=error.message,
                    ) from error
                told = event("cursor-refused")
                _LOG.info(
                    "Klaviyo refused a page cursor; reading again near the last change seen", extra=told
                )

    def fetch(self, external_id: str) -> Record | None:
        """Return one profile by its ID, or None when Klaviyo has none (deleted, merged, or never there).

        Raises:
            ConnectorError: the ID cannot be one (letters, digits, dashes and underscores, at most 64), Klaviyo
                could not be asked, or the profile cannot be read.
        """
        if not _ID.fullmatch(external_id):
            raise ConnectorError(
                "source-bad-id",
                "this cannot be the ID of a Klaviyo profile",
                transient=False,
                hint="an ID has 1 to 64 letters, digits, dashes and underscores, such as 01H8ABCD or 44552",
            )

        def read(answer: Answer) -> Record | Malformed | None:
            return read_single(answer.body) if check_single(answer, self._clock()) else None

        found = self._get(f"{PATH}{quote(external_id, safe='')}/", _FIELDS, read)
        if isinstance(found, Malformed):
            raise ConnectorError(
                "source-record-unreadable", f"the profile cannot be read: {found.reason}", transient=False
            )
        if found is not None and not _is_id(found.get("id"), external_id):
            # A merged profile's ID has no answer at all, so this is no other name of the same person.
            raise ConnectorError(
                "source-record-unreadable",
                "the answer is another profile than the one asked for",
                transient=False,
            )
        return found

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _walk(self, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of one walk, with filter and order the same throughout."""
        params = {"sort": "updated", "page[size]": str(self._options.page_size), **_FIELDS}
        if since is not None:
            params["filter"] = f"greater-than(updated,{self._filter_time(since)})"
        seen: set[str] = set()
        for _ in range(_PAGE_LIMIT):
            body = self._page(params)
            yield Page(body.records, body.malformed)
            cursor = self._cursor(body.links)
            if cursor is None:
                return
            mark = digest_of(cursor)  # a million cursors may be long ones
            if mark in seen:
                raise _bad_link("the same page cursor came twice")
            seen.add(mark)
            params[_CURSOR] = cursor
        raise _bad_link(f"more than {_PAGE_LIMIT:,} pages")

    def _page(self, params: Mapping[str, str]) -> Body:
        def read(answer: Answer) -> Body:
            check_list(answer, self._clock())
            body = read_page(answer.body)
            if body.links is None and len(body.records) + len(body.malformed) >= self._options.page_size:
                raise UnreadableError("a full page without links, so there may be more")
            return body

        try:
            return self._get(PATH, params, read)
        except RefusedError as error:
            # All but the cursor was accepted on the first page, so the cursor is what is refused now.
            if _CURSOR in params:
                raise _CursorRefusedError(error.code, error.message, transient=True) from error
            raise

    def _get(self, path: str, params: Mapping[str, str], read: Callable[[Answer], Result]) -> Result:
        """Make a request until `read` is content with the answer."""

        def attempt() -> Result:
            self._keep_to_quota()
            answer = self._client.get(path, params)
            self.rate_limit = read_rate_limit(answer.headers) or self.rate_limit
            try:
                return read(answer)
            except UnreadableError as error:
                raise unreadable(answer, error) from error

        return with_retries(attempt, self._retry, sleep=self.pause)

    def _keep_to_quota(self) -> None:
        """Wait for the next window when the last answer said that this one is used up: asking earlier is refused.

        All keys of an account share its windows, and a refusal counts against the others too. A wait longer than
        allowed is left to the refusal, which knows better.
        """
        quota = self.rate_limit
        if (
            quota is None
            or quota.remaining != 0
            or not quota.reset
            or quota.reset > self._options.longest_wait
        ):
            return
        told = event("quota-used-up", wait_seconds=quota.reset)
        _LOG.info("Klaviyo's quota is used up; waiting %d s for the next window", quota.reset, extra=told)
        self.rate_limit = RateLimit(quota.limit, None, None)  # nothing is known of the window that begins now
        self.pause(float(quota.reset))

    def _filter_time(self, since: datetime) -> str:
        """Write a time as filters take it: UTC, cut to seconds, with `Z` because a `+` may arrive as a blank."""
        if since.tzinfo is None:
            raise ValueError("the time to read from needs an offset")
        settled = min(since.astimezone(UTC), self._clock().astimezone(UTC) - _SETTLED)
        return settled.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"

    def _cursor(self, links: Mapping[str, object] | None) -> str | None:
        """Take the cursor out of the next page's link; None at the end: no link, null, or empty text."""
        link = None if links is None else links.get("next")
        if link is None or link == "":
            return None
        if isinstance(link, str) and len(link) > _LONGEST_LINK:
            raise _bad_link(f"the link to the next page has more than {_LONGEST_LINK:,} characters")
        query = self._origin.query_of(link, PATH) if isinstance(link, str) else None
        if query is None:
            raise _bad_link("the link to the next page does not lead to the configured address")
        cursors = parse_qs(query).get(_CURSOR, [])
        if len(cursors) != 1:
            raise _bad_link("the link to the next page has no page cursor")
        return cursors[0]

    def _warn_of_retirement(self) -> None:
        """Warn of a revision over two years old: one year stable, one deprecated, then retired."""
        made, today = self._options.revision_date, self._clock()
        if (today.year - 2, today.month, today.day) >= (made.year, made.month, made.day):
            _LOG.warning(
                "Klaviyo retired API revision %s after two years and answers as the oldest one still alive;"
                " set a newer one in the integration file (source, options, revision)",
                self._options.revision,
                extra=event("revision-retired", once=True, revision=self._options.revision),
            )


class _CursorRefusedError(ConnectorError):
    """The service does not know a page cursor any more."""


def _is_id(value: object, external_id: str) -> bool:
    """Say whether a value is this ID, which lists may give as a number too."""
    return (str(value) if type(value) is int else value) == external_id


def _bad_link(reason: str) -> ConnectorError:
    return ConnectorError(
        "source-bad-link",
        f"Klaviyo's list of profiles cannot be followed: {reason}",
        transient=False,
        hint="check base_url; a proxy in between must leave links alone",
    )


def _restart_point(page: Page, since: datetime | None) -> datetime | None:
    """Return from where a walk could begin again after this page, never before `since`.

    The earliest change on the page rather than the latest: order is asked for, but not relied on.
    """
    times = [found for record in page.records if (found := _updated(record)) is not None]
    if not times:
        return since
    point = max(min(times), _EPOCH) - _STEP
    return point if since is None else max(point, since)


def _updated(record: Record) -> datetime | None:
    attributes = record.get("attributes")
    return read_time(attributes.get("updated")) if isinstance(attributes, dict) else None
