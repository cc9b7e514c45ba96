"""The function table as a page of the docs: what `docs/reference/functions.md` holds.

Everything on the page is in the table already. Nothing here knows what any one function does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from recordmap.expression.functions.dates import EXAMPLE_NOW
from recordmap.expression.functions.lookups import EXAMPLE_LOOKUPS
from recordmap.expression.functions.spec import Example, FunctionSpec, Parameter
from recordmap.expression.functions.table import FUNCTIONS

_INTRODUCTION = """\
# Functions

The functions that a formula may call. `recordmap functions` lists them in a terminal, and `recordmap functions NAME`
shows one. Arguments are given by position or by name: `truncate(value, 50)` or `truncate(value, length=50)`. Those in
square brackets may be left out, and of those before `…` any number may be given.

A function gives the same result for the same arguments, and never changes them. Nothing is converted silently: an
argument of the wrong kind, such as text for a number, rejects the record. `recordmap check` finds arguments that are
missing, too many or misspelled. Limits are in [the language reference](language.md#limits).

**Null** says what null in a required argument does: "null in, null out" gives null, "null is an ordinary argument" is
told by the function itself, "null rejects the record" does that. Null in an argument that may be left out counts as
left out.

**Unlike iPaaS.com** says where a function departs on purpose from the one of that platform that it stands for.
"""


def reference(table: Mapping[str, FunctionSpec] = FUNCTIONS) -> str:
    """Return the functions of `table` as one Markdown document, family by family, in the table's order."""
    families: dict[str, list[FunctionSpec]] = {}
    for spec in table.values():
        families.setdefault(spec.family, []).append(spec)
    overview = "\n".join(_overview(family, specs) for family, specs in families.items())
    parts = [_INTRODUCTION, f"{overview}\n"]
    for family, specs in families.items():
        parts.append(f"## {family.capitalize()}\n")
        parts.extend("\n".join(_section(spec)) + "\n" for spec in specs)
    return "\n".join(parts)


def _overview(family: str, specs: Iterable[FunctionSpec]) -> str:
    links = ", ".join(f"[`{spec.name}`](#{spec.name})" for spec in specs)
    return f"- [{family.capitalize()}](#{family}): {links}"


def _section(spec: FunctionSpec) -> Iterator[str]:
    yield f"### {spec.name}"
    yield f"\n`{spec.signature}`"
    yield f"\n{spec.doc}\n"
    for parameter in spec.parameters:
        yield f"- `{parameter.name}` ({_notes(parameter)}): {parameter.doc}"
    yield f"- gives: {spec.returns.describe()}"
    if spec.parameters:
        yield f"- null: {spec.null.value}"
    if spec.extra:
        yield f"- needs the extra `{spec.extra}`: `pip install 'recordmap[{spec.extra}]'`"
    if spec.differences:
        yield f"- unlike iPaaS.com: {spec.differences}"
    yield from _examples(spec.examples)


def _notes(parameter: Parameter) -> str:
    kinds = parameter.type.describe()
    if parameter.repeats:
        return f"{kinds}; any number of them"
    return f"{kinds}; may be left out" if parameter.optional else kinds


def _examples(examples: Iterable[Example]) -> Iterator[str]:
    yield "\n| formula | gives |\n| --- | --- |"
    for example in examples:
        names = "".join(f", `{name}` = {_code(_json(value))}" for name, value in example.names.items())
        given = f" where {names[2:]}" if names else ""
        yield f"| {_code(example.formula)}{given} | {_result(example)} |"
    notes = [note for mark, note in _SURROUNDINGS.items() if any(mark in one.formula for one in examples)]
    yield from (f"\n{note}" for note in notes)


def _result(example: Example) -> str:
    return "rejects the record" if example.fails else _code(_json(example.gives))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _code(text: str) -> str:
    """Return text as code within a table cell: a pipe would end the cell, and a back-tick the code."""
    text = text.replace("|", "\\|").replace("\n", "\\n")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _lookups() -> str:
    tables = [
        f"- `{name}`: {_code(_json(dict(one.table)))}, a miss {_MISSES[one.on_miss].format(_json(one.default))}"
        for name, one in EXAMPLE_LOOKUPS.items()
    ]
    return "\n".join(["The tables of the examples:\n", *tables])


_MISSES = {
    "null": "gives null",
    "keep": "keeps the value",
    "default": "gives `{}`",
    "error": "rejects the record",
}

_SURROUNDINGS = {
    "now()": f"In the examples the run began at `{EXAMPLE_NOW}`.",
    "lookup": _lookups(),
}
"""What the examples stand on, by what a formula holds that needs it."""
