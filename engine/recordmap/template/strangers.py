"""Files that lie where templates do and are something else: an overlay, cases, or what another program reads.

A template with slips in it is none of them, and is checked as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from recordmap.diagnostics.findings import Findings, certain
from recordmap.template.nodes import Mapping, Scalar

_MAKING = (
    *("recordmap", "collection", "operation", "source", "destination", "child_of", "fields", "custom_fields"),
    "overlay",
)
"""Keys of which a template has one at least, however little of it is written yet."""
_LETTERS = 2
"""Letters too many or too few in a slip."""
_MOST_SLIPS = 40
"""Keys that are looked at for slips: other programs' files may have thousands, and a template has no more."""


def is_something_else(node: Mapping, legal: Collection[str], findings: Findings) -> bool:
    """Report a file that is no template, and return whether it is none. `legal` are the keys of templates."""
    keys = {key.text: key for key, _ in node}
    if "overlay" in keys and "collection" not in keys:
        hint = "to lay this over the template, give the file a name that ends in .overlay.yaml"
        _refuse(keys["overlay"], hint, findings)
    elif "cases" in keys and keys.keys().isdisjoint(("fields", "custom_fields")):
        hint = "for cases that try a template, give the file a name that ends in .cases.yaml"
        _refuse(keys["cases"], hint, findings)
    elif _is_foreign(keys, legal):
        message = "this file has nothing of a template, so it is not used"
        hint = "move it into a folder of its own; if it is to be a template, begin with 'recordmap: 1'"
        findings.add("not-a-template", message, node.items[0][0].span, hint=hint)
    else:
        return False
    return True


def _refuse(key: Scalar, hint: str, findings: Findings) -> None:
    findings.add("unknown-key", f"'{key.text}' is not a key of a collection", key.span, hint=hint)


def _is_foreign(keys: Iterable[str], legal: Collection[str]) -> bool:
    """Say whether a file has none of the keys that make a template, nor a slip of one, and has others."""
    folded = {key.casefold(): None for key in keys}
    others = [key for key in folded if key not in legal]
    if not others or not folded.keys().isdisjoint(_MAKING):
        return False
    return not any(_is_slip(key) for key in others[:_MOST_SLIPS])


def _is_slip(key: str) -> bool:
    # One that is merely near says nothing of a file: 'version' is near 'operation', 'resources' is near 'source'.
    meant = certain(key, _MAKING)
    return meant is not None and abs(len(key) - len(meant)) <= _LETTERS
