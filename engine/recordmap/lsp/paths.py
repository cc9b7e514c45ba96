"""The type behind a JMESPath as far as it is written: what can come next, and what a key means.

It follows keys, positions, projections, filters and pipes by their signs alone, so that a path that is being typed
has a type too. What it doesn't follow (a function's result, a list that is made) is any value: then nothing is
offered, and nothing claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from recordmap.schema.types import ANY, Type
from recordmap.schema.unions import list_of

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<key>[A-Za-z_][A-Za-z0-9_]*)
  | "(?P<quoted>(?:[^"\\]|\\.)*)(?P<close>"?)
  | (?P<text>'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*`?)
  | (?P<pick>\[(?:\s*-?\d*\s*(?::\s*-?\d*\s*){0,2}|\s*\*\s*)\])
  | (?P<sign>\[\?|\|\||&&|[!=<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FRESH = {"||", "&&", "==", "!=", "<", ">", "<=", ">=", ",", ":", "!", "-"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A key of a path: where it stands in the text, what it is a key of, and whether it stands in quotes."""

    name: str
    offset: int
    end: int
    owner: Type
    quoted: bool = False
    closed: bool = True

    @property
    def type(self) -> Type:
        """The type of what the key leads to."""
        return property_of(self.owner, self.name)


@dataclass(frozen=True, slots=True)
class Expected:
    """What may be written at the end of a path: a key of `owner`, or what `begun` may become.

    `first` says that a function may stand here as well, `literal` that nothing of ours may: it is inside a text.
    """

    owner: Type
    begun: Segment | None
    first: bool
    literal: bool


@dataclass(slots=True)
class _Level:
    """One pair of brackets. `base` is what a path in it starts from, `given` what a function was given first."""

    base: Type
    current: Type | None = None
    opener: str = ""
    before: Type = ANY
    dotted: bool = False
    projects: bool = False
    given: Type | None = None
    made: dict[str, Type] = field(default_factory=dict)
    label: str = ""


def property_of(type_: Type, name: str) -> Type:
    """Return the type of a property, `ANY` where nothing is known of it."""
    return type_.objects.properties.get(name) or type_.objects.extra or ANY


def items_of(type_: Type) -> Type:
    """Return the type of the items of a list."""
    return type_.lists.each


def segments(text: str, root: Type) -> Iterator[Segment]:
    """Yield every key of a path with its place and what it is a key of."""
    yield from _Walk(text, root).segments


def type_of(text: str, root: Type) -> Type:
    """Return the type of what a path leads to."""
    walk = _Walk(text, root)
    level = walk.levels[-1]
    if len(walk.levels) > 1 or level.current is None:
        return ANY
    return list_of(level.current) if level.projects else level.current


def expected(text: str, root: Type) -> Expected:
    """Return what may be written at the end of `text`, the part of a path before the cursor."""
    walk = _Walk(text, root)
    level = walk.levels[-1]
    last = walk.segments[-1] if walk.segments else None
    begun = last if last and last.end == len(text) and not (last.quoted and last.closed) else None
    if begun is not None:
        return Expected(begun.owner, begun, not walk.after_dot and not begun.quoted, literal=False)
    if walk.literal or (level.current is not None and not level.dotted):
        return Expected(ANY, None, first=False, literal=True)
    owner = level.current if level.dotted and level.current is not None else level.base
    return Expected(owner, None, not level.dotted, literal=False)


class _Walk:
    """One walk over the signs of a path. `after_dot` is about the last key."""

    def __init__(self, text: str, root: Type) -> None:
        self.segments: list[Segment] = []
        self.levels = [_Level(root)]
        self.literal = False
        self.after_dot = False
        for token in _TOKEN.finditer(text):
            self._take(token, text)

    def _take(self, token: re.Match[str], text: str) -> None:
        level = self.levels[-1]
        kind = token.lastgroup
        if kind == "blank":
            return
        self.literal = False
        if kind == "key":
            self._key(token.group(), token, quoted=False, closed=True)
        elif kind == "close":
            name = token["quoted"].replace('\\"', '"').replace("\\\\", "\\")
            self._key(name, token, quoted=True, closed=bool(token["close"]))
        elif kind == "text":
            mark = token.group()
            self.literal = token.end() == len(text) and not (len(mark) > 1 and mark[-1] == mark[0])
            level.current, level.dotted = ANY, False
        elif kind == "pick":
            self._pick(token.group(), level)
        else:
            self._sign(token.group(), level)

    def _key(self, name: str, token: re.Match[str], *, quoted: bool, closed: bool) -> None:
        level = self.levels[-1]
        owner = level.current if level.dotted and level.current is not None else level.base
        self.after_dot = level.dotted
        self.segments.append(Segment(name, token.start(), token.end(), owner, quoted, closed))
        level.current, level.dotted, level.label = property_of(owner, name), False, name

    def _pick(self, sign: str, level: _Level) -> None:
        whole = level.base if level.current is None else level.current
        level.current, level.dotted = items_of(whole), False
        level.projects = level.projects or not re.fullmatch(r"\[\s*-?\d+\s*\]", sign)

    def _sign(self, sign: str, level: _Level) -> None:
        if sign == ".":
            level.dotted = level.current is not None
        elif sign in ("[?", "[", "{", "("):
            self._open(sign, level)
        elif sign in ("]", "}", ")"):
            self._close(level)
        elif sign == "|":
            whole = ANY if level.current is None else level.current
            level.base = list_of(whole) if level.projects else whole
            level.current, level.dotted, level.projects = None, False, False
        elif sign == "@":
            level.current, level.dotted = level.base, False
        elif sign == "*":
            level.current, level.dotted, level.projects = ANY, False, True
        elif sign == "&":
            level.base = items_of(level.given or ANY)
            level.current = None
        elif sign in _FRESH:
            self._next_part(sign, level)

    def _next_part(self, sign: str, level: _Level) -> None:
        if sign == "," and level.opener == "(" and level.given is None:
            level.given = level.current
        elif sign == ":" and level.opener == "{" and self.segments:
            self.segments.pop()  # the key of an object that is made, not one of the record
        level.current, level.dotted, level.projects = None, False, False

    def _open(self, sign: str, level: _Level) -> None:
        whole = level.base if level.current is None else level.current
        if sign == "(":
            if level.current is not None and self.segments:
                self.segments.pop()  # the name of a function
            base = level.base
        else:
            base = items_of(whole) if sign == "[?" else whole
        self.levels.append(_Level(base, opener=sign, before=whole))

    def _close(self, level: _Level) -> None:
        if len(self.levels) == 1:
            return
        self.levels.pop()
        outer = self.levels[-1]
        if level.opener == "[?":
            outer.current, outer.projects = items_of(level.before), True
        elif level.opener == "(" and outer.current is None:
            outer.current = level.current or ANY
        else:
            outer.current = ANY
        outer.dotted = False
