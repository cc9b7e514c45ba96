"""What is read of a value that can't have it: a key that no schema knows, or a step into something that has no keys."""

from __future__ import annotations

from collections.abc import Mapping

from recordmap.diagnostics import Severity
from recordmap.diagnostics.findings import certain, suggestion
from recordmap.expression.facts import Path
from recordmap.expression.problems import Problem, spelled, words
from recordmap.schema.types import Kind, Type

CODE = "unknown-source-path"
_OTHERS = ("existing", "previous", "parent", "settings")
"""What formulas can read beside the source record."""
_LITERALS = {
    word: word.lower().replace("none", "null") for word in ("null", "true", "false", "None", "True", "False")
}
"""Words that mean a value elsewhere, and how JMESPath writes it between backticks."""


def key_problem(
    type_: Type, key: str, owner: Path | None, schemas: Mapping[str, str], offset: int, length: int
) -> Problem | None:
    """Say that a value of this type never has the key, or that its schema doesn't name it.

    `owner` is the path to the value, `schemas` the names of schemas by root. Settings have a rule of their own.
    """
    kinds, known = type_.kinds - {Kind.NULL}, type_.objects.properties
    if type_.unsure or not kinds or key in known or (owner and owner[0] == "settings"):
        return None
    if Kind.OBJECT not in kinds:
        what = f"'{spelled(owner)}'" if owner is not None and len(owner) > 1 else "this"
        message = f"{what} is {words(kinds)}, and has nothing under '{key}'"
        hint = "delete this step"
        if Kind.LIST in kinds:
            hint = f"to read it of every entry, write [*].{key}; of the first, [0].{key}"
        return Problem(CODE, message, offset, length, hint, Severity.ERROR)
    if type_.objects.open and not known:
        return None
    near = suggestion(key, known)
    schema = schemas.get(str(owner[0])) if owner else None
    whole = spelled((*(owner or ("record",)), key))
    other = _other(key, owner)
    if type_.objects.open:
        message = f"{schema or 'the schema'} doesn't name '{whole}'"
        if other is not None:
            return Problem(CODE, message, offset, length, other, Severity.WARNING)
        instead = f"if the source does send '{key}', add it to the schema"
        hint = f"{near} Or, {instead}" if near and near.endswith("?") else instead
        return Problem(CODE, message, offset, length, hint, Severity.WARNING, certain(key, known))
    message = f"{schema} has no '{whole}'" if schema else f"there is no '{whole}'"
    if other is not None:
        return Problem(CODE, message, offset, length, other, Severity.ERROR)
    return Problem(CODE, message, offset, length, near, Severity.ERROR, certain(key, known))


def _other(key: str, owner: Path | None) -> str | None:
    """Return what to do about a source that begins with a name that only formulas have, or with no name at all."""
    if owner not in (None, ("record",)) and not isinstance(owner[-1], int):
        return None
    if key in _LITERALS:
        instead = f"write `{_LITERALS[key]}` with backticks, or 'value: {_LITERALS[key]}' in place of the whole source"
        return f"without backticks this is the name of a field; for the value, {instead}"
    if key == "record":
        return "a source begins in the record: delete this step"
    return f"a formula reads that, a source doesn't: write formula: {key}.…" if key in _OTHERS else None


def place_problem(type_: Type, owner: Path | None, offset: int, length: int) -> Problem | None:
    """Say that a value of this type is never a list, and has no first or last entry."""
    kinds = type_.kinds - {Kind.NULL}
    if type_.unsure or not kinds or Kind.LIST in kinds:
        return None
    what = f"'{spelled(owner)}'" if owner is not None and len(owner) > 1 else "this"
    message = f"{what} is {words(kinds)}, and no list"
    return Problem(CODE, message, offset, length, "delete the square brackets", Severity.ERROR)
