"""The pages in a real browser: what a person sees, hears, reaches by keyboard and prints, and what never happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page

from pages.browser import MISSING, binary, is_required, running
from pages.made import MARK, make

NAMES = (
    "report.html",
    "report-empty.html",
    "report-hostile.html",
    "plan.html",
    "plan-empty.html",
    "plan-hostile.html",
    "ordinary/index.html",
    "ordinary/customer_add.html",
    "hostile/index.html",
    "hostile/index.2.html",
)
WIDTHS = (375, 1280)
MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")
PLAIN = """
html head meta title style body main footer h1 h2 h3 p strong code a ul li section div span bdi del
table thead tbody tr th td details summary svg g defs marker path line polyline rect text
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if binary() is None:
        (pytest.fail if is_required() else pytest.skip)(MISSING)
    folder = tmp_path_factory.mktemp("pages")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def tab(folder: Path) -> Iterator[Page]:
    # Not for the whole session: Playwright's event loop keeps other tests from having one.
    with running() as browser:
        yield browser.new_page()


@pytest.fixture
def heard(tab: Page) -> Iterator[list[str]]:
    """What the browser says of a page, and asks of others."""
    heard: list[str] = []
    listeners = {
        "console": lambda message: heard.append(f"{message.type}: {message.text}"),
        "pageerror": lambda error: heard.append(f"error: {error}"),
        "request": lambda request: heard.append(request.url),
        "dialog": lambda dialog: heard.append(f"dialog: {dialog.message}"),
    }
    for event, listener in listeners.items():
        tab.on(event, listener)  # type: ignore[call-overload]
    yield heard
    for event, listener in listeners.items():
        tab.remove_listener(event, listener)


def opened(tab: Page, path: Path, width: int = 1280, scheme: Any = "light") -> str:
    tab.emulate_media(color_scheme=scheme, media="screen")
    tab.set_viewport_size({"width": width, "height": 800})
    tab.goto(path.as_uri())
    return path.as_uri()


@pytest.mark.parametrize("name", NAMES)
def test_every_page(name: str, folder: Path, tab: Page, heard: list[str]) -> None:
    address = opened(tab, folder / name)
    grounds = set()
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            tab.set_viewport_size({"width": width, "height": 800})
            tab.emulate_media(color_scheme=scheme)
            found = tab.evaluate(MEASURES)
            assert (found["width"], found["beyond"]) == (width, []), "nothing stands beyond the edge"
            assert (found["pale"], found["faint"]) == ([], []), f"everything can be seen in {scheme} colours"
            grounds.add(found["ground"])
    assert len(grounds) == 2, "light and dark differ"
    assert set(found["tags"]) <= set(PLAIN.split())
    assert found["headings"][0] == 1
    assert found["headings"].count(1) == 1
    assert all(
        after <= before + 1 for before, after in zip(found["headings"], found["headings"][1:], strict=False)
    )
    assert found["landmarks"] == ["main", "footer"]
    assert (found["nameless"], found["unheaded"]) == ([], [])
    assert found["language"] == "en"
    assert found["title"] not in ("", MARK)
    assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08]", found["text"])
    assert heard == [address], "nothing else is asked for, and nothing is complained of"


@pytest.mark.parametrize("name", NAMES)
def test_on_paper(name: str, folder: Path, tab: Page) -> None:
    opened(tab, folder / name, scheme="dark")
    tab.emulate_media(media="print", color_scheme="light")
    tab.set_viewport_size({"width": 720, "height": 1000})
    found = tab.evaluate(MEASURES)
    assert (found["width"], found["pale"]) == (720, [])
    assert not tab.locator("summary").first.is_visible(), "what is folded stays away"


def test_a_chart_in_figures_by_keyboard(folder: Path, tab: Page) -> None:
    opened(tab, folder / "report.html", width=375)
    reached = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent"))
        if reached[-1] == "Last runs":
            break
    titles = ("Polls", "Outcomes", "Nothing to do", "Lag", "Duration", "Rate", "Errors by code")
    assert reached == [
        *(way for one in titles for way in (f"{one}, a chart", f"{one} in figures")),
        "Last runs",
    ]
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    # What is wider than a telephone is moved with the arrow keys.
    listen = "document.activeElement.addEventListener('scroll', () => done(true))"
    tab.evaluate(f"() => {{ window.moved = new Promise((done) => {listen}); }}")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("window.moved")
    outcomes = tab.locator("details").nth(1)
    outcomes.locator("summary").focus()
    tab.keyboard.press("Enter")
    rows = outcomes.get_by_role("row")
    assert rows.first.inner_text().split() == ["from", "added", "updated", "linked", "failed"]
    assert rows.nth(1).inner_text().split() == ["06-01", "12:00", "42", "1,594", "0", "6"]
    assert tab.get_by_role("img", name="Outcomes: Records that polls wrote").count() == 1


@pytest.mark.parametrize("project", ["ordinary", "hostile"])
def test_every_link_leads_to_its_page(project: str, folder: Path, tab: Page) -> None:
    """One file is called index, like the list of pages, and one like a program."""
    opened(tab, folder / project / "index.html")
    links = tab.evaluate("[...document.links].map((link) => [link.href, link.textContent])")
    made = {path.as_uri() for path in (folder / project).glob("*.html")}
    assert {address for address, _ in links} | {tab.url} == made
    address, text = min(links, key=lambda link: "javascript" not in link[0])
    tab.get_by_role("link", name=text, exact=True).click()
    assert tab.locator("h1").inner_text() == text
    assert tab.url == address


SMUGGLED = (
    f"<img src='data:image/png,x' onerror=\"document.title = '{MARK}'\">",
    f"<svg onload=\"document.title = '{MARK}'\"></svg>",
    "<iframe src='http://evil.example/'></iframe>",
    "<link rel=stylesheet href='http://evil.example/a.css'>",
    "<b style='position: fixed'>over everything</b>",
)


@pytest.mark.parametrize("name", ["report.html", "plan.html", "ordinary/index.html"])
def test_what_got_into_a_page_could_do_nothing(name: str, folder: Path, tab: Page, heard: list[str]) -> None:
    """Should escaping ever fail, the page's policy still stands."""
    opened(tab, folder / name)
    title, sent = tab.title(), []
    tab.on("requestfinished", lambda request: sent.append(request.url))
    tab.evaluate("(html) => { document.querySelector('main').innerHTML += html; }", "".join(SMUGGLED))
    with pytest.raises(Error, match="Content Security Policy"):
        tab.add_script_tag(content=f"document.title = '{MARK}'")
    tab.evaluate(f"""() => {{
        const link = document.createElement('a');
        link.href = "javascript:void(document.title = '{MARK}')";
        document.body.append(link);
        link.click();
    }}""")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert tab.title() == title
    assert tab.evaluate("getComputedStyle(document.querySelector('b')).position") == "static"
    assert sent == []
    assert len([one for one in heard if "Content Security Policy" in one]) > len(SMUGGLED), "each is refused"
