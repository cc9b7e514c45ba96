"""Faults in the JSON of a list: wrong types, malformed profiles, links astray, rows that move or repeat.

Klaviyo: the last page's `next` may be null, missing or empty; profiles that change during a walk come twice.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from recordmap.sandbox import errors
from recordmap.sandbox.faults.play import Play

Document = dict[str, Any]


def _edited(play_document: Callable[[Play, Document], None]) -> Callable[[Play], Any]:
    """Return a fault that changes the document of a list; anything else goes through as it is."""

    async def fault(play: Play) -> None:
        document = await play.document()
        answer = await play.answer()
        if document is not None:
            play_document(play, document)
            answer = answer.with_document(document)
        await play.give(answer)

    return fault


def _wrong_type(play: Play, document: Document) -> None:
    document["data"] = play.options["data"]


def _missing_member(play: Play, document: Document) -> None:
    del document[play.options["member"]]


def _malformed_profile(play: Play, document: Document) -> None:
    rows = document["data"]
    if rows:
        place = min(int(play.options["at"]), len(rows) - 1)
        rows[place] = MALFORMED[play.options["form"]](rows[place])


def _without(row: Document, name: str) -> Document:
    return {key: value for key, value in row.items() if key != name}


MALFORMED: dict[str, Callable[[Document], Any]] = {
    "null": lambda _row: None,
    "text": lambda _row: "profile",
    "list": lambda row: [row],
    "no_id": lambda row: _without(row, "id"),
    "null_id": lambda row: row | {"id": None},
    "empty_id": lambda row: row | {"id": ""},
    "number_id": lambda row: row | {"id": 44552},
    "no_attributes": lambda row: _without(row, "attributes"),
    "null_attributes": lambda row: row | {"attributes": None},
    "text_attributes": lambda row: row | {"attributes": "none"},
    "other_type": lambda row: row | {"type": "event"},
    "no_updated": lambda row: row | {"attributes": _without(row["attributes"], "updated")},
    "null_updated": lambda row: row | {"attributes": row["attributes"] | {"updated": None}},
    "odd_updated": lambda row: row | {"attributes": row["attributes"] | {"updated": "yesterday"}},
    "future_updated": lambda row: (
        row | {"attributes": row["attributes"] | {"updated": "2999-01-01T00:00:00+00:00"}}
    ),
    "number_email": lambda row: row | {"attributes": row["attributes"] | {"email": 7}},
    "text_location": lambda row: row | {"attributes": row["attributes"] | {"location": "Leeds"}},
}


def _duplicate_rows(play: Play, document: Document) -> None:
    document["data"] += document["data"][: int(play.options["count"])]


def _shuffled_rows(play: Play, document: Document) -> None:
    Random(play.options["seed"]).shuffle(document["data"])  # noqa: S311 - an order, nothing secret


def _foreign_next(play: Play, document: Document) -> None:
    links = document["links"]
    link = urlsplit(links["next"] or links["self"])
    origin = urlsplit(play.options["origin"])
    links["next"] = urlunsplit((origin.scheme, origin.netloc, link.path, link.query, ""))


def _next_link(play: Play, document: Document) -> None:
    links = document["links"]
    form = play.options["form"]
    if form == "missing":
        del links["next"]
    elif form == "no_links":
        del document["links"]
    elif form == "same":
        links["next"] = links["self"]
    elif form == "relative":
        link = urlsplit(links["next"] or links["self"])
        links["next"] = urlunsplit(("", "", link.path, link.query, ""))
    else:
        links["next"] = {"empty": "", "null": None, "number": 2, "garbage": "http://[broken"}[form]


wrong_type = _edited(_wrong_type)
missing_member = _edited(_missing_member)
malformed_profile = _edited(_malformed_profile)
duplicate_rows = _edited(_duplicate_rows)
shuffled_rows = _edited(_shuffled_rows)
foreign_next = _edited(_foreign_next)
next_link = _edited(_next_link)


async def wrong_document(play: Play) -> None:
    """Answer 200 with other JSON than an object."""
    await play.give((await play.answer()).with_document(play.options["document"]))


BAD_JSON: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda body: body[: len(body) // 2],
    "trailing": lambda body: body + b"}",
    "nan": lambda body: body.replace(b"null", b"NaN"),
    "deep": lambda _body: b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b',"links":{}}',
    "number": lambda _body: (
        b'{"data":[{"type":"profile","id":"1","attributes":{"n":' + b"9" * 10_000 + b"}}]}"
    ),
    "utf16": lambda body: body.decode().encode("utf-16"),
    "latin1": lambda body: body.replace(b'"data"', '"é"'.encode("latin-1") + b':1,"data"', 1),
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "surrogate": lambda body: body.replace(b'"profile"', b'"\\ud800"', 1),
}


async def bad_json(play: Play) -> None:
    """Answer 200 with a body that is not clean JSON in UTF-8."""
    answer = await play.answer()
    spoiled = BAD_JSON[play.options["form"]](answer.body)
    await play.give(type(answer)(answer.status, answer.headers, spoiled))


def _affected(play: Play, document: Any) -> list[str]:
    """Return the ids that a fault was given, else of the first rows of the page."""
    given = play.options["ids"]
    if given is not None:
        return [str(each) for each in given]
    rows = document["data"] if document is not None else []
    return [row["id"] for row in rows[: int(play.options["count"])]]


async def change_profiles(play: Play) -> None:
    """Change profiles between this page and the next, so they come again at the end of the walk."""
    for profile_id in _affected(play, await play.document()):
        play.touch(profile_id)
    await play.give(await play.answer())


async def remove_profiles(play: Play) -> None:
    """Remove profiles between this page and the next, as a merge does."""
    for profile_id in _affected(play, await play.document()):
        if play.store.get(profile_id) is not None:
            play.store.remove(profile_id)
    await play.give(await play.answer())


async def error_document(play: Play) -> None:
    """Answer 200 with the body of an error."""
    await play.give((await play.answer()).with_document(errors.bad_filter().body()))
