"""Single formulas: what a plan gives is what simpleeval itself gives, and any text is a formula or an error."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import simpleeval
from hypothesis import example, given
from hypothesis import strategies as st

from language.ways import NOW, Refused, Ways, identical, ways
from properties.strategies import KEYS, SETTINGS, TABLES, examples, formulas, polite, values
from recordmap.expression.caps import MAX_LENGTH, ExpressionError
from recordmap.expression.formula import Formula, parse_formula
from recordmap.expression.functions.spec import Needs
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.runtime.outcome import Kind

NAMES = ("record", "record", "value", "settings", "one")
TEMPLATE = {
    "recordmap": 1,
    "collection": "Main",
    "operation": "add",
    "source": "any",
    "destination": "any",
    "names": {"one": "a"},
    "lookups": TABLES,
}


class NullSafe(simpleeval.EvalWithCompoundTypes):  # type: ignore[misc]  # simpleeval has no type information
    """simpleeval as it is, but for reads, which go into objects and lists only, and give null where nothing is."""

    def __init__(self, made: Ways, names: Mapping[str, Any]) -> None:
        collection = made.materials.collections["Main"]
        given_ = {Needs.NOW: NOW, Needs.LOOKUPS: collection.lookups, Needs.PREVIOUS: None}
        functions = {
            spec.name: spec.call if spec.needs is None else partial(spec.call, given_[spec.needs])
            for spec in FUNCTIONS.values()
        }
        words = {"null": None, "true": True, "false": False}
        super().__init__(functions=functions, names={**words, **names})
        self.nodes[ast.Attribute] = lambda node: _read(self._eval(node.value), node.attr)
        self.nodes[ast.Subscript] = lambda node: _read(self._eval(node.value), self._eval(node.slice))
        self.operators[ast.Is] = lambda left, right: left is right
        self.operators[ast.IsNot] = lambda left, right: left is not right


def _read(container: Any, key: Any) -> Any:
    if isinstance(key, bool) or not isinstance(key, str if isinstance(container, dict) else int):
        return None
    try:
        return container[key] if isinstance(container, dict | list) else None
    except (KeyError, IndexError):
        return None


def compiled(formula: str) -> Ways:
    rule = {"source": "b", "formula": f"[{formula}]"}
    return ways(json.dumps({**TEMPLATE, "fields": {"A": rule}}, ensure_ascii=False), settings=SETTINGS)


_few = st.lists(st.dictionaries(st.sampled_from(KEYS), values), min_size=1, max_size=6)


@given(formulas(NAMES) | polite(NAMES), _few)
@example('record["b"][0]', [{"b": "text"}])
@example("truncate(null, 9)", [{}])
@example("(record < record) is None", [{}])
@example('starts_with(null, "x" if 1 < "a" else "y")', [{}])
@example('coalesce("a", 1 / 0)', [{}])
@example('"a" if not is_empty(record.a) else record.a + 1', [{"a": "text"}, {"a": 1}, {}])
@example("record.a * record.a - 1", [{"a": 10**10}, {"a": 2.5}, {"a": True}, {"a": 10**15}, {"a": -(10**16)}])
@example('upper(record.a) + concat(record.a, "-", 5)', [{"a": "x" * 60_000}, {"a": "ŉ" * 50_000}, {"a": "ß"}])
@example('split(record.a, ",")[0]', [{"a": "," * 9_999}, {"a": "," * 10_000}, {"a": ""}, {"a": "b,c"}])
@example('split(record.a, ",")[-1]', [{"a": ""}, {}])
@example("record.a < 5 <= record.b", [{"a": 1, "b": 7.5}, {"a": "1", "b": 7}])
@example("to_text(record.a) + to_text(length(record.b))", [{"a": 5, "b": "éa"}, {"a": True, "b": ["x"]}])
@examples(250)
def test_simpleeval_gives_the_same(formula: str, records: list[dict[str, Any]]) -> None:
    """A formula that gives a value gives the value that Python's own operators give. Ours refuse more than they do."""
    try:
        made = compiled(formula)
    except Refused:
        return
    for record in records:
        outcome = made.outcome(record)
        if outcome.kind is not Kind.MAPPED:
            continue
        assert outcome.record is not None
        names = {"record": record, "value": record.get("b"), "settings": SETTINGS, "one": record.get("a")}
        wanted = NullSafe(made, names).eval(formula)
        assert identical(outcome.record["A"], [wanted]), (formula, record)


_PIECES = [
    *(
        "record.a",
        "value",
        "settings",
        '"text"',
        "'t'",
        "1",
        "2.5",
        "null",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
    ),
    *(
        ".",
        "+",
        "-",
        "*",
        "**",
        "/",
        "//",
        "%",
        "<",
        "==",
        "!=",
        "=",
        ":=",
        " and ",
        " or ",
        " not ",
        " in ",
        " is ",
    ),
    *(
        " if ",
        " else ",
        " for ",
        " lambda ",
        "upper",
        "concat",
        "_x",
        "__class__",
        "\n",
        "\t",
        "\\",
        "#",
        "`",
        "é",
    ),
    *(
        "ﬁ",
        "\u00a0",
        "\x0c",
        "\x00",
        "\ud800",
        "f'{",
        "b''",
        "0x",
        "1e999",
        "1j",
        "9" * 30,
        "await ",
        "yield ",
    ),
]
_texts = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(_PIECES), max_size=14).map("".join),
    st.builds(lambda piece, times: piece * times, st.sampled_from(_PIECES), st.integers(1, 1_500)),
)


def tried(text: str) -> Formula | ExpressionError:
    try:
        return parse_formula(text)
    except ExpressionError as error:
        return error


@given(_texts)
@examples(400)
@example("x" * (MAX_LENGTH + 1))
@example("(" * 300 + "1" + ")" * 300)
@example("1" + "+1" * 1_900)
@example("a" + ".a" * 1_900)
@example("x if y else " * 300 + "z")
@example("-" * 3_000 + "1")
@example("not " * 900 + "1")
@example("lambda: " * 400 + "1")
@example("[" + "1," * 1_900 + "]")
@example("'" + "\\" * 3_001)
def test_any_text_is_a_formula_or_an_error(text: str) -> None:
    found = tried(text)
    if isinstance(found, Formula):
        assert found.text == text
        assert all(0 <= read.place.offset < len(text) for read in found.names)
    else:
        assert found.code in ("formula-syntax", "formula-not-allowed", "expression-too-long")
        assert found.message
        assert 0 <= found.offset <= len(text)
        assert found.length >= 1


@given(formulas(NAMES))
@examples(100)
def test_reading_a_formula_twice_gives_the_same(text: str) -> None:
    first = tried(text)
    if isinstance(first, ExpressionError):
        assert first.code != "formula-syntax"
        return
    assert ast.dump(first.tree) == ast.dump(parse_formula(text).tree)
    # What the tree says, written as Python has it, is the same formula.
    again = parse_formula(ast.unparse(first.tree)) if len(ast.unparse(first.tree)) < MAX_LENGTH else first
    assert ast.dump(again.tree) == ast.dump(first.tree)


@given(formulas(NAMES))
@examples(60)
def test_compiling_twice_gives_the_same_code(text: str) -> None:
    try:
        first = compiled(text)
    except Refused:
        return
    assert first.plan.code == compiled(text).plan.code
    assert first.plan.version == compiled(text).plan.version
