"""The reader: strict scalars, refused YAML, exact positions, and never an exception."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from recordmap.diagnostics import Diagnostic, Position, Span
from recordmap.diagnostics.findings import Findings
from recordmap.template import characters, reader
from recordmap.template.nodes import Mapping, Node, Scalar, Sequence, plain
from recordmap.template.reader import read


def found(data: str | bytes) -> tuple[Node | None, list[Diagnostic]]:
    findings = Findings("template.yaml")
    node = read(data, findings)
    return node, list(findings)


def value_of(text: str) -> object:
    """Return what a file of one key `v` with this YAML holds; it must have no findings."""
    node, findings = found(f"v: {text}\n")
    assert findings == []
    assert isinstance(node, Mapping)
    return plain(node)["v"]  # type: ignore[index]


def only(data: str | bytes) -> Diagnostic:
    _, findings = found(data)
    assert len(findings) == 1, findings
    return findings[0]


def scalar(data: str, key: str = "v") -> Scalar:
    node, findings = found(data)
    assert findings == []
    assert isinstance(node, Mapping)
    value = node.get(key)
    assert isinstance(value, Scalar)
    return value


def place(line: int, column: int) -> Position:
    return Position(line, column)


# Scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-0", 0),
        ("42", 42),
        ("-17", -17),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1.5", 1.5),
        ("1e5", 1e5),
        ("-1.25E-3", -0.00125),
        ("Ada", "Ada"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("no one", "no one"),
        ("attributes.email", "attributes.email"),
        ("12 apples", "12 apples"),
        ("1.2.3", "1.2.3"),
        ("+49 170 1234", "+49 170 1234"),
        ("N/A", "N/A"),
        ("a#b", "a#b"),
        ("a # comment", "a"),
        ('"no"', "no"),
        ("'012'", "012"),
        ('"null"', "null"),
        ('""', ""),
        ("''", ""),
        ("'it''s'", "it's"),
        (r'"a\tb\u200b"', "a\tb\u200b"),
        ("ключ", "ключ"),
        ("😀", "😀"),
        ("[]", []),
        ("[1, a, null]", [1, "a", None]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
        ("|-\n  one\n  two", "one\ntwo"),
        (">-\n  one\n  two", "one two"),
    ],
)
def test_scalars_follow_json(text: str, value: object) -> None:
    read_value = value_of(text)
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "true or false") for text in ("yes", "No", "NO", "on", "OFF", "True", "FALSE", "y", "N")),
        *((text, "a number") for text in ("012", "0o17", "0x1F", "0b11", "1_000", "+1", "+15551234", "-01")),
        *(
            (text, "a number")
            for text in (
                "1.",
                ".5",
                "+.5",
                "+1e5",
                "01.5",
                ".inf",
                "-.INF",
                ".nan",
                "1:30",
                "12:30:00",
                "1_0.5",
            )
        ),
        *((text, "nothing") for text in ("~", "Null", "NULL")),
        *((text, "a date or time") for text in ("2024-02-30", "2024-02-10", "2024-02-10T08:00:00Z")),
        *((text, "an instruction") for text in ("<<", "=")),
    ],
)
@pytest.mark.parametrize("where", ["v: {}", "{}: v", "- {}"])
def test_what_some_yaml_reader_takes_for_something_else_needs_quotes(
    text: str, kind: str, where: str
) -> None:
    finding = only(where.format(text) + "\n")
    assert finding.code == "ambiguous-scalar"
    assert finding.message.endswith(f"some YAML programs take it for {kind}")
    assert finding.hint is not None
    assert f'"{text}"' in finding.hint
    assert only(where.format(text)).span == finding.span
    assert found(where.format(f'"{text}"'))[1] == []


@pytest.mark.parametrize(
    "text", ["9223372036854775808", "-9223372036854775809", "1e400", "-1e999", "1" * 5000]
)
def test_numbers_that_no_json_reader_keeps(text: str) -> None:
    assert only(f"v: {text}").code == "wrong-value"


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "[a]", "{a: b}", "? {a: b}\n"])
def test_keys_are_text(key: str) -> None:
    assert only(f"{key}: x").code == "wrong-value"


def test_quoted_keys_are_text() -> None:
    node, findings = found("\"1\": a\n'true': b\n")
    assert findings == []
    assert node is not None
    assert plain(node) == {"1": "a", "true": "b"}


# What is refused


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "yaml-syntax", (1, 1)),
        ("# only a comment\n", "yaml-syntax", (1, 1)),
        ("a: [1, 2\nb: 3\n", "yaml-syntax", (2, 2)),
        ("a: [1, 2\n", "yaml-syntax", (1, 4)),
        ("a: {b: 1", "yaml-syntax", (1, 4)),
        ("a: 'b\nc: d\n", "yaml-syntax", (1, 4)),
        ('a: "b\n', "yaml-syntax", (1, 4)),
        ("a:\n\tb: 1\n", "yaml-syntax", (2, 1)),
        ("a: b: c\n", "yaml-syntax", (1, 5)),
        ("a\nb: 1\n", "yaml-syntax", (2, 2)),
        ("a:\n    b: 1\n   c: 2\n", "yaml-syntax", (3, 4)),
        ("a: 'b' c\n", "yaml-syntax", (1, 8)),
        ("'a':1\n", "yaml-syntax", (1, 4)),
        ("a: @b\n", "yaml-syntax", (1, 4)),
        ("a: `b`\n", "yaml-syntax", (1, 4)),
        ('a: "\\d"\n', "yaml-syntax", (1, 5)),
        ("a: -\n", "yaml-syntax", (1, 4)),
        ("a: |x\n", "yaml-syntax", (1, 5)),
        ("a: *\n", "yaml-syntax", (1, 5)),
        ("a: 1\n---\nb: 2\n", "yaml-feature", (2, 1)),
        ("a: !!str 1\n", "yaml-feature", (1, 4)),
        ("a: !!python/object/apply:os.system [id]\n", "yaml-feature", (1, 4)),
        ("!mine {a: 1}\n", "yaml-feature", (1, 1)),
        ("a: ! b\n", "yaml-feature", (1, 4)),
        ("a: !!binary aGVsbG8=\n", "yaml-feature", (1, 4)),
        ("a: *b\n", "yaml-feature", (1, 4)),
        ("a: &a [*a]\n", "yaml-feature", (1, 8)),
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", (3, 1)),
        ("{a: 1, a: 2}", "duplicate-key", (1, 8)),
        ("a:\n  - b: 1\n    b: 2\n", "duplicate-key", (3, 5)),
        ("a: 1\n'a': 2\n", "duplicate-key", (2, 1)),
        ("<<: {a: 1}\n", "ambiguous-scalar", (1, 1)),
        ('a: "\\0"\n', "forbidden-character", (1, 4)),
    ],
)
def test_refused(text: str, code: str, at: tuple[int, int]) -> None:
    finding = only(text)
    assert (finding.code, finding.span.start) == (code, place(*at))


def test_every_duplicate_is_found_and_shows_the_first() -> None:
    _, findings = found("a: 1\na: 2\nb: 1\nb: 2\na: 3\n")
    places = [(one.span.start.line, one.labels[0].span.start.line) for one in findings]
    assert sorted(places) == [(2, 1), (4, 3), (5, 1)]


def test_libyaml_and_the_python_parser_end_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "a: [1",
        "a: 'b",
        "a: b: c",
        "a:\n\tb: 1",
        "a: @b",
        'a: "\\d"',
        "a:\n    b: 1\n   c: 2",
        "a: *",
        "a: {b: 1]",
    ]
    with_libyaml = [only(text).message for text in texts]
    monkeypatch.setattr(reader, "_PARSER", yaml.SafeLoader)
    assert [only(text).message for text in texts] == with_libyaml


# Limits


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_depth() -> None:
    assert found(nested(reader.MAX_DEPTH))[1] == []
    assert only(nested(reader.MAX_DEPTH + 1)).code == "too-deep"
    assert only("[" * 20_000).code == "too-deep"
    assert only("- " * 60 + "a").code == "too-deep"
    assert only("? " * 60 + "a").code == "too-deep"


def test_aliases_do_not_add_depth() -> None:
    half = reader.MAX_DEPTH // 2
    assert found(f"a: &a {nested(half - 1)}\nb: {'[' * (half - 1)}*a{']' * (half - 1)}\n")[1] == []
    chain = "".join(
        f"a{i}: &a{i} {'[' * 40}{f'*a{i - 1}' if i else 'x'}{']' * 40}\n" for i in range(reader.MAX_ALIASES)
    )
    finding = only(chain)
    assert (finding.code, finding.span.start.line) == ("too-deep", 2)


def test_aliases_are_few() -> None:
    assert found("a: &a 1\nb: [" + "*a, " * reader.MAX_ALIASES + "]")[1] == []
    finding = only("a: &a 1\nb: [" + "*a, " * (reader.MAX_ALIASES + 1) + "]")
    assert (finding.code, finding.span.start.line) == ("yaml-feature", 2)


def test_alias_bomb() -> None:
    lines = ["a0: &a0 [" + "x, " * 1000 + "]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 2)}]" for i in range(1, 10)]
    assert only("\n".join(lines)).code == "file-too-large"


def test_an_alias_stands_for_its_node() -> None:
    node, findings = found("a: &x {b: [1]}\nc: *x\n")
    assert findings == []
    assert node is not None
    assert plain(node) == {"a": {"b": [1]}, "c": {"b": [1]}}


def test_count_of_values() -> None:
    assert found("[" + "1," * (reader.MAX_NODES - 1) + "]")[1] == []
    assert only("[" + "1," * reader.MAX_NODES + "]").code == "file-too-large"


@pytest.mark.parametrize("make", [str, str.encode], ids=["text", "bytes"])
def test_size(make) -> None:
    fits = "a: " + "b" * (characters.MAX_BYTES - 4) + "\n"
    assert found(make(fits))[1] == []
    assert only(make(fits + "#")).code == "file-too-large"


# Characters and encodings


@pytest.mark.parametrize(
    "character",
    [
        "\x01",
        "\x0b",
        "\x1b",
        "\x7f",
        "\x85",
        "\xad",
        "\u061c",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2028",
        "\u2066",
        "\ufeff",
        "\uffff",
        "\U000e0041",
        "\ud800",
    ],
)
@pytest.mark.parametrize("where", ["a: x{}y", "# x{}y\na: 1", 'a: "x{}y"'])
def test_characters_that_nobody_sees(character: str, where: str) -> None:
    text = where.format(character)
    finding = only(text)
    assert finding.code == "forbidden-character"
    assert finding.span == Span.at(1, text.index(character) + 1)
    assert f"U+{ord(character):04X}" in finding.message


def test_all_hidden_characters_are_shown_but_not_thousands() -> None:
    _, findings = found("a: \u200b\nb: \u200b\u200b\n")
    assert [one.span.start for one in findings] == [place(1, 4), place(2, 4), place(2, 5)]
    assert len(found("a: " + "\u200b" * 1000)[1]) == characters.MAX_REPORTED


@pytest.mark.parametrize("character", ["\t", "\xa0", "é", "e\u0301", "\u3000", "€", "\ufffd", "😀"])
def test_other_characters_are_text(character: str) -> None:
    assert value_of(f"x{character}y") == f"x{character}y"


@pytest.mark.parametrize("data", ["\ufeffa: x\n", b"\xef\xbb\xbfa: x\n"])
def test_a_byte_order_mark_is_no_character(data: str | bytes) -> None:
    node, findings = found(data)
    assert findings == []
    assert node is not None
    assert node.span.start == place(1, 1)
    assert plain(node) == {"a": "x"}


def test_a_second_byte_order_mark_is_one() -> None:
    assert only("\ufeff\ufeffa: x\n").code == "forbidden-character"


@pytest.mark.parametrize(
    ("data", "code", "at"),
    [
        ("a: ü".encode("utf-16"), "unreadable-file", (1, 1)),
        ("a: ü".encode("utf-16-le"), "unreadable-file", (1, 7)),
        ("a: x".encode("utf-16-be"), "forbidden-character", (1, 1)),
        ("a: x".encode("utf-32-le"), "forbidden-character", (1, 2)),
        ("a: ok\nb: ü".encode("latin-1"), "unreadable-file", (2, 4)),
        ("ä: ü\r\nb: ".encode() + b"\xff", "unreadable-file", (2, 4)),
        (b"\xed\xa0\x80", "unreadable-file", (1, 1)),
    ],
)
def test_other_encodings(data: bytes, code: str, at: tuple[int, int]) -> None:
    finding = only(data)
    assert (finding.code, finding.span.start) == (code, place(*at))


# Positions


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_move_positions(end: str) -> None:
    text = end.join(["# ü", "a:", "  b: 'x.y'", "  c: >-", "    one", "    two", "d: last"])
    node, findings = found(text.encode())
    assert findings == []
    assert isinstance(node, Mapping)
    inside = node.get("a")
    assert isinstance(inside, Mapping)
    b, c, d = inside.get("b"), inside.get("c"), node.get("d")
    assert isinstance(b, Scalar)
    assert isinstance(c, Scalar)
    assert isinstance(d, Scalar)
    assert (b.span, b.inner) == (Span.at(3, 6, 5), place(3, 7))
    assert (c.text, c.span.start, c.inner) == ("one two", place(4, 6), None)
    assert (d.span, d.inner) == (Span.at(7, 4, 4), place(7, 4))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_move_faults(end: str) -> None:
    assert only(end.join(["a: 1", "", "b: no"])).span == Span.at(3, 4, 2)
    assert only(end.join(["a: 1", "", "b: \u200b"])).span == Span.at(3, 4)
    assert only(end.join(["a: 1", "", "b: @"])).span == Span.at(3, 4)


@pytest.mark.parametrize(
    ("text", "span", "inner"),
    [
        ("v: abc", Span.at(1, 4, 3), (1, 4)),
        ("v:    abc   # note", Span.at(1, 7, 3), (1, 7)),
        ("v: 'abc'", Span.at(1, 4, 5), (1, 5)),
        ('v: "abc"', Span.at(1, 4, 5), (1, 5)),
        ("v: ''", Span.at(1, 4, 2), (1, 5)),
        ('v: "a \\" b"', Span.at(1, 4, 8), None),
        ("v: 'it''s'", Span.at(1, 4, 7), None),
        ("v: \"'abc'\"", Span.at(1, 4, 7), (1, 5)),
        ("{v: abc, w: 1}", Span.at(1, 5, 3), (1, 5)),
        ("v: &x abc", Span.at(1, 4, 6), None),
        ("v: ü😀x", Span.at(1, 4, 3), (1, 4)),
        ("😀: 1\nv: x", Span.at(2, 4, 1), (2, 4)),
        ("v:\n  abc", Span.at(2, 3, 3), (2, 3)),
        ("v: abc\n  def", Span(place(1, 4), place(2, 6)), None),
        ("v: 'abc\n  def'", Span(place(1, 4), place(2, 7)), None),
        ("v: |\n  abc", Span(place(1, 4), place(2, 6)), None),
        ("v: |\n  abc\nw: 1", Span(place(1, 4), place(3, 1)), None),
        ("v: >\n  abc\n", Span(place(1, 4), place(3, 1)), None),
        ("v:", Span(place(1, 3), place(1, 3)), (1, 3)),
        ("v:\n", Span(place(1, 3), place(1, 3)), (1, 3)),
    ],
)
def test_places_of_scalars(text: str, span: Span, inner: tuple[int, int] | None) -> None:
    node = scalar(text)
    assert node.span == span
    assert node.inner == (None if inner is None else place(*inner))


def test_a_place_inside_a_text() -> None:
    assert scalar("v: 'record.emial'").at(7, 5) == Span.at(1, 12, 5)
    assert scalar("v: >\n  record.emial").at(7, 5) == Span(place(1, 4), place(2, 15))


def test_places_of_keys_and_collections() -> None:
    node, findings = found("a:\n  - b: [1, 2]\n  - x\n")
    assert findings == []
    assert isinstance(node, Mapping)
    ((key, entries),) = node
    assert key.span == Span.at(1, 1, 1)
    assert isinstance(entries, Sequence)
    first = entries.items[0]
    assert isinstance(first, Mapping)
    assert first.span.start == place(2, 5)
    inner = first.get("b")
    assert isinstance(inner, Sequence)
    assert inner.span == Span.at(2, 8, 6)


# Properties


def spans(node: Node) -> list[Span]:
    match node:
        case Scalar():
            return [node.span, *([node.at(0, len(node.text))] if node.inner and node.text else [])]
        case Mapping():
            return [node.span, *(span for pair in node for one in pair for span in spans(one))]
        case Sequence():
            return [node.span, *(span for one in node for span in spans(one))]


def assert_sound(data: str | bytes) -> None:
    """A node without findings, or findings; and every place lies in the file, or just behind the end of a line."""
    node, findings = found(data)
    assert node is not None or findings
    text = data if isinstance(data, str) else data.decode(errors="replace")
    lines = characters.split_lines(text.removeprefix("\ufeff"))

    def behind(line: int) -> int:
        return len(lines[line - 1]) + 1

    places = [] if node is None else spans(node)
    for span in places:
        assert 1 <= span.start.line <= span.end.line <= len(lines)
        assert 1 <= span.start.column <= behind(span.start.line)
        assert 1 <= span.end.column <= behind(span.end.line)
        assert span.start <= span.end
    for finding in findings:
        for span in (finding.span, *(label.span for label in finding.labels)):
            assert 1 <= span.start.line <= span.end.line <= len(lines)
            assert 1 <= span.start.column <= behind(span.start.line)
            assert span.end.column <= behind(span.end.line) + 1
            assert span.start <= span.end
        assert finding.message
        assert finding.message.isprintable() or not text.isprintable()


YAML_PIECES = st.lists(
    st.sampled_from(
        [
            *"abn01:-?,[]{}#&*!|>'\"%@`~<=.\\ \t\r\n",
            ": ",
            "- ",
            "\n  ",
            "\r\n",
            "---\n",
            "...",
            "&a ",
            "*a",
            "!!str ",
            "no",
            "null",
            "2024-01-01",
            '"a"',
            "'b'",
            "ü",
            "😀",
            "|\n",
            ">-\n",
            "%YAML 1.2",
            "\ufeff",
            "\u200b",
            "\x00",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.binary(max_size=200))
@example(b"a: 1\rb: 'x'")
@example(b"\xff\xfe\x00")
def test_any_bytes_give_a_node_or_findings(data: bytes) -> None:
    assert_sound(data)


@given(st.one_of(st.text(max_size=200), YAML_PIECES))
@example("a: {b")
@example("a: |")
@example("\ufeff")
@example("? ")
def test_any_text_gives_a_node_or_findings(text: str) -> None:
    assert_sound(text)


@given(YAML_PIECES)
def test_the_python_parser_gives_no_exception_either(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_PARSER", yaml.SafeLoader)
        node, findings = found(text)
    assert node is not None or findings


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    # JSON escapes a character beyond 16 bits as two halves, which YAML doesn't join.
    | st.text(st.characters(max_codepoint=0xFFFF, blacklist_categories=["Cs"], blacklist_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=0x7E)), inner),
    max_leaves=20,
)  # fmt: skip


@given(JSON_VALUES)
def test_json_is_read_as_json(value: object) -> None:
    findings = Findings(None)
    node = read(json.dumps(value), findings)
    if "\\u0000" in json.dumps(value):
        return
    assert list(findings) == []
    assert node is not None
    assert json.dumps(plain(node)) == json.dumps(value)
