"""What holds for all sources: generated code, the evaluator behind the trace and the jmespath library agree."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable
from typing import Any

import jmespath
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from compiler.path_support import compiled, function_tree
from properties.path_texts import records, scribbles, sources
from recordmap.diagnostics import Fault
from recordmap.expression.caps import ExpressionError
from recordmap.expression.search import search
from recordmap.expression.source import Source, parse_source
from recordmap.expression.source_nodes import Current, Entry, Field, FunctionCall, Index, Literal, Slice, walk
from recordmap.runtime.budget import Budget

SLICE_BEHIND_AN_INDEX = re.compile(r"\]\s*\[[-\d\s]*:")


CODES = ("source-syntax", "unknown-function", "wrong-arguments", "expression-too-long")
"""Every code that a source can be refused with. The first two never come of texts by the grammar."""


def tried(text: str) -> Source | ExpressionError:
    try:
        return parse_source(text)
    except ExpressionError as error:
        return error


def parsed(text: str) -> Source:
    source = tried(text)
    if isinstance(source, ExpressionError):
        assert source.code in CODES[2:]
        assume(condition=False)
        raise source
    return source


def outcome(evaluate: Callable[[], Any]) -> str:
    """Return a value as JSON, so that 1, 1.0 and true are told apart, or the code of a fault."""
    try:
        return json.dumps(evaluate(), allow_nan=False)
    except Fault as fault:
        return fault.code


FAULTS = ("source-failed", "value-too-large")


@given(sources, records)
@settings(deadline=None)
@example("!!a.[a] == `[]`", None)
@example("!!a || `[2, 7]` == merge({a: @}, {b: @})", True)
def test_plan_and_trace_agree_to_the_step(text: str, record: Any) -> None:
    source, budget, before = parsed(text), Budget(), json.dumps(record)
    plan = compiled(text, with_steps=True)
    by_trace = outcome(lambda: [search(source, record, budget=budget), budget.steps])
    by_plan = outcome(lambda: plan(record))
    assert by_plan == by_trace
    assert outcome(lambda: plan(record)) == by_plan
    assert json.dumps(record) == before
    assert by_plan not in FAULTS or not source.is_plain


@given(sources, records)
@settings(deadline=None)
def test_plan_and_library_agree(text: str, record: Any) -> None:
    # The library doesn't project such a slice; it fails on orders that are null here, with a plain TypeError.
    assume(not SLICE_BEHIND_AN_INDEX.search(text))
    parsed(text)
    by_plan = outcome(lambda: compiled(text)(record))
    try:
        by_library = json.dumps(jmespath.search(text, record))
    except JMESPathError:
        by_library = "source-failed"
    except (TypeError, ValueError):
        return
    assert by_plan == by_library or (by_plan in FAULTS and by_library in FAULTS)


@given(st.lists(sources, min_size=2, max_size=4), records)
@settings(deadline=None)
def test_sources_of_one_function_do_not_disturb_each_other(texts: list[str], record: Any) -> None:
    for text in texts:
        parsed(text)
    apart = [outcome(lambda text=text: compiled(text)(record)) for text in texts]
    assume(not set(apart) & set(FAULTS))
    assert outcome(lambda: compiled(*texts)(record)) == json.dumps([json.loads(one) for one in apart])


@given(sources)
@settings(deadline=None)
def test_code_can_be_read(text: str) -> None:
    parsed(text)
    code = ast.unparse(function_tree(text)[0])
    assert ast.unparse(ast.parse(code)) == code


def check_places(source: Source) -> None:
    text = source.text
    for node in walk(source.tree):
        assert 0 <= node.offset <= node.offset + node.length <= len(text)
        marked = text[node.offset : node.offset + node.length]
        assert marked == marked.strip()
        match node:
            case Field(name=name) | Entry(key=name):
                written = re.match(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*', marked, re.ASCII)
                assert written is not None
                assert name == (json.loads(written.group()) if marked[0] == '"' else written.group())
                assert isinstance(node, Entry) or marked == written.group()
            case Literal():
                assert parse_source(marked).tree == node
            case FunctionCall(name=name):
                assert re.fullmatch(rf"{name}\s*\(.*\)", marked, re.DOTALL)
            case Index() | Slice():
                assert marked[0] + marked[-1] == "[]"
            case Current():
                assert marked in ("@", "")
            case _:
                assert marked


@given(sources)
@settings(deadline=None)
@example('{"d e": "d e"}')
@example("(a)[0]")
@example("((a))[?(b)].[(c), (d).e]")
def test_places_mark_what_they_say(text: str) -> None:
    check_places(parsed(text))


@given(scribbles | st.text(max_size=40))
@settings(deadline=None)
@example("`x`")
@example("a[" + "9" * 3000 + "]")
@example('"\\ud800"')
def test_any_text_is_a_source_or_an_expression_error(text: str) -> None:
    with warnings.catch_warnings(record=True) as warned:
        source = tried(text)
    assert not warned
    if isinstance(source, Source):
        check_places(source)
    else:
        assert source.code in CODES
        assert source.message
        assert 0 <= source.offset <= source.offset + source.length <= max(len(text), 1)


@given(scribbles)
@settings(deadline=None)
def test_what_the_library_refuses_is_refused(text: str) -> None:
    if isinstance(tried(text), Source):
        jmespath.compile(text)
