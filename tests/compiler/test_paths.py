"""What sources give beyond the published suite, and how the generated code is made."""

from __future__ import annotations

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.path_support import code, compiled, function_tree
from recordmap.compiler.paths import emit_path
from recordmap.compiler.reads import read_keys
from recordmap.compiler.writer import Block, Writer, load
from recordmap.diagnostics import Fault
from recordmap.expression.search import search
from recordmap.expression.source import parse_source
from recordmap.expression.source_functions import SIGNATURES
from recordmap.runtime.path_functions import FUNCTIONS
from recordmap.schema.types import ANY

SUITES = yaml.safe_load((Path(__file__).parent / "paths.yaml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(
        suite["given"], case, id=f"{number}-{case['source'][:50]}".encode("ascii", "replace").decode()
    )
    for number, suite in enumerate(SUITES)
    for case in suite["cases"]
]


@pytest.mark.parametrize("evaluator", ["plan", "trace"])
@pytest.mark.parametrize(("given", "case"), CASES)
def test_values(given: Any, case: dict[str, Any], evaluator: str) -> None:
    text, before = case["source"], json.dumps(given)
    evaluate = compiled(text) if evaluator == "plan" else lambda data: search(parse_source(text), data)
    if "fails" in case:
        with pytest.raises(Fault) as caught:
            evaluate(given)
        assert case["fails"] in caught.value.message
        assert caught.value.code in ("source-failed", "value-too-large")
    else:
        assert json.dumps(evaluate(given)) == json.dumps(case["gives"])
    assert json.dumps(given) == before


def test_every_function_is_there() -> None:
    assert set(FUNCTIONS) | {"map"} == set(SIGNATURES)


def test_a_path_reads_like_one_written_by_hand() -> None:
    assert code("attributes.location.city") == (
        "def picked(record):\n"
        "    attributes_1 = record.get('attributes') if isinstance(record, dict) else None\n"
        "    location_2 = attributes_1.get('location') if isinstance(attributes_1, dict) else None\n"
        "    city_3 = location_2.get('city') if isinstance(location_2, dict) else None\n"
        "    return city_3"
    )


def test_a_filter_reads_like_one_written_by_hand() -> None:
    assert code("lines[?price > `10`].sku") == (
        "def picked(record):\n"
        "    steps = 0\n"
        "    lines_2 = record.get('lines') if isinstance(record, dict) else None\n"
        "    sku_1 = None\n"
        "    if isinstance(lines_2, list):\n"
        "        steps += len(lines_2)\n"
        "        if steps > 10000:\n"
        "            raise too_many_steps()\n"
        "        sku_1 = [sku_5 for item_3 in lines_2 if isinstance(item_3, dict)"
        " for price_4 in [item_3.get('price')]"
        " if (type(price_4) is int or type(price_4) is float) and price_4 > 10"
        " for sku_5 in [item_3.get('sku')] if sku_5 is not None]\n"
        "    return sku_1"
    )


@pytest.mark.parametrize(
    "text",
    [
        "`1` == `1.0`",
        "'a' || b",
        "`[1, 2]`[1] && 'x'",
        "!`null`",
        "'x' && 'y' < 'z'",
        '`{"a": {"b": 2}}`.a.b',
        "'a'.b",
    ],
)
def test_what_is_known_is_decided_while_compiling(text: str) -> None:
    (function,) = function_tree(text)[0].body
    assert isinstance(function, ast.FunctionDef)
    (only,) = function.body
    assert isinstance(only, ast.Return)
    assert isinstance(only.value, ast.Constant)


def test_prefixes_are_read_once() -> None:
    written = code("a.b.c", "a.b.d[0]", "a.b || a.b.c", "[a.b.d[0].e, a.b.d[0].f]")
    for read in ("get('a')", "get('b')", "get('c')", "get('d')", "[0]"):
        assert written.count(read) == 1


def test_a_read_in_a_branch_does_not_count_outside() -> None:
    function = compiled("a && sum(b.c)", "b.c")
    assert function({"a": None, "b": {"c": [1]}}) == [None, [1]]
    assert function({"a": True, "b": {"c": [1]}}) == [1, [1]]


