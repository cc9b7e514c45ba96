"""Nodes to cases: the parser of `*.cases.yaml`, the examples that are also tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

from recordmap.diagnostics.findings import Findings
from recordmap.template.lookups import rows_of
from recordmap.template.model import Case
from recordmap.template.nodes import Mapping, Node, Scalar, plain
from recordmap.template.reader import read
from recordmap.template.reasons import reason_of
from recordmap.template.shape import Keys, check_version, kind_of, shown

Records = Callable[[str], Any]
"""Reads a JSON record by `file` or `file#index`, relative to the cases file.

Raises OSError or ValueError when there is no such record.
"""

_CASE = "write '- name: …' and below it, in line with 'name', the keys 'given' and 'expect'"
CASES_KEYS = ("recordmap", "description", "collection", "cases")
CASE_KEYS = (
    *(
        "name",
        "description",
        "collection",
        "given",
        "given_file",
        "existing",
        "previous",
        "parent",
        "settings",
        "lookups",
        "now",
    ),
    *("expect", "exact", "unset", "expect_error", "expect_skip"),
)
EXPECTATIONS = ("expect", "exact", "unset", "expect_error", "expect_skip")
_TOGETHER = {"expect", "unset"}
"""What a case may expect at the same time."""
ERROR_KEYS = ("code", "field", "message")


def parse_cases(
    data: str | bytes, file: str | None, records: Records | None
) -> tuple[tuple[Case, ...], Findings]:
    """Parse a cases file. Cases that can't be read are left out, each with a finding."""
    findings = Findings(file)
    node = read(data, findings)
    if node is None:
        return (), findings
    if not isinstance(node, Mapping):
        findings.add(
            "wrong-value", f"a cases file is a map of keys and values, not {kind_of(node)}", node.span
        )
        return (), findings
    keys = Keys(node, CASES_KEYS, "a cases file", findings)
    check_version(keys, findings)
    keys.require("cases")
    default = keys.text("collection")
    cases = []
    for entry in keys.entries("cases"):
        if isinstance(entry, Mapping):
            case = _case(entry, default, records, findings)
            if case is not None:
                cases.append(case)
        else:
            findings.add(
                "wrong-value",
                f"a case is a map of keys and values, not {kind_of(entry)}",
                entry.span,
                hint=_CASE,
            )
    return tuple(cases), findings


def _case(node: Mapping, default: Scalar | None, records: Records | None, findings: Findings) -> Case | None:
    keys = Keys(node, CASE_KEYS, "a case", findings)
    before = len(findings)
    keys.require("name")
    name, collection = keys.text("name"), keys.text("collection") or default
    if collection is None:
        hint = "add 'collection: …' at the top of the file"
        message = "the case names no collection, and neither does the file"
        findings.add("missing-key", message, node.span, hint=hint)
    given = _given(keys, records, findings)
    settings = keys.mapping("settings")
    now = keys.text("now")
    lookups = _lookups(keys, findings)
    case = None
    expected = [key for key in EXPECTATIONS if keys.key(key)]
    _check_expected(keys, expected, findings)
    if not expected:
        findings.add(
            "missing-key",
            "the case expects nothing",
            node.span,
            hint="add 'expect', 'exact', 'unset', 'expect_error' or 'expect_skip'",
        )
    if len(findings) == before and name is not None and collection is not None:
        case = Case(
            name=name,
            span=name.span,
            collection=collection,
            given=given,
            existing=_plain(keys, "existing"),
            previous=_plain(keys, "previous"),
            parent=_plain(keys, "parent"),
            settings=None if settings is None else _map(settings),
            lookups=lookups,
            now=now.text if now else None,
            expect=_expected(keys, "expect"),
            exact=_expected(keys, "exact"),
            unset=_unset(keys, findings),
            expect_error=_expected_error(keys, findings),
            expect_skip="expect_skip" in expected,
        )
    return case if len(findings) == before else None


