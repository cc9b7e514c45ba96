"""What is known of values once they are written as text, and of texts written one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recordmap.expression.functions.written_lengths import least_written, written_length
from recordmap.schema.narrowing import only
from recordmap.schema.types import TEXT, Kind, Texts, Type

_WORDS = Texts.solid()
"""What is written of a value that is no text."""


def written(type_: Type) -> Type:
    """Return the type of a value written as text, null as a text without characters: only text itself has blanks."""
    text = only(type_, TEXT.kinds).texts if Kind.TEXT in type_.kinds else _WORDS
    made = Texts(
        min_length=least_written(type_),
        max_length=written_length(type_),
        empty=type_.nullable or text.empty,
        blank=text.blank,
        leading=text.leading,
        trailing=text.trailing,
    )
    return Type(TEXT.kinds, texts=made)


def in_a_row(texts: Sequence[Type]) -> Type:
    """Return the type of texts written one after another."""
    known = [one.texts for one in texts]
    sure = [not one.empty for one in known]
    made = Texts(
        min_length=sum(one.shortest for one in texts),
        max_length=_all_together(texts),
        empty=all(one.empty for one in known),
        blank=any(one.blank for one in known) and all(one.empty or one.blank for one in known),
        leading=any(one.leading for one in _up_to(known, sure)),
        trailing=any(one.trailing for one in _up_to(known[::-1], sure[::-1])),
    )
    return Type(TEXT.kinds, texts=made)


def _all_together(texts: Iterable[Type]) -> int | None:
    """Return how many characters some texts have at most; None where nothing bounds one of them."""
    total = 0
    for one in texts:
        if one.longest is None:
            return None
        total += one.longest
    return total


def joined(entries: Sequence[Type], separator: Type) -> Type:
    """Return the type of values written with a separator between them, where those that are empty are left out."""
    texts = [written(one) for one in entries]
    sure = [not one.may_be_empty for one in entries]
    least = [one.shortest for one, there in zip(texts, sure, strict=True) if there]
    known = [one.texts for one in texts]
    made = Texts(
        min_length=sum(least) + separator.shortest * max(len(least) - 1, 0),
        max_length=_all_together([*texts, *[separator] * (len(texts) - 1)]),
        empty=not any(sure),
        blank=False,
        leading=any(one.leading for one in _up_to(known, sure)),
        trailing=any(one.trailing for one in _up_to(known[::-1], sure[::-1])),
    )
    return Type(TEXT.kinds, texts=made)


def _up_to(texts: Sequence[Texts], sure: Sequence[bool]) -> Sequence[Texts]:
    """Return the texts that can be the first: up to the first one that is surely there."""
    return texts[: sure.index(True) + 1] if True in sure else texts
