"""What is wrong with a formula that can't be read, in words for people who don't write programs.

Python's parser says that it stopped, and roughly where; what stands there decides the words. Its own sentences speak
of programs and change between versions, so they never reach a person.
"""

from __future__ import annotations

import keyword
import re
from itertools import pairwise

from recordmap.expression.caps import ExpressionError

CODE = "formula-syntax"

_PIECE = r"""
    (?P<text> '{3}.*?'{3} | "{3}.*?"{3} )
  | (?P<open> '{3}.*\Z | "{3}.*\Z )
  | (?P<short> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
  | (?P<cut> ['"].*\Z )
  | (?P<word> [^\W\d]\w* )
  | (?P<number> \d[\w.]* )
  | (?P<sign> \|\| | && | === | !== | <> | => | -> | [=!<>]= | // | \*\* | [^\s\w] | [^\S\x20\t\r\n] )
    """  # for `re.VERBOSE | re.DOTALL`; compiled where something is wrong
_CLOSER_OF = {"(": ")", "[": "]", "{": "}"}
_OPENER_OF = {closer: opener for opener, closer in _CLOSER_OF.items()}
_TEXTS = {"text", "short"}
_OPERATOR_WORDS = {"and", "or", "not", "in", "is", "if", "else"}
_OPERATORS = {"+", "-", "*", "/", "//", "%", "<", ">", "<=", ">=", "==", "!="}
_WAITING = {".", ",", "(", "[", "{", ":"}
_CONDITION = "write: value if condition else other value"
_FOREIGN = {
    "||": "for 'or', write or",
    "&&": "for 'and', write and",
    "!": "for 'not', write not",
    "?": _CONDITION,
    "<>": "for 'is different from', write !=",
    "!==": "for 'is different from', write !=",
    "===": "for 'is equal to', write ==",
    "=>": "for 'at least', write >=",
    "->": None,
    ";": "a formula is one value: give parts of it a name under 'names'",
    "$": "names have no $: write record.name",
    "`": "put a text in single or double quotes",
    "\\": "write \\ inside quotes only",
    **dict.fromkeys("“”„‟«»\u2018\u2019\u201a", "a text takes straight quotes: \" or '"),
}


def syntax_error(text: str, error: SyntaxError, start: int) -> ExpressionError:
    """Return the error of a formula's text, all on one line, that Python refused after `start` leading blanks."""
    pieces = list(re.finditer(_PIECE, text, re.VERBOSE | re.DOTALL))
    return (
        _unclosed_quote(pieces)
        or _foreign(pieces)
        or _bracket(pieces)
        or _at_stop(pieces, error, (error.offset or 0) - 1 + start if error.offset else len(text))
    )


def _fault(message: str, piece: re.Match[str], hint: str | None = None) -> ExpressionError:
    return ExpressionError(CODE, message, piece.start(), len(piece.group()), hint)


def _unclosed_quote(pieces: list[re.Match[str]]) -> ExpressionError | None:
    piece = pieces[-1] if pieces else None
    if piece is None or piece.lastgroup not in ("open", "cut"):
        return None
    quote = piece.group()[:3] if piece.lastgroup == "open" else piece.group()[0]
    other = "double" if quote[0] == "'" else "single"
    hint = f"close it with {quote}; if a # has cut the formula off, put all of it in {other} quotes"
    return _fault("a quote is not closed", piece, hint)


def _foreign(pieces: list[re.Match[str]]) -> ExpressionError | None:
    for piece in pieces:
        sign = piece["sign"]
        if sign is not None and sign in _FOREIGN:
            return _fault(f"'{sign}' is not a sign that formulas have", piece, _FOREIGN[sign])
        if sign is not None and not sign.isprintable():
            message = f"a blank of another kind (U+{ord(sign):04X})"
            return _fault(message, piece, "delete it, and type a blank")
    first = pieces[0] if pieces else None
    if first is not None and first["word"] == "if":
        return _fault("'if' can't begin a formula", first, _CONDITION)
    if first is not None and first["word"] == "return":
        return _fault("'return' has no place in a formula", first, "write only the value")
    return None


