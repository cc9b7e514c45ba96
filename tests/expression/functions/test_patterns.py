"""Regular expressions with RE2, and what is said where it is not installed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from recordmap.diagnostics import Fault
from recordmap.expression.functions import limits
from recordmap.expression.functions.patterns import matches, pattern_problem


def test_without_re2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    problem = pattern_problem("a")
    assert problem is not None
    assert "recordmap[patterns]" in problem
    with pytest.raises(Fault) as caught:
        matches("a", "a")
    assert caught.value.code == "formula-failed"
    assert "recordmap[patterns]" in caught.value.message
    assert matches(None, "a") is None
    with pytest.raises(Fault, match="'text' must be text, not a number"):
        matches(1, "a")


def test_a_long_pattern_is_refused_everywhere() -> None:
    pattern = "a" * (limits.MAX_PATTERN + 1)
    with pytest.raises(Fault, match="'pattern' must not be longer than 200 characters") as caught:
        matches("a", pattern)
    assert caught.value.code == "wrong-argument"


@pytest.fixture
def re2() -> Any:
    return pytest.importorskip("re2")


@pytest.mark.usefixtures("re2")
class TestWithRe2:
    @pytest.mark.parametrize(
        ("text", "pattern", "found"),
        [
            ("order 17", "[0-9]", True),
            ("ÄRGER", "(?i)ärger", True),
            ("a\nb", "^b", False),
            ("a\nb", "(?m)^b$", True),
            ("a\x00b", "\\x00", True),
            ("", "", True),
            ("😀", "^.$", True),
            ("\ud800", "a?", False),
            ("٣", "\\d", False),
            ("a" * limits.MAX_PATTERN_INPUT, "^(a+)+$", True),
            ("a" * (limits.MAX_PATTERN_INPUT - 1) + "b", "^(a+)+$", False),
        ],
    )
    def test_match(self, text: str, pattern: str, found: bool) -> None:
        assert matches(text, pattern) is found

    @pytest.mark.parametrize(
        ("pattern", "problem"),
        [
            ("(secret", "is not a pattern: missing )"),
            ("(?=secret)", "is not a pattern: invalid perl operator"),
            ("(a)\\1", "is not a pattern: invalid escape sequence"),
            ("((a{100}){100}){100}", "is not a pattern: invalid repetition size"),
            ("\ud800", "is not a pattern: it holds half of a character"),
        ],
    )
    def test_refusal_does_not_quote_the_pattern(
        self, pattern: str, problem: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert pattern_problem(pattern) == problem
        with pytest.raises(Fault) as caught:
            matches("a", pattern)
        assert caught.value.message == f"matches: 'pattern' {problem}"
        assert capfd.readouterr() == ("", "")

    def test_a_long_text_is_refused(self) -> None:
        with pytest.raises(Fault) as caught:
            matches("a" * (limits.MAX_PATTERN_INPUT + 1), "a")
        assert caught.value.code == "value-too-large"
