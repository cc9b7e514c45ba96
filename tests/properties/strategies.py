"""Random templates by the grammar of the language, and random records that their paths often hit.

Templates are made as JSON values and written as JSON, which is YAML. What the checker refuses is left out by the
caller, field by field, so that hardly any template is lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from properties.path_texts import sources
from recordmap.expression.functions.spec import FunctionSpec, Parameter
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.schema.types import Kind

EXAMPLES = int(os.environ.get("RECORDMAP_EXAMPLES", "1"))
"""How many times the usual number of examples is tried."""

KEYS = ["a", "b", "c", "d e", "now", "é"]
FIELDS = [
    "Any",
    "Any1",
    "Text",
    "Text1",
    "Text2",
    "Short",
    "MaybeText",
    "Whole",
    "Number",
    "Flag",
    "List",
    "Object",
    "Choice",
    "Needed",
]
CUSTOM = ["Tier", "out_1", "error"]
SETTINGS = {
    "region": "US",
    "limit": 3,
    "list": ["x", {"k": [1]}],
    "deep": {"a": None, "on": True},
    "none": None,
}
TABLES = {
    "words": {"table": {"a": "Alpha", "2": "Two", "true": True, "x y": None}, "on_miss": "null"},
    "strict": {"table": {"a": 1, "b": "Beta"}},
    "kept": {"table": {"": "blank", "2.5": 2.5}, "on_miss": "keep"},
    "filled": {"table": {"b": False}, "on_miss": {"default": 0}},
}
TEXTS = [
    "",
    " ",
    "a",
    "b",
    "x y",
    "2",
    "2.5",
    "-0",
    "true",
    "No",
    "é",
    "\u2003",
    "a,b",
    "abcdef",
    "N/A",
    "ΐß",
    "😀",
]
HOSTILE = ["\x00", "\ud800", "a\x00b", "\udc00x", "A" * 5_000, "é" * 4_001]
MOMENTS = ["2024-05-01", "2024-05-01T09:30:00.5+02:00", "31.02.2024", "YYYY-MM-DD", "DD.MM.YYYY"]
CONTACTS = ["Ada@Example.com", "a@b", "+1 415 555 2671", "US", "\u212a@\u0130.com"]
NUMBERS = [0, 1, -1, 2, 3, 7, 2**53 + 1, 2**63 - 1, -(2**63), 0.0, -0.0, 0.5, 2.5, 1e308, 1e-320]
BEYOND = [2**63, 10**400, -(10**400)]

DESTINATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Needed"],
    "properties": {
        "Any": {},
        "Any1": {},
        "Text": {"type": "string"},
        "Text1": {"type": "string"},
        "Text2": {"type": "string"},
        "Short": {"type": "string", "maxLength": 3},
        "MaybeText": {"type": ["string", "null"], "maxLength": 4_500},
        "Whole": {"type": "integer"},
        "Number": {"type": ["number", "null"]},
        "Flag": {"type": "boolean"},
        "List": {"type": "array"},
        "Object": {"type": ["object", "null"]},
        "Choice": {"enum": ["a", 2, 1, True, None, "b"]},
        "Needed": {"type": "string", "x-messages": {"required": "A needed text is required"}},
        "First": {"type": "array"},
        "Second": {"type": "array"},
        "Extra": {
            "type": "object",
            "x-custom-fields": True,
            "additionalProperties": False,
            "properties": {
                "Tier": {"type": "string"},
                "out_1": {"type": ["string", "null"]},
                "error": {"type": "integer"},
            },
        },
    },
}
SOURCE = {
    "type": "object",
    "required": ["a", "b"],
    "properties": {
        "a": {"type": "string"},
        "b": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        "c": {
            "type": "array",
            "items": {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
        },
        "d e": {"type": ["object", "null"]},
    },
}
SCHEMAS = {"test/destination": DESTINATION, "test/source": SOURCE}

texts = st.sampled_from(TEXTS) | st.sampled_from(MOMENTS + CONTACTS) | st.text(max_size=5)
_usual = st.one_of(texts, texts, texts, st.none(), st.booleans(), st.sampled_from(NUMBERS))
scalars = st.one_of(*[_usual] * 12, st.sampled_from(HOSTILE + BEYOND))


def json_values(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=12,
    )


values = json_values(scalars)
objects = st.dictionaries(st.sampled_from(KEYS), values, max_size=5)


@st.composite
def fitting(draw: st.DrawFn, schema: Mapping[str, Any] = SOURCE) -> Any:
    """Draw a value that fits a schema, most of the time."""
    if draw(st.integers(0, 19)) == 0:
        return draw(values)
    kinds = schema.get("type", "string")
    kind = draw(st.sampled_from([kinds] if isinstance(kinds, str) else kinds))
    if kind == "array":
        return draw(st.lists(fitting(schema.get("items", {})), max_size=4))
    if kind != "object":
        return draw(texts if kind == "string" else st.none())
    known = schema.get("properties", {})
    made = {name: draw(fitting(inner)) for name, inner in known.items() if draw(st.integers(0, 9))}
    return {**made, **draw(st.dictionaries(st.sampled_from(KEYS), values, max_size=2))} if not known else made


records = st.one_of(*[fitting(), objects] * 6, values)

_plain_paths = st.lists(st.sampled_from(["a", "b", "c", '"d e"']), min_size=1, max_size=3).map(".".join)
paths = _plain_paths | _plain_paths | sources


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


_constants = st.one_of(
    texts.map(_quoted),
    st.sampled_from(
        ["null", "true", "false", "None", "True", "0", "1", "2", "-1", "2.5", "1e3", "1e308", "10"]
    ),
    st.sampled_from(["9223372036854775807", '"\\x00"', '"\\ud800"', '"2024-05-01"', '"YYYY"', "[]", "{}"]),
)


def _reads(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    step = st.sampled_from(
        [".a", ".b", ".c", '["d e"]', '["now"]', ".now", "[0]", "[-1]", "[5]", ".list", ".deep"]
    )
    return st.builds(
        lambda name, steps: name + "".join(steps), st.sampled_from(names), st.lists(step, max_size=3)
    )


_OPERATORS = ["+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]


_WORDS = st.sampled_from(['"YYYY-MM-DD"', '"US"', '"[a-z]+"', '"HH:mm"'])
_SPECS = st.sampled_from(list(FUNCTIONS.values()))


@st.composite
def _call(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    spec: FunctionSpec = draw(_SPECS)
    required = sum(not one.optional for one in spec.parameters)
    count = draw(st.integers(required, len(spec.parameters)))
    chosen = list(spec.parameters[:count])
    if chosen and chosen[-1].repeats:
        chosen += [chosen[-1]] * draw(st.integers(0, 2))
    texts_ = [_argument(draw, one, inner) for one in chosen]
    if chosen and not chosen[-1].repeats and draw(st.integers(0, 4)) == 0:
        split = draw(st.integers(0, len(chosen) - 1))
        named = [f"{one.name}={text}" for one, text in zip(chosen, texts_, strict=True)][split:]
        if split + len(named) == len(spec.parameters) and len(named) > 1 and spec.parameters[split].optional:
            named = named[1:]
        texts_ = texts_[:split] + draw(st.permutations(named))
    return f"{spec.name}({', '.join(texts_)})"


def _argument(draw: st.DrawFn, parameter: Parameter, inner: st.SearchStrategy[str]) -> str:
    if parameter.name == "table":
        return json.dumps(draw(st.sampled_from(list(TABLES))))
    if parameter.name in ("layout", "region", "pattern"):
        return draw(_WORDS)
    if parameter.type.kinds == {Kind.INTEGER} and draw(st.booleans()):
        return str(draw(st.integers(-1, 12)))
    return draw(inner)


@cache
def formulas(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return texts by the grammar of formulas that read these names; nearly all of them are formulas."""
    leaves = _reads(names) | _reads(names) | _constants

    def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            _call(inner),
            _call(inner),
            st.builds("({} {} {})".format, inner, st.sampled_from(_OPERATORS), inner),
            st.builds("({} {} {})".format, inner, st.sampled_from(_OPERATORS), inner),
            st.builds("({} if {} else {})".format, inner, inner, inner),
            st.builds("(not {})".format, inner),
            st.builds("(-{})".format, inner),
            st.builds("(+{})".format, inner),
            st.builds("({} {} None)".format, inner, st.sampled_from(["is", "is not"])),
            st.builds("({} < {} <= {})".format, inner, inner, inner),
            st.builds("({} == {} != {})".format, inner, inner, inner),
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
            st.builds('{{"a": {}, "é": {}}}'.format, inner, inner),
            st.builds("{}[{}]".format, inner.map("({})".format), inner),
            st.builds("({}).a".format, inner),
        )

    return st.recursive(leaves, wider, max_leaves=10)


