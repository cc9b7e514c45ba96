"""Mapping documents: sentences by example, and by property that a page changes exactly when the meaning does."""

from __future__ import annotations

import json
import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from properties.path_texts import sources
from properties.strategies import SCHEMAS, collections, examples, formulas, written
from recordmap.engine import Engine
from recordmap.expression.caps import ExpressionError
from recordmap.expression.formula import parse_formula
from recordmap.expression.functions.table import FUNCTIONS
from recordmap.expression.source import parse_source
from recordmap.mapdocs.blocks import Diagram, Table, by_turns, code
from recordmap.mapdocs.content import blocks
from recordmap.mapdocs.drawing import draw
from recordmap.mapdocs.fields import sentence
from recordmap.mapdocs.flow import summary
from recordmap.mapdocs.html import html
from recordmap.mapdocs.markdown import inline, markdown
from recordmap.mapdocs.sentences import Speaker
from recordmap.mapdocs.site import INDEX, MARK, in_the_way, left_over, pages, stale
from recordmap.mapdocs.subject import Subject
from recordmap.mapdocs.wording import formula_text, source_text
from recordmap.starter import make_project
from recordmap.template import meaning
from recordmap.template.meaning import formula_meaning
from recordmap.template.model import FormulaText

SENTENCES: list[tuple[dict[str, Any], str]] = yaml.safe_load(
    Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8")
)
HEAD = {
    "recordmap": 1,
    "collection": "Main",
    "operation": "update",
    "source": "klaviyo/profile",
    "destination": "ipaas/customer",
    "names": {"who": "attributes.organization"},
    "lookups": {"codes": {"table": {"a": "b"}, "on_miss": "keep"}},
}


def subject_of(*templates: dict[str, Any], schemas: Any = None) -> Subject:
    engine = Engine.from_collections([json.dumps(one) for one in templates], schemas=schemas)
    return Subject(engine, engine.collections[templates[0]["collection"]], {})


@pytest.mark.parametrize(("rule", "said"), SENTENCES, ids=str)
def test_sentence(rule: dict[str, Any], said: str) -> None:
    subject = subject_of({**HEAD, "fields": {"Company": rule}})
    told = inline(sentence(subject, subject.collection.fields[0])).replace("\\", "")
    assert told == said


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_words(name: str) -> None:
    parameters = FUNCTIONS[name].parameters
    speaker = Speaker("profile", "", "customer", {})
    for several in (parameters, [one for one in parameters if not one.optional]):
        call = f"{name}({', '.join('record.id' for _ in several)})"
        assert code(call) not in speaker.formula(parse_formula(call).tree)


@given(sources)
@examples(200)
def test_a_source_that_is_written_out_is_the_same_source(text: str) -> None:
    try:
        source = parse_source(text)
    except ExpressionError:
        return
    assert parse_source(source_text(source)).tree == source.tree


@given(formulas(("value", "record")))
@examples(100)
def test_a_formula_that_is_written_out_is_the_same_formula(text: str) -> None:
    try:
        formula = parse_formula(text)
    except ExpressionError:
        return
    again = parse_formula(formula_text(formula))
    says = [formula_meaning(FormulaText(None, one)) for one in (formula, again)]  # type: ignore[arg-type]
    assert says[0] == says[1]


def page(templates: list[Any]) -> str:
    engine = Engine.from_collections(written(templates), schemas=SCHEMAS)
    return markdown(blocks(Subject(engine, engine.collections["Main"], {})))


def said(templates: list[Any]) -> Any:
    engine = Engine.from_collections(written(templates), schemas=SCHEMAS)
    one = engine.collections["Main"]
    names = {name: source.parsed.tree for name, source in one.names.items()}
    tables = {name: meaning.lookup_meaning(lookup) for name, lookup in one.lookups.items()}
    return meaning.collection_meaning(one), names, tables


@given(st.data())
@examples(20)
def test_a_page_changes_exactly_when_the_meaning_does(data: st.DataObject) -> None:
    """One part of a random template comes from another one, or everything stands in another order."""
    one, other = (data.draw(collections(below=0)) for _ in range(2))
    changed = dict(one[0])
    part = data.draw(
        st.sampled_from(["order", "filter", "errors", "names", "lookups", "fields", "operation"])
    )
    if part == "order":
        for section in ("fields", "custom_fields", "names", "lookups"):
            if section in changed:
                changed[section] = dict(reversed(changed[section].items()))
    elif part == "fields":
        changed["fields"] = {
            **changed.get("fields", {}),
            **dict(list(other[0].get("fields", {}).items())[:1]),
        }
    elif part in other[0]:
        changed[part] = other[0][part]
    else:
        changed.pop(part, None)
    alike = said(one) == said([changed])
    assert part != "order" or alike
    assert (page(one) == page([changed])) == alike


