"""Classes whose objects never change: they must be what a frozen dataclass would be."""

from __future__ import annotations

import copy
import pickle

import pytest

from recordmap.frozen import FEW, Frozen, replace, values


class Place(Frozen):
    """A place."""

    line: int
    column: int = 1


class Named(Place):
    """A place with a name."""

    name: str = "here"


class Node(Frozen, kw_only=True):
    """Something with an offset that doesn't count."""

    offset: int


class Leaf(Node, uncompared=("note",)):
    """A node with a text that counts, and a note that doesn't."""

    text: str
    note: str


class Empty(Frozen):
    """Nothing."""


def test_the_first_objects_of_a_class_are_like_those_that_follow() -> None:
    class Fresh(Place, kw_only=True):
        note: str = "none"

    made = [Fresh(1, note="a") for _ in range(3 * FEW)]
    assert set(made) == {made[-1]}
    assert all(values(one) == {"line": 1, "column": 1, "note": "a"} for one in made)


@pytest.mark.parametrize("before", [0, 2 * FEW])
def test_wrong_calls_are_refused_by_the_first_objects_and_by_those_that_follow(before: int) -> None:
    class Fresh(Place, kw_only=True):
        note: str

    for _ in range(before):
        Fresh(1, note="a")
    for positional, named in (
        ((1,), {}),
        ((), {"note": "a"}),
        ((1, 2, 3), {"note": "a"}),
        ((1,), {"line": 2, "note": "a"}),
    ):
        with pytest.raises(TypeError):
            Fresh(*positional, **named)
    with pytest.raises(TypeError):
        Fresh(1, note="a", other=2)  # type: ignore[call-arg]


def test_fields_are_given_by_position_and_by_name() -> None:
    assert values(Place(3)) == {"line": 3, "column": 1}
    assert values(Named(3, name="there")) == {"line": 3, "column": 1, "name": "there"}
    assert values(Leaf("a", "b", offset=4)) == {"text": "a", "note": "b", "offset": 4}
    assert values(Empty()) == {}


def test_every_class_has_an_init_of_its_own_whichever_is_used_first() -> None:
    class Base(Frozen):
        first: int

    class Below(Base):
        second: int

    assert values(Base(1)) == {"first": 1}
    assert values(Below(1, 2)) == {"first": 1, "second": 2}


@pytest.mark.parametrize("wrong", [(), (1, 2, 3)])
def test_a_wrong_number_of_values_is_a_type_error(wrong: tuple[int, ...]) -> None:
    for _ in range(2):  # the first use of a class, and any other
        with pytest.raises(TypeError):
            Place(*wrong)
    with pytest.raises(TypeError):
        Leaf("a", "b", 4)  # type: ignore[misc, call-arg]


def test_nothing_can_be_changed_or_added() -> None:
    one = Place(1)
    for name in ("line", "other"):
        with pytest.raises(AttributeError):
            setattr(one, name, 2)
    with pytest.raises(AttributeError):
        del one.line
    assert not hasattr(one, "__dict__")


def test_equality_is_of_one_class_and_of_what_counts() -> None:
    assert Place(1) == Place(1, 1)
    assert Place(1) != Place(2)
    assert Place(1) != Named(1, 1)
    assert Place(1) != (1, 1)
    assert Leaf("a", "b", offset=1) == Leaf("a", "c", offset=2)
    assert Leaf("a", "b", offset=1) != Leaf("b", "b", offset=1)
    assert Empty() == Empty()
    assert len({Place(1), Place(1, 1), Named(1), Leaf("a", "b", offset=1), Leaf("a", "c", offset=2)}) == 3


def test_patterns_take_positional_fields_in_order() -> None:
    match Named(1, 2, "there"):
        case Named(line, column, name):
            assert (line, column, name) == (1, 2, "there")
    assert Leaf.__match_args__ == ("text", "note")


@pytest.mark.parametrize("one", [Place(1), Named(1, 2, "there"), Leaf("a", "b", offset=3), Empty()])
def test_copies_are_equal_in_all_fields(one: Frozen) -> None:
    for again in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one), replace(one)):
        assert type(again) is type(one)
        assert values(again) == values(one)


def test_replace_changes_what_it_is_given() -> None:
    assert replace(Named(1), column=5) == Named(1, 5)
    with pytest.raises(TypeError):
        replace(Named(1), other=5)


def test_shown_as_it_is_made() -> None:
    assert repr(Leaf("a", "b", offset=3)) == "Leaf(text='a', note='b', offset=3)"
