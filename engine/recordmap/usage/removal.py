"""What would happen if the source sent something no more: the checker's own word, with a schema in which it is null.

Nothing is guessed here. The project is checked twice, as it is and with the path always null, and what is found more
the second time is the impact.
"""

from __future__ import annotations

import copy
import json
import posixpath
from typing import Any

from recordmap.diagnostics import ConfigurationError, Diagnostic
from recordmap.diagnostics.advised import command
from recordmap.engine import Engine
from recordmap.expression.source import source_path
from recordmap.schema.library import SUFFIX, SchemaLibrary
from recordmap.schema.record import SchemaError
from recordmap.usage.uses import Keys

GONE = {"type": "null"}
_MOST_STEPS = 200


def impact(engine: Engine, schema: str, path: Keys) -> list[Diagnostic]:
    """Return what is found more in a project when a path of a source schema is always null.

    Raises:
        ConfigurationError: the schema doesn't have the path, or can't be read.
    """
    if engine.folder is None:
        raise ConfigurationError("only a project on disk can be checked a second time")
    name, changed = schema_without(schema, path, engine.schemas)
    before = {_what(one) for one in engine.check()}
    after = Engine.load(engine.folder, schemas={name: changed}).check()
    return [one for one in after if _what(one) not in before]


def schema_without(name: str, path: Keys, library: SchemaLibrary) -> tuple[str, dict[str, Any]]:
    """Return a schema in which a path is always null, and its name: that of the file that describes the path's end.

    Raises:
        ConfigurationError: the schema doesn't have the path, or can't be read.
    """
    whole = _read(name, library)
    node, left = whole, list(path)
    for _ in range(_MOST_STEPS):
        reference = node.get("$ref")
        if isinstance(reference, str):
            if not reference.startswith("#"):
                file = posixpath.normpath(posixpath.join(posixpath.dirname(name), reference))
                return schema_without(file.removesuffix(SUFFIX), tuple(left), library)
            target = copy.deepcopy(_at(whole, reference))
            node.clear()
            node.update(target)
        elif isinstance(node.get("items"), dict) and "properties" not in node:
            node = node["items"]
        else:
            properties = node.get("properties")
            if not isinstance(properties, dict) or not isinstance(properties.get(left[0]), dict):
                hint = f"{command('schema', name)} shows what it has"
                raise ConfigurationError(
                    f"the record schema {name} has no '{source_path(tuple(left))}'", hint
                )
            if len(left) == 1:
                properties[left[0]] = dict(GONE)
                node["required"] = [one for one in node.get("required", ()) if one != left[0]]
                return name, whole
            node = properties[left.pop(0)]
    raise ConfigurationError(f"the record schema {name} refers to itself too often")


def _read(name: str, library: SchemaLibrary) -> dict[str, Any]:
    try:
        library.load(name)  # says what is wrong with it
        schema = json.loads(library.read(name))
    except SchemaError as error:
        raise ConfigurationError(str(error), "recordmap schema lists them") from None
    return dict(schema)


def _at(schema: dict[str, Any], reference: str) -> dict[str, Any]:
    node: Any = schema
    for step in reference.removeprefix("#").strip("/").split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return dict(node)


def _what(finding: Diagnostic) -> tuple[object, ...]:
    return finding.code, finding.file, finding.span, finding.message
