"""Results of cases as JUnit XML, which build servers read: one suite a cases file.

There is no standard, only what programs take. This keeps to what Jenkins, GitLab and GitHub's actions have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from recordmap.casebook import CaseResult
from recordmap.diagnostics import Diagnostic

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even escaped."""


def cases(results: Sequence[CaseResult]) -> str:
    """Return a report of cases that were run."""
    root = Element("testsuites", name="recordmap test")
    for file, several in groupby(results, key=lambda one: one.file or ""):
        suite = SubElement(root, "testsuite", name=_text(file))
        for one in several:
            case = SubElement(
                suite,
                "testcase",
                name=_text(one.case.name.text),
                classname=_text(one.case.collection.text),
                file=_text(file),
                line=str(one.case.span.start.line),
            )
            if not one.passed:
                differences = _text("\n".join(one.differences))
                failure = SubElement(case, "failure", message=differences.split("\n")[0], type="case-failed")
                failure.text = differences
    return _written(root)


def unrunnable(findings: Iterable[Diagnostic]) -> str:
    """Return a report of findings that keep the cases from running: each is a case with an error."""
    root = Element("testsuites", name="recordmap test")
    suite = SubElement(root, "testsuite", name="recordmap check")
    for one in findings:
        place = f"{one.file}:{one.span.start.line}:{one.span.start.column}"
        case = SubElement(
            suite,
            "testcase",
            name=_text(f"{place} {one.code}"),
            classname=_text(one.collection or one.file or ""),
            file=_text(one.file or ""),
            line=str(one.span.start.line),
        )
        error = SubElement(case, "error", message=_text(one.message), type=one.code)
        error.text = _text(f"{place}: {one.message}" + (f"\n{one.hint}" if one.hint else ""))
    return _written(root)


def _text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _written(root: Element) -> str:
    for suite in [*root, root]:
        suite.set("tests", str(len(list(suite.iter("testcase")))))
        suite.set("failures", str(len(list(suite.iter("failure")))))
        suite.set("errors", str(len(list(suite.iter("error")))))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode")
