"""How much two names have in common: their words, whatever their spelling, and a few words that mean the same."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SAME = (
    ("company", "organization", "organisation", "firm"),
    ("zip", "postal", "postcode", "postalcode"),
    ("phone", "telephone", "tel", "mobile"),
    ("region", "state", "province", "county"),
    ("first", "given"),
    ("last", "family", "surname"),
    ("street", "address"),
    ("email", "mail"),
    ("note", "notes", "comment", "comments", "remark"),
    ("id", "identifier", "key"),
    ("created", "added"),
    ("updated", "modified", "changed"),
)
_MEANING = {word: group[0] for group in _SAME for word in group}
_IDLE = {"code", "number", "no", "name", "value", "text", "the", "of"}
"""Words that say little by themselves."""


def alike(field: str, path: tuple[str, ...]) -> float:
    """Return from 0 to 1 how much a field's name has in common with a path, whose last key counts most."""
    wanted = _words(field)
    own = _words(path[-1])
    whole = own | (_words(path[-2]) if len(path) > 1 else frozenset())
    spelled = SequenceMatcher(None, field.casefold(), path[-1].casefold().replace("_", "")).ratio()
    near = spelled if spelled >= 0.8 and _digits(wanted) == _digits(own) else 0.0
    return round(max(_share(wanted, own), 0.9 * _share(wanted, whole), near), 2)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how much two sets of words share; idle words count a quarter."""
    if not one or not other:
        return 0.0
    if _digits(one) != _digits(other) and _digits(one) and _digits(other):
        return 0.0  # the second line of an address is not the first
    both, either = _weight(one & other), _weight(one | other)
    least = min(_weight(one), _weight(other))
    return 0.6 * both / least + 0.4 * both / either if both >= 1 or one == other else 0.0


def _weight(words: frozenset[str]) -> float:
    return sum(0.25 if word in _IDLE else 1.0 for word in words)


def _digits(words: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(str.isdigit, words))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(_MEANING.get(word.casefold(), word.casefold()) for word in _WORDS.findall(name))
