"""Nodes to a `Collection`: the parser of templates. What the keys mean is in `docs/reference/language.md`."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from keyword import iskeyword
from types import MappingProxyType
from typing import TYPE_CHECKING

from recordmap.diagnostics.findings import Findings
from recordmap.digests import digest_of
from recordmap.template.model import (
    Child,
    Collection,
    Duplicates,
    ErrorRule,
    FieldRule,
    Level,
    Lookup,
    OnChange,
    OnEmpty,
    Operation,
    SourceText,
    Status,
)
from recordmap.template.nodes import Mapping, Node, Scalar
from recordmap.template.reader import read
from recordmap.template.shape import Keys, check_version, kind_of, parse_source_at, shown
from recordmap.template.strangers import is_something_else

if TYPE_CHECKING:
    from recordmap.template.lookups import Files
    from recordmap.template.overlay import Overlay

MAX_FIELDS = 1000
RESERVED_NAMES = (
    *("value", "record", "existing", "previous", "parent", "settings"),
    *("null", "true", "false"),
)

NO_OVERLAYS: ReadOnly[str, Overlay] = MappingProxyType({})
_PLAIN_PATH = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)

COLLECTION_KEYS = (
    *("recordmap", "collection", "description", "operation", "status", "source", "destination", "child_of"),
    *("each", "filter", "errors", "names", "fields", "custom_fields", "lookups", "children", "duplicates"),
    "on_change",
)
FIELD_KEYS = ("source", "formula", "value", "lookup", "when", "level", "on_empty", "description")


def parse_collection(
    data: str | bytes, file: str | None, files: Files | None, overlays: ReadOnly[str, Overlay] = NO_OVERLAYS
) -> tuple[Collection | None, Findings]:
    """Parse a template, with the overlay for its collection laid over it.

    `file` is its path as shown in findings; `files` reads the tables that lookups name, None where there are none;
    `overlays` are at hand by the name of their collection.
    The collection is None when so much is wrong that nothing more can be said about it; otherwise it holds
    whatever could be read, and the findings say whether it may be used.
    """
    findings = Findings(file)
    node = read(data, findings)
    if node is None:
        return None, findings
    if not isinstance(node, Mapping):
        hint = "begin with the line 'recordmap: 1', without '- ' before it"
        message = f"a template is a map of keys and values, not {kind_of(node)}"
        findings.add("wrong-value", message, node.span, hint=hint)
        return None, findings
    if is_something_else(node, COLLECTION_KEYS, findings):
        return None, findings
    digest = digest_of(data)
    name = node.get("collection")
    overlay = overlays.get(name.text) if isinstance(name, Scalar) else None
    if overlay is None:
        return _collection(node, file, digest, files, findings), findings
    from recordmap.template.overlay import lay  # noqa: PLC0415 - most templates have none

    findings.overlay = overlay.file
    removed = frozenset((section, one.text) for section, one in overlay.removed)
    whole, digests = lay(node, overlay), f"{digest}+{overlay.digest}"
    return _collection(whole, file, digests, files, findings, removed), findings


def _collection(
    node: Mapping,
    file: str | None,
    digest: str,
    files: Files | None,
    findings: Findings,
    removed: frozenset[tuple[str, str]] = frozenset(),
) -> Collection | None:
    keys = Keys(node, COLLECTION_KEYS, "a collection", findings)
    check_version(keys, findings)
    name = keys.text("collection")
    findings.collection = name.text if name else None
    child_of = keys.text("child_of")
    keys.require("collection", "operation", "source", "destination")
    source, destination = keys.text("source"), keys.text("destination")
    # Whatever is missing, everything else is read all the same, so that one pass finds all that is wrong.
    nothing = Scalar(None, "", node.span, None)
    before = len(findings)
    filter_, errors = keys.formula("filter"), _errors(keys, findings)
    faulty_conditions = len(findings) > before
    names = _names(keys, findings)
    collection = Collection(
        name=name or nothing,
        source=source or nothing,
        destination=destination or nothing,
        file=file,
        overlay=findings.overlay,
        removed=removed,
        digest=digest,
        operation=keys.choice("operation", Operation, Operation.ADD),
        enabled=keys.choice("status", Status, Status.ENABLED) is Status.ENABLED,
        description=_description(keys),
        child_of=child_of,
        each=keys.source("each"),
        filter=filter_,
        errors=errors,
        names=MappingProxyType(names),
        fields=_fields(keys, findings),
        lookups=MappingProxyType(_lookups(keys, files, findings)),
        children=_children(keys, findings),
        duplicates=keys.choice("duplicates", Duplicates, Duplicates.ALLOW),
        on_change=keys.choice("on_change", OnChange, OnChange.ADD),
        unread_names=frozenset(key.text for key, _ in keys.mapping("names") or ()) - names.keys(),
        faulty_conditions=faulty_conditions,
    )
    if child_of is None:
        for key in ("each", "duplicates", "on_change"):
            written = keys.key(key)
            if written is not None:
                message = f"'{key}' belongs to a child collection, and this one has no 'child_of'"
                hint = f"delete '{key}', or add 'child_of: …' with the schema of the parent's records"
                findings.add("conflicting-keys", message, written.span, hint=hint)
    elif keys.get("each") is None:
        message = "a child collection needs 'each': where in the parent's record its records are"
        findings.add(
            "missing-key", message, child_of.span, hint="add a line such as 'each: attributes.location'"
        )
    return None if name is None or source is None or destination is None else collection


def _description(keys: Keys) -> str | None:
    node = keys.text("description")
    return node.text if node else None


def _errors(keys: Keys, findings: Findings) -> tuple[ErrorRule, ...]:
    rules = []
    for entry in keys.entries("errors"):
        if not isinstance(entry, Mapping):
            wrong = f"an error rule is a map with 'when' and 'message', not {kind_of(entry)}"
            hint = "write '- when: …' and below it 'message: …'"
            findings.add("wrong-value", wrong, entry.span, hint=hint)
            continue
        rule = Keys(entry, ("when", "message"), "an error rule", findings)
        rule.require("when")
        when, message = rule.formula("when"), _message(rule, findings)
        if when is not None and message is not None:
            rules.append(ErrorRule(when, message))
    return tuple(rules)


def _message(rule: Keys, findings: Findings) -> Scalar | None:
    """Return what a person reads when an error rule rejects a record."""
    node = rule.get("message")
    if node is None or (isinstance(node, Scalar) and not node.text.strip()):
        written = rule.key("message")
        message = "the error rule doesn't say what to tell people whose record it rejects"
        hint = "add a line such as 'message: The profile has no country', in line with 'when'"
        findings.add("error-without-message", message, (written or rule.node).span, hint=hint)
        return None
    return rule.text("message")


def _names(keys: Keys, findings: Findings) -> dict[str, SourceText]:
    names: dict[str, SourceText] = {}
    for key, node in keys.mapping("names") or ():
        if key.text in RESERVED_NAMES or iskeyword(key.text):
            message = f"'{key.text}' already means something in formulas"
            findings.add("wrong-value", message, key.span, hint="choose another name")
        elif not key.text.isidentifier() or key.text.startswith("_"):
            hint = "a name has letters, digits and underscores, and begins with a letter"
            findings.add("wrong-value", f"'{shown(key)}' can't be a name", key.span, hint=hint)
        elif not isinstance(node, Scalar) or not isinstance(node.value, str):
            message = f"a name stands for a path into the source record, not {kind_of(node)}"
            findings.add("wrong-value", message, node.span, hint="write where the value is: attributes.email")
        else:
            source = parse_source_at(node, findings)
            if source is not None:
                names[key.text] = source
    return names


def _lookups(keys: Keys, files: Files | None, findings: Findings) -> dict[str, Lookup]:
    written = keys.mapping("lookups")
    if not written:
        return {}
    from recordmap.template.lookups import Tables, parse_lookup  # noqa: PLC0415 - most templates have none

    tables = Tables(files)
    # One that is wrong is there all the same: fields that use it are no fault of theirs.
    return {
        key.text: parse_lookup(key, node, tables, findings) or Lookup(key, MappingProxyType({}), faulty=True)
        for key, node in written
    }


def _children(keys: Keys, findings: Findings) -> tuple[Child, ...]:
    children = []
    for entry in keys.entries("children"):
        if not isinstance(entry, Mapping):
            message = f"a child is a map with 'collection' and 'into', not {kind_of(entry)}"
            hint = "write '- collection: …' and below it 'into: …'"
            findings.add("wrong-value", message, entry.span, hint=hint)
            continue
        child = Keys(entry, ("collection", "into"), "a child", findings)
        child.require("collection", "into")
        collection, into = child.text("collection"), child.text("into")
        if collection is not None and into is not None:
            children.append(Child(collection, into))
    return tuple(children)


def _fields(keys: Keys, findings: Findings) -> tuple[FieldRule, ...]:
    rules: list[FieldRule] = []
    count = 0
    for section, custom in (("fields", False), ("custom_fields", True)):
        for name, node in keys.mapping(section) or ():
            count += 1
            if count == MAX_FIELDS + 1:
                findings.add(
                    "too-many-fields",
                    f"a template may have {MAX_FIELDS:,} fields",
                    name.span,
                    hint="delete fields, or let a child collection make them as records",
                )
            findings.field = name.text
            rule = _field(name, node, findings, custom=custom)
            if rule is not None:
                rules.append(rule)
    findings.field = None
    if keys.get("fields") is None and keys.get("custom_fields") is None:
        hint = "add 'fields:' and below it, indented, a rule for each field"
        findings.add("missing-key", "a collection needs 'fields'", keys.node.span, hint=hint)
    return tuple(rules)


def _field(name: Scalar, node: Node, findings: Findings, *, custom: bool) -> FieldRule | None:
    if not isinstance(node, Mapping):
        text = shown(node) if isinstance(node, Scalar) and isinstance(node.value, str) else ""
        path = text if _PLAIN_PATH.fullmatch(text) else "…"
        message = f"'{shown(name)}' needs a rule, not {kind_of(node)}"
        findings.add("wrong-value", message, node.span, hint=f"write {shown(name)}: {{source: {path}}}")
        return None
    before = len(findings)
    keys = Keys(node, FIELD_KEYS, "a field rule", findings)
    level = keys.choice("level", Level, Level.OPTIONAL)
    source, formula, constant = keys.source("source"), keys.formula("formula"), keys.constant("value")
    lookup, when = keys.text("lookup"), keys.formula("when")
    on_empty = keys.choice("on_empty", OnEmpty, OnEmpty.OMIT)
    rule = FieldRule(
        name=name,
        span=name.span,
        custom=custom,
        level=level,
        source=source,
        formula=formula,
        constant=constant,
        lookup=lookup,
        when=when,
        on_empty=on_empty,
        description=_description(keys),
        faulty=len(findings) > before,
    )
    written = [key for key in ("source", "formula", "value") if keys.get(key) is not None]
    if not written:
        findings.add(
            "missing-value",
            f"'{shown(name)}' doesn't say where its value comes from",
            name.span,
            hint="add 'source', 'formula' or 'value'",
        )
    fixed = keys.key("value")
    if fixed is not None and len(written) > 1:
        message = "'value' is always the same: it can't go with a source or a formula"
        hint = 'keep one of them; for a fallback, write formula: first_of(value, "N/A")'
        findings.add("conflicting-keys", message, fixed.span, hint=hint)
    return rule
