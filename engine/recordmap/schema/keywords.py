"""What the keywords of a record schema say of texts and numbers. Whether they may stand there is checked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recordmap.frozen import replace
from recordmap.schema.types import ANY_TEXTS, UNLIMITED, Limits, Texts


def texts_said(node: Mapping[str, Any], listed: Sequence[str]) -> Texts:
    """Return what is said of texts, where all that can be are `listed`, or none are."""
    known = Texts.of(listed)
    if known is ANY_TEXTS and node.keys().isdisjoint(("minLength", "maxLength", "format")):
        return known
    least = node.get("minLength", 0)
    return replace(
        known,
        min_length=least,
        max_length=node.get("maxLength"),
        format=node.get("format"),
        empty=known.empty and least < 1,
    )


def limits_said(node: Mapping[str, Any]) -> Limits:
    """Return within which limits numbers are said to lie."""
    low, high = node.get("minimum"), node.get("maximum")
    return UNLIMITED if low is None and high is None else Limits(low, high)


def may_be_falsy(node: Mapping[str, Any], values: Sequence[Any] | None) -> bool:
    """Return whether a value that is no text can be 0, false, [] or {}; `values` are all that can be, if listed."""
    if values is not None:
        return any(not one for one in values if one is not None and not isinstance(one, str))
    above_zero = node.get("type") in ("integer", "number") and node.get("minimum", 0) > 0
    return not above_zero and not (node.get("type") == "object" and node.get("required"))
