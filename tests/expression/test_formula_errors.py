"""What is said of formulas that can't be read: the same words in the same place on every Python."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import parse_formula


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse_formula(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("record.a +", "+", "something is missing after '+'"),
        ("a and", "and", "something is missing after 'and'"),
        ("a.", ".", "something is missing after '.'"),
        ("a is not", "not", "something is missing after 'not'"),
        ("f(,a)", ",", "something is missing between '(' and ','"),
        ("a..b", ".b"[:1], "something is missing between '.' and '.'"),
        ("a if else c", "else", "something is missing between 'if' and 'else'"),
        ("1 if a", "if", "a condition without 'else'"),
        ("if a then b", "if", "'if' can't begin a formula"),
        ("return a", "return", "'return' has no place in a formula"),
        ("a b", "b", "'b' can't follow 'a'"),
        ("first_of(aa bb)", "bb", "'bb' can't follow 'aa'"),
        ("upper(a) lower(b)", "lower", "'lower' can't follow ')'"),
        ("a 'b'", "'b'", "'b' can't follow 'a'"),
        ("1 2", "2", "'2' can't follow '1'"),
        ("a AND b", "AND", "'and' is written in small letters"),
        ("a = 1", "=", "'=' is not a comparison"),
        ("f(1=2)", "=", "'=' is not a comparison"),
        ("a === b", "===", "'===' is not a sign that formulas have"),
        ("a <> b", "<>", "'<>' is not a sign that formulas have"),
        ("a || b", "||", "'||' is not a sign that formulas have"),
        ("a && !b", "&&", "'&&' is not a sign that formulas have"),
        ("!a", "!", "'!' is not a sign that formulas have"),
        ("a ? b : c", "?", "'?' is not a sign that formulas have"),
        ("a; b", ";", "';' is not a sign that formulas have"),
        ("$a", "$", "'$' is not a sign that formulas have"),
        ("`a`", "`", "'`' is not a sign that formulas have"),
        ("upper(“a”)", "“", "'“' is not a sign that formulas have"),
        ("a \\ b", "\\", "'\\' is not a sign that formulas have"),
        ("a\xa0+ b", "\xa0", "a blank of another kind (U+00A0)"),
        ("f(a", "(", "'(' is not closed"),
        ("f(a[0)", ")", "'[' is closed by ')'"),
        ("f(a))", "))"[1:], "')' closes nothing"),
        ("f('a)", "'a)", "a quote is not closed"),
        ('a == """b', '"""b', "a quote is not closed"),
        ("a + 012", "012", "the number '012' can't be read"),
        ("1a", "1a", "the number '1a' can't be read"),
        ("record.class", "class", "'class' is a reserved word"),
        ("   a b", "b", "'b' can't follow 'a'"),
        ("a\n  b", "b", "'b' can't follow 'a'"),
        ("ünïcode\U0001f600", "\U0001f600", "the formula can't be read from '\U0001f600' on"),
    ],
)
def test_messages(text: str, at: str, message: str) -> None:
    error = refused(text)
    assert (error.code, error.message) == ("formula-syntax", message)
    assert text[error.offset : error.offset + error.length] == at


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("record.name.strip()", "write trim(record.name)"),
        ("(a + b).upper()", "write upper(a + b)"),
        ('record.tags.join(", ")', "write join(list, record.tags)"),
        ('", ".join(record.tags)', 'write join(list, ", ")'),
        ("record._id", 'for a field of that name, write ["_id"]'),
        ("a | b", "for 'or', write or"),
        ("a ** 2", "multiply: write value * value"),
        ("(a, b)", "write a list in square brackets, or delete the comma"),
        ("a is 1", "to compare values, write =="),
    ],
)
def test_what_to_write_instead(text: str, hint: str) -> None:
    error = refused(text)
    assert (error.code, error.hint) == ("formula-not-allowed", hint)


@pytest.mark.parametrize(
    "text", [r"matches(value, '\d+')", "'a' 'b'", "'it''s'", "a # note", "f(a=1)", "{'a': [1]}"]
)
def test_what_is_a_formula(text: str) -> None:
    assert parse_formula(text).text == text


WORDS = ("lambda", "None", "record", '"x"', "'''", "“", "é", "😀", "012", "f'", "\\'", "class")
SIGNS = "abf1.,()[]{}'\"=<>!|&?:;$`\\+-*/%@~^# \n\xa0"
PIECES = st.lists(
    st.sampled_from(
        [*SIGNS, *WORDS, *(f" {word} " for word in ("and", "or", "not", "if", "else", "in", "is"))]
    ),
    max_size=12,
).map("".join)


@given(st.one_of(PIECES, st.text(max_size=60)))
@example("'\\")
@example("'''a")
@example("\n")
@example("a\r\n b")
@example("if")
@example("\x0c a b")
def test_any_text_is_a_formula_or_an_error_within_it(text: str) -> None:
    try:
        formula = parse_formula(text)
    except ExpressionError as error:
        fault = error
    else:
        assert formula.text == text
        return
    assert fault.code in {"formula-syntax", "formula-not-allowed", "expression-too-long"}
    assert 0 <= fault.offset <= max(len(text) - 1, 0)
    assert fault.length >= 1
    assert fault.offset + fault.length <= max(len(text), 1)
    assert fault.message
