"""Random JMESPath by its grammar, and random records for it, small enough that paths often hit something."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

KEYS = ["a", "b", "c", "d e"]
SCALARS: list[Any] = [None, True, False, 2, 7, -3, 2.5, 2.0, 2**53 + 1, "", "a", "b", "2", "2.5", "x y", "é"]

records = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)
"""JSON without 0 and 1, which the jmespath library takes for false and true inside lists."""

_names = st.sampled_from(["a", "b", "c", '"d e"'])
_LITERALS = """
`null` `true` `false` `2` `2.0` `7` `""` `"a"` `[]` `{}` `[2,7]` `[[2],7]` `{"a":2}` `["a","b"]` `[{"a":2},{"a":7}]`
'a' 'b' '' '2.5'
"""
_literals = st.sampled_from(_LITERALS.split())
_numbers = st.sampled_from(["0", "1", "-1", "2", "-2"])
_slices = st.sampled_from(["[1:]", "[:2]", "[::2]", "[::-1]", "[-2:]", "[0:3:2]", "[5:]"])
_comparisons = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])

_OF_ONE = [
    "abs",
    "avg",
    "ceil",
    "floor",
    "keys",
    "length",
    "max",
    "min",
    "not_null",
    "reverse",
    "sort",
    "sum",
]
_MORE_OF_ONE = ["to_array", "to_number", "to_string", "type", "values", "merge"]
_OF_TWO = ["contains", "ends_with", "starts_with", "join", "not_null"]
_BY = ["sort_by", "min_by", "max_by"]


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from([*_OF_ONE, *_MORE_OF_ONE]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(_OF_TWO), inner, inner),
        st.builds("{}({}, &{})".format, st.sampled_from(_BY), inner, inner),
        st.builds("map(&{}, {})".format, inner, inner),
        st.builds("merge({{a: {}}}, {{b: {}}})".format, inner, inner),
    )


def _multi_selects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(inner, min_size=1, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    entries = st.lists(st.builds("{}: {}".format, _names, inner), min_size=1, max_size=3)
    return lists | entries.map(lambda pairs: f"{{{', '.join(pairs)}}}")


def _paths(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    first = st.one_of(_names, _names, st.just("@"), _literals, _calls(inner), inner.map("({})".format))
    first |= _multi_selects(inner) | st.sampled_from(["*", "[*]", "[]", "[0]", "[1:]"])
    steps = st.one_of(
        _names.map(".{}".format),
        _names.map(".{}".format),
        _numbers.map("[{}]".format),
        _slices,
        st.sampled_from(["[*]", "[]", ".*"]),
        inner.map("[?{}]".format),
        _multi_selects(inner).map(".{}".format),
        _calls(inner).map(".{}".format),
    )
    return st.builds(lambda start, rest: start + "".join(rest), first, st.lists(steps, max_size=4))


def _operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def joined(operators: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.builds("{} {} {}".format, inner, operators, inner)

    return st.one_of(
        _paths(inner),
        _paths(inner),
        joined(st.sampled_from(["||", "&&", "|"])),
        joined(_comparisons),
        inner.map("!{}".format),
    )


sources = st.recursive(_names | _literals | st.just("@"), _operations, max_leaves=12)
"""Texts by the grammar of JMESPath. Some break a rule beyond the grammar, such as the kind of a literal argument."""

SIGNS = [*"abé_-\"'`[]{}()?*@&|!=<>.,:\\ \n0129#$+", "||", "&&", "[?", "==", "sum(", "`1`", "\x00", "\ud800"]
scribbles = st.lists(st.sampled_from(SIGNS), max_size=30).map("".join)
"""Texts that are hardly ever JMESPath."""
