"""Faults that answer instead of the API: refusals, outages, pages of the network edge, redirects.

Klaviyo: bodies of 5xx answers are not known and often HTML; a challenge page of the network edge is a 403 that is
not JSON; a 429 without Retry-After was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recordmap.sandbox import errors
from recordmap.sandbox.faults.play import Answer, Play, html, refusal

OUTAGE_PAGE = "<html><body>Service Unavailable</body></html>"
CHALLENGE_PAGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"

REFUSALS: Mapping[int, Callable[[], errors.ApiError]] = {
    400: errors.bad_filter,
    401: errors.wrong_key,
    403: errors.no_permission,
    404: errors.no_such_endpoint,
    410: lambda: errors.retired("of this request"),
}


async def throttled(play: Play) -> None:
    """Answer 429, with any Retry-After or, when it is null, without one."""
    wait = play.options["retry_after"]
    error = errors.throttled(
        play.options["seconds"], None if wait is None else str(wait), tell=wait is not None
    )
    await play.give(refusal(error))


async def server_error(play: Play) -> None:
    """Answer a status of 500 and more, with a body of some form."""
    status, form = play.options["status"], play.options["body"]
    answer = {
        "json": lambda: refusal(errors.server_error(status)),
        "html": lambda: html(status, OUTAGE_PAGE),
        "text": lambda: Answer(status, {"content-type": "text/plain"}, b"upstream connect error"),
        "empty": lambda: Answer(status),
    }[form]()
    wait = play.options["retry_after"]
    await play.give(answer if wait is None else answer.with_headers({"retry-after": str(wait)}))


async def challenge(play: Play) -> None:
    """Answer as the network edge does when it takes the client for a robot."""
    await play.give(html(403, CHALLENGE_PAGE, {"cf-mitigated": "challenge"}))


async def edge_refusal(play: Play) -> None:
    """Answer as the network edge does when a header is malformed."""
    await play.give(html(400, errors.CLOUD_EDGE_400))


async def refused(play: Play) -> None:
    """Answer one of the API's own refusals."""
    await play.give(refusal(REFUSALS[play.options["status"]]()))


async def invalid_cursor(play: Play) -> None:
    """Answer that the cursor is invalid, though it is not."""
    await play.give(refusal(errors.bad_cursor()))


async def redirect(play: Play) -> None:
    """Send the client elsewhere."""
    await play.give(Answer(play.options["status"], {"location": play.options["location"]}))


async def html_page(play: Play) -> None:
    """Answer 200 with a page for people, as a captive portal does."""
    await play.give(html(200, "<!DOCTYPE html><html><body>Please sign in</body></html>"))


async def empty(play: Play) -> None:
    """Answer success without a body."""
    await play.give(Answer(play.options["status"], {"content-type": "application/vnd.api+json"}))