def test_the_layout_of_a_template_is_not_on_its_page(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    before = pages(Engine.load(tmp_path))
    for path in tmp_path.glob("*.yaml"):
        path.write_text(
            "# another comment\n\n" + path.read_text(encoding="utf-8").replace("\n\n", "\n# and more\n\n"),
            encoding="utf-8",
        )
    assert pages(Engine.load(tmp_path)) == before


CHANGES = [
    ("customer_add.yaml", "source: attributes.organization", "source: attributes.title", ["customer_add.md"]),
    ("customer_add.yaml", 'or "N/A"', 'or "NA"', ["customer_add.md"]),
    ("customer_add.yaml", "level: optional", "level: recommended", ["customer_add.md"]),
    ("customer_add.yaml", "status: enabled", "status: disabled", [INDEX, "customer_add.md"]),
    ("customer_address_add.yaml", " and not is_empty(record.city)", "", ["customer_address_add.md"]),
    ("customer_address_add.yaml", "duplicates: skip", "duplicates: allow", ["customer_address_add.md"]),
    ("customer_address_update.yaml", "on_change: add", "on_change: replace", ["customer_address_update.md"]),
    ("customer_address_add.yaml", "each: attributes.location", "each: attributes.x", ["customer_add.md"]),
    ("integration.yaml", "compare: email", "compare: exact", ["customer_add.md", "customer_update.md"]),
    ("integration.yaml", 'ignore: ["N/A"]', "ignore: [x]", ["customer_add.md", "customer_update.md"]),
    ("integration.yaml", "attributes.updated", "attributes.created", ["customer_add.md", "customer_update.md"]),
    ("customer_add.cases.yaml", "A complete profile", "A whole profile", ["customer_add.md"]),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), CHANGES, ids=lambda one: str(one)[:40])
def test_a_changed_meaning_is_on_its_pages(
    file: str, old: str, new: str, expected: list[str], tmp_path: Path
) -> None:
    make_project(tmp_path, "klaviyo")
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in pages(Engine.load(tmp_path)).items():
        (folder / name).write_text(text, encoding="utf-8")
    path = tmp_path / file
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    assert set(stale(folder, pages(Engine.load(tmp_path)))) >= set(expected)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (f"{MARK}\n# Title\n", True),
        (f"{MARK}\r\n# Title\r\n", True),
        (f"{MARK} \n", False),
        (f"# Title\n{MARK}\n", False),
        ("# Title\n", False),
        ("", False),
    ],
    ids=repr,
)
def test_a_page_is_known_by_its_first_line(text: str, ours: bool, tmp_path: Path) -> None:
    for name in ("a.md", "old.md", "old.html"):
        (tmp_path / name).write_bytes(text.encode())
    assert in_the_way(tmp_path, ["a.md", "b.md"]) == ([] if ours else ["a.md"])
    assert left_over(tmp_path, ["A.md", "b.md"]) == (["old.md"] if ours else [])


def test_what_is_no_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "link.md").symlink_to("nowhere")
    assert in_the_way(tmp_path, ["folder.md", "link.md", "none.md"]) == ["folder.md", "link.md"]
    assert left_over(tmp_path, ["none.md"]) == []
    assert in_the_way(tmp_path / "none", ["a.md"]) == left_over(tmp_path / "none", ["a.md"]) == []


