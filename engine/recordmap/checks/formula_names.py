"""unknown-name: what a formula reads must be in its scope."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings, taken_out
from recordmap.diagnostics.findings import Findings, certain, nearest, suggestion
from recordmap.template.fixes import replace
from recordmap.template.model import Collection

_WORDS = {"null": "null", "none": "null", "nil": "null", "true": "true", "false": "false"}
"""What is no name in small letters, and how it is written."""
ROOTS = ("record", "existing", "previous", "parent", "settings")
_READ = "only a field with a 'source' has it: read from 'record', such as record.attributes.email"


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:
    """Report names that a formula can't see, once for each place."""
    for text, field, sees_value in collection.formulas():
        findings.field = field
        known = dict.fromkeys(
            [*(["value"] if sees_value else []), *ROOTS, *collection.names, *collection.unread_names]
        )
        for read in text.parsed.names:
            if read.name in known:
                continue
            span = text.scalar.at(read.place.offset, read.place.length)
            message, hint = (
                f"'{read.name}' is not a name that this formula knows",
                suggestion(read.name, known),
            )
            word = _WORDS.get(read.name.lower())
            removed = taken_out(collection, "names", read.name)
            if removed is not None:
                hint = removed
            elif read.name == "value":
                message = "there is no 'value' here"
                hint = "add 'source' to the field, or read from 'record'" if field else _READ
            elif word is not None:
                hint = f"did you mean '{word}'?"
            elif read.name in around.functions:
                hint = f"to call the function, write {around.functions[read.name].signature}"
            elif nearest(read.name, known) is None:
                hint = f"to mean a field of the source, write record.{read.name}"
                hint += f'; to mean the text, write "{read.name}"'
            meant = word
            if meant is None and read.name not in ("value", *around.functions):
                meant = certain(read.name, known)
            fix = replace(text.scalar, read.place.offset, len(read.name), meant)
            findings.add("unknown-name", message, span, hint=hint, fix=fix)
    findings.field = None
