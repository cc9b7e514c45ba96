"""A case added to the cases of its collection by a program: every line that is there stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recordmap.diagnostics import ConfigurationError, Severity, Span
from recordmap.diagnostics.advised import command
from recordmap.diagnostics.edits import apply
from recordmap.diagnostics.findings import Findings
from recordmap.diagnostics.model import Edit, Fix
from recordmap.engine import Engine
from recordmap.project import CASES_SUFFIXES, OUTSIDE, FilesBeside, leads_out, shown
from recordmap.repair import Change
from recordmap.runtime.outcome import Outcome
from recordmap.template.cases import parse_cases
from recordmap.template.characters import split_lines
from recordmap.template.model import Case, Collection
from recordmap.template.nodes import Mapping, Scalar
from recordmap.template.nodes import Sequence as List
from recordmap.template.reader import read
from recordmap.template.writer import block, scalar

GIVEN = ("given", "existing", "previous", "parent")
"""The keys of a case that say what it is about."""


class UnwritableCaseError(ConfigurationError):
    """One case can't be written down. Others may."""


def add_case(engine: Engine, title: str, case: dict[str, Any]) -> Path:
    """Add a case to the cases of a collection, unless there is one about the same records; return their file.

    A number is added to a name that is taken.

    Raises:
        UnwritableCaseError: a record holds what no YAML file of a project can hold.
        ConfigurationError: the cases file can't be read or written, or is laid out in a way that nothing can be added
            to.
    """
    check_writable(case)
    file = _file_for(engine, engine.collections[title])
    if leads_out(file, engine.folder):
        raise ConfigurationError(
            f"'{shown(file)}' can't be written: it is a link, and {OUTSIDE}",
            "put the file itself into the project",
        )
    try:
        if not file.exists():
            file.write_text(_new(title, case), encoding="utf-8")
            return file
        before = file.read_bytes()
        text = before.decode("utf-8")
        cases = _cases(file, text)
        if any(_is_about(one, title, case) for one in cases):
            return file
        written = _with_case(text, title, case, cases, file)
        with_it, findings = _parsed(file, written)
        _refuse_unreadable(findings)
        if [*map(_told, cases)] != [*map(_told, with_it)][:-1]:
            raise _unfit(file)
        Change(file.resolve(), before, written.encode("utf-8")).write()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError(f"'{shown(file)}' can't be written: {reason}") from None
    return file


def check_writable(case: dict[str, Any]) -> None:
    """Refuse a case that no cases file can hold.

    Raises:
        UnwritableCaseError: a text in it holds a NUL character, or it is nested too deeply or too large.
    """
    if _has_nul(case):
        raise _unwritable("a text in its record holds a NUL character, which no cases file can hold")
    findings = Findings(None)
    read("\n".join(block(case)), findings)
    _refuse_unreadable(findings)


def _refuse_unreadable(findings: Findings) -> None:
    found = next((one for one in findings if one.severity is Severity.ERROR), None)
    if found is not None:
        raise _unwritable(f"read again, it would be an error: {found.message}")


def _unwritable(reason: str) -> UnwritableCaseError:
    return UnwritableCaseError(
        f"a case can't be written: {reason}",
        "take it out of the record, which is then another case, or leave the record out",
    )


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any("\0" in key or _has_nul(inner) for key, inner in value.items())
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def expected(outcome: Outcome | None) -> dict[str, Any]:
    """Return what a case expects that says what happens to a record today."""
    if outcome is None or outcome.record is not None:
        return {"exact": outcome.record if outcome else {}}
    if outcome.reason is None or outcome.reason.code == "filtered":
        return {"expect_skip": True}
    told = {"code": outcome.reason.code, "field": outcome.reason.field}
    return {"expect_error": {key: value for key, value in told.items() if value is not None}}


def _file_for(engine: Engine, collection: Collection) -> Path:
    """Return the cases file of a collection: the one with most of its cases, or one named after its template."""
    counts = {
        file: sum(case.collection.text == collection.title for case in cases)
        for file, cases in engine.cases
        if file is not None
    }
    best = max(counts, key=lambda file: counts[file], default=None)
    if best is not None and counts[best]:
        return Path(best)
    template = Path(collection.file or "template.yaml")
    return template.with_name(template.stem + CASES_SUFFIXES[0])


def _new(title: str, case: dict[str, Any]) -> str:
    lines = ["recordmap: 1", f"collection: {scalar(title)}", "", "cases:", *_entry(case, "  ", "- ")]
    return "\n".join((*lines, ""))


def _with_case(text: str, title: str, case: dict[str, Any], cases: Sequence[Case], file: Path) -> str:
    """Return the text of a cases file with one case more, behind the last one."""
    document = read(text, Findings(None))
    entries = document.get("cases") if isinstance(document, Mapping) else None
    default = document.get("collection") if isinstance(document, Mapping) else None
    lines = split_lines(text.removeprefix("\ufeff"))
    if not isinstance(entries, List) or not entries.items:
        raise _unfit(file)
    column = entries.span.start.column - 1
    if not lines[entries.span.start.line - 1][column:].startswith("-"):
        raise _unfit(file)
    case = {**case, "name": _free(case["name"], {one.name.text for one in cases})}
    if not isinstance(default, Scalar) or default.text != title:
        case = {"name": case.pop("name"), "collection": title, **case}
    added = "\n".join(("", *_entry(case, " " * column, "- "), ""))
    place = Span.at(_end_of(entries, lines, column) + 1, 1, 0)
    return apply(text, [Fix("add a case", (Edit(place, added),))])[0]


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def _end_of(entries: List, lines: Sequence[str], column: int) -> int:
    """Return the last line of the cases, from 1: what follows them are blank lines and comments."""
    end = entries.span.end
    line = end.line - 1 if end.column == 1 else end.line
    while line and (not lines[line - 1].strip() or _is_comment(lines[line - 1], column)):
        line -= 1
    return line


def _is_comment(line: str, column: int) -> bool:
    stripped = line.lstrip()
    return stripped.startswith("#") and len(line) - len(stripped) <= column


def _entry(case: dict[str, Any], indent: str, lead: str) -> list[str]:
    first, *rest = block(case)
    return [f"{indent}{lead}{first}", *(f"{indent}{' ' * len(lead)}{line}" for line in rest)]


def _cases(file: Path, text: str) -> tuple[Case, ...]:
    cases, findings = _parsed(file, text)
    if findings.errors:
        raise ConfigurationError(
            f"'{shown(file)}' has errors, so nothing is added to it",
            f"see them with: {command('check', shown(file))}",
        )
    return cases


def _parsed(file: Path, text: str) -> tuple[tuple[Case, ...], Findings]:
    return parse_cases(text, file.name, FilesBeside(file.parent, file.parent).record)


def _is_about(one: Case, title: str, case: dict[str, Any]) -> bool:
    """Whether a case is about the same records: a second one would tell nothing new."""
    about = [one.given, one.existing, one.previous, one.parent]
    return one.collection.text == title and about == [case.get(key) for key in GIVEN]


def _told(case: Case) -> tuple[Any, ...]:
    """Return what a case says, without places."""
    return (
        *(case.name.text, case.collection.text, case.given, case.existing, case.previous),
        *(case.parent, case.now),
        *(
            case.settings,
            case.lookups,
            case.expect,
            case.exact,
            case.unset,
            case.expect_error,
            case.expect_skip,
        ),
    )


def _unfit(file: Path) -> ConfigurationError:
    return ConfigurationError(
        f"no case can be added to '{shown(file)}' by a program",
        "write 'cases:' as a list with one '- name: …' for each case, or copy the record from above",
    )
