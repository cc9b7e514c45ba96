"""Renders a page from its template, piece by piece, so that a long page needs no more memory than a short one.

A page's policy (CSP) allows its own style by hash, and nothing else: no script, no picture or frame from anywhere, no
form. So whatever a record holds, a browser shows it and does nothing with it. Charts are SVG in the page itself, with
classes instead of `style` attributes, which the policy forbids too. What no eye sees in a text, such as a character
that turns the order of letters around, is written as an escape.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordmap.unseen import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path(__file__).parent / "templates"
_UNSEEN = re.compile(f"[{UNSEEN}]")
"""Control characters, direction marks and the like. What joins letters or emoji to one sign may stay."""


def render(template: str, **values: Any) -> Iterator[bytes]:
    """Yield the page of a template (`plan`) with these values, as UTF-8. All text is escaped.

    Values may be iterators, which are used up as the page is written. A template that asks for a value which is not
    given raises, as any fault of ours does.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - seldom needed
    from markupsafe import Markup  # noqa: PLC0415 - as above

    style = (_FOLDER / "style.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    page = environment.get_template(f"{template}.html")
    # The style is ours, and no value gets into it.
    for piece in page.generate(style=Markup(style), policy=policy, **values):  # noqa: S704 - see above
        yield piece.encode()


def _seen(value: Any) -> Any:
    """Return a value of a page with nothing in it that can't be seen."""
    if type(value) is not str:
        return value
    return _UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode(), value)
