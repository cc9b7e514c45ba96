"""What YAML's parser complains about, in words for people who don't know its grammar.

libyaml and PyYAML's own parser complain in different words; both are here. A complaint that isn't, gets a general
sentence: it never reaches a person as it is.
"""

from __future__ import annotations

from typing import NamedTuple


class Complaint(NamedTuple):
    """What is wrong, and what to do about it.

    `label` is said of the place where the surrounding thing began. With `at_start`, that place is the fault itself.
    """

    message: str
    hint: str | None = None
    label: str | None = None
    at_start: bool = False


_QUOTE = "put the whole value in quotes"
_INDENT = "check the indentation: what belongs together begins in the same column"
_GENERAL = Complaint("this can't be read as YAML", _INDENT)
_AROUND = Complaint("this doesn't fit the lines around it", _INDENT, "the lines around it begin here")
_BEFORE = Complaint("this doesn't fit what stands before it", _INDENT)
_TAB = Complaint("a tab can't be used for indentation", "use blanks, two for each level")
_OPEN_QUOTE = Complaint(
    "a quote is not closed",
    "close it where the text ends; to mean the sign itself, put the text in the other kind of quotes",
    at_start=True,
)
_SECOND_COLON = Complaint("a second ': ' in this value", _QUOTE)
_COMMA = "put a value that holds a comma, a quote or a bracket in quotes"
_LIST = Complaint("a list in [ ] has no comma here, or its ] is missing", _COMMA, "it begins here")
_MAP = Complaint("a map in { } has no comma here, or its } is missing", _COMMA, "it begins here")
_BRACKET = Complaint("a bracket is not closed", "add the ] or } that is missing", at_start=True)
_BLANK = Complaint("a ':' without a blank after it", "write 'key: value'")
_NO_COLON = Complaint(
    "a key without ':'",
    "write 'key: value', with a blank after the ':'; to go on with the value above, begin further to the right",
    at_start=True,
)
_ENTRY = Complaint(
    "a list entry ('- ') can't stand here",
    "begin the list on a line of its own; to mean text, put it in quotes",
)
_ESCAPE = Complaint("a \\ that means nothing in double quotes", "use single quotes, or write \\\\ to mean \\")
_REFERENCE = Complaint("a & or * at the beginning, which YAML takes for a reference", _QUOTE)
_MISSING = Complaint("a value is missing before this", _QUOTE)
_MISSING_AT_END = Complaint("a value is missing at the end, or a bracket is not closed", _BRACKET.hint)
_BLOCK = Complaint("text that can't stand behind | or >", "begin the text on the next line, indented")
_SIGN = Complaint("a text can't begin with this sign", _QUOTE)

_COMPLAINTS: tuple[tuple[str, Complaint], ...] = (
    ("mapping values are not allowed", _SECOND_COLON),
    ("found unexpected ':'", Complaint("a ':' in the middle of a text", _QUOTE)),
    ("mapping keys are not allowed", Complaint("a key can't stand here", _INDENT)),
    ("block sequence entries are not allowed", _ENTRY),
    ("sequence entries are not allowed", _ENTRY),
    ("could not find expected ':'", _NO_COLON),
    ("did not find expected ',' or ']'", _LIST),
    ("expected ',' or ']'", _LIST),
    ("did not find expected ',' or '}'", _MAP),
    ("expected ',' or '}'", _MAP),
    ("found unexpected end of stream", _OPEN_QUOTE),
    ("found unexpected document indicator", _OPEN_QUOTE),
    ("found unexpected document separator", _OPEN_QUOTE),
    ("did not find expected key", _AROUND),
    ("did not find expected '-' indicator", _AROUND),
    ("expected <block end>", _AROUND),
    ("did not find expected <document start>", _BEFORE),
    ("expected '<document start>'", _BEFORE),
    ("did not find expected node content", _MISSING),
    ("expected the node content", _MISSING),
    ("found unknown escape character", _ESCAPE),
    ("did not find expected hexdecimal number", _ESCAPE),
    ("expected escape sequence", _ESCAPE),
    ("found invalid Unicode character escape code", Complaint("a number that no character has")),
    ("did not find expected comment or line break", _BLOCK),
    ("expected a comment or a line break", _BLOCK),
    ("found an indentation indicator equal to 0", _BLOCK),
    ("did not find expected alphabetic or numeric character", _REFERENCE),
    ("expected alphabetic or numeric character", _REFERENCE),
    ("found a tab character", _TAB),
    ("found character", _SIGN),
)


def complaint(problem: str, lines: list[str], line: int, column: int) -> Complaint:
    """Return the complaint for a parser's `problem` at `line` and `column`, both from 1."""
    text = lines[line - 1]
    before, here = text[: column - 1].rstrip(), text[column - 1 : column]
    if here == "\t":
        return _TAB
    found = next((words for start, words in _COMPLAINTS if problem.startswith(start)), _GENERAL)
    if found in {_LIST, _MAP} and not here:
        return _BRACKET
    if found is _MISSING and not here:
        return _MISSING_AT_END
    if found is _SIGN:
        return Complaint(f"a text can't begin with {here}", _QUOTE)
    if found.hint in {_INDENT, _COMMA} and before.endswith(("'", '"')):
        return _BLANK if here == ":" else _after_quote(before[-1])
    if found is _SECOND_COLON and ":" not in before:
        return _below(
            before.strip(), next((above for above in reversed(lines[: line - 1]) if above.strip()), "")
        )
    return found


def _after_quote(quote: str) -> Complaint:
    other = "double" if quote == "'" else "single"
    return Complaint("text after the closing quote", f"put the whole value in {other} quotes")


def _below(key: str, above: str) -> Complaint:
    """Return the complaint of a key that can't stand below the line above."""
    name = above.strip()
    if ":" in name:
        hint = "indent it like the line above; or delete the value above, if this belongs below that"
        return Complaint(f"'{key}' can't stand below a line that has a value", hint)
    return Complaint(f"'{key}' can't stand below a line without ':'", f"write '{name}:' above")
