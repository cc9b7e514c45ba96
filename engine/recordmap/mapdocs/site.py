"""All pages of a project, and whether those on disk are as they should be."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from recordmap.diagnostics import Severity, TemplateError
from recordmap.engine import Engine
from recordmap.mapdocs.blocks import Block, Bullets, Heading, Link, Paragraph, Table, code
from recordmap.mapdocs.content import blocks
from recordmap.mapdocs.markdown import markdown
from recordmap.mapdocs.subject import Subject
from recordmap.template.model import Collection, Operation

INDEX = "README.md"
HTML_INDEX = "index.html"
MARK = "<!-- Made by recordmap docs; changes are lost. -->"
"""The first line of every page, a comment in both formats: a file without it is somebody else's."""


def pages(engine: Engine, *, as_html: bool = False) -> dict[str, str]:
    """Return the pages of a project by file name: one a collection, and an index of them.

    Raises:
        TemplateError: a template has errors, so nobody knows what it means.
    """
    broken = [one for one in engine.check() if one.severity is Severity.ERROR]
    if broken:
        raise TemplateError(broken)
    write, suffix = markdown, ".md"
    if as_html:
        from recordmap.mapdocs.html import html  # noqa: PLC0415 - Jinja is seldom needed

        write, suffix = html, ".html"
    index = HTML_INDEX if as_html else INDEX
    names = _names(engine, suffix, index)
    made = {
        names[title]: write(blocks(Subject(engine, one, names))) for title, one in engine.collections.items()
    }
    every = {index: write(_index(engine, names)), **dict(sorted(made.items()))}
    # The name of a file may hold what no text in UTF-8 can.
    return {name: f"{MARK}\n{text}".encode("utf-8", "replace").decode() for name, text in every.items()}


def _names(engine: Engine, suffix: str, index: str) -> dict[str, str]:
    """Return the file name of each collection's page: that of its template, with a number where that is taken.

    Some file systems see no difference between capital and small letters.
    """
    names: dict[str, str] = {}
    taken = {index.casefold()}
    for title, one in engine.collections.items():
        stem = PurePosixPath(one.file or "collection").stem
        wanted = (f"{stem}.{number}{suffix}" if number > 1 else f"{stem}{suffix}" for number in count(1))
        names[title] = next(name for name in wanted if name.casefold() not in taken)
        taken.add(names[title].casefold())
    return names


def _index(engine: Engine, names: Mapping[str, str]) -> Iterator[Block]:
    yield from _blocks(engine)
    every = sorted(
        engine.collections.values(), key=lambda one: (one.child_of is not None, one.operation, one.title)
    )
    yield Table(
        ("Collection", "Does", "Status"),
        tuple(
            (Link(one.title, names[one.title]), _does(one), "enabled" if one.enabled else "disabled")
            for one in every
        ),
    )


def _does(collection: Collection) -> str:
    adds = collection.operation is Operation.ADD
    return collection.description or f"{'adds' if adds else 'updates'} {collection.destination.text}"


def _blocks(engine: Engine) -> Iterator[Block]:
    found = engine.integration
    yield Heading(1, f"Collections of {found.name.text}" if found is not None else "Collections")
    yield Paragraph(f"Made from the templates by {code('recordmap docs')}; changes to these pages are lost.")
    if found is None:
        return
    ends = (
        ("Records come from", found.source.connector.text, found.source.schema.text),
        ("Records go to", found.destination.connector.text, found.destination.schema.text),
    )
    yield Table(("", ""), tuple((what, f"{code(name)}, as {code(schema)}") for what, name, schema in ends))
    if found.settings:
        yield Paragraph("Settings that formulas may read:")
        yield Bullets(
            tuple(f"{code(name)}: {code(_setting(found.settings[name]))}" for name in sorted(found.settings))
        )


def _setting(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict)


def stale(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Return the names of pages that are missing in a folder, or hold something else."""
    return [name for name, text in wanted.items() if _text(folder / name) != text]


def in_the_way(folder: Path, wanted: Iterable[str]) -> list[str]:
    """Return the names of pages that something else has in a folder: what wasn't made here is never overwritten."""
    return [name for name in wanted if os.path.lexists(folder / name) and not _is_page(folder / name)]


def left_over(folder: Path, wanted: Iterable[str]) -> list[str]:
    """Return the names of pages in a folder that were made for collections which are gone, or called otherwise now.

    Only pages in the format of those that are wanted count. A wanted name in other letters is the same page, where a
    file system sees no difference.
    """
    names = {name.casefold() for name in wanted}
    suffixes = {Path(name).suffix for name in names}
    try:
        entries = sorted(path for path in folder.iterdir() if path.suffix in suffixes)
    except OSError:
        return []
    return [path.name for path in entries if path.name.casefold() not in names and _is_page(path)]


def _is_page(path: Path) -> bool:
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as opened:
            return opened.readline(len(MARK) + 2).rstrip(b"\r\n") == MARK.encode()
    except OSError:
        return False


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return None
