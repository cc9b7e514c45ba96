"""The four calls for profiles: list, get, create, update. Knows neither HTTP headers nor ASGI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recordmap.sandbox import errors
from recordmap.sandbox.cursors import Cursor, Cursors
from recordmap.sandbox.generator import Profile
from recordmap.sandbox.generator.places import LOCATION_MEMBERS
from recordmap.sandbox.generator.times import text
from recordmap.sandbox.parameters import View, read_list_query, read_single_query, refuse_parameters
from recordmap.sandbox.rendering import address, resource
from recordmap.sandbox.settings import Settings
from recordmap.sandbox.store import Page, Store
from recordmap.sandbox.writes import IDENTIFIERS, merged, read_creation, read_update

Document = dict[str, Any]

_PLAIN = View(None, frozenset())
_EMPTY_ATTRIBUTES: Mapping[str, Any] = {
    **dict.fromkeys(("email", "phone_number", "external_id", "first_name", "last_name", "organization")),
    **dict.fromkeys(("locale", "title", "image", "created", "updated", "last_event_date")),
    "location": dict.fromkeys(LOCATION_MEMBERS),
    "properties": {},
    "subscriptions": {
        "email": {
            "marketing": {
                "can_receive_email_marketing": True,
                "consent": "NEVER_SUBSCRIBED",
                **dict.fromkeys(("consent_timestamp", "last_updated", "method", "method_detail")),
                **dict.fromkeys(("custom_method_detail", "double_optin")),
                "suppression": [],
                "list_suppressions": [],
            }
        },
        "sms": {
            "marketing": {
                "can_receive_sms_marketing": False,
                "consent": "NEVER_SUBSCRIBED",
                **dict.fromkeys(("consent_timestamp", "method", "method_detail", "last_updated")),
            }
        },
    },
    "predictive_analytics": {},
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be answered.

    Attributes:
        parameters: the query, decoded.
        path: as it was sent, with or without a slash at the end.
        profile_id: from the path, empty where it has none.
        revision: the one that answers.
        now: when it came in.
        origin: scheme, host and port it was sent to, for the links of the answer.
        body: the JSON that was sent, None for reading.
    """

    parameters: Mapping[str, str]
    path: str
    profile_id: str
    revision: str
    now: datetime
    origin: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class Api:
    """The calls, on one store. Each returns a document or raises `ApiError`.

    Attributes:
        store: the profiles.
        cursors: writes and reads cursors.
        settings: what Klaviyo leaves open.
        new_id: gives an id that is new, for a profile made at a time.
    """

    store: Store
    cursors: Cursors
    settings: Settings
    new_id: Callable[[datetime], str]

    def list_profiles(self, call: Call) -> Document:
        """Return a page of profiles."""
        query = read_list_query(call.parameters, call.revision, call.now, self.settings)
        cursor = None
        if query.cursor is not None:
            cursor = self.cursors.read(query.cursor, query.walk, call.now)
        backwards = cursor is not None and cursor.backwards
        start = None if cursor is None else cursor.rank
        page = self.store.page(query.order, query.conditions, query.size, start=start, backwards=backwards)
        return {
            "data": [resource(profile, query.view, call.revision, call.origin) for profile in page.profiles],
            "links": self._links(call, page, cursor, query.walk),
        }

    def _links(self, call: Call, page: Page, cursor: Cursor | None, walk: str) -> Document:
        """Return the links of a page: to itself, and to its neighbours where there are any."""
        number = 1 if cursor is None else cursor.page
        came_back = cursor is not None and cursor.backwards

        def neighbour(edge: tuple[bool, Any, int] | None, step: int, *, there: bool) -> str | None:
            if edge is None or not there:
                return None
            beside = Cursor(edge, step < 0, number + step, call.now.timestamp())
            return address(call.origin, call.path, call.parameters, self.cursors.write(beside, walk))

        return {
            "self": address(call.origin, call.path, call.parameters),
            "next": neighbour(page.last, 1, there=page.more or came_back),
            "prev": neighbour(page.first, -1, there=page.more if came_back else cursor is not None),
        }

    def get_profile(self, call: Call) -> Document:
        """Return one profile."""
        view = read_single_query(call.parameters, call.revision)
        document = {"data": resource(self._existing(call.profile_id), view, call.revision, call.origin)}
        return document | ({"included": []} if view.included else {})

    def create_profile(self, call: Call) -> Document:
        """Make a profile and return it."""
        refuse_parameters(call.parameters)
        change = read_creation(call.body)
        self._refuse_duplicates(change)
        profile = self.made(change, call.now)
        self.store.add(profile)
        return {"data": resource(profile, _PLAIN, call.revision, call.origin)}

    def update_profile(self, call: Call) -> Document:
        """Change a profile and return it."""
        refuse_parameters(call.parameters)
        before = self._existing(call.profile_id)
        profile = read_update(call.body, before)
        attributes = profile["attributes"]
        changed = {name: attributes.get(name) for name in IDENTIFIERS}
        self._refuse_duplicates(
            {name: value for name, value in changed.items() if value != before["attributes"].get(name)}
        )
        attributes["updated"] = text(int(call.now.timestamp()))
        self.store.replace(profile)
        return {"data": resource(profile, _PLAIN, call.revision, call.origin)}

    def made(self, change: Mapping[str, Any], now: datetime) -> Profile:
        """Return a new profile with some attributes; the rest is as Klaviyo has it at first."""
        moment = text(int(now.timestamp()))
        attributes = merged({**_EMPTY_ATTRIBUTES, "created": moment, "updated": moment}, change)
        return {"id": self.new_id(now), "attributes": attributes}

    def _existing(self, profile_id: str) -> Profile:
        profile = self.store.get(profile_id)
        if profile is None:
            raise errors.no_such_profile(profile_id)
        return profile

    def _refuse_duplicates(self, identifiers: Mapping[str, Any]) -> None:
        for name in IDENTIFIERS:
            if value := identifiers.get(name):
                for other in self.store.having(name, value):
                    raise errors.duplicate(other)
