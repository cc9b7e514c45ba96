"""What is proven of a formula's value while the optimistic tier is compiled.

Proven means: every record for which it doesn't hold has left the function before. So a kind here is exact, which JSON
values always are: a text is a `str` and of no class of its own, a whole number an `int` and no `bool`.
"""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from recordmap.compiler.writer import is_not_none
from recordmap.frozen import Frozen
from recordmap.runtime import values
from recordmap.schema.types import ANY, Kind

if TYPE_CHECKING:
    from recordmap.compiler.path_values import Fields

Kinds = frozenset[Kind]

EVERY: Kinds = ANY.kinds
NULL: Kinds = frozenset({Kind.NULL})
TEXT: Kinds = frozenset({Kind.TEXT})
TEXT_OR_NULL: Kinds = TEXT | NULL
INTEGER: Kinds = frozenset({Kind.INTEGER})
NUMBER: Kinds = frozenset({Kind.INTEGER, Kind.NUMBER})
BOOLEAN: Kinds = frozenset({Kind.BOOLEAN})
LIST: Kinds = frozenset({Kind.LIST})
MAX_NUMBER = 10**15
"""Up to here numbers that are read are taken as usual. Sums and products of a few of them stay within 64 bits."""


class Made(Frozen):
    """An expression for a value, and what is proven of it.

    `kinds` are those it can have, `likely` those that a schema promises. Where it is a text, a `filled` one is not
    blank, a `stripped` one has no blanks around it, a `plain` one needs no look before it leaves, and it has at most
    `longest` characters. A number is at most `magnitude` away from 0. A list has at least one entry if `filled`, and
    nothing but texts in it if `of_texts`, and nothing but objects with these fields if `of_objects`.
    """

    expr: ast.expr
    kinds: Kinds = EVERY
    likely: Kinds = EVERY
    filled: bool = False
    stripped: bool = False
    plain: bool = False
    longest: int | None = None
    magnitude: int | None = None
    of_texts: bool = False
    of_objects: Fields | None = None

    @property
    def nullable(self) -> bool:
        """Whether it can be null."""
        return Kind.NULL in self.kinds

    @property
    def is_text(self) -> bool:
        """Whether it is a text or null."""
        return self.kinds <= TEXT_OR_NULL

    @property
    def is_number(self) -> bool:
        """Whether it is a number, not null."""
        return self.kinds <= NUMBER


def constant(value: object) -> Made:
    """Return what is known of a constant."""
    expr = ast.Constant(value)  # type: ignore[arg-type]  # scalars of JSON
    match value:
        case None:
            return null(expr)
        case bool():
            return Made(expr, BOOLEAN, BOOLEAN)
        case int():
            return Made(expr, INTEGER, INTEGER, magnitude=abs(value))
        case float():
            return Made(expr, frozenset({Kind.NUMBER}), NUMBER, magnitude=math.ceil(abs(value)))
        case str():
            return Made(
                expr, TEXT, TEXT,
                filled=not values.is_blank(value),
                stripped=value == value.strip(),
                plain=value.isascii() and "\x00" not in value,
                longest=len(value),
            )  # fmt: skip
        case _:
            return Made(expr)


def either(expr: ast.expr, first: Made, second: Made) -> Made:
    """Return what is known of a value that is one of two."""
    return Made(
        expr,
        first.kinds | second.kinds,
        first.likely | second.likely,
        filled=first.filled and second.filled,
        stripped=first.stripped and second.stripped,
        plain=first.plain and second.plain,
        longest=_larger(first.longest, second.longest),
        magnitude=_larger(first.magnitude, second.magnitude),
        of_texts=first.of_texts and second.of_texts,
    )


def text(expr: ast.expr, *, longest: int | None = None, filled: bool = False, stripped: bool = False) -> Made:
    """Return a text that was made."""
    return Made(expr, TEXT, TEXT, filled=filled, stripped=stripped, longest=longest)


def unless_null(given: Made, made: Made) -> Made:
    """Return what is made of a value, or null where the value is null."""
    if not given.nullable:
        return made
    if given.kinds == NULL:
        return given
    expr = ast.IfExp(is_not_none(given.expr), made.expr, ast.Constant(None))
    return either(expr, made, null(made.expr))


def null(expr: ast.expr) -> Made:
    """Return what is known of null: whatever is said of texts, numbers and lists."""
    return Made(
        expr, NULL, NULL, filled=True, stripped=True, plain=True, longest=0, magnitude=0, of_texts=True
    )


def _larger(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else max(first, second)
