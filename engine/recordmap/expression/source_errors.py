"""What is wrong with a source that is not JMESPath, in words for people who don't write programs.

The parser of the library says where it stopped; what stands there and before decides the words.
"""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from typing import Any

from recordmap.expression.caps import MAX_DEPTH, MAX_ENTRIES, ExpressionError
from recordmap.patterns import later

CODE = "source-syntax"
INTEGER_BOUND = 2**63

_QUOTED = later(
    r"""(?P<quote>['"`])(?P<inside>(?:(?!(?P=quote))[^\\]|\\.)*)(?P<closed>(?P=quote)?)""", re.DOTALL
)
_PIECE = later(r"""['"`]|[A-Za-z0-9_]+|\|\||&&|[=!<>]=|\[\?|\S""")
_ONE_DOT = "write the field's name behind the dot, or delete the dot"
_BEGIN = "delete it: a path begins with the name of a field, such as attributes.email"
_WORD = later(r"[\w$#@-]+")
_OPERATORS = ("||", "&&", "==", "!=", "<=", ">=", "<", ">", "|", "!", "&", ",", ":")
_WORDS = {
    "and": "for 'and', write &&",
    "&": "for 'and', write &&",
    "or": "for 'or', write ||",
    "not": "for 'not', write !",
    "is": "to compare, write ==",
}
_CLOSERS = {"(": ")", "[": "]", "{": "}", "[?": "]"}
_QUOTE_NAMES = {"'": "text", '"': "name", "`": "literal"}


def read_quotes(text: str) -> dict[int, Any]:
    """Check everything in quotes, and return the values of literals by the offset of their backquote.

    Raises:
        ExpressionError: a quote isn't closed, a literal isn't JSON or too large, a quoted name has a bad escape.
    """
    literals: dict[int, Any] = {}
    for match in _QUOTED.finditer(text):
        offset, length, inside = match.start(), len(match.group()), match["inside"]
        if not match["closed"]:
            what = _QUOTE_NAMES[match["quote"]]
            message = f"unclosed quote: the {what} that begins here never ends"
            raise ExpressionError(CODE, message, offset, length, f"close it with {match['quote']}")
        if match["quote"] == "`":
            literals[offset] = _literal(inside.replace("\\`", "`"), offset, length)
        elif match["quote"] == '"':
            _check_name(match.group(), offset, length)
    return literals


def _check_name(quoted: str, offset: int, length: int) -> None:
    try:
        name = json.loads(quoted)
    except ValueError:
        hint = 'in double quotes, \\ begins an escape: write \\\\ for \\ and \\" for "'
        raise ExpressionError(
            CODE, "a quoted name with an escape that doesn't exist", offset, length, hint
        ) from None
    _check_text(name, offset, length)


def _check_text(text: str, offset: int, length: int) -> None:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ExpressionError(CODE, "a character that can't be part of a text", offset, length)


