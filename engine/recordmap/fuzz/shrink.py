"""A record that breaks a promise, made as small as it gets: what isn't needed to break it goes, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recordmap.fuzz.places import MISSING, Choices, Place
from recordmap.fuzz.values import plain
from recordmap.runtime.values import own_copy

Breaks = Callable[[Choices], bool]


def shrunk(
    places: Sequence[Place], choices: Choices, values: Mapping[Place, Sequence[Any]], breaks: Breaks
) -> Choices:
    """Return choices that still break the same, of which none can be left out or made simpler.

    `values` are the boundaries of each place, the simplest first.
    """
    while True:
        before = choices
        choices = _without(places, choices, breaks)
        for place in list(choices):
            if choices[place] is not MISSING:
                choices = _undone(place, choices, breaks)
            if choices.get(place, MISSING) is not MISSING:
                choices = _simpler(place, choices, values.get(place, ()), breaks)
                choices = _shorter(place, choices, breaks)
        if choices == before:
            return choices


def _without(places: Sequence[Place], choices: Choices, breaks: Breaks) -> Choices:
    """Drop every key that the breach doesn't need, the outer ones first."""
    gone: set[Place] = set()
    for place in places:
        if place in gone:
            continue
        if place.optional and choices.get(place) is not MISSING:
            smaller = {one: value for one, value in choices.items() if one not in set(place.walk())}
            smaller[place] = MISSING
            if breaks(smaller):
                choices = smaller
        if choices.get(place) is MISSING:
            gone.update(place.walk())
    return choices


def _undone(place: Place, choices: Choices, breaks: Breaks) -> Choices:
    smaller = {one: value for one, value in choices.items() if one is not place}
    return smaller if breaks(smaller) else choices


def _simpler(place: Place, choices: Choices, values: Sequence[Any], breaks: Breaks) -> Choices:
    now = choices[place]
    for value in values:
        if value is MISSING:
            continue
        if type(value) is type(now) and (value == now or (isinstance(value, str) and len(value) > len(now))):
            break
        if breaks({**choices, place: value}):
            return {**choices, place: value}
    return choices


def _shorter(place: Place, choices: Choices, breaks: Breaks) -> Choices:
    """Cut a text or a list, by halves first and by single entries at the end."""
    value = choices[place]
    if not isinstance(value, str | list):
        return choices
    least = place.type.texts.min_length if isinstance(value, str) else 0
    if value == plain(place.type):
        return choices
    cut = max(len(value) // 2, 1)
    while cut:
        smaller = own_copy(value[: len(value) - cut])
        if len(value) - cut >= least and place.type.enum is None and breaks({**choices, place: smaller}):
            value = smaller
            choices = {**choices, place: value}
        else:
            cut //= 2
    return choices