def test_reads_are_shared_with_formulas() -> None:
    writer = Writer()
    body = Block(writer)
    read_keys(body, load("record"), ("record",), ("a", "b"))
    emit_path(parse_source("a.b.c"), body, load("record"), ("record",))
    assert ast.unparse(ast.fix_missing_locations(ast.Module(body.body, []))).count("get(") == 3


def test_an_object_is_not_asked_twice() -> None:
    writer = Writer()
    body = Block(writer)
    emit_path(parse_source("a"), body, load("record"), ("record",), ANY)
    assert ast.unparse(ast.fix_missing_locations(body.body[0])) == "a_1 = record.get('a')"


def test_a_base_that_is_always_null() -> None:
    writer = Writer()
    body = Block(writer)
    result = emit_path(parse_source("a[*].{b: c}"), body, ast.Constant(None), ("existing",))
    assert isinstance(result, ast.Constant)
    assert result.value is None
    assert not body.body


@pytest.mark.parametrize(
    "text", ['`[1, {"a": []}]`', "a || `[1]`", "[`[1]`, a]", "map(&`[1]`, b)", "to_array(`[1]`)"]
)
def test_each_record_gets_its_own_literals(text: str) -> None:
    function, data = compiled(text), {"b": [1, 2]}
    first, second = function(data), function(data)
    assert first == second
    assert not shared_parts(first, second)
    untouched = search(parse_source(text), data)
    untouched.append("changed")
    assert search(parse_source(text), data) == first


def shared_parts(one: Any, other: Any) -> list[Any]:
    found = [one] if one is other and isinstance(one, list | dict) else []
    if isinstance(one, list):
        found += [part for left, right in zip(one, other, strict=True) for part in shared_parts(left, right)]
    elif isinstance(one, dict):
        found += [part for key in one for part in shared_parts(one[key], other[key])]
    return found


@pytest.mark.parametrize("text", ["a", "a[*]", "a[]", "a[?@]", "a[1:]", "sort(a)", "reverse(a)", "[a][]"])
def test_lists_that_are_made_are_new(text: str) -> None:
    data = {"a": [1, 2]}
    made = compiled(text)(data)
    assert (made is data["a"]) == (text == "a")


HOSTILE = [
    "__class__",
    "x'] + evil() + ['",
    "a\nimport os",
    "é",
    "print",
    "steps",
    "record",
    "None",
    "\u202ename",
    "a" * 200,
]


@pytest.mark.parametrize("key", HOSTILE)
def test_keys_never_become_code(key: str) -> None:
    text = f"{json.dumps(key)} || [?{json.dumps(key)} == {json.dumps(key)}].{json.dumps(key)}"
    tree, writer = function_tree(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert all(name.isidentifier() and name.isascii() for name in names)
    assert writer.namespace["__builtins__"] == {}
    assert compiled(text)({key: "found"}) == "found"
    assert compiled(json.dumps(key))({}) is None


def test_code_is_made_of_known_globals_only() -> None:
    tree, writer = function_tree("sort_by(a[?b > `1`], &c)[].{d: to_string(e), f: a == b}")
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert read - stored - {"record"} <= set(writer.namespace)


def test_loops_as_deep_as_they_may_be_compile() -> None:
    deep = "a" + "[*].a" * 8
    data: Any = 1
    for _ in range(9):
        data = {"a": [data]}
    assert compiled(deep)(data) == search(parse_source(deep), data)
    wide = "a" + "[].a" * 12
    assert compiled(wide)(data) == search(parse_source(wide), data)


def test_nothing_of_the_record_is_changed() -> None:
    data = {"a": [{"b": [3, 1]}, {"b": [2]}], "c": {"d": {"e": 1}}}
    before = copy.deepcopy(data)
    for text in (
        "sort(a[].b[])",
        "merge(c, c.d)",
        "reverse(a)",
        "a[*].b | [0]",
        "values(c)",
        "sort_by(a, &b[0])",
    ):
        compiled(text)(data)
        search(parse_source(text), data)
    assert data == before
