"""What the tests of the data files share: the places of the files, and validators that follow references.

It uses plain jsonschema and PyYAML on purpose: the data must hold for any tool, not only for our own loader.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
COLLECTIONS = ROOT / "collections"
SUFFIX = ".schema.json"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    assert len(result) == len(pairs), f"a key is given twice among {[name for name, _ in pairs]}"
    return result


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_unique)


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def schema_names() -> list[str]:
    """Return the names of all schemas, such as `collection` and `klaviyo/profile`."""
    paths = (path.relative_to(SCHEMAS).as_posix() for path in SCHEMAS.rglob("*.json"))
    return sorted(path.removesuffix(SUFFIX) for path in paths)


def record_schema_names() -> list[str]:
    return [name for name in schema_names() if name.startswith(("klaviyo/", "ipaas/"))]


@cache
def schema(name: str) -> dict[str, Any]:
    return read_json(SCHEMAS / f"{name}{SUFFIX}")


def _address(name: str) -> str:
    return f"{SCHEMAS.as_uri()}/{name}{SUFFIX}"


@cache
def _registry() -> Registry:
    return Registry().with_resources(
        (_address(name), Resource.from_contents(schema(name), default_specification=DRAFT7))
        for name in schema_names()
    )


def validator(name: str, pointer: str = "") -> Draft7Validator:
    """Return a validator for a schema, or for the part of it that a JSON pointer names."""
    reference = {"$ref": f"{_address(name)}#{pointer}"}
    return Draft7Validator(reference, registry=_registry(), format_checker=FormatChecker())


def faults(name: str, document: Any) -> list[ValidationError]:
    return list(validator(name).iter_errors(document))
