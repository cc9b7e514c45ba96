"""Values of a type: a plain one, the boundaries where mappings break, and random ones. All of them fit the type.

Texts stay within what a record may hold: no NUL, no half characters, and no longer than `LONG` where the schema says
nothing, because the engine's own limits are no fault of a template.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from random import Random
from typing import Any

from recordmap.expression.functions.limits import MAX_TEXT
from recordmap.schema.types import ANY, Kind, Type
from recordmap.schema.unions import kind_of

LONG = 5_000
"""The longest text tried where the schema sets no limit, unless a template names a greater one. Characters."""
MANY = 60
"""Entries of a long list."""
DEEP = 20
"""Levels of a deep value."""

_FORMATS = {
    "email": "ada@example.org",
    "date-time": "2024-02-10T09:30:00+00:00",
    "date": "2024-02-10",
    "time": "09:30:00",
    "uri": "https://example.org",
}
_TEXTS = (
    *(
        "",
        " ",
        "a",
        "A",
        "0",
        "1",
        "-1",
        "2.5",
        "1e400",
        "true",
        "null",
        "N/A",
        " a ",
        "\t\n",
        "\u00a0\u2003",
        "é",
        "😀",
    ),
    *("e\u0301", "ß", "İ", "\u200b", "a,b", "a;b", "'\"\\{}", "<b>", "=1+1"),
    *(
        "2024-02-10",
        "2024-02-30",
        "2024-02-10T09:30:00+00:00",
        "10.02.2024",
        "+12025550142",
        "ada@example.org",
    ),
)
_LETTERS = ("a", "ΐ", "İ", "\x01")
"""Letters that long texts are made of. Two grow when they are written in capital or in small letters, one in JSON."""
_INTEGERS = (0, 1, -1, 2, 7, 100, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
_NUMBERS = (0.0, -0.0, 0.5, -2.5, 1e16, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308)
_KEYS = ("x", "", "é", "a b", "a.b", "$id", "null")
_NONE_LEFT = object()
_ORDER = (Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.OBJECT, Kind.LIST, Kind.NULL)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a template names: texts and numbers that it compares with, lengths of text, keys of objects."""

    texts: tuple[str, ...] = ()
    numbers: tuple[int | float, ...] = ()
    lengths: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


def plain(type_: Type) -> Any:
    """Return an everyday value of a type: everything there, and nothing remarkable about it."""
    if type_.enum is not None:
        fit = [value for value in type_.enum if _is_of(value, type_)]
        return next((value for value in fit if value is not None), None)
    match plain_kind(type_):
        case Kind.TEXT:
            return _plain_text(type_)
        case Kind.INTEGER | Kind.NUMBER:
            return 1 if type_.limits.holds(1) else next(_integers(type_), None) or next(_fractions(type_), 0)
        case Kind.BOOLEAN:
            return True
        case Kind.LIST:
            return [plain(type_.lists.each)]
        case Kind.OBJECT:
            return {name: plain(inner) for name, inner in type_.objects.properties.items()}
        case _:
            return None


def plain_kind(type_: Type) -> Kind:
    """Return the kind of a type's plain value: what is read inside it decides, where anything is."""
    if Kind.OBJECT in type_.kinds and type_.objects.properties:
        return Kind.OBJECT
    if Kind.LIST in type_.kinds and type_.lists.items is not None:
        return Kind.LIST
    return next((kind for kind in _ORDER if kind in type_.kinds), Kind.NULL)


def boundaries(type_: Type, hints: Hints) -> list[Any]:
    """Return the values of a type where mappings break, the simplest first."""
    if type_.enum is not None:
        listed = [value for value in type_.enum if _is_of(value, type_)]
        return [None, *listed] if type_.nullable else listed
    every: list[Iterable[Any]] = [
        (None,) if Kind.NULL in type_.kinds else (),
        _texts(type_, hints) if Kind.TEXT in type_.kinds else (),
        (False, True) if Kind.BOOLEAN in type_.kinds else (),
        _integers(type_, hints.numbers) if Kind.INTEGER in type_.kinds else (),
        _fractions(type_, hints.numbers) if Kind.NUMBER in type_.kinds else (),
        _lists(type_) if Kind.LIST in type_.kinds else (),
        _objects(type_, hints) if Kind.OBJECT in type_.kinds else (),
    ]
    # The simplest of every kind, then the next of every kind: whoever stops early has seen all of them.
    turns = (value for turn in zip_longest(*every, fillvalue=_NONE_LEFT) for value in turn)
    return list({(type(one), repr(one)): one for one in turns if one is not _NONE_LEFT}.values())


def _is_of(value: Any, type_: Type) -> bool:
    return kind_of(value) in type_.kinds


def _plain_text(type_: Type) -> str:
    for text in (_FORMATS.get(type_.texts.format or "", "a"), "a" * type_.shortest):
        if type_.texts.holds(text):
            return text
    return ""


