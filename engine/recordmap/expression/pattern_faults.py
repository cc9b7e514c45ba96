"""What is wrong with a regular expression, in words and with its place, told without running or compiling it.

RE2 says little more than that it doesn't take a pattern, and need not be installed where templates are checked. So
this reads a pattern once, from left to right, and knows what RE2 leaves out and why. It never calls a good pattern
bad, but for one that takes RE2 long to prepare; what it doesn't know, it leaves to RE2.
"""

from __future__ import annotations

import re

from recordmap.expression.functions.limits import MAX_PATTERN
from recordmap.frozen import Frozen
from recordmap.patterns import later

MAX_REPEATS = 1_000
"""What RE2 allows for one repeat count, and for counts inside each other multiplied."""

MAX_PARTS = 2_000
"""Signs and classes of a pattern once its repeats are written out, as RE2 does: that takes the time."""

_LOOK_AROUND = later(r"\(\?<?[=!]")
_REFERENCE = later(r"\\[1-9](?![0-7])|\\k[<{']|\\g[<{'0-9]|\(\?P=|[\x01-\x07]")
_RECURSION = later(r"\(\?(?:R|[0-9]|&|P>|\()")
_GROUP = later(r"\((?:\?(?:P?<\w+>|[imsU-]*[:)]))?")
_REPEAT = later(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}")
_CLASS = later(r"\[\^?+\]?+(?:\\[^\n]|\[:\^?\w+:\]|[^\]\\])*\]")
_ESCAPE = later(
    r"\\(?:[aftnrvdDsSwWbBAzCQE]|[pP](?:\{\^?\w+\}|\w)|x(?:\{[0-9a-fA-F]+\}|[0-9a-fA-F]{2})|0[0-7]*|[1-7][0-7]+|[^\w]|_)"
)
_RANGE = later(rf"{_ESCAPE.pattern}|\[:\^?\w+:\]|(?P<low>[A-Za-z0-9])-(?P<high>[A-Za-z0-9])|\\")
"""Within a class: what holds no range, so that none is seen in it; a range of plain signs; a wrong escape."""
_NO_ESCAPE = "has '{}', which means nothing"
_ESCAPE_HINT = "write \\\\ for the sign \\ itself, or delete it"
_SLOW = "there are texts for which that takes for ever, so patterns here don't have it"


class PatternFault(Frozen):
    """What is wrong, as the end of a sentence that begins with "the pattern", and where in the pattern.

    `unsafe` says that the pattern has a meaning, and would cost too much; `slow` that RE2 takes it all the same.
    """

    message: str
    offset: int
    length: int
    hint: str
    unsafe: bool = False
    slow: bool = False


class _Group:
    """An open bracket, and the largest product of repeat counts found in it so far.

    `last` is the product of the part just read, which a sign behind it repeats, or None where there is no such part;
    `repeated` whether that part has its sign already. `parts` counts what was read, with its repeats written out, and
    `last_parts` what of it is the part just read.
    """

    __slots__ = ("last", "last_parts", "offset", "parts", "repeated", "repeats")

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.repeats = 1
        self.last: int | None = None
        self.repeated = False
        self.parts = 0
        self.last_parts = 0


def pattern_fault(pattern: str) -> PatternFault | None:
    """Return the first fault of a pattern, or None when there is none that this knows."""
    if len(pattern) > MAX_PATTERN:
        message = f"is {len(pattern)} characters long, and may have {MAX_PATTERN}"
        hint = f"shorten it, or ask in parts: {_PARTS}"
        return PatternFault(message, 0, len(pattern), hint, unsafe=True)
    if "\\Q" in pattern:
        return None  # what follows is text as it stands
    return _Reader(pattern).read()