def _bracket(pieces: list[re.Match[str]]) -> ExpressionError | None:
    opened: list[re.Match[str]] = []
    for piece in pieces:
        sign = piece["sign"]
        if sign in _CLOSER_OF:
            opened.append(piece)
        elif sign in _OPENER_OF:
            if not opened:
                opener = _OPENER_OF[sign]
                return _fault(
                    f"'{sign}' closes nothing", piece, f"delete it, or add the {opener} that is missing"
                )
            opener = opened.pop()["sign"]
            if _CLOSER_OF[opener] != sign:
                return _fault(
                    f"'{opener}' is closed by '{sign}'", piece, f"write {_CLOSER_OF[opener]} instead"
                )
    if not opened:
        return None
    closer = _CLOSER_OF[opened[-1]["sign"]]
    hint = f"add the missing {closer}; if a comma or # has cut the formula off, put all of it in quotes"
    return _fault(f"'{opened[-1]['sign']}' is not closed", opened[-1], hint)


def _at_stop(pieces: list[re.Match[str]], error: SyntaxError, offset: int) -> ExpressionError:
    """Return the error where Python stopped. When it stopped at the end, something is missing after the last piece."""
    if not pieces:
        return ExpressionError(CODE, "the formula is empty", 0, 1, "write a value, such as record.name")
    stop = next((at for at, piece in enumerate(pieces) if piece.end() > offset), None)
    side = _side_by_side(pieces)
    if side is not None:
        return side
    if stop is None:
        last = pieces[-1].group()
        return _fault(
            f"something is missing after '{last}'", pieces[-1], f"write what is to follow, or delete {last}"
        )
    here, before = pieces[stop], pieces[stop - 1] if stop else None
    found = here.group()
    if (error.msg or "").startswith("expected 'else'"):
        word = next((piece for piece in pieces[stop:] if piece["word"] == "if"), here)
        return _fault("a condition without 'else'", word, f"{_CONDITION}; the other value may be null")
    if before is not None and before.group() == "." and keyword.iskeyword(found):
        return _fault(f"'{found}' is a reserved word", here, f'write ["{found}"] instead of .{found}')
    if found == "=" or (stop + 1 < len(pieces) and pieces[stop + 1].group() == "="):
        sign = here if found == "=" else pieces[stop + 1]
        return _fault("'=' is not a comparison", sign, "to compare, write ==")
    if before is not None and before.group() == "." and here.lastgroup in _TEXTS:
        return _fault("a name in quotes takes brackets", here, f"write [{found}] instead of .{found}")
    equals = next((piece for piece in pieces if piece["sign"] == "="), None)
    if equals is not None and (error.msg or "").startswith("expression cannot contain assignment"):
        return _fault("'=' is not a comparison", equals, "to compare, write ==")
    if equals is not None and (error.msg or "").startswith("positional argument follows keyword"):
        hint = "to compare, write ==; an argument with a name stands behind those without"
        return _fault("'=' gives an argument a name", equals, hint)
    if here["number"] is not None:
        return _fault(f"the number '{found}' can't be read", here, f'to mean text, write "{found}"')
    if before is not None and (_joins(before) or before["sign"] in _WAITING) and not _is_value(here):
        hint = f"write what is to stand there, or delete {before.group()}"
        return _fault(f"something is missing between '{before.group()}' and '{found}'", here, hint)
    hint = "delete what is too much; a text takes quotes, and `recordmap functions` lists the functions"
    return _fault(f"the formula can't be read from '{found}' on", here, hint)


def _side_by_side(pieces: list[re.Match[str]]) -> ExpressionError | None:
    for before, here in pairwise(pieces):
        ends = _is_value(before) or before["sign"] in _OPENER_OF
        texts = here.lastgroup in _TEXTS and (before.lastgroup in _TEXTS or before.end() == here.start())
        if texts or not ends or not _is_value(here):
            continue
        for piece in (here, before):
            word = (piece["word"] or "").lower()
            if word in _OPERATOR_WORDS:
                return _fault(f"'{word}' is written in small letters", piece, f"write {word}")
        hint = "put a comma between two arguments, and + or another sign between two values"
        if before["word"] and here["word"]:
            hint = f'a name with a blank takes brackets and quotes: record["{before.group()} {here.group()}"]'
        return _fault(f"{_said(here)} can't follow {_said(before)}", here, hint)
    return None


def _is_value(piece: re.Match[str]) -> bool:
    if piece["word"] is not None:
        return piece["word"] not in _OPERATOR_WORDS | {"for", "lambda"}
    return piece.lastgroup in {*_TEXTS, "number"}


def _said(piece: re.Match[str]) -> str:
    return piece.group() if piece.lastgroup in _TEXTS else f"'{piece.group()}'"


def _joins(piece: re.Match[str]) -> bool:
    return piece["word"] in _OPERATOR_WORDS or piece["sign"] in _OPERATORS
