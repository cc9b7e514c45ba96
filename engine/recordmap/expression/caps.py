"""The limits that formulas and sources share, and the error both end in.

Limits count before a parser works: text that is too long or nested too deeply is refused by a scan in linear
time, so that no parser is ever driven to the end of its stack. Whatever a parser accepts is held to the other
limits afterwards.
"""

from __future__ import annotations

import re

from recordmap.diagnostics import RecordmapError
from recordmap.patterns import later

MAX_LENGTH = 4_000
"""Characters in one expression."""
MAX_TOGETHER = 200_000
"""Characters in all expressions that become one plan: those of a collection and its children, each as often as it is
made into code. A name counts in each formula that reads it."""
MAX_DEPTH = 50
"""Levels of nesting, of brackets in the text and of nodes in the tree."""
MAX_NODES = 500
"""Nodes in one tree."""
MAX_ENTRIES = 200
"""Entries of one list or object written out in an expression."""
MAX_PREFIXES = 20
"""Prefix operators in a row: `!!!a`, `- - -a`, `not not a`."""

_PIECES = later(
    r"""
    (?P<text> '{3}.*?(?:'{3}|\Z) | "{3}.*?(?:"{3}|\Z)
            | '(?:[^'\\]|\\.)*(?:'|\Z|\\\Z) | "(?:[^"\\]|\\.)*(?:"|\Z|\\\Z) | `(?:[^`\\]|\\.)*(?:`|\Z|\\\Z) )
  | (?P<open> [(\[{] )
  | (?P<close> [)\]}] )
  | (?P<prefixes> (?: (?:[-+~!&]|\bnot\b) \s* )+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_PREFIX = later(r"[-+~!&]|not")
_OPERATORS = ("-", "+", "~", "!", "&", "not")
_NOT_TEXT = later("[\x00\ud800-\udfff]")


class ExpressionError(RecordmapError):
    """An expression can't be used.

    `code` is a slug of the code table; `offset` and `length` count characters of the expression's text; `hint`
    says what to write instead. `meant` is the word that certainly belongs there, if there is one.
    """

    def __init__(
        self,
        code: str,
        message: str,
        offset: int,
        length: int,
        hint: str | None = None,
        *,
        meant: str | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.offset = offset
        self.length = length
        self.hint = hint
        self.meant = meant
        super().__init__(message)


def scan_before_parsing(text: str, syntax_code: str) -> None:
    """Refuse text that no parser should see. Brackets and operators inside quotes don't count.

    Raises:
        ExpressionError: the text is beyond a limit (expression-too-long), or holds a NUL or half of a
            character (`syntax_code`).
    """
    if len(text) > MAX_LENGTH:
        message = f"{len(text):,} characters; an expression has at most {MAX_LENGTH:,}"
        raise ExpressionError("expression-too-long", message, MAX_LENGTH, 1)
    unfit = None if text.isascii() and "\x00" not in text else _NOT_TEXT.search(text)
    if unfit is not None:
        raise ExpressionError(syntax_code, "a character that can't be part of a text", unfit.start(), 1)
    if sum(map(text.count, "([{")) <= MAX_DEPTH and sum(map(text.count, _OPERATORS)) <= MAX_PREFIXES:
        return  # too few for any limit, wherever they stand
    depth = 0
    for piece in _PIECES.finditer(text):
        match piece.lastgroup:
            case "open":
                depth += 1
                if depth > MAX_DEPTH:
                    message = f"brackets nested more than {MAX_DEPTH} levels deep"
                    raise ExpressionError("expression-too-long", message, piece.start(), 1)
            case "close":
                depth -= 1
            case "prefixes" if len(_PREFIX.findall(piece.group())) > MAX_PREFIXES:
                message = f"more than {MAX_PREFIXES} operators in a row"
                raise ExpressionError("expression-too-long", message, piece.start(), len(piece.group()))
            case _:
                pass
