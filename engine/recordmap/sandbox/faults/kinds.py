"""The table of faults. A new kind is one function and one line here; files, checks and help read this table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from recordmap.sandbox.faults import bodies, delivery, refusals
from recordmap.sandbox.faults.play import Play

ELSEWHERE = "https://klaviyo.invalid"
"""Another host; names below `.invalid` never lead anywhere."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A way to go wrong.

    Attributes:
        play: sends what is sent instead of, or made of, the API's answer.
        summary: what the client meets.
        options: the options and their defaults.
        choices: what an option may be, where that is a list.
        lists_only: whether it waits for a request for a page.
    """

    play: Callable[[Play], Awaitable[None]]
    summary: str
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    lists_only: bool = False


def _on_lists(
    play: Callable[[Play], Awaitable[None]],
    summary: str,
    choices: Mapping[str, Any] | None = None,
    **options: Any,
) -> FaultKind:
    return FaultKind(
        play, summary, options, {n: tuple(c) for n, c in (choices or {}).items()}, lists_only=True
    )


_BODIES = {"body": ("json", "html", "text", "empty")}

KINDS: Mapping[str, FaultKind] = {
    # Instead of the API's answer
    "throttled": FaultKind(refusals.throttled, "429", {"retry_after": "1", "seconds": 1}),
    "server_error": FaultKind(
        refusals.server_error, "500 and above", {"status": 503, "body": "html", "retry_after": None}, _BODIES
    ),
    "challenge": FaultKind(refusals.challenge, "403 with a page of the network edge"),
    "edge_refusal": FaultKind(refusals.edge_refusal, "400 with a page of the network edge"),
    "refused": FaultKind(
        refusals.refused, "a refusal in JSON", {"status": 401}, {"status": tuple(refusals.REFUSALS)}
    ),
    "invalid_cursor": FaultKind(refusals.invalid_cursor, "400 Invalid cursor provided."),
    "redirect": FaultKind(
        refusals.redirect,
        "a redirect to another host",
        {"status": 302, "location": f"{ELSEWHERE}/api/profiles/"},
    ),
    "html_page": FaultKind(refusals.html_page, "200 with a page for people"),
    "empty": FaultKind(refusals.empty, "success without a body", {"status": 200}, {"status": (200, 204)}),
    # In the JSON
    "wrong_type": _on_lists(bodies.wrong_type, "data is no list", data={}),
    "missing_member": _on_lists(
        bodies.missing_member, "data or links is missing", {"member": ("data", "links")}, member="data"
    ),
    "wrong_document": _on_lists(bodies.wrong_document, "the document is no object", document=[]),
    "error_document": _on_lists(bodies.error_document, "200 with errors instead of data"),
    "malformed_profile": _on_lists(
        bodies.malformed_profile, "one profile is malformed", {"form": bodies.MALFORMED}, form="null", at=0
    ),
    "bad_json": _on_lists(bodies.bad_json, "no clean JSON in UTF-8", {"form": bodies.BAD_JSON}, form="cut"),
    "duplicate_rows": _on_lists(bodies.duplicate_rows, "rows repeat on the page", count=1),
    "shuffled_rows": _on_lists(bodies.shuffled_rows, "rows are out of order", seed=1),
    "foreign_next": _on_lists(bodies.foreign_next, "next leads to another host", origin=ELSEWHERE),
    "next_link": _on_lists(
        bodies.next_link,
        "next is odd",
        {"form": ("missing", "empty", "null", "same", "relative", "number", "garbage", "no_links")},
        form="missing",
    ),
    "change_profiles": _on_lists(
        bodies.change_profiles, "profiles change behind the page", count=1, ids=None
    ),
    "remove_profiles": _on_lists(
        bodies.remove_profiles, "profiles vanish behind the page", count=1, ids=None
    ),
    # In the delivery
    "slow": FaultKind(delivery.slow, "the answer comes late", {"seconds": 1.0}),
    "drip": FaultKind(delivery.drip, "the body comes in drops", {"seconds": 0.15, "bytes": 1}),
    "hang": FaultKind(delivery.hang, "no answer ever", {"after": False}, {"after": (True, False)}),
    "reset": FaultKind(
        delivery.reset, "the connection breaks", {"at": "body"}, {"at": ("start", "head", "body")}
    ),
    "truncated": FaultKind(
        delivery.truncated,
        "the body ends early",
        {"framing": "length", "keep": 0.5},
        {"framing": ("length", "chunked", "none")},
    ),
    "bomb": FaultKind(delivery.bomb, "a small body unpacks to a huge one", {"megabytes": 200}),
    "huge_header": FaultKind(delivery.huge_header, "a header is far too long", {"kilobytes": 200}),
    "bad_gzip": FaultKind(delivery.bad_gzip, "the body is not packed as claimed"),
    "unframed": FaultKind(delivery.unframed, "a sound answer in chunks"),
}
"""Every kind of fault by its name in files."""
