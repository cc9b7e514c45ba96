"""A first project from sample records: the source's record schema, and a collection in which nothing is mapped unasked.

Suggestions that nobody accepted stand in the template as comments, with what speaks for them. Without their first #
they are rules; what is no suggestion has a second #, so that all of them together can be taken, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from recordmap.diagnostics import ConfigurationError
from recordmap.expression.source import source_path
from recordmap.frozen import Frozen
from recordmap.inference.suggestions import Suggestion
from recordmap.project import INTEGRATION_FILE
from recordmap.schema.library import SUFFIX
from recordmap.schema.record import FieldSchema, RecordSchema
from recordmap.template.writer import plain, scalar, written_key

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*", re.ASCII)


class Draft(Frozen):
    """What a first project is made of.

    `samples` is the path of the sample records from the project, `external_id` the key that tells them apart, `chosen`
    maps fields to the suggestions that were accepted.
    """

    name: str
    samples: str
    source: Mapping[str, Any]
    destination: RecordSchema
    external_id: str | None
    offered: Mapping[str, Sequence[Suggestion]]
    chosen: Mapping[str, Suggestion]

    @property
    def collection(self) -> str:
        """The name of the collection."""
        return f"Add {self.name} to {self.destination.name}"

    def files(self) -> dict[str, bytes]:
        """Return the files of the project by path."""
        return {
            f"schemas/{self.name}/record{SUFFIX}": (json.dumps(self.source, indent=2) + "\n").encode(),
            f"{self.name}_add.yaml": self._template().encode(),
            INTEGRATION_FILE: self._integration().encode(),
        }

    def _template(self) -> str:
        lines = [
            "recordmap: 1",
            f"collection: {scalar(self.collection)}",
            "operation: add",
            f"source: {self.name}/record",
            f"destination: {self.destination.name}",
            "",
            "fields:",
        ]
        if len(self.chosen) < sum(map(bool, self.offered.values())):
            lines.append("  ## Take away the # in front of what is right, and the field is mapped.")
        for field, known in self.destination.fields.items():
            if field == self.destination.custom_container:
                continue
            lines += self._field(field, known)
        return "\n".join([*lines, ""])

    def _field(self, field: str, known: FieldSchema) -> list[str]:
        level = "required" if known.required else "recommended" if known.recommended else "optional"
        accepted = self.chosen.get(field)
        if accepted is not None:
            return _rule(field, level, accepted)
        offered = self.offered.get(field, ())
        if not offered:
            return [f"  ## {field} ({level}): nothing in the samples looks like it"]
        first, *others = offered
        lines = _rule(field, level, first)
        for one in others:  # comments still when everything else is none any more: a field has one rule
            lines += [f"    # or {evidence(one)}", *(f"    # {key}: {plain(text)}" for key, text in one.rule)]
        return [f"  # {line[2:]}" for line in lines]

    def _integration(self) -> str:
        path = scalar(self.samples)
        identity = self.external_id or "id"
        note = "" if self.external_id else "  # nothing in the samples tells records apart: correct this"
        return "\n".join(
            [
                "recordmap: 1",
                f"integration: {plain(self.name)}",
                "source:",
                "  connector: files",
                f"  schema: {self.name}/record",
                f"  external_id: {plain(source_path((identity,)))}{note}",
                f"  options: {{path: {path}}}",
                f"destination: {{connector: store, schema: {self.destination.name}}}",
                "match: [external_id]",
                f"add: {scalar(self.collection)}",
                "",
            ]
        )


def _rule(field: str, level: str, one: Suggestion) -> list[str]:
    rule = (f"    {key}: {plain(text)}" for key, text in one.rule)
    return [f"  {written_key(field)}:  # {evidence(one)}", f"    level: {level}", *rule]


def evidence(one: Suggestion) -> str:
    """Return what speaks for a suggestion, and against it, in one line."""
    parts = [f"{one.path}: names alike {one.name:.0%}", f"filled in {one.share:.0%} of the samples"]
    if one.overlap is not None:
        parts.append(f"{one.overlap:.0%} of its values are known in the destination")
    if len(one.rule) > 1:
        parts.append(f"made to fit by {one.rule[-1][1]}")
    if one.trouble is not None:
        parts.append(f"but {one.trouble}")
    return ", ".join(parts)


def checked_name(name: str) -> str:
    """Return a name that can stand in files and schemas.

    Raises:
        ConfigurationError: it can't.
    """
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, _ and -, such as --name contacts"
        raise ConfigurationError(f"'{name}' can't be a name of files", hint)
    return name
