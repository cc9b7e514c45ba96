"""Source records for the benchmarks: profiles as Klaviyo gives them, made up from a seed.

About 1.2 KB of JSON each. Of 100 profiles 38 have no phone number, 59 a complete address, 71 a consent, 2 a location
that is text instead of an object, 1 no email address, 16 something that is not ASCII. The same seed and number give the
same record on every Python. Streams are written line by line, so their length is not limited by memory.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

SEED = 7
VERSION = 3  # files of another version are made again

_NAMES = (
    ("Ada", "Castillo"), ("Bryan", "Abernathy"), ("Edda", "Hughes"), ("Fatima", "Ivanova"), ("Grace", "Duarte"),
    ("Henrik", "Eriksson"), ("Ilse", "Osei"), ("Kwabena", "Quintero"), ("Lukas", "Pell"), ("Marisol", "Novak"),
)  # fmt: skip
_ACCENTED_NAMES = (("Chloé", "Brontë"), ("João", "Araújo"), ("Lukas", "Grüber"), ("Björk", "Jónsdóttir"))
_COMPANIES = ("Harbor Light Foundation", "Millrace Community Trust", "Northwind Traders", "Blue Door Housing")
_ACCENTED_COMPANY = "Stadtgärten Wien e.V."
_STREETS = ("Tidewater Lane", "Millrace Court", "Lindengasse", "Old Wharf Road", "Rue Haute", "Spring Street")
_PLACES = (
    ("Baltimore", "Maryland", "United States", "21202", "America/New_York"),
    ("Leeds", "West Yorkshire", "United Kingdom", "LS1 4DY", "Europe/London"),
    ("Wien", "", "Austria", "1070", "Europe/Vienna"),
    ("Porto", "Norte", "Portugal", "4000-123", "Europe/Lisbon"),
    ("Springfield", "Illinois", "United States", "62701", "America/Chicago"),
)
_CONSENTS = ("SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED")
_TOPICS = ("Oceans", "Volunteering", "Forests", "Clean water", "Local news")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def profiles(count: int, *, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield `count` profiles."""
    chance = random.Random(seed)  # noqa: S311 - records to be repeated, no secrets
    for number in range(count):
        yield _profile(number, chance)


def lines(count: int, *, seed: int = SEED) -> Iterator[bytes]:
    """Yield `count` profiles as lines of NDJSON."""
    for profile in profiles(count, seed=seed):
        yield orjson.dumps(profile) + b"\n"


def stream(folder: Path, count: int) -> Path:
    """Return a file of `count` profiles in `folder`, made unless it is there."""
    path = folder / f"profiles-{VERSION}-{SEED}-{count}.ndjson"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.writelines(lines(count))
        unfinished.rename(path)
    return path


def _profile(number: int, chance: random.Random) -> dict[str, Any]:
    draw = chance.random
    first, last = _one(_ACCENTED_NAMES if draw() < 0.12 else _NAMES, draw())
    company = _ACCENTED_COMPANY if draw() < 0.1 else _one(_COMPANIES, draw())
    identity = _identity(chance)
    day = f"2024-{1 + int(draw() * 12):02}-{1 + int(draw() * 28):02}"
    attributes: dict[str, Any] = {
        "email": f"profile.{number}@example.org" if draw() > 0.01 else None,
        "phone_number": f"+1202555{int(draw() * 10_000):04}" if draw() > 0.38 else None,
        "external_id": f"donor-{number}",
        "first_name": first if draw() > 0.04 else None,
        "last_name": last if draw() > 0.04 else "",
        "organization": company if draw() > 0.5 else None,
        "title": None,
        "image": None,
        "created": "2023-03-14T16:02:11+00:00",
        "updated": f"{day}T08:45:30+00:00",
        "last_event_date": f"{day}T21:17:04+00:00",
        "location": _location(chance),
        "properties": _properties(chance, day),
    }
    subscriptions = _subscriptions(chance, day)
    if subscriptions is not None:
        attributes["subscriptions"] = subscriptions
    here = f"https://a.klaviyo.com/api/profiles/{identity}/"
    return {
        "type": "profile",
        "id": identity,
        "attributes": attributes,
        "relationships": {"lists": {"links": {"related": f"{here}lists/"}}},
        "links": {"self": here},
    }


def _location(chance: random.Random) -> dict[str, Any] | str | None:
    draw = chance.random
    city, region, country, postcode, zone = _one(_PLACES, draw())
    kind = draw()
    if kind < 0.02:
        return f"{city}, {country}"
    if kind < 0.12:
        return None
    street = f"{1 + int(draw() * 900)} {_one(_STREETS, draw())}"
    whole = kind > 0.41
    return {
        "address1": street if whole else None,
        "address2": f"Suite {1 + int(draw() * 9)}" if whole and draw() < 0.3 else None,
        "city": city if whole or draw() < 0.5 else None,
        "country": country,
        "latitude": "39.2904",
        "longitude": "-76.6122",
        "region": region,
        "zip": postcode if whole else None,
        "timezone": zone,
        "ip": f"198.51.100.{int(draw() * 256)}",
    }


def _properties(chance: random.Random, day: str) -> dict[str, Any]:
    draw = chance.random
    properties: dict[str, Any] = {
        "Donor tier": "Gold" if draw() < 0.2 else "Friend",
        "Lifetime gifts": int(draw() * 40),
        "Newsletter topics": [_one(_TOPICS, draw()), _one(_TOPICS, draw())],
        "Monthly donor": draw() < 0.3,
    }
    last_active = draw()
    if last_active < 0.55:
        properties["Last active"] = day
    elif last_active < 0.56:
        properties["Last active"] = 20240210
    return properties


def _subscriptions(chance: random.Random, day: str) -> dict[str, Any] | None:
    draw = chance.random
    known = draw()
    if known > 0.86:
        return None
    if known > 0.71:
        return {"email": {"marketing": None}, "sms": {"marketing": None}}
    when = f"{day}T16:04:55+00:00"
    email = {
        "can_receive_email_marketing": True,
        "consent": _one(_CONSENTS, draw()),
        "consent_timestamp": when,
        "last_updated": when,
        "method": "PREFERENCE_PAGE",
        "method_detail": "example.org/signup",
        "double_optin": True,
        "suppression": [],
        "list_suppressions": [],
    }
    return {"email": {"marketing": email}, "sms": {"marketing": None}}


def _one(several: tuple[Any, ...], draw: float) -> Any:
    return several[int(draw * len(several))]


def _identity(chance: random.Random) -> str:
    """Return an ID of 26 letters and digits, as Klaviyo makes them since 2023."""
    half = 32**11
    made = "01HK"
    for number in (int(chance.random() * half), int(chance.random() * half)):
        left = number
        for _ in range(11):
            left, rest = divmod(left, 32)
            made += _LETTERS[rest]
    return made