_PARTS = "matches(value, '…') or matches(value, '…')"


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._groups = [_Group(0)]

    def read(self) -> PatternFault | None:
        while self._at < len(self._pattern):
            fault = self._refused() or self._step()
            if fault is not None:
                return fault
        if len(self._groups) > 1:
            hint = "add the ')', or write \\( for the sign itself"
            return PatternFault("has a '(' without its ')'", self._groups[-1].offset, 1, hint)
        return None

    def _refused(self) -> PatternFault | None:
        """Return what other engines have and RE2 hasn't."""
        if found := _LOOK_AROUND.match(self._pattern, self._at):
            message = f"looks ahead or back with '{found[0]}…)': {_SLOW}"
            hint = f"ask twice instead: {_PARTS.replace(' or ', ' and not ')}"
            return self._fault(message, found[0], hint, unsafe=True)
        if found := _REFERENCE.match(self._pattern, self._at):
            shown = f"\\{ord(found[0])}" if found[0] < " " else found[0]
            message = f"refers back to an earlier part with '{shown}': {_SLOW}"
            return self._fault(message, found[0], "write the part once more in its place", unsafe=True)
        if found := _RECURSION.match(self._pattern, self._at):
            hint = "write out what may stand there"
            return self._fault(f"repeats a group by its number or name: {_SLOW}", found[0], hint, unsafe=True)
        if self._pattern.startswith("(?>", self._at):
            return self._fault("has a group '(?>…)', which isn't known here", "(?>", "write (?:…) instead")
        if self._pattern[self._at] == "\b":
            message = "holds a backspace, because \\b means that between quotes"
            return self._fault(message, "\b", "for the edge of a word, write \\\\b")
        return None

    def _step(self) -> PatternFault | None:
        sign = self._pattern[self._at]
        if sign == "(":
            return self._open()
        if sign == ")":
            return self._close()
        if sign == "|":
            self._groups[-1].last = None
            self._at += 1
            return None
        if found := _REPEAT.match(self._pattern, self._at):
            return self._repeat(found)
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        self._take(1)
        return None

    def _open(self) -> PatternFault | None:
        found = _GROUP.match(self._pattern, self._at)
        assert found is not None  # noqa: S101 - there is a bracket
        behind = self._pattern[found.end() : found.end() + 1]
        if found[0] == "(" and behind == "?":
            hint = "write (?:…) for a group, or (?i) to ignore the case"
            return self._fault("has '(?' with a sign behind it that means nothing", "(?", hint)
        if found[0].endswith(")"):  # flags stand alone, and open nothing
            self._groups[-1].repeated = False
        else:
            self._groups.append(_Group(self._at))
        self._at = found.end()
        return None

    def _close(self) -> PatternFault | None:
        if len(self._groups) == 1:
            hint = "delete it, or write \\) for the sign itself"
            return self._fault("has a ')' without its '('", ")", hint)
        inner = self._groups.pop()
        self._take(1, inner.repeats, inner.parts)
        return None

    def _repeat(self, found: re.Match[str]) -> PatternFault | None:
        group = self._groups[-1]
        if group.last is None:
            hint = f"put something before it, or write \\{found[0]} for the sign itself"
            return self._fault(f"has a '{found[0]}' with nothing before it to repeat", found[0], hint)
        if group.repeated:
            hint = "delete one of them, or put the part before it in ( )"
            return self._fault(f"has '{found[0]}' behind another repeat", found[0], hint)
        low, comma, high = found.groups()
        count = int(high or low) if low is not None else 1
        if comma and high and int(high) < int(low):
            return self._fault(
                f"has '{found[0]}', which ends below its start", found[0], "swap the two numbers"
            )
        if count > MAX_REPEATS or count * group.last > MAX_REPEATS:
            inside = "" if count > MAX_REPEATS else ", multiplied with the repeats inside it,"
            message = f"has '{found[0]}', which{inside} is more than {MAX_REPEATS:,} repeats"
            hint = "write + or *, and ask for the length with length(value)"
            return self._fault(message, found[0], hint, unsafe=True)
        group.parts += (max(count, 1) - 1) * group.last_parts
        if sum(one.parts for one in self._groups) > MAX_PARTS:
            message = (
                f"has '{found[0]}', and with all repeats written out it is longer than {MAX_PARTS:,} signs"
            )
            hint = "write + or *, and ask for the length with length(value)"
            return PatternFault(message, self._at, len(found[0]), hint, unsafe=True, slow=True)
        group.repeats = max(group.repeats, max(count, 1) * group.last)
        group.last *= max(count, 1)
        group.repeated = True
        self._at = found.end()
        if self._pattern.startswith("?", self._at):  # as few as possible
            self._at += 1
        return None

    def _class(self) -> PatternFault | None:
        found = _CLASS.match(self._pattern, self._at)
        for part in _RANGE.finditer(found[0] if found else ""):
            if part["low"] and part["low"] > part["high"]:
                message = f"has '{part[0]}', which ends before it begins"
                hint = f"write {part['high']}-{part['low']}"
                return PatternFault(message, self._at + part.start(), 3, hint)
            if part[0] == "\\" and found is not None:
                written = found[0][part.start() : part.start() + 2]
                return PatternFault(_NO_ESCAPE.format(written), self._at + part.start(), 2, _ESCAPE_HINT)
        return self._part(
            _CLASS, "has a '[' without its ']'", "add the ']', or write \\[ for the sign itself"
        )

    def _escape(self) -> PatternFault | None:
        written = self._pattern[self._at : self._at + 2]
        hint = "write \\z, or $" if written == "\\Z" else _ESCAPE_HINT
        return self._part(_ESCAPE, _NO_ESCAPE.format(written), hint)

    def _part(self, form: re.Pattern[str], message: str, hint: str) -> PatternFault | None:
        """Read a part of this form; without one, report what is there."""
        found = form.match(self._pattern, self._at)
        if found is None:
            return self._fault(message, self._pattern[self._at], hint)
        self._take(len(found[0]))
        return None

    def _take(self, length: int, repeats: int = 1, parts: int = 1) -> None:
        group = self._groups[-1]
        group.last, group.repeated, group.last_parts = repeats, False, parts
        group.parts += parts
        group.repeats = max(group.repeats, repeats)
        self._at += length

    def _fault(self, message: str, what: str, hint: str, *, unsafe: bool = False) -> PatternFault:
        return PatternFault(message, self._at, len(what), hint, unsafe)
