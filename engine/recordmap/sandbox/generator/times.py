"""When generated profiles were made and changed.

`updated` never falls from one number to the next and depends on the number alone, so a page of profiles in that
order is found without sorting anything, and one more profile never moves the others. It nears `newest` and stays
before it for every number. Klaviyo: values are whole seconds, and many profiles share one, above all after an
import; here three of ten do, and 130 of each thousand share a single one, which is more than a page holds.
"""

from __future__ import annotations

from datetime import UTC, datetime

from recordmap.sandbox.generator.dice import Dice

NEWEST = datetime(2026, 6, 1, tzinfo=UTC)
"""Every generated time lies before this one, unless another is asked for."""

_DAY = 86_400
_SPAN = 5 * 365 * _DAY
_BEND = 1000
_IMPORT = range(600, 730)
_TRIPLET = range(3, 6)


def updated_at(number: int, newest: int) -> int:
    """Return when a profile last changed, in seconds of Unix time. `newest` is not reached."""
    within = number % 1000
    if within in _IMPORT:
        first = number - within + _IMPORT.start
    elif number % 10 in _TRIPLET:
        first = number - number % 10 + _TRIPLET.start
    else:
        first = number
    return newest + (-_SPAN * _BEND) // (_BEND + first)


def created_at(dice: Dice, updated: int) -> int:
    """Return when a profile was made, in seconds of Unix time: at or before its last change."""
    return updated if dice.chance(15) else updated - dice.below(900 * _DAY)


def last_event_at(dice: Dice, created: int, updated: int) -> int | None:
    """Return when a profile last did something, in seconds of Unix time."""
    return None if dice.chance(30) else created + dice.below(updated - created + 1)


def text(seconds: int) -> str:
    """Return seconds of Unix time as Klaviyo writes them: whole seconds and `+00:00`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