def _check_expected(keys: Keys, expected: Sequence[str], findings: Findings) -> None:
    """Report expectations that no record could meet together, and one that says nothing."""
    for key in expected[1:]:
        if {key, expected[0]} <= _TOGETHER:
            continue
        written = keys.key(key)
        if written is not None:
            message = f"a case expects one thing: '{key}' can't go with '{expected[0]}'"
            findings.add("conflicting-keys", message, written.span, hint="write a second case for it")
    skip = keys.get("expect_skip")
    if skip is not None and not (isinstance(skip, Scalar) and skip.value is True):
        hint = "write expect_skip: true, or delete the line"
        findings.add("wrong-value", "'expect_skip' must be true", skip.span, hint=hint)


def _unset(keys: Keys, findings: Findings) -> tuple[str, ...]:
    names = []
    for entry in keys.entries("unset"):
        if isinstance(entry, Scalar) and entry.text.strip():
            names.append(entry.text)
        else:
            message = f"'unset' lists names of fields, not {kind_of(entry)}"
            findings.add("wrong-value", message, entry.span, hint="write - and the name of a field")
    return tuple(names)


def _lookups(keys: Keys, findings: Findings) -> MappingProxyType[str, MappingProxyType[str, Any]]:
    tables: dict[str, MappingProxyType[str, Any]] = {}
    for name, node in keys.mapping("lookups") or ():
        if isinstance(node, Mapping):
            tables[name.text] = MappingProxyType(rows_of(node, findings))
        else:
            message = f"the rows of '{shown(name)}' are a map of keys and values, not {kind_of(node)}"
            findings.add("wrong-value", message, node.span, hint="write {from: to}")
    return MappingProxyType(tables)


def _plain(keys: Keys, key: str) -> Any:
    node = keys.get(key)
    return None if node is None else plain(node)


def _map(node: Mapping) -> MappingProxyType[str, Any]:
    return MappingProxyType({key.text: plain(value) for key, value in node})


def _expected(keys: Keys, key: str) -> MappingProxyType[str, Any] | None:
    node = keys.mapping(key)
    return None if node is None else _map(node)


def _given(keys: Keys, records: Records | None, findings: Findings) -> Any:
    inline, file = keys.get("given"), keys.text("given_file")
    if inline is None and keys.get("given_file") is None:
        hint = "write given: with a record, or given_file: with the path of a JSON file"
        findings.add(
            "missing-key", "a case needs a record: 'given' or 'given_file'", keys.node.span, hint=hint
        )
        return None
    both = keys.key("given_file")
    if inline is not None and both is not None:
        message = "a case has one record: 'given' or 'given_file', not both"
        findings.add("conflicting-keys", message, both.span, hint="delete one of the two")
        return None
    if file is None:
        return plain(inline) if inline is not None else None
    try:
        if records is None:
            raise ValueError("a cases file without a place has no files beside it")
        record = records(file.text)
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        wrong_number = "records count from 0: the first is #0" if "#" in file.text else None
        place = "the path counts from the folder of the cases file" if missing else wrong_number
        place = (
            place
            or "name a JSON file in the project's folder, and have its text repaired if that is the fault"
        )
        message = f"'{shown(file)}' can't be used: {reason_of(error)}"
        findings.add("unreadable-record", message, file.span, hint=place)
        return None
    if isinstance(record, list):
        message = f"'{shown(file)}' can't be used: it is a list of records, and a case has one"
        hint = f"name one of them: {shown(file)}#0 is the first, without a blank before the #"
        findings.add("unreadable-record", message, file.span, hint=hint)
        return None
    return record


def _expected_error(keys: Keys, findings: Findings) -> MappingProxyType[str, str] | None:
    node: Node | None = keys.get("expect_error")
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return MappingProxyType({"code": node.text})
    if isinstance(node, Mapping):
        Keys(node, ERROR_KEYS, "'expect_error'", findings)
        return MappingProxyType({key.text: str(plain(value)) for key, value in node})
    keys.wrong("expect_error", node, "a code, or a map with code, field and message")
    return None
