"""Profiles made up from a seed: any number of them, each made when it is asked for and forgotten again.

Profile `i` follows from (seed, i) and the shares asked for, never from how many there are, so a million profiles
need no memory and the first thousand of them are those of a small sandbox. Nothing here knows HTTP or changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from recordmap.sandbox.generator import contacts, places, words
from recordmap.sandbox.generator.consent import predictive_analytics, subscriptions
from recordmap.sandbox.generator.dice import Dice, chosen
from recordmap.sandbox.generator.ids import MOST_PROFILES, Ids
from recordmap.sandbox.generator.times import NEWEST, created_at, last_event_at, text, updated_at

Profile = dict[str, Any]
"""A profile: `id` and `attributes`, with everything that is given on request only."""

_NULL_LOCATION = dict.fromkeys(places.LOCATION_MEMBERS)


class People(Sequence[Profile]):
    """Generated profiles, as a sequence that holds none of them.

    Args:
        count: how many.
        seed: decides everything; the same seed gives the same profiles for ever.
        nasty: share (0 to 1) of profiles with text that breaks careless software.
        without_email: share (0 to 1) of profiles that have a phone number but no e-mail address.
        newest: every `updated` lies before this time.

    Raises:
        ValueError: `count` is negative or beyond what has unique ids, or a share lies outside 0 to 1.
    """

    def __init__(
        self,
        count: int,
        seed: int = 1,
        *,
        nasty: float = 0.02,
        without_email: float = 0.002,
        newest: datetime = NEWEST,
    ) -> None:
        if not 0 <= count <= MOST_PROFILES:
            raise ValueError(f"the number of profiles is from 0 to {MOST_PROFILES:,}")
        if not 0 <= nasty <= 1 or not 0 <= without_email <= 1:
            raise ValueError("a share is a number from 0 to 1")
        self._count = count
        self._seed = seed
        self._nasty = nasty
        self._without_email = without_email
        self._newest = int(newest.timestamp())

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Profile]:
        return map(self.profile, range(self._count))

    def __getitem__(self, index: Any) -> Any:
        places_ = range(self._count)[index]
        return self.profile(places_) if isinstance(places_, int) else [self.profile(n) for n in places_]

    def profile(self, number: int) -> Profile:
        """Return profile `number`, new each time."""
        created, updated = self.created(number), self.updated(number)
        nasty = chosen(number, self._nasty)
        person = self._dice(number, "person")
        first, last = self._names(number)
        place = person.pick(places.PLACES)
        attributes = {
            "email": self.email(number),
            "phone_number": self.phone_number(number),
            "external_id": self.external_id(number),
            "first_name": _now_and_then(person, first),
            "last_name": _now_and_then(person, last),
            "organization": person.pick(words.ORGANIZATIONS)
            if person.chance(25)
            else person.pick((None, "")),
            "locale": place.locale if person.chance(50) else None,
            "title": person.pick(words.TITLES) if person.chance(20) else person.pick((None, None, "")),
            "image": f"https://example.org/img/{number}.jpg" if person.chance(5) else None,
            "created": text(created),
            "updated": text(updated),
            "last_event_date": None,
            "location": _location(self._dice(number, "place"), place),
            "properties": _properties(self._dice(number, "properties"), updated, first),
            "subscriptions": subscriptions(self._dice(number, "consent"), created, updated, nasty=nasty),
            "predictive_analytics": predictive_analytics(self._dice(number, "worth"), updated),
        }
        event = last_event_at(person, created, updated)
        if event is not None:
            attributes["last_event_date"] = text(event)
        if attributes["email"] is None and number % 2:
            del attributes["email"]
        if nasty:
            _spoil(self._dice(number, "nasty"), attributes)
        return {"id": self.id(number), "attributes": attributes}

    def id(self, number: int) -> str:
        """Return the id of a profile."""
        return self._ids.of(number, self.created(number))

    def updated(self, number: int) -> int:
        """Return when a profile last changed, in seconds of Unix time. It never falls as the number grows."""
        return updated_at(number, self._newest)

    def created(self, number: int) -> int:
        """Return when a profile was made, in seconds of Unix time."""
        return created_at(self._dice(number, "created"), self.updated(number))

    def email(self, number: int) -> str | None:
        """Return a profile's e-mail address. It is unique but for planted twins in capital letters."""
        if chosen(number, self._without_email):
            return None
        if contacts.is_twin(number) and not chosen(number - 1, self._without_email):
            return (self.email(number - 1) or "").upper()
        first, last = self._names(number)
        return contacts.email_of(number, first, last, self._dice(number, "email"))

    def phone_number(self, number: int) -> str | None:
        """Return a profile's phone number."""
        needed = chosen(number, self._without_email)
        return contacts.phone_of(number, self._dice(number, "phone"), needed=needed)

    def external_id(self, number: int) -> str | None:
        """Return a profile's id in another system."""
        return contacts.external_id_of(number, self._dice(number, "external"))

    def subscriptions(self, number: int) -> dict[str, Any]:
        """Return a profile's subscriptions."""
        times = self.created(number), self.updated(number)
        return subscriptions(self._dice(number, "consent"), *times, nasty=chosen(number, self._nasty))

    def having(self, field: str, value: str) -> Iterable[int]:
        """Return the numbers of all profiles whose `field` (one of the four identifiers) is exactly `value`."""
        if value == "":
            candidates: Iterable[int] = range(self._count)
        elif field == "id":
            number = self._ids.number(value)
            candidates = () if number is None else (number,)
        elif field == "email":
            candidates = contacts.numbers_with_email(value)
        elif field == "phone_number":
            candidates = contacts.numbers_with_phone(value, self._count)
        else:
            candidates = contacts.numbers_with_external_id(value)
        read = getattr(self, field)
        return (number for number in candidates if 0 <= number < self._count and read(number) == value)

    @cached_property
    def _ids(self) -> Ids:
        return Ids(self._seed)

    def _dice(self, number: int, aspect: str) -> Dice:
        return Dice(self._seed, number, aspect)

    def _names(self, number: int) -> tuple[str, str]:
        dice = self._dice(number, "names")
        return dice.pick(words.FIRST_NAMES), dice.pick(words.LAST_NAMES)


