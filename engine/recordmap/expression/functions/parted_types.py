"""What is known of the parts of a text, and of a list's entries put together to one."""

from __future__ import annotations

from collections.abc import Sequence

from recordmap.expression.functions.written_types import joined, written
from recordmap.schema.inside import element
from recordmap.schema.narrowing import only
from recordmap.schema.types import LIST, TEXT, Lists, Texts, Type
from recordmap.schema.unions import list_of


def parts_type(given: Sequence[Type]) -> Type:
    """Return lists of texts that are no longer than the text was, of which the ends begin and end as it did."""
    if len(given) != 2:
        return list_of(TEXT)
    text, separator = only(given[0], TEXT.kinds), only(given[1], TEXT.kinds)
    part = Type(TEXT.kinds, texts=Texts(max_length=text.longest))
    # What is no blank stands at the end of the text, and no separator of blanks holds it.
    blanks_part = separator.enum is not None and all(str(one).isspace() for one in separator.enum)
    leading, trailing = text.texts.leading, text.texts.trailing
    first = part.with_texts(empty=leading or not blanks_part, blank=leading, leading=leading)
    last = part.with_texts(empty=trailing or not blanks_part, blank=trailing, trailing=trailing)
    whole = None if text.longest is None else (text.longest, max(separator.shortest, 1))
    return Type(LIST.kinds, lists=Lists(part, ends=(first, last), whole=whole), falsy=text.texts.empty)


def joined_type(given: Sequence[Type]) -> Type:
    """Return the type of a list's entries in one text: of one that is written out all are known."""
    if len(given) != 2:
        return TEXT
    items, separator = only(given[0], LIST.kinds), only(given[1], TEXT.kinds)
    lists = items.lists
    if lists.entries or lists.never_filled:
        return joined(lists.entries, separator)
    one = written(element(items))
    first, last = lists.first_and_last or (one, one)
    sure = [] if items.falsy else [end for end in (first, last, element(items)) if not end.may_be_empty]
    return one.with_texts(
        max_length=None if lists.whole is None else _longest_joined(*lists.whole, separator),
        min_length=max((written(end).shortest for end in sure), default=0),
        empty=not sure,
        blank=False,
        leading=one.texts.leading if first.may_be_empty else written(first).texts.leading,
        trailing=one.texts.trailing if last.may_be_empty else written(last).texts.trailing,
    )


def _longest_joined(most: int, least: int, separator: Type) -> int | None:
    """Return how many characters the parts of a text have with another separator between those that are not empty."""
    if separator.longest is None:
        return None
    parts = (most + least) // (1 + least)
    return most + max(parts - 1, 0) * max(separator.longest - least, 0)
