"""What is known of values once they are written as text, and of texts written one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recordmap.expression.functions.written_lengths import least_written, written_length
from recordmap.schema.narrowing import only
from recordmap.schema.types import TEXT, Kind, Type


def written(type_: Type) -> Type:
    """Return the type of a value written as text, null as a text without characters: only text itself has blanks."""
    text = only(type_, TEXT.kinds) if Kind.TEXT in type_.kinds else None
    return Type(
        TEXT.kinds,
        max_length=written_length(type_),
        min_length=least_written(type_),
        empty=type_.nullable or (text is not None and text.empty),
        blank=text is not None and text.blank,
        leading=text is not None and text.leading,
        trailing=text is not None and text.trailing,
    )


def in_a_row(texts: Sequence[Type]) -> Type:
    """Return the type of texts written one after another."""
    return Type(
        TEXT.kinds,
        max_length=_all_together(texts),
        min_length=sum(one.shortest for one in texts),
        empty=all(one.empty for one in texts),
        blank=any(one.blank for one in texts) and all(one.empty or one.blank for one in texts),
        leading=_begin_blank(texts, "leading"),
        trailing=_begin_blank(reversed(texts), "trailing"),
    )


def _all_together(texts: Iterable[Type]) -> int | None:
    """Return how many characters some texts have at most; None where nothing bounds one of them."""
    total = 0
    for one in texts:
        if one.longest is None:
            return None
        total += one.longest
    return total


def _begin_blank(texts: Iterable[Type], flag: str) -> bool:
    """Whether what comes first of some texts, or last where they come from behind, can be a blank."""
    for one in texts:
        if getattr(one, flag):
            return True
        if not one.empty:
            return False
    return False


def joined(entries: Sequence[Type], separator: Type) -> Type:
    """Return the type of values written with a separator between them, where those that are empty are left out."""
    texts = [written(one) for one in entries]
    sure = [not one.may_be_empty for one in entries]
    least = [one.shortest for one, there in zip(texts, sure, strict=True) if there]
    return Type(
        TEXT.kinds,
        max_length=_all_together([*texts, *[separator] * (len(texts) - 1)]),
        min_length=sum(least) + separator.shortest * max(len(least) - 1, 0),
        empty=not any(sure),
        blank=False,
        leading=any(one.leading for one in _up_to(texts, sure)),
        trailing=any(one.trailing for one in _up_to(texts[::-1], sure[::-1])),
    )


def _up_to(texts: Sequence[Type], sure: Sequence[bool]) -> Sequence[Type]:
    """Return the texts that can be the first: up to the first one that is surely there."""
    return texts[: sure.index(True) + 1] if True in sure else texts