def _literal(inside: str, offset: int, length: int) -> Any:
    def refuse(message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError(CODE, message, offset, length, hint)

    def whole(digits: str) -> int:
        value = int(digits) if len(digits) <= 20 else INTEGER_BOUND
        if not -INTEGER_BOUND <= value < INTEGER_BOUND:
            raise refuse("a whole number beyond 64 bits", "write it as text, in single quotes")
        return value

    def fraction(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            raise refuse("a number too large")
        return value

    def constant(name: str) -> None:
        raise refuse(f"{name} is not a value that JSON has")

    try:
        value = json.loads(inside, parse_int=whole, parse_float=fraction, parse_constant=constant)
    except RecursionError:
        raise ExpressionError("expression-too-long", "a literal nested too deeply", offset, length) from None
    except ValueError:
        word = inside.strip()
        hint = f"to mean the text, write '{word}' in single quotes" if word.isalnum() else None
        raise refuse("what stands between backquotes must be JSON", hint) from None
    _check_literal(value, offset, length)
    return value


def _check_literal(value: Any, offset: int, length: int) -> None:
    stack = [(value, 1)]
    entries = 0
    while stack:
        part, depth = stack.pop()
        entries += 1
        if entries > MAX_ENTRIES or depth > MAX_DEPTH:
            limit = f"{MAX_ENTRIES} entries" if entries > MAX_ENTRIES else f"{MAX_DEPTH} levels"
            raise ExpressionError("expression-too-long", f"a literal of more than {limit}", offset, length)
        if isinstance(part, str):
            _check_text(part, offset, length)
        elif isinstance(part, list):
            stack.extend((inner, depth + 1) for inner in part)
        elif isinstance(part, dict):
            for key, inner in part.items():
                _check_text(key, offset, length)
                stack.append((inner, depth + 1))


def syntax_error(text: str, offset: int) -> ExpressionError:
    """Return the error of a text that can't be read from `offset` on."""
    pieces = _pieces(text)
    here = next((piece for piece in pieces if piece.end() > offset), None)
    before = [piece for piece in pieces if piece.end() <= (here.start() if here else len(text))]
    last = before[-1] if before else None
    if here is None:
        return _ended(before)
    found = here.group()
    place = here.start(), max(len(found), 1)
    if found == "=":
        return ExpressionError(CODE, "'=' is not a comparison", *place, "to compare, write ==")
    special = _special_name(text, here)
    if special is not None:
        return special
    if last is not None and last.group() == ".":
        return ExpressionError(
            CODE,
            f"expected a field name after '.', not {_said(found)}",
            *place,
            _name_hint(found) or _ONE_DOT,
        )
    if last is not None and last.group() in _OPERATORS and found not in ")]}":
        message = f"expected a value after '{last.group()}', not {_said(found)}"
        return ExpressionError(CODE, message, *place, _after(last.group()))
    opener = _unclosed(before)
    if found in (")", "]", "}") and (opener is None or _CLOSERS[opener.group()] != found):
        return ExpressionError(CODE, f"'{found}' closes nothing that is open here", *place, "delete it")
    hint = (
        _WORDS.get(found) or _place_hint(found, last, opener) or "delete it, or put the name in double quotes"
    )
    return ExpressionError(CODE, f"{_said(found)} can't stand here", *place, hint)


def misplaced_call(text: str) -> int:
    """Return the offset of the first bracket that calls a name in quotes."""
    pieces = _pieces(text)
    for name, following in pairwise(pieces):
        if name.group()[0] == '"' and following.group() == "(":
            return following.start()
    return 0


def _pieces(text: str) -> list[re.Match[str]]:
    """Cut a text into names, operators and signs; whatever is quoted is one piece."""
    pieces: list[re.Match[str]] = []
    position = 0
    while True:
        match = _PIECE.search(text, position)
        if match is None:
            return pieces
        if match.group() in "'\"`":
            match = _QUOTED.match(text, match.start()) or match
        pieces.append(match)
        position = match.end()


def _said(found: str) -> str:
    return found if found[:1] in "'\"`" else f"'{found}'"


def _ended(before: list[re.Match[str]]) -> ExpressionError:
    if not before:
        return ExpressionError(
            CODE, "the source is empty", 0, 1, "write the name of a field, or @ for the whole record"
        )
    last = before[-1]
    if last.group() == ".":
        return ExpressionError(CODE, "expected a field name after '.'", last.start(), 1, _ONE_DOT)
    if last.group() in _OPERATORS:
        place = last.start(), len(last.group())
        return ExpressionError(CODE, f"expected a value after '{last.group()}'", *place, _after(last.group()))
    opener = _unclosed(before)
    if opener is not None:
        closer = _CLOSERS[opener.group()]
        place = opener.start(), len(opener.group())
        return ExpressionError(CODE, f"unclosed '{opener.group()}'", *place, f"close it with {closer}")
    hint = "write what is to follow, or delete the last part"
    return ExpressionError(CODE, "the source ends too early", last.start(), len(last.group()), hint)


def _after(operator: str) -> str:
    return f"write what is to follow, or delete {operator}"


def _unclosed(pieces: list[re.Match[str]]) -> re.Match[str] | None:
    """Return the innermost bracket that is still open after `pieces`."""
    opened: list[re.Match[str]] = []
    for piece in pieces:
        if piece.group() in _CLOSERS:
            opened.append(piece)
        elif piece.group() in _CLOSERS.values() and opened:
            opened.pop()
    return opened[-1] if opened else None


def _special_name(text: str, here: re.Match[str]) -> ExpressionError | None:
    """Return the error of a sign that names can't have, often inside a name: `first-name`, `$id`, `prénom`."""
    sign = here.group()[:1]
    if sign.isascii() and (sign.isalnum() or sign not in "-$#%^~;\\/+?_"):
        return None
    for word in _WORD.finditer(text):
        if (
            word.start() <= here.start() < word.end()
            and (len(word.group()) > 1 or sign.isalpha())
            and not word.group().startswith("@")
        ):
            message = f"a plain name can't have '{sign}' in it"
            quoted = f'put the name in double quotes: "{word.group()}"'
            return ExpressionError(CODE, message, word.start(), len(word.group()), quoted)
    hint = "JMESPath doesn't calculate: use `formula`" if sign in "+-/%^" else _BEGIN
    return ExpressionError(CODE, f"'{sign}' has no meaning here", here.start(), 1, hint)


def _name_hint(found: str) -> str | None:
    if found[:1] == "'":
        return f'names take double quotes: "{found[1:-1]}"'
    if found[:1].isdigit():
        return f'a name that begins with a digit takes double quotes: "{found}"; an element of a list is [{found}]'
    return None


def _place_hint(found: str, last: re.Match[str] | None, opener: re.Match[str] | None) -> str | None:
    before = last.group() if last is not None else ""
    if before == "[" and opener is not None and opener.group() == "[":
        return "in square brackets write a number, * or ?condition; a field is written .name"
    if found == "(":
        return "only the plain name of a function can be called"
    if found[:1].isalnum() or found[:1] in "_\"'`":
        if before[-1:].isalnum() or before[-1:] in "_\"'`])}":
            return 'join names with a dot, and put a name with spaces in double quotes: "Last active"'
        return None
    return "remove the comma before it" if before == "," else None
