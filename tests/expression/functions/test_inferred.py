"""What functions give is of the type that was inferred for it: texts that are cut, replaced and put together."""

from __future__ import annotations

from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from properties.strategies import examples
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.frozen import replace
from recordmap.schema.fit import holds
from recordmap.schema.narrowing import filled
from recordmap.schema.types import BOOLEAN, LIST, NULL, NUMBER, TEXT, Type
from recordmap.schema.unions import constants, list_type, or_null, type_of, union

Known = tuple[Any, Type]
"""A value, and a type that it belongs to."""

_TRIMMED = Type(TEXT.kinds, blank=False, leading=False, trailing=False)
_texts = st.text(alphabet="aB \t-,ß", max_size=5)


@st.composite
def texts(draw: st.DrawFn) -> Known:
    """Draw a text and one of the things that can be known of it."""
    text = draw(_texts)
    known = [
        TEXT,
        constants([text]),
        constants([text, "b "]),
        replace(TEXT, blank=False),
        _TRIMMED,
        filled(TEXT),
    ]
    known += [
        replace(TEXT, leading=False, blank=False),
        replace(TEXT, trailing=False, blank=False),
        filled(_TRIMMED),
    ]
    type_ = draw(st.sampled_from([one for one in known if holds(one, text)]))
    if type_.enum is None:
        low = draw(st.none() | st.integers(0, len(text)))
        high = draw(st.none() | st.integers(len(text), len(text) + 2))
        type_ = replace(type_, min_length=low or 0, max_length=high, empty=type_.empty and not low)
    return text, type_


def constant(*values: Any) -> st.SearchStrategy[Known]:
    """Draw one of some values, alone or beside another."""
    every = st.sampled_from(values)
    return st.builds(lambda one, other: (one, constants([one, other])), every, every)


others = st.sampled_from([(0, NUMBER), (-2.5, NUMBER), (True, BOOLEAN), (None, NULL)])
scalars = texts() | texts() | others
lengths = constant(0, 1, 2, 3, 9)
starts = constant(0, 0, 1, 2, -1, -2, -9)


@st.composite
def lists(draw: st.DrawFn) -> Known:
    """Draw a list that is written out, or one of which little is known."""
    entries = draw(st.lists(scalars, max_size=3))
    values, type_ = [one for one, _ in entries], list_type([one for _, one in entries])
    loose = [replace(type_, entries=()), replace(LIST, items=type_.items)] if entries else [LIST]
    return values, draw(st.sampled_from([type_, type_, *loose]))


calls = st.one_of(
    st.tuples(st.just("trim"), texts()),
    st.tuples(st.sampled_from(["upper", "lower", "title"]), texts()),
    st.tuples(st.just("truncate"), texts(), lengths),
    st.tuples(st.just("substring"), texts(), starts),
    st.tuples(st.just("substring"), texts(), starts, lengths | constant(None)),
    st.tuples(
        st.just("replace"), texts(), constant("a", " ", "- ", "aB", "\t"), constant("", " ", "b", " b", "b ")
    ),
    st.tuples(st.just("concat"), scalars, scalars, scalars),
    st.tuples(st.just("to_text"), scalars | lists()),
    st.tuples(st.just("split"), texts(), constant(" ", ",", "a")),
    st.tuples(st.just("join"), lists(), texts()),
    st.tuples(
        st.just("format_date"),
        constant("2024-05-01", "1970-01-01"),
        constant("YYYY", " M/D ", "D", " ", "-HH"),
    ),
)


@given(calls)
@examples(600)
def test_what_a_function_gives_is_of_its_type(call: tuple[Any, ...]) -> None:
    name, *arguments = call
    spec = FUNCTIONS[name]
    values, types = [one for one, _ in arguments], [one for _, one in arguments]
    assert all(map(holds, types, values))
    made, inferred = spec.call(*values), spec.result(types)
    note(f"{name}({', '.join(map(repr, values))}) gives {made!r}, by {types}: {inferred}")
    assert holds(inferred, made)


def test_what_is_always_there_is_known_to_be() -> None:
    trimmed = replace(_TRIMMED, max_length=20)
    sure, cut = filled(trimmed), constants([4])
    pair = list_type([sure, or_null(TEXT)])
    known = {
        "truncate": [sure, cut],
        "substring": [sure, constants([-4])],
        "replace": [sure, constants(["-"]), constants(["_"])],
        "concat": [sure, trimmed],
        "join": [pair, constants([", "])],
        "now": [],
    }
    assert {name for name, given_ in known.items() if FUNCTIONS[name].result(given_).may_be_empty} == set()
    assert FUNCTIONS["replace"].result([sure, constants([" "]), constants([""])]).may_be_empty is False
    assert FUNCTIONS["join"].result([list_type([trimmed, or_null(sure)]), constants([", "])]).max_length == 42
    assert FUNCTIONS["substring"].result([sure, constants([-4])]).max_length == 4


def test_lists_in_lists_are_looked_through_once() -> None:
    """Looked through twice at each level, these would take longer than anybody waits."""
    deep: list[Any] = [1]
    for _ in range(45):
        deep = [deep]
    one, other = type_of(deep), type_of([deep[0]])
    assert union(one, other) == one
    assert holds(one, deep)
