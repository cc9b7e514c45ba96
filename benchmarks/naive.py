"""The same templates, interpreted: jmespath and simpleeval called for every field of every record.

This is what one builds in an afternoon, done as well as it can be done that way: everything that can be parsed is
parsed once, and the evaluator is kept. It knows what the templates of the benchmarks use, and no more.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jmespath
import simpleeval
import yaml

from benchmarks.handwritten import RejectedError

Search = Callable[[Any], Any]


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _first_of(*values: Any) -> Any:
    return next((value for value in values if not _empty(value)), None)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "is_empty": _empty,
    "first_of": _first_of,
    "trim": lambda text: text.strip() if text is not None else None,
    "to_text": lambda value: value if isinstance(value, str) or value is None else str(value),
    "concat": lambda *values: "".join(value for value in values if value is not None),
    "upper": lambda text: text.upper() if text is not None else None,
    "lower": lambda text: text.lower() if text is not None else None,
    "replace": lambda text, old, new: text.replace(old, new) if text is not None else None,
    "truncate": lambda text, length: text[:length] if text is not None else None,
    "substring": lambda text, start, length: text[start : start + length] if text is not None else None,
    "split": lambda text, separator: text.split(separator) if text else [],
    "length": lambda value: len(value) if value is not None else None,
    "starts_with": lambda text, prefix: text is not None and text.startswith(prefix),
}


class _Names(dict[str, Any]):
    """An object whose missing entries are null, so that `parent.attributes.first_name` never fails."""

    def __missing__(self, key: str) -> None:
        return None


class Naive:
    """A collection and its children, interpreted."""

    def __init__(self, path: Path, *, among: Path | None = None) -> None:
        """Read the collection of a file; children are looked for in the files of the folder `among`."""
        described = _read(path)
        self._evaluator = simpleeval.EvalWithCompoundTypes(functions=dict(FUNCTIONS))
        self._each = _search(described.get("each"))
        self._filter = self._parsed(described.get("filter"))
        self._fields = [
            (name, *self._rule(rule), custom)
            for custom, rules in ((False, "fields"), (True, "custom_fields"))
            for name, rule in described.get(rules, {}).items()
        ]
        self._children = [
            (child["into"], Naive(_find(child["collection"], among or path.parent)))
            for child in described.get("children", ())
        ]

    def __call__(self, record: Any, parent: Any = None) -> dict[str, Any] | None:
        """Return the destination record, or None where the filter says so.

        Raises:
            RejectedError: a required field is empty, or a value has the wrong type.
        """
        names = {"record": _Names(record), "parent": parent and _Names(parent), "value": None}
        if self._filter is not None and not self._evaluate(self._filter, names):
            return None
        result: dict[str, Any] = {}
        custom_fields: dict[str, Any] = {}
        for name, source, formula, when, required, custom in self._fields:
            value = names["value"] = source(record) if source is not None else None
            if when is not None and not self._evaluate(when, names):
                continue
            if formula is not None:
                value = self._evaluate(formula, names)
            if _empty(value):
                if required:
                    raise RejectedError(f"{name} is required")
                continue
            if not isinstance(value, str | list | int):
                raise RejectedError(f"{name} must be text")
            (custom_fields if custom else result)[name] = value
        if custom_fields:
            result["CustomFields"] = custom_fields
        for into, child in self._children:
            found = child.records(record)
            if found:
                result[into] = found
        return result

    def records(self, parent: Any) -> list[dict[str, Any]]:
        """Return the records of this collection as the child of a record.

        Raises:
            RejectedError: as for a record.
        """
        picked = self._each(parent) if self._each is not None else None
        if picked is None:
            return []
        several = picked if isinstance(picked, list) else [picked]
        if not all(isinstance(one, dict) for one in several):
            raise RejectedError("a child must be an object")
        made = (self(one, parent) for one in several)
        return [one for one in made if one is not None]

    def _rule(self, rule: Mapping[str, Any]) -> tuple[Search | None, Any, Any, bool]:
        return (
            _search(rule.get("source")),
            self._parsed(rule.get("formula")),
            self._parsed(rule.get("when")),
            rule.get("level") == "required",
        )

    def _parsed(self, formula: str | None) -> ast.Expr | None:
        return None if formula is None else self._evaluator.parse(formula)

    def _evaluate(self, formula: ast.Expr, names: dict[str, Any]) -> Any:
        self._evaluator.names = names
        return self._evaluator.eval("", previously_parsed=formula)


def _search(path: str | None) -> Search | None:
    return None if path is None else jmespath.compile(path).search


def _read(path: Path) -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return described


def _find(name: str, folder: Path) -> Path:
    return next(path for path in folder.glob("*.yaml") if _read(path).get("collection") == name)
