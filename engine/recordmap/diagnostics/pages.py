"""The page of each diagnostic code: why it matters, a wrong and a right example, what to do.

A page is the Markdown file `pages/<slug>.md` inside the package; its heading comes from the code table, so that
the two can't differ. `reference()` joins all pages to what `docs/reference/diagnostics.md` holds.
"""

from __future__ import annotations

from importlib.resources import files

from recordmap.diagnostics.codes import CODES, Code, Stage

_INTRODUCTION = """\
# Diagnostics

Every finding of `recordmap check`, every rejected record and every entry of the error log carries one of these
codes. `recordmap rule CODE` shows the same page in a terminal.

An **error** stops what it was found in: a template with an error doesn't run, a record with an error isn't
written. A **note** says what happened and stops nothing.
"""


def page(slug: str) -> str:
    """Return the page of a code as Markdown, with its heading.

    Raises:
        KeyError: there is no code `slug`.

    """
    return _page(CODES[slug], "#")


def reference() -> str:
    """Return the pages of all codes as one Markdown document, grouped by when a code is found."""
    parts = [_INTRODUCTION]
    for stage in Stage:
        codes = [code for code in CODES.values() if code.stage is stage]
        rows = "".join(f"| [{one.slug}](#{one.slug}) | {one.severity} | {one.title} |\n" for one in codes)
        parts.append(f"## {stage.capitalize()}\n\n| code | severity | meaning |\n|---|---|---|\n{rows}")
        parts.extend(_page(code, "###") for code in codes)
    return "\n".join(parts)


def _page(code: Code, mark: str) -> str:
    text = (files("recordmap.diagnostics") / "pages" / f"{code.slug}.md").read_text(encoding="utf-8")
    return f"{mark} {code.slug}\n\n*{code.title}* ({code.severity}, found when {code.stage})\n\n{text}"