def test_texts_of_a_template_are_no_markup() -> None:
    rule = {"source": 'a."|" || a', "description": "*bold* | <b>x</b> `code` [a](b)\nnext"}
    template = {**HEAD, "source": "any", "destination": "any", "fields": {"A": rule}}
    text = markdown(blocks(subject_of(template)))
    assert r"\*bold\* \| \<b\>x\</b\> \`code\` \[a\](b) next" in text
    assert r'`a."\|" \|\| a`' in text


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (
            {},
            [("One that is there already", "not added again"), ("One that changed", "becomes a further one")],
        ),
        ({"child_of": "any", "each": "c"}, [("Written", "as a part of the record that it belongs to")]),
    ],
)
def test_what_becomes_of_a_child_record_that_is_there(
    of: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    usual = {"recordmap": 1, "operation": "update", "source": "any", "destination": "any", "fields": {}}
    child = {**usual, "collection": "Child", "child_of": "any", "each": "c", "duplicates": "skip"}
    parent = {**usual, "collection": "Main", "children": [{"collection": "Child", "into": "Kids"}], **of}
    [table] = summary(subject_of(child, parent))
    assert isinstance(table, Table)
    assert list(table.rows[-len(told) :]) == told


def test_a_name_is_no_setting_of_a_diagram() -> None:
    name = '%%{init: {"theme": "dark"}}%% "]; click this href <b>#1'
    template = {
        **HEAD,
        "collection": name,
        "source": "any",
        "destination": "any",
        "fields": {"A": {"source": "a"}},
    }
    text = markdown(blocks(subject_of(template)))
    diagram = text.partition("```mermaid\n")[2].partition("```")[0]
    label = "#37;#37;{init: {#quot;theme#quot;: #quot;dark#quot;}}#37;#37; #quot;]; click this href #lt;b#gt;#35;1"
    assert f'["{label}"]' in diagram
    assert "%" not in diagram


def test_whatever_a_file_is_called_it_has_its_page(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    names = ["README", "readme", "javascript:x(1)", "a b.2", "a b"]
    head = {
        **HEAD,
        "source": "any",
        "destination": "any",
        "status": "disabled",
        "fields": {"A": {"source": "a"}},
    }
    for name in names:
        text = yaml.safe_dump({**head, "collection": f"The {name}", "names": {}, "lookups": {}})
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    made = pages(Engine.load(tmp_path))
    assert len({name.casefold() for name in made}) == 1 + 4 + len(names)
    assert made[INDEX].startswith(f"{MARK}\n# Collections of klaviyo")
    for line in made[INDEX].splitlines():
        if found := re.match(r"\| \[(The .*?)\]\((.*?)\) \|", line):
            assert re.fullmatch(r"[\w.%-]+", found[2])
            assert made[unquote(found[2])].startswith(f"{MARK}\n# {found[1]}\n")
            names.remove(found[1].removeprefix("The "))
    assert not names


def test_a_file_whose_name_is_no_utf_8_has_its_page(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    (tmp_path / "customer_add.yaml").rename(tmp_path / "caf\udce9.yaml")
    made = pages(Engine.load(tmp_path))
    assert "caf\udce9.md" in made
    assert "(caf%E9.md)" in made[INDEX]
    assert "".join(made.values()).encode()


def test_html_says_what_markdown_says(tmp_path: Path) -> None:
    make_project(tmp_path, "klaviyo")
    made = pages(Engine.load(tmp_path), as_html=True)
    others = [name.replace(".md", ".html") for name in pages(Engine.load(tmp_path)) if name != INDEX]
    assert list(made) == ["index.html", *others]
    page_ = made["customer_add.html"]
    assert (
        "The profile&#39;s phone number without blanks around it, or <code>N/A</code> when there is none."
        in page_
    )
    assert '<a href="customer_address_add.html">Add Klaviyo Profile Address TO iPaaS.com</a>' in page_
    assert page_.count("<rect") == 6
    assert page_.count("marker-end") == 6
    assert "<script" not in page_


@pytest.mark.parametrize(
    "pieces",
    [[""], ["plain"], ["", "a", ""], ["Is ", "a", " or ", "b\nc", "."], ["", "a", "", "", ""]],
    ids=repr,
)
def test_a_text_comes_apart_as_it_was_put_together(pieces: list[str]) -> None:
    text = "".join(code(one) if number % 2 else one for number, one in enumerate(pieces))
    assert by_turns(text) == pieces


def test_texts_of_a_template_are_no_html() -> None:
    rule = {"source": "a", "description": "<script>x</script> & more"}
    template = {**HEAD, "source": "any", "destination": "any", "fields": {"A": rule}}
    assert "&lt;script&gt;x&lt;/script&gt; &amp; more" in html(blocks(subject_of(template)))


LONG = "Is it there already, whatever that may be in the end?"


@pytest.mark.parametrize("children", range(4))
def test_a_drawing_has_no_box_on_another_and_no_arrow_behind_one(children: int) -> None:
    below = [f"child{number}" for number in range(children)]
    boxes = [("a", "A"), ("b", LONG), ("c", "C"), *((one, LONG) for one in below), ("d", "D")]
    arrows = [("a", "b", ""), ("b", "c", "no"), ("a", "d", "yes"), ("c", "d", "x")]
    arrows += [pair for one in below for pair in (("c", one, ""), (one, "d", "x"))]
    made = draw(Diagram(tuple(boxes), tuple(arrows), frozenset("b")))
    for one, other in combinations(made.boxes, 2):
        assert one.y + one.height < other.y or other.y + other.height < one.y or one.x + one.width < other.x
    assert all(box.x >= 0 and box.x + box.width <= made.width for box in made.boxes)
    assert all(box.y >= 0 and box.y + box.height <= made.height for box in made.boxes)
    assert len(made.arrows) == len(arrows)
    for arrow in made.arrows:
        assert all(y1 < y2 for (_, y1), (_, y2) in pairwise(arrow.points))
        assert not any(
            box.x < x < box.x + box.width and box.y < y < box.y + box.height
            for box in made.boxes
            for (x1, y1), (x2, y2) in pairwise(arrow.points)
            for x, y in ((x1 + (x2 - x1) * at / 100, y1 + (y2 - y1) * at / 100) for at in range(101))
        )
