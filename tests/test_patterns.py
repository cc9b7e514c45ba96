"""Patterns that are compiled when they are first used: our own, and those of packages while they are imported."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from recordmap.patterns import later, put_off


def test_a_pattern_is_used_like_any_other() -> None:
    words = later("[A-Z]+", re.ASCII)
    found = words.fullmatch("ABC")
    assert found is not None
    assert found[0] == "ABC"
    assert words.sub("-", "aBCd") == "a-d"
    assert (words.pattern, words.flags) == ("[A-Z]+", re.ASCII)


def test_a_wrong_pattern_shows_when_it_is_used() -> None:
    wrong = later("(")
    with pytest.raises(re.error):
        wrong.match("(")


def test_what_is_compiled_meanwhile_waits_and_works() -> None:
    compile_now = re.compile
    with put_off():
        waiting = re.compile("(", re.VERBOSE)
        good = re.compile(pattern="[a-z]+")
    assert not isinstance(waiting, re.Pattern)
    assert good.findall("ab1c") == ["ab", "c"]
    assert re.compile is compile_now


def test_a_class_gives_the_pattern_and_so_does_a_copy() -> None:
    class Reader:
        waiting = later("[A-Z]+", re.ASCII)

    whole = re.compile("[A-Z]+", re.ASCII)
    assert Reader.waiting == Reader().waiting == whole
    assert re.sub(Reader.waiting, "-", "aBCd") == "a-d"
    one = later("[A-Z]+", re.ASCII)
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == whole


def test_a_pattern_is_compiled_where_it_is_used_while_others_are_put_off() -> None:
    words = later("[a-z]+")
    with put_off():
        assert words.findall("ab1c") == ["ab", "c"]
        kept = re.compile
    assert isinstance(kept("a"), re.Pattern)


def test_other_threads_compile_at_once() -> None:
    with put_off(), ThreadPoolExecutor(1) as other:
        assert isinstance(other.submit(re.compile, "a").result(), re.Pattern)
        with pytest.raises(re.error):
            other.submit(re.compile, "(").result()


def test_it_is_over_after_a_fault() -> None:
    compile_now = re.compile
    with pytest.raises(KeyError), put_off():
        raise KeyError
    assert re.compile is compile_now


PYYAML = """
import yaml, re, recordmap.template.reader
assert type(vars(yaml.reader.Reader)["NON_PRINTABLE"]) is {}, type(vars(yaml.reader.Reader)["NON_PRINTABLE"])
assert re.sub(yaml.reader.Reader.NON_PRINTABLE, "", "a\\x07b") == "ab"
assert re.compile(yaml.reader.Reader.NON_PRINTABLE).flags == re.UNICODE
assert yaml.safe_load("a: [1, 2.5, 2020-01-02, yes, null, x]")["a"][:2] == [1, 2.5]
assert yaml.load("{{a: 12:30, b: no}}", yaml.SafeLoader) == {{"a": 750, "b": False}}
try:
    yaml.load("a: \\x07", yaml.SafeLoader)
except yaml.reader.ReaderError:
    pass
else:
    raise AssertionError("a bell isn't refused")
"""


@pytest.mark.parametrize(
    ("before", "kind"),
    [("import recordmap.template.reader", "recordmap.patterns._Later"), ("import yaml", "re.Pattern")],
)
def test_pyyaml_works_as_ever_for_whoever_else_uses_it(before: str, kind: str) -> None:
    code = f"import recordmap.patterns; {before}; {PYYAML.format(kind)}"
    subprocess.run([sys.executable, "-c", code], check=True)
