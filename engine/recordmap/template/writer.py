"""Values as YAML: readable where it can be, and letter for letter what the reader reads again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from recordmap.template.characters import FORBIDDEN

_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z_(](?:[\w .()+*/=!<\"-]*[\w)\"])?", re.ASCII)
"""Texts that need no quotes, and would only be harder to read with them: paths and formulas."""
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
"""Words that some YAML reader takes for something else."""
_ONE_LINE = 90
_LONGEST_KEY = 1000
"""Characters of a key, as it is written, that YAML surely knows as one by the colon after it: it looks for 1,024."""


def block(value: dict[str, Any], indent: str = "") -> Iterator[str]:
    """Yield the lines of an object: what fits into one line stands in one."""
    for key, inner in value.items():
        line = f"{indent}{written_key(key)}: {flow(inner)}"
        if len(line) <= _ONE_LINE or not inner or not isinstance(inner, dict | list) or _has_long_key(inner):
            yield line
        elif isinstance(inner, dict):
            yield f"{indent}{written_key(key)}:"
            yield from block(inner, indent + "  ")
        else:
            yield f"{indent}{written_key(key)}:"
            yield from (f"{indent}  - {flow(part)}" for part in inner)


def flow(value: Any) -> str:
    """Return a value within one line."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_marked(written_key(key))}: {flow(inner)}" for key, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def _marked(key: str) -> str:
    """Return a written key as it stands within one line: a question mark says that a long one is a key."""
    return key if len(key) <= _LONGEST_KEY else f"? {key} "


def _has_long_key(value: dict[str, Any] | list[Any]) -> bool:
    return isinstance(value, dict) and any(len(written_key(key)) > _LONGEST_KEY for key in value)


def written_key(key: str) -> str:
    """Return a key, in quotes where it needs them."""
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS else scalar(key)


def plain(text: str) -> str:
    """Return a text as it is, where that is read as this text and as nothing else; in quotes otherwise."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else scalar(text)


def scalar(value: Any) -> str:
    """Return a scalar as JSON, which YAML reads alike, with escapes for what may not stand in a file as it is."""
    return FORBIDDEN.sub(lambda found: _escaped(found.group()), json.dumps(value, ensure_ascii=False))


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