def _texts(type_: Type, hints: Hints) -> Iterator[str]:
    """Yield texts, short ones first, and of one length those that are easy to read."""
    known = type_.texts
    longest = LONG if known.max_length is None or known.max_length > MAX_TEXT else known.max_length
    lengths = {known.min_length, longest, *hints.lengths, *(length + 1 for length in hints.lengths)}
    made = [letter * length for letter in _LETTERS for length in lengths]
    made += [f"a{' ' * (length - 2)}a" for length in lengths if length > 2]
    made += [f"{' ' * (length - 1)}a" for length in lengths if length > 1]  # of blanks only, where it is cut
    named = [spelled for text in hints.texts for spelled in (text, text.upper(), text.lower(), f" {text} ")]
    every = dict.fromkeys(("", "a", _plain_text(type_), *hints.texts, *made, *_TEXTS, *named))
    yield from sorted(filter(known.holds, every), key=len)


def _integers(type_: Type, more: Iterable[int | float] = ()) -> Iterator[int]:
    ends = [math.ceil(end) + step for end in type_.limits.ends for step in (0, 1, -1)]
    near = (one + step for one in more if isinstance(one, int) for step in (-1, 0, 1))
    every = dict.fromkeys(one for one in (*_INTEGERS, *near, *ends) if -(2**63) <= one < 2**63)
    yield from sorted(filter(type_.limits.holds, every), key=lambda one: (abs(one), one < 0))


def _fractions(type_: Type, more: Iterable[int | float] = ()) -> Iterator[float]:
    ends = type_.limits.ends
    thirds = [(2 * ends[0] + ends[-1]) / 3, ends[0] + 1 / 3, ends[0] - 1 / 3] if ends else []  # long, as text
    for one in (*_NUMBERS, *more, *ends, *thirds):
        if type_.limits.holds(one) and math.isfinite(one):  # large ends have no sum
            yield float(one)


def _lists(type_: Type) -> Iterator[list[Any]]:
    items = type_.lists.each
    one = plain(items)
    yield []
    yield [one]
    if Kind.NULL in items.kinds and items.enum is None:
        yield [None]
        yield [None, one]
    said = items.known or items.enum is not None
    for value in boundaries(items, Hints())[:6] if said else ("", 1, True, [], {}):
        yield [value, one]
    yield [plain(items) for _ in range(MANY)]
    if not said and not items.objects.properties:
        yield _deep([])


def _objects(type_: Type, hints: Hints) -> Iterator[dict[str, Any]]:
    objects = type_.objects
    extra = objects.extra or ANY
    needed = {name: plain(objects.properties.get(name, extra)) for name in objects.required}
    yield needed
    if not objects.open:
        return
    whole = {name: plain(inner) for name, inner in objects.properties.items()}
    for key in dict.fromkeys((*_KEYS, *hints.keys)):
        if key not in whole:
            yield {**needed, key: plain(extra)}
    if objects.extra is None:
        yield {**whole, **{f"key {number}": number for number in range(MANY)}}
        yield {**whole, "x": _deep({})}


def _deep(inner: Any) -> Any:
    for level in range(DEEP):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


def random_value(type_: Type, hints: Hints, dice: Random, depth: int = 0) -> Any:
    """Return any value of a type, made by chance."""
    if type_.enum is not None or dice.random() < 0.3:
        return dice.choice(boundaries(type_, hints) or [None])
    kinds = [kind for kind in _ORDER if kind in type_.kinds]
    match dice.choice(kinds[:4] if depth > 3 and len(kinds) == len(_ORDER) else kinds):
        case Kind.TEXT:
            signs = "".join(("aBc 019.-,éΐ😀", *hints.texts))
            least, most = type_.texts.min_length, type_.texts.max_length
            if least > LONG:
                return _plain_text(type_)
            length = dice.randrange(least, min(most or 12, 12) + least + 1)
            text = "".join(dice.choice(signs) for _ in range(length))
            return text if type_.texts.holds(text) else _plain_text(type_)
        case Kind.INTEGER:
            made = dice.randrange(-1000, 1000)
            return made if type_.limits.holds(made) else plain(type_)
        case Kind.NUMBER:
            fraction = dice.randrange(-1000, 1000) / 8
            return fraction if type_.limits.holds(fraction) else plain(type_)
        case Kind.BOOLEAN:
            return dice.random() < 0.5
        case Kind.LIST:
            return [random_value(type_.lists.each, hints, dice, depth + 1) for _ in range(dice.randrange(4))]
        case Kind.OBJECT:
            objects = type_.objects
            made_of = {
                name: random_value(inner, hints, dice, depth + 1)
                for name, inner in objects.properties.items()
                if name in objects.required or dice.random() < 0.7
            }
            for name in objects.required - made_of.keys():
                made_of[name] = plain(objects.extra or ANY)
            return made_of
        case _:
            return None
