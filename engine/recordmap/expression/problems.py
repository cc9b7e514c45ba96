"""What can be said against an expression once the types of its values are known."""

from __future__ import annotations

from collections.abc import Iterable

from recordmap.diagnostics import Severity
from recordmap.expression.facts import Path
from recordmap.expression.source_reads import Step
from recordmap.frozen import Frozen
from recordmap.schema.types import Cause, Kind, Type

_BARE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_ORDER = (Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.LIST, Kind.OBJECT, Kind.NULL)


class Problem(Frozen):
    """One thing to say, and where in the expression's text: offset and length in characters.

    `code` is a slug of the code table. `severity` is that of the case: an error where no record gets past. `instead`
    is the word to write in this place, where there is no doubt.
    """

    code: str
    message: str
    offset: int
    length: int
    hint: str | None = None
    severity: Severity = Severity.WARNING
    instead: str | None = None


def spelled(path: Path) -> str:
    """Return a path as a person writes it: `attributes."Last active"`, without the record or value it begins with."""
    steps = path[1:] if path and path[0] in ("record", "value") else path
    text = ""
    for step in steps:
        if isinstance(step, Step):
            text += "[]" if step is Step.OPENED else f".{step}" if step is Step.VALUE else "[*]"
        elif isinstance(step, int):
            text += f"[{step}]"
        elif set(step) <= set(_BARE):
            text += f".{step}" if text else step
        else:
            text += f'."{step}"' if text else f'"{step}"'
    return text or ("value" if path and path[0] == "value" else "the record")


def told(cause: Cause | None, otherwise: str = "it may be null") -> str:
    """Return a cause as a clause: "attributes.email may be missing"."""
    return f"'{spelled(cause.path)}' {cause.may}" if cause is not None else otherwise


def words(kinds: Iterable[Kind]) -> str:
    """Return kinds as a sentence needs them: "text, a number or a list"."""
    every = set(kinds)
    if Kind.NUMBER in every:
        every.discard(Kind.INTEGER)
    *most, last = [kind.value for kind in _ORDER if kind in every] or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


def unfit(given: Type, takes: frozenset[Kind]) -> str | None:
    """Return what of a type an operation doesn't take, in words, or None. Null comes first, and with its cause.

    Of what no schema describes nothing is said, unless no value of it fits.
    """
    if Kind.NUMBER in takes:
        takes |= {Kind.INTEGER}
    wrong = given.kinds - takes
    if not wrong or (given.unsure and given.kinds & takes):
        return None
    if wrong == {Kind.NULL} and given.kinds != wrong:
        return told(given.cause, "this may be null")
    if not given.kinds & takes:
        return f"this is {words(given.kinds)}"
    return f"this may be {words(wrong)}"
