"""Random texts for the fuzzer: formulas and sources by grammar, then damaged; YAML and bytes by mutation.

Grammar alone gives what parses; damage gives what nearly does. Both are made from a seeded `random.Random`, because
hypothesis, which the property tests use, is too slow for a million texts.
"""

from __future__ import annotations

from random import Random

NAMES = (
    "value",
    "record",
    "existing",
    "previous",
    "parent",
    "settings",
    "a",
    "b_1",
    "é",
    "null",
    "true",
    "None",
    "_x",
    "__class__",
)
KEYS = ("a", "b", "email", "Last active", "x.y", "", "é", "__class__", "items", "'", '"')
FUNCTIONS = (
    *(
        "trim",
        "upper",
        "is_empty",
        "coalesce",
        "first_of",
        "concat",
        "replace",
        "split",
        "join",
        "substring",
        "round",
    ),
    *(
        "to_text",
        "to_integer",
        "lookup",
        "matches",
        "parse_date",
        "format_date",
        "truncate",
        "nope",
        "eval",
        "open",
    ),
)
PATH_FUNCTIONS = (
    *(
        "length",
        "sort_by",
        "map",
        "join",
        "to_string",
        "merge",
        "max_by",
        "contains",
        "keys",
        "not_null",
        "sum",
        "nope",
    ),
)
LITERALS = (
    "0",
    "1",
    "-1",
    "2.5",
    "1e308",
    "9" * 25,
    "''",
    "'a'",
    '"b c"',
    "'\\x00'",
    "[]",
    "{}",
    "True",
    "null",
    "1_0",
)
OPERATORS = (
    " + ",
    " - ",
    " * ",
    " / ",
    " // ",
    " % ",
    " == ",
    " < ",
    " in ",
    " and ",
    " or ",
    " ** ",
    " | ",
    " is ",
)
NOISE = (
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "`",
    ".",
    ",",
    ":",
    "\\",
    "\x00",
    "\ud800",
    "\u202e",
    "\n",
    "é",
    "\U0001d4b3",
    "~",
    "!",
)
YAML_LINES = (
    *(
        "recordmap: 1",
        "collection: A",
        "operation: add",
        "source: any",
        "destination: any",
        "fields:",
        "  X: {source: a}",
    ),
    *(
        "  Y:",
        "    formula: trim(value)",
        "    source: a.b",
        "- x",
        "a: &a [*a]",
        "b: *a",
        "!!python/object x",
        "? [a]",
        "<<: *a",
    ),
    *(
        "k: no",
        "k: 012",
        "k: 2001-02-30",
        "k: |",
        "   text",
        "k: >-",
        "\tbad",
        "---",
        "...",
        "%YAML 1.1",
        "k: 'x",
        'k: "\\x"',
    ),
)


def formula(dice: Random, depth: int = 0) -> str:
    """Return a formula by grammar, nested up to a random depth."""
    if depth > dice.randrange(6):
        return dice.choice(LITERALS) if dice.random() < 0.5 else _read(dice)
    inner = depth + 1
    match dice.randrange(9):
        case 0:
            return f"{formula(dice, inner)}{dice.choice(OPERATORS)}{formula(dice, inner)}"
        case 1:
            return f"({formula(dice, inner)})"
        case 2:
            arguments = ", ".join(formula(dice, inner) for _ in range(dice.randrange(4)))
            return f"{dice.choice(FUNCTIONS)}({arguments})"
        case 3:
            return f"{formula(dice, inner)} if {formula(dice, inner)} else {formula(dice, inner)}"
        case 4:
            return f"not {formula(dice, inner)}"
        case 5:
            return f"[{', '.join(formula(dice, inner) for _ in range(dice.randrange(3)))}]"
        case 6:
            return f"{formula(dice, inner)}[{dice.choice(LITERALS)}]"
        case 7:
            return f"-{formula(dice, inner)}"
        case _:
            return _read(dice)


def _read(dice: Random) -> str:
    name = dice.choice(NAMES)
    for _ in range(dice.randrange(3)):
        key = dice.choice(KEYS)
        name += f".{key}" if key.isidentifier() else f"[{key!r}]"
    return name


def source(dice: Random, depth: int = 0) -> str:
    """Return a JMESPath by grammar."""
    if depth > dice.randrange(6):
        key = dice.choice(KEYS)
        return key if key.isidentifier() and key.isascii() else '"' + key.replace('"', '\\"') + '"'
    inner = depth + 1
    one = source(dice, inner)
    match dice.randrange(12):
        case 0:
            return f"{one}.{source(dice, inner)}"
        case 1:
            return f"{one}[{dice.choice(('0', '-1', '*', '', '1:2', '::-1', '::0', '99999999999999999999'))}]"
        case 2:
            return f"{one}[?{source(dice, inner)} {dice.choice(('==', '<', '>=', '!='))} `{dice.choice(LITERALS)}`]"
        case 3:
            return f"{dice.choice(PATH_FUNCTIONS)}({one}, &{source(dice, inner)})"
        case 4:
            return f"[{one}, {source(dice, inner)}]"
        case 5:
            return f"{{k: {one}, l: {source(dice, inner)}}}"
        case 6:
            return f"{one} | {source(dice, inner)}"
        case 7:
            return f"{one} {dice.choice(('&&', '||'))} {source(dice, inner)}"
        case 8:
            return f"!{one}"
        case 9:
            return f"{dice.choice(PATH_FUNCTIONS)}({one})"
        case 10:
            return f"({one})"
        case _:
            return one


def damaged(dice: Random, text: str) -> str:
    """Return a text, or one with a few characters dropped, doubled, swapped or put in; sometimes a very long one."""
    if dice.random() < 0.5:
        return text
    letters = list(text)
    for _ in range(dice.randrange(4)):
        place = dice.randrange(len(letters) + 1)
        match dice.randrange(4):
            case 0 if letters:
                del letters[min(place, len(letters) - 1)]
            case 1:
                letters.insert(place, dice.choice(NOISE))
            case 2 if letters:
                letters[min(place, len(letters) - 1)] = dice.choice(NOISE)
            case _:
                letters[place:place] = letters[place : place + dice.randrange(9)]
    text = "".join(letters)
    if dice.random() < 0.01:
        text = dice.choice(NOISE) * dice.randrange(3000) + text * dice.randrange(1, 40)
    return text


def template(dice: Random) -> bytes:
    """Return the bytes of something like a template, or of nothing at all like one."""
    if dice.random() < 0.3:
        return dice.randbytes(dice.randrange(300))
    lines = [dice.choice(YAML_LINES) for _ in range(dice.randrange(25))]
    text = damaged(dice, dice.choice(("\n", "\n", "\r\n", "\r", "\u2028")).join(lines))
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(dice.randrange(3)):
        if data:
            data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)