@cache
def polite(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return formulas that hardly ever fail, so that records come through to the end."""
    reads = _reads(names)
    leaves = reads.map("to_text({})".format) | st.sampled_from(['"x"', '""', '"é"', "null", "now()"])
    wide = reads | _constants

    def texts_of(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("concat({}, {})".format, inner, inner),
            st.builds("trim({})".format, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("(trim({}) or trim({}))".format, inner, inner),
            st.builds('(trim({}) or "N/A")'.format, inner),
            st.builds("first_of({}, {})".format, wide, inner),
            st.builds("coalesce({}, {}, {})".format, wide, wide, inner),
            st.builds("({} if {} else {})".format, inner, conditions, inner),
            st.builds("truncate({}, {})".format, inner, st.integers(0, 9).map(str)),
            st.builds("upper({})".format, inner),
        )

    conditions = st.recursive(
        st.one_of(
            st.builds("is_empty({})".format, wide),
            st.builds("(not is_empty({}))".format, reads),
            st.builds("({} == {})".format, wide, wide),
            st.builds("({} != {})".format, reads, _constants),
            st.builds("({} is not null)".format, wide),
            st.builds("({} is None)".format, wide),
        ),
        lambda inner: st.one_of(
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("(not {})".format, inner),
        ),
        max_leaves=3,
    )
    return st.recursive(leaves, texts_of, max_leaves=5) | conditions | wide


def _some(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.one_of(polite(names), polite(names), polite(names), formulas(names))


@st.composite
def rules(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw a field rule."""
    rule: dict[str, Any] = {}
    way = draw(st.sampled_from(["source", "source", "formula", "both", "both", "value"]))
    if way in ("source", "both"):
        rule["source"] = draw(paths)
    seen = (*names, "value") if way in ("source", "both") else names
    if way in ("formula", "both"):
        rule["formula"] = draw(_some((*seen, seen[-1])))
    if way == "value":
        rule["value"] = draw(st.sampled_from([*TEXTS, *NUMBERS, None, True, False]))
    if draw(st.integers(0, 7)) == 0:
        rule["lookup"] = draw(st.sampled_from(list(TABLES)))
    if draw(st.integers(0, 3)) == 0:
        rule["when"] = draw(_some(seen))
    if draw(st.integers(0, 3)) == 0:
        rule["level"] = draw(st.sampled_from(["required", "recommended", "optional"]))
    if draw(st.integers(0, 2)) == 0:
        rule["on_empty"] = draw(st.sampled_from(["omit", "omit", "null", "null", "error"]))
    return rule


_PATHS_BY_NAME = st.dictionaries(st.sampled_from(["first", "steps", "item_3"]), paths, max_size=2)
_EACH = st.sampled_from(["c", "c", "@", "b", "[@, b]", "c[?a]", "*"]) | paths


@st.composite
def collections(
    draw: st.DrawFn, title: str = "Main", below: int = 2, update: bool | None = None
) -> list[Any]:
    """Draw a collection, with its child collections after it."""
    child = title != "Main"
    update = draw(st.booleans()) if update is None else update
    paths_by_name = draw(_PATHS_BY_NAME)
    names = (
        "record",
        "record",
        *sorted(paths_by_name),
        "settings",
        "existing",
        "previous",
        *(("parent", "parent") if child else ()),
    )
    template: dict[str, Any] = {
        "recordmap": 1,
        "collection": title,
        "operation": "update" if update else "add",
        "source": draw(st.sampled_from(["any", "test/source"])) if not child else "any",
        "destination": draw(st.sampled_from(["any", "any", "test/destination"])),
        "lookups": TABLES,
    }
    if paths_by_name:
        template["names"] = paths_by_name
    if child:
        template["child_of"] = "any"
        template["each"] = draw(_EACH)
    if draw(st.integers(0, 3)) == 0:
        template["filter"] = draw(_some(names))
    if draw(st.integers(0, 4)) == 0:
        template["errors"] = [{"when": draw(_some(names)), "message": "refused by the error filter"}]
    fields = draw(st.lists(st.sampled_from(FIELDS), max_size=3 if child else 6, unique=True))
    if "Needed" not in fields and template["destination"] != "any":
        fields.append("Needed")
    template["fields"] = {name: draw(rules(names)) for name in fields}
    if draw(st.booleans()):
        custom = draw(st.lists(st.sampled_from(CUSTOM), max_size=2, unique=True))
        template["custom_fields"] = {name: draw(rules(names)) for name in custom}
    made = [template]
    if below:
        into = draw(st.lists(st.sampled_from(["First", "Second"]), max_size=2, unique=True))
        for one in into:
            made += draw(collections(f"{title}.{one}", below - 1, update))
        template["children"] = [{"collection": f"{title}.{one}", "into": one} for one in into]
    return made


def written(templates: list[Any]) -> list[str]:
    """Return templates as text."""
    return [json.dumps(one, ensure_ascii=False) for one in templates]


def examples(count: int) -> settings:
    """Return settings for so many examples, times what the environment asks for."""
    return settings(max_examples=count * EXAMPLES, deadline=None)
