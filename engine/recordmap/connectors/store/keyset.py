"""The keys of a record: what it is found by, and what no second record may have.

The rules come from outside (`destination.Rules`), the normalisation from `recordmap.keys`. Two rules may name
the same field and comparison, one from the destination schema and one from the match list; their keys are
joined.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from recordmap.connectors.destination import KeyRule, MatchKey, Record, Rules
from recordmap.keys import Keys, keys_of

# Raise it when `recordmap.keys` gives another key for the same value: stores then make their keys anew.
KEYS_VERSION = 1


class Place(NamedTuple):
    """A field and how its values compare: within a place, equal keys mean equal values."""

    field: str
    compare: str


class Role(NamedTuple):
    """What a key of a record is for: finding the record, keeping others off, or both."""

    is_match: bool
    is_unique: bool


RecordKeys = Mapping[Place, Mapping[MatchKey, Role]]


class KeySet:
    """Makes keys by the rules of a destination."""

    def __init__(self, rules: Rules) -> None:
        self._rules: dict[Place, list[tuple[KeyRule, Keys]]] = {}
        for rule in rules.keys:
            made = rule, keys_of(rule.compare, rule.region, rule.ignore)
            self._rules.setdefault(Place(rule.field, rule.compare), []).append(made)
        self.places = tuple(self._rules)
        self.fingerprint = _fingerprint(rules.keys)

    def of(self, record: Record, places: Iterable[Place]) -> RecordKeys:
        """Return the keys that a record has in these places; a place without a key is there, empty."""
        return {place: self._in_place(place, record) for place in places}

    def changed_places(self, before: Record, after: Record) -> list[Place]:
        """Return the places whose field differs between two versions of a record."""
        return [
            place for place in self.places if not _identical(before.get(place.field), after.get(place.field))
        ]

    def complaint(self, place: Place) -> str:
        """Return what to say when a key of this place is taken."""
        given = (rule.message for rule, _ in self._rules[place] if rule.unique and rule.message)
        return next(given, f"{place.field} already exists")

    def _in_place(self, place: Place, record: Record) -> Mapping[MatchKey, Role]:
        value = record.get(place.field)
        if value is None:
            return {}
        roles: dict[MatchKey, Role] = {}
        for rule, keys in self._rules[place]:
            key = keys.match(value)
            if key is not None:  # then the unique key is the same
                found, role = MatchKey(place.field, place.compare, key), _BOTH if rule.unique else _MATCH
                if len(self._rules[place]) == 1:
                    return {found: role}  # nothing to join it with, as in most places
                _join(roles, found, role)
            elif rule.unique:
                key = keys.unique(value)
                if key is not None:
                    _join(roles, MatchKey(place.field, place.compare, key), _UNIQUE)
        return roles


_MATCH = Role(is_match=True, is_unique=False)
_UNIQUE = Role(is_match=False, is_unique=True)
_BOTH = Role(is_match=True, is_unique=True)


def _join(roles: dict[MatchKey, Role], key: MatchKey, role: Role) -> None:
    held = roles.get(key, role)
    roles[key] = role if held == role else _BOTH


def _identical(value: object, other: object) -> bool:
    return type(value) is type(other) and value == other


def _fingerprint(rules: tuple[KeyRule, ...]) -> str:
    described = sorted(
        [rule.field, rule.compare, sorted(rule.ignore), rule.region or "", rule.unique] for rule in rules
    )
    return hashlib.sha256(orjson.dumps([KEYS_VERSION, described])).hexdigest()