def _now_and_then(dice: Dice, name: str) -> str | None:
    """Return a name, or what often stands where one should."""
    form = dice.below(100)
    return None if form < 6 else "" if form < 9 else name.upper() if form == 9 else name


def _location(dice: Dice, place: places.Place) -> dict[str, Any]:
    level = dice.below(100)
    if level < 16:
        return dict(_NULL_LOCATION)
    if level < 18:
        return {}
    location = _NULL_LOCATION | {
        "city": place.city,
        "region": place.region,
        "country": place.country,
        "timezone": place.timezone,
    }
    if level < 30:
        return location | {"country": dice.pick((None, "", place.country))}
    location |= {
        "address1": f"{1 + dice.below(900)} {dice.pick(words.STREETS)}" if level >= 36 else "",
        "address2": dice.pick((None, None, "", dice.pick(words.SECOND_LINES))),
        "zip": place.zip,
    }
    if level < 60:
        return location
    # Klaviyo: coordinates come as text or as numbers.
    wanted = dice.pick((str, float))
    return location | {
        "latitude": wanted(place.latitude),
        "longitude": wanted(place.longitude),
        "ip": f"198.51.100.{dice.below(256)}" if dice.chance(50) else None,
    }


def _properties(dice: Dice, updated: int, first: str) -> dict[str, Any] | None:
    form = dice.below(100)
    if form < 4:
        return None
    properties: dict[str, Any] = {}
    if form < 12:
        return properties
    active = dice.below(10)
    if active >= 4:
        moment = text(updated - dice.below(5_000_000))
        properties["Last active"] = (moment[:10], moment, moment.replace("T", " "), "", None, moment[:10])[
            active - 4
        ]
    extras = (
        ("Donor tier", dice.pick(("Gold", "Silver", ""))),
        ("Lifetime gifts", dice.below(40)),
        ("Last gift amount", dice.below(10_000) / 100),
        ("Newsletter topics", [dice.pick(words.TOPICS) for _ in range(dice.below(4))]),
        ("Monthly donor", dice.chance(50)),
        ("$source", -6),
        ("$consent", ["email"]),
        ("$city__transformed", "Springfield"),
        ("shop.last_order.total", "35.50"),
        ("Address book", {"home": {"city": "Leeds"}, "work": None}),
        ("nickname", first[:3]),
    )
    return properties | dict(extra for extra in extras if dice.chance(25))


def _spoil(dice: Dice, attributes: dict[str, Any]) -> None:
    """Put text into attributes that breaks careless software. Identifiers stay as they are."""
    for name in ("first_name", "last_name", "organization", "title"):
        if dice.chance(40):
            attributes[name] = dice.pick(words.NASTY_TEXTS)
    for name in ("address1", "city", "region", "country", "zip"):
        if attributes["location"] and dice.chance(15):
            attributes["location"][name] = dice.pick(words.NASTY_TEXTS)
    properties = dict(attributes["properties"] or {})
    for _ in range(1 + dice.below(4)):
        properties[dice.pick(words.NASTY_KEYS)] = dice.pick(
            (*words.NASTY_TEXTS, 2**53, -0.0, 1e300, [], {}, [None])
        )
    if dice.chance(30):
        properties["Last active"] = dice.pick(
            (0, False, [], "yesterday", "0000-00-00", {"date": "2024-02-10"})
        )
    attributes["properties"] = properties
