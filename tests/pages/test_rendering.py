"""What a page makes of characters that nobody sees, held against those that no template may hold."""

from __future__ import annotations

from recordmap.pages.rendering import render
from recordmap.template.characters import FORBIDDEN


def test_what_no_template_may_hold_is_written_as_an_escape() -> None:
    unseen = [one for one in map(chr, range(0x110000)) if FORBIDDEN.match(one)]
    joiners = ["\u200c", "\u200d"]  # words and emoji are made of them
    assert len(unseen) > 2000
    assert set(joiners) < set(unseen)
    page = b"".join(render("mapping", title="".join(unseen), blocks=[])).decode()
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert FORBIDDEN.findall(title) == joiners
    assert all(one.encode("unicode_escape").decode() in title for one in unseen if one not in joiners)
