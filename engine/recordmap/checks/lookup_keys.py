"""similar-lookup-keys: rows of a lookup that look the same, or that hold blanks nobody sees."""

from __future__ import annotations

from recordmap.checks.rule import Surroundings
from recordmap.diagnostics.findings import Findings
from recordmap.template.model import Collection, Lookup


def check(collection: Collection, around: Surroundings, findings: Findings) -> None:  # noqa: ARG001 - a rule
    """Report keys with blanks around them, and keys that differ only in case or blanks but give other values."""
    first: dict[int, Lookup] = {}
    for lookup in collection.lookups.values():
        # A file that several lookups name is one table.
        if first.setdefault(id(lookup.table), lookup) is lookup:
            _check_keys(lookup, findings)


def _check_keys(lookup: Lookup, findings: Findings) -> None:
    first: dict[str, str] = {}
    for key, value in lookup.table.items():
        if key != key.strip():
            message = f"the lookup '{lookup.name.text}' has a row '{key}' with blanks around it"
            hint = "delete the blanks: a value without them doesn't find the row"
            findings.add("similar-lookup-keys", message, lookup.name.span, hint=hint)
        like = first.setdefault(" ".join(key.split()).casefold(), key)
        if like.strip() != key.strip() and lookup.table[like] != value:
            message = (
                f"the lookup '{lookup.name.text}' has the rows '{like}' and '{key}', which look alike and give"
                " different values"
            )
            hint = "delete the wrong one, or let both give the same value: upper and lower case make two keys"
            findings.add("similar-lookup-keys", message, lookup.name.span, hint=hint)
