"""Renders a page from its template, piece by piece, so that a long page needs no more memory than a short one.

A page's policy (CSP) allows its own style by hash, and nothing else: no script, no picture or frame from anywhere, no
form. So whatever a record holds, a browser shows it and does nothing with it. Charts are SVG in the page itself, with
classes instead of `style` attributes, which the policy forbids too.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path(__file__).parent / "templates"


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
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    page = environment.get_template(f"{template}.html")
    # The style is ours, and no value gets into it. A lone half of a surrogate pair is no text that UTF-8 could hold.
    for piece in page.generate(style=Markup(style), policy=policy, **values):  # noqa: S704 - see above
        yield piece.encode(errors="replace")
