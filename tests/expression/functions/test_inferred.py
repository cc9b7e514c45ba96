"""What functions give is of the type that was inferred for it: texts that are cut, replaced and put together."""

from __future__ import annotations

from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from properties.strategies import examples
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.frozen import replace
from recordmap.keys import emails, phones
from recordmap.runtime.operators import item
from recordmap.schema.fit import holds
from recordmap.schema.inside import element, entry_at
from recordmap.schema.narrowing import filled, limited
from recordmap.schema.types import BOOLEAN, INTEGER, LIST, NULL, NUMBER, TEXT, Kind, Limits, Lists, Type
from recordmap.schema.unions import constants, list_of, list_type, or_null, type_of, union, union_of

Known = tuple[Any, Type]
"""A value, and a type that it belongs to."""

FRACTION = Type.of(Kind.NUMBER)
_TRIMMED = TEXT.with_texts(blank=False, leading=False, trailing=False)
_texts = st.text(alphabet="aB \t-,ßΐİ", max_size=5)


@st.composite
def texts(draw: st.DrawFn) -> Known:
    """Draw a text and one of the things that can be known of it."""
    text = draw(_texts)
    known = [
        TEXT,
        constants([text]),
        constants([text, "b "]),
        TEXT.with_texts(blank=False),
        _TRIMMED,
        filled(TEXT),
    ]
    known += [
        TEXT.with_texts(leading=False, blank=False),
        TEXT.with_texts(trailing=False, blank=False),
        filled(_TRIMMED),
    ]
    type_ = draw(st.sampled_from([one for one in known if holds(one, text)]))
    if type_.enum is None:
        low = draw(st.none() | st.integers(0, len(text)))
        high = draw(st.none() | st.integers(len(text), len(text) + 2))
        empty = type_.texts.empty and not low
        type_ = type_.with_texts(min_length=low or 0, max_length=high, empty=empty)
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
    loose = [replace(type_, lists=Lists(element(type_))), list_of(element(type_))] if entries else [LIST]
    return values, draw(st.sampled_from([type_, type_, *loose]))


_WRITTEN = (
    *("0", "7", "-9", "99", "2.5", "9e9", "-9e9", "9e18", "-9e18", "1e400", "true", "No", "1", " 1 "),
    *("2024-05-01", "2024-05-01T09:30:00.5Z", "1.5.2024", "100000000", "9999999999"),
    *(
        "a@b.c",
        " A@b.co ",
        "a@㍿.㍿",
        "none@none",
        "+431234",
        "+378886377",
        "886377",
        "+67222345",
        "22345",
        "94351234",
        "22158",
    ),
    *("(415) 555-2671", "+81003799491064869 31", "1643", "+4930123456789", "003799491064869"),
)


@st.composite
def bounded(draw: st.DrawFn) -> Known:
    """Draw a number and limits of it, or a value of another kind."""
    number = draw(
        st.integers(-12, 12) | st.sampled_from([10**8, 10**10 - 1, 10**10, 2**63 - 1, 0.5, 1e300, -2.5])
    )
    low, high = draw(st.none() | st.just(number)), draw(st.none() | st.just(number))
    kind = INTEGER if isinstance(number, int) else FRACTION
    type_ = limited(draw(st.sampled_from([kind, union(kind, NULL), union(kind, TEXT)])), Limits(low, high))
    return draw(
        st.sampled_from(
            [(number, type_), (True, union(type_, BOOLEAN)), ([1], union(type_, LIST)), (None, NULL)]
        )
    )


@st.composite
def written(draw: st.DrawFn) -> Known:
    """Draw a text that stands for something else, or begins as one that does, and how long it can be."""
    text = draw(st.sampled_from(_WRITTEN))
    text = text[: draw(st.integers(1, len(text)) | st.just(len(text)))]
    longest = draw(st.none() | st.integers(len(text), len(text) + 1))
    return text, draw(
        st.sampled_from([TEXT.with_texts(max_length=longest), or_null(TEXT.with_texts(max_length=longest))])
    )


layouts = constant("YYYY-MM-DD", "D.M.YYYY", None)
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
    st.tuples(st.sampled_from(["to_integer", "to_decimal", "to_boolean"]), bounded() | written()),
    st.tuples(st.just("parse_date"), written() | bounded()),
    st.tuples(st.just("format_date"), written() | bounded(), constant("YYYY", "D")),
    st.tuples(st.just("parse_date"), written() | bounded(), layouts),
    st.tuples(st.just("normalize_email"), written() | bounded()),
    st.tuples(st.just("normalize_phone"), written(), constant(None, "US", "SM", "NF", "DE", "BQ", "TA")),
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
    if isinstance(made, list):
        assert all(holds(entry_at(inferred, at), item(made, at)) for at in range(-4, 4))


@given(texts(), st.lists(st.sampled_from(["upper", "lower", "title", "trim"]), max_size=4))
@examples(200)
def test_letters_changed_again_and_again_are_of_their_type(known: Known, names: list[str]) -> None:
    value, type_ = known
    for name in names:
        value, type_ = FUNCTIONS[name].call(value), FUNCTIONS[name].result([type_])
        note(f"{name} gives {value!r}, by {type_}")
        assert holds(type_, value)


@given(st.lists(texts(), min_size=1, max_size=2), constant(" ", ",", "a", ", "), texts())
@examples(300)
def test_parts_joined_anew_are_of_their_type(parted: list[Known], by: Known, separator: Known) -> None:
    """Parts of one of several texts, each split in its way: what is known of each is known of all of them."""
    given_ = [type_ for _, type_ in parted]
    parts = union_of(FUNCTIONS["split"].result([one, by[1]]) for one in given_)
    for text, _ in parted:
        made = FUNCTIONS["split"].call(text, by[0])
        assert holds(parts, made)
        assert all(holds(entry_at(parts, at), item(made, at)) for at in range(-4, 4))
        inferred = FUNCTIONS["join"].result([parts, separator[1]])
        note(f"{made!r} by {parts}, joined: {inferred}")
        assert holds(inferred, FUNCTIONS["join"].call(made, separator[0]))


def test_what_is_always_there_is_known_to_be() -> None:
    trimmed = _TRIMMED.with_texts(max_length=20)
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
    assert FUNCTIONS["join"].result([list_type([trimmed, or_null(sure)]), constants([", "])]).longest == 42
    assert FUNCTIONS["substring"].result([sure, constants([-4])]).longest == 4
    assert not holds(FUNCTIONS["split"].result([trimmed, constants([","])]), ["a", 5, "b"])
    capital = FUNCTIONS["upper"].result([trimmed])
    assert FUNCTIONS["title"].result([FUNCTIONS["lower"].result([capital])]).longest == capital.longest


def test_lists_in_lists_are_looked_through_once() -> None:
    """Looked through twice at each level, these would take longer than anybody waits."""
    deep: list[Any] = [1]
    for _ in range(45):
        deep = [deep]
    one, other = type_of(deep), type_of([deep[0]])
    assert holds(union(one, other), deep)
    assert holds(one, deep)


def test_limits_of_addresses_and_numbers_are_those_of_their_keys() -> None:
    """They are written down twice, because the keys take long to import."""
    address, number = FUNCTIONS["normalize_email"].returns, FUNCTIONS["normalize_phone"].returns
    assert address.longest == emails.MAX_LENGTH
    assert (number.shortest, number.longest) == (phones.SHORTEST, phones.LONGEST)
