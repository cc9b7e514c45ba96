"""Sources: the tree, its places, what a source reads, and what can be said of its cost."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jmespath.functions import Functions

from recordmap.expression.caps import ExpressionError
from recordmap.expression.source import parse_source, source_path
from recordmap.expression.source_functions import SIGNATURES
from recordmap.expression.source_limits import copies, loops, step_cost
from recordmap.expression.source_nodes import (
    Comparator,
    Current,
    Field,
    FilterProjection,
    FunctionCall,
    Index,
    Literal,
    Node,
    Projection,
    Slice,
    Subexpression,
    walk,
)
from recordmap.expression.source_parser import parse_with_library
from recordmap.expression.source_reads import Key
from recordmap.frozen import values


def marked(text: str, kind: type[Node] = Node) -> list[str]:
    """Return what each node of a kind marks in the text."""
    return [
        text[node.offset : node.offset + node.length]
        for node in walk(parse_source(text).tree)
        if isinstance(node, kind)
    ]


@pytest.mark.parametrize(
    ("text", "kind", "marks"),
    [
        ('attributes . properties."Last active"', Field, ["attributes", "properties", '"Last active"']),
        (r'"a\"b"."\u0061"', Field, [r'"a\"b"', r'"\u0061"']),
        ("a.'' || `\"x\"`", Literal, []),
        (" [?a == 'it\\'s' || b == `[1, 2]` ] ", Literal, ["'it\\'s'", "`[1, 2]`"]),
        ("a[0] | [ -1 ]", Index, ["[0]", "[ -1 ]"]),
        ("a[1:].b[::2]", Slice, ["[1:]", "[::2]"]),
        ("max_by( lines , &price ).sku", FunctionCall, ["max_by( lines , &price )"]),
        ("(a || b).c", Subexpression, ["(a || b).c"]),
        ("((a.b)[0]).c", Subexpression, ["((a.b)[0]).c"]),
        ("a.(b)", Subexpression, []),
        ("[?(a > b)]", Comparator, ["a > b"]),
        ("[?(a) > (b)]", Comparator, ["(a) > (b)"]),
        ("a[?b == c].d | e", FilterProjection, ["a[?b == c].d"]),
        ("a[*].b[].c", Projection, ["a[*].b[].c", "a[*].b"]),
        ("length(@)", Current, ["@"]),
    ],
)
def test_places(text: str, kind: type[Node], marks: list[str]) -> None:
    if not marks:
        with pytest.raises(Exception, match="expected a field name"):
            parse_source(text)
    else:
        assert marked(text, kind) == marks


@given(
    st.lists(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,3}|\"[ -~]{0,4}\"", fullmatch=True)
        | st.sampled_from(["", "é", '"é"', "a-b", "1", "@", "*", "[0]", '"\\\\"', "a\n"]),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([".", ".", ".", " . ", "..", "|"]),
)
@example(["a"] * 20, ".")
@example(["a"] * 21, ".")
@example(["a"] * 2_000, ".")
def test_keys_are_read_as_the_library_reads_them(keys: list[str], joint: str) -> None:
    text = joint.join(keys)
    try:
        found = parse_source(text).tree
    except ExpressionError as error:
        with pytest.raises(ExpressionError, match=re.escape(error.message)):
            parse_with_library(text)
        return
    wanted = parse_with_library(text)[0]
    assert [(values(one), type(one)) for one in walk(found)] == [
        (values(one), type(one)) for one in walk(wanted)
    ]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12),
        min_size=1,
        max_size=4,
    )
)
def test_keys_are_written_as_they_are_read(keys: list[str]) -> None:
    tree = parse_source(source_path(keys)).tree
    assert [node.name for node in walk(tree) if isinstance(node, Field)] == keys


def test_equal_whatever_the_place() -> None:
    assert parse_source("a.b").tree == parse_source("  a . b ").tree
    assert hash(parse_source("a.b").tree) == hash(parse_source("(a).b").tree)
    assert parse_source("`1`").tree != parse_source("`true`").tree
    assert parse_source("`1`").tree != parse_source("`1.0`").tree
    assert parse_source("`[1]`").tree == parse_source("`[ 1 ]`").tree


def test_a_slice_projects_wherever_it_stands() -> None:
    tree = parse_source("a[0][1:].b").tree
    assert isinstance(tree, Projection)
    assert tree.each == parse_source("b").tree


def shown(text: str) -> list[str]:
    return [
        ".".join(step.name if isinstance(step, Key) else step.value for step in read.steps)
        for read in parse_source(text).reads
    ]


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("a.b.c", ["a.b.c"]),
        ("@", [""]),
        ("`1`", []),
        ("a || b.c", ["a", "b.c"]),
        ("(a || b).c", ["a", "a.c", "b.c"]),
        ("[a, a.b]", ["a", "a.b"]),
        ("{x: a.b, y: c} | x.d", ["a.b.d"]),
        ("lines[?price > `10`].sku", ["lines.[*].price", "lines.[*].sku"]),
        ("lines[*]", ["lines.[*]"]),
        ("lines[*].[`1`]", ["lines.[*]"]),
        ("lines[0].sku", ["lines.[*].sku"]),
        ("lines[1:].sku", ["lines.[*].sku"]),
        ("orders[].lines[].sku", ["orders.[*].[].lines.[].sku"]),
        ("properties.*.name", ["properties.*.name"]),
        ("lines[*].{s: sku, t: tags[0]} | [0].s", ["lines.[*].sku"]),
        ("sort_by(lines, &price)[0].sku", ["lines", "lines.[*].price"]),
        ("lines[*].sku | length(@)", ["lines.[*].sku"]),
        ("a[?b].c | [?d]", ["a.[*].b", "a.[*].c.d", "a.[*].c"]),
        ("!a && b == c", ["a", "b", "c"]),
        ("[[a, b], [c]][]", ["a", "b", "c"]),
        ("join(', ', [first, last])", ["first", "last"]),
    ],
)
def test_reads(text: str, reads: list[str]) -> None:
    assert shown(text) == reads


def test_reads_have_places() -> None:
    (read,) = parse_source('attributes."Last active"').reads
    assert [(step.offset, step.length) for step in read.steps if isinstance(step, Key)] == [(0, 10), (11, 13)]


def test_what_a_source_repeats_is_read_once() -> None:
    assert len(parse_source("[a, b]|" + "[@, @]|" * 12 + "@").reads) == 2


def test_signatures_take_as_many_arguments_as_in_the_library() -> None:
    library = {
        name: (len(spec["signature"]), bool(spec["signature"][-1].get("variadic")))
        for name, spec in Functions.FUNCTION_TABLE.items()
    }
    assert {name: (len(one.arguments), one.repeats) for name, one in SIGNATURES.items()} == library


def test_signatures_take_references_where_the_library_does() -> None:
    for name, spec in Functions.FUNCTION_TABLE.items():
        expected = ["expref" in argument["types"] for argument in spec["signature"]]
        assert [argument.reference for argument in SIGNATURES[name].arguments] == expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a.b[0].c", True),
        ("a || b && !c || 'x'", True),
        ("a == 'x' || b < c", True),
        ("{a: a, b: [b, c]}", True),
        ("@", True),
        ("`[1]`", True),
        ("a == b", False),
        ("a == `[1]`", False),
        ("a[*]", False),
        ("a[]", False),
        ("a[1:]", False),
        ("length(a)", False),
        ("[@, @, @, @, @]", False),
    ],
)
def test_plain_sources_cannot_fail(text: str, plain: bool) -> None:
    assert parse_source(text).is_plain is plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 1),
        ("[a, b]", 1),
        ("[a, a]", 2),
        ("[a, @]", 2),
        ("{a: a.x, b: a.y} | [a, b]", 2),
        ("[@, @] | [0] | [@, @]", 4),
        ("map(&[@, @], a)", 2),
        ("[length(a), length(a)]", 0),
        ("'x' | [@, @]", 2),
        ("a[*].[@, @, @]", 3),
    ],
)
def test_copies(text: str, expected: int) -> None:
    assert copies(parse_source(text).tree) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 0),
        ("a[*].b[*].c", 2),
        ("a[].b[].c", 1),
        ("a[?b[?c]]", 2),
        ("map(&a[*], b)", 2),
        ("a[*] | [*]", 1),
    ],
)
def test_loops(text: str, expected: int) -> None:
    assert loops(parse_source(text).tree) == expected


def test_long_bodies_cost_more() -> None:
    def cost(text: str) -> int:
        tree = parse_source(text).tree
        assert isinstance(tree, Projection)
        return step_cost(tree.each)

    assert cost("a[*].b") == 1
    assert cost("a[*].[" + ", ".join(["b"] * 40) + "]") == 3
    assert cost("a[*].[`" + str([1] * 100) + "`]") == 6
