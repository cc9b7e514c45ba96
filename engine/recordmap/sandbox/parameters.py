"""Query parameters of the two ways to read profiles, each refused by name when it is wrong.

Klaviyo: lists are one comma-separated value; `page[size]` is 1 to 100, 20 without it; single profiles know
`include`, lists don't. Fields that newer revisions added are refused by older ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recordmap.sandbox import errors
from recordmap.sandbox.conditions import Conditions, read_filter
from recordmap.sandbox.generator.consent import PREDICTIONS
from recordmap.sandbox.revisions import LOCALE_SINCE, MORE_CHANNELS_SINCE
from recordmap.sandbox.settings import Settings
from recordmap.sandbox.store import Order

ADDITIONAL = ("subscriptions", "predictive_analytics")
INCLUDED = ("lists", "segments")

_SORTS = {
    "id": "id",
    "created": "created",
    "updated": "updated",
    "email": "email",
    "subscriptions.email.marketing.suppression.timestamp": "suppression",
    "subscriptions.email.marketing.list_suppressions.timestamp": "list_suppressions",
}
_DEFAULT_SIZE, _MOST_SIZE = 20, 100
_SIZE = re.compile(r"[0-9]{1,3}", re.ASCII)

_CONSENT = ("consent", "consent_timestamp", "last_updated", "method", "method_detail")
_EMAIL = ("can_receive_email_marketing", *_CONSENT, "custom_method_detail", "double_optin")


def _below(path: str, names: Sequence[str]) -> list[str]:
    return [path, *(f"{path}.{name}" for name in names)]


_FIELDS = frozenset(
    (
        *(
            "email",
            "phone_number",
            "external_id",
            "first_name",
            "last_name",
            "organization",
            "title",
            "image",
        ),
        *("created", "updated", "last_event_date", "properties", "subscriptions"),
        *_below("location", ("address1", "address2", "city", "country", "latitude", "longitude")),
        *("location.region", "location.zip", "location.timezone", "location.ip"),
        *("subscriptions.email", "subscriptions.sms"),
        *_below("subscriptions.email.marketing", (*_EMAIL, "suppression", "list_suppressions")),
        *_below("subscriptions.sms.marketing", ("can_receive_sms_marketing", *_CONSENT)),
        *_below("predictive_analytics", PREDICTIONS),
    )
)
_LATER_FIELDS = {
    LOCALE_SINCE: frozenset(("locale",)),
    MORE_CHANNELS_SINCE: frozenset(
        (
            *("id", "subscriptions.mobile_push"),
            *_below("subscriptions.sms.transactional", ("can_receive_sms_transactional", *_CONSENT)),
            *_below(
                "subscriptions.mobile_push.marketing",
                ("can_receive_push_marketing", "consent", "consent_timestamp"),
            ),
        )
    ),
}
_RESOURCE_FIELDS = frozenset(("name", "created", "updated"))


@dataclass(frozen=True, slots=True)
class View:
    """What of a profile an answer shows: all fields without `fields`, and only what was asked for of the rest."""

    fields: frozenset[str] | None
    additional: frozenset[str]
    included: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A list of profiles that was asked for. `walk` is what must stay the same from page to page."""

    view: View
    order: Order
    conditions: Conditions
    size: int
    cursor: str | None
    walk: str


def read_list_query(
    parameters: Mapping[str, str], revision: str, now: datetime, settings: Settings
) -> ListQuery:
    """Return what the parameters of a list call for.

    Raises:
        ApiError: a parameter is unknown or wrong.
    """
    _refuse_unknown(
        parameters,
        ("additional-fields[profile]", "fields[profile]", "filter", "page[cursor]", "page[size]", "sort"),
    )
    sort, text = parameters.get("sort", ""), parameters.get("filter")
    return ListQuery(
        _view(parameters, revision),
        _order(parameters),
        read_filter(text, now, settings),
        _size(parameters),
        parameters.get("page[cursor]"),
        f"{sort}\n{text}",
    )


def read_single_query(parameters: Mapping[str, str], revision: str) -> View:
    """Return what the parameters of a call for one profile ask for.

    Raises:
        ApiError: a parameter is unknown or wrong.
    """
    resources = {f"fields[{name}]": _RESOURCE_FIELDS for name in ("list", "segment")}
    _refuse_unknown(parameters, ("additional-fields[profile]", "fields[profile]", "include", *resources))
    for name, allowed in resources.items():
        _values(parameters, name, allowed)
    view = _view(parameters, revision)
    return View(
        view.fields, view.additional, _values(parameters, "include", frozenset(INCLUDED)) or frozenset()
    )


def refuse_parameters(parameters: Mapping[str, str]) -> None:
    """Refuse any parameter, as writing does.

    Raises:
        ApiError: there is one.
    """
    _refuse_unknown(parameters, ())


def _refuse_unknown(parameters: Mapping[str, str], known: Sequence[str]) -> None:
    for name in parameters:
        if name not in known:
            raise errors.bad_parameter(name, f"'{name}' is not an allowed parameter for this resource.")


def _view(parameters: Mapping[str, str], revision: str) -> View:
    fields = _FIELDS.union(*(names for since, names in _LATER_FIELDS.items() if revision >= since))
    additional = _values(parameters, "additional-fields[profile]", frozenset(ADDITIONAL))
    return View(_values(parameters, "fields[profile]", fields), additional or frozenset())


def _values(parameters: Mapping[str, str], name: str, allowed: frozenset[str]) -> frozenset[str] | None:
    """Return the values of a comma-separated parameter, None when it is not there."""
    if name not in parameters:
        return None
    values = parameters[name].split(",")
    for value in values:
        if value not in allowed:
            raise errors.bad_parameter(
                name, f"'{value}' is not an allowed {name.partition('[')[0]} parameter for this resource."
            )
    return frozenset(values)


def _order(parameters: Mapping[str, str]) -> Order:
    if "sort" not in parameters:
        return Order()
    sort = parameters["sort"]
    key = _SORTS.get(sort.removeprefix("-"))
    if key is None:
        raise errors.bad_parameter("sort", f"'{sort}' is not an allowed sort parameter for this resource.")
    return Order(key, descending=sort.startswith("-"))


def _size(parameters: Mapping[str, str]) -> int:
    text = parameters.get("page[size]", str(_DEFAULT_SIZE))
    if _SIZE.fullmatch(text) is None or not 1 <= int(text) <= _MOST_SIZE:
        raise errors.bad_parameter("page[size]", f"Page size must be an integer between 1 and {_MOST_SIZE}.")
    return int(text)
