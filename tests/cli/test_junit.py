"""Cases as JUnit XML: well-formed whatever stands in them, and counted."""

from __future__ import annotations

from types import MappingProxyType
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from recordmap.casebook import CaseResult
from recordmap.cli import junit
from recordmap.diagnostics import Diagnostic, Span
from recordmap.template.model import Case
from recordmap.template.nodes import Scalar


def result(file: str, name: str, *differences: str) -> CaseResult:
    span = Span.at(7, 3)
    case = Case(
        Scalar(name, name, span, None), span, Scalar("Add", "Add", span, None), {}, exact=MappingProxyType({})
    )
    return CaseResult(file, case, differences)


def test_cases_stand_in_the_suite_of_their_file() -> None:
    several = [
        result("a.cases.yaml", "good"),
        result("a.cases.yaml", "bad", "Name: expected <1>", "Code: & more"),
        result("b.cases.yaml", "good"),
    ]
    root = ET.fromstring(junit.cases(several))
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == (
        "testsuites",
        "3",
        "1",
        "0",
    )
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("a.cases.yaml", "2", "1"),
        ("b.cases.yaml", "1", "0"),
    ]
    case = root[0][1]
    assert case.attrib == {"name": "bad", "classname": "Add", "file": "a.cases.yaml", "line": "7"}
    assert case[0].attrib == {"message": "Name: expected <1>", "type": "case-failed"}
    assert case[0].text == "Name: expected <1>\nCode: & more"
    assert len(root[0][0]) == 0


def test_what_keeps_cases_from_running_is_an_error() -> None:
    found = Diagnostic("unknown-key", "wrong", file="a.yaml", span=Span.at(3, 5), hint="do this")
    root = ET.fromstring(junit.unrunnable([found]))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    case = root[0][0]
    assert case.get("name") == "a.yaml:3:5 unknown-key"
    assert case[0].text == "a.yaml:3:5: wrong\ndo this"


@given(st.text(), st.text())
def test_any_text_can_stand_in_xml(name: str, difference: str) -> None:
    text = junit.cases([result("a.cases.yaml", name, f"x{difference}")])
    root = ET.fromstring(text)
    shown = root[0][0].get("name")
    assert shown is not None
    assert len(shown) == len(name)
    ET.fromstring(junit.unrunnable([Diagnostic("unknown-key", name, file=difference)]))
