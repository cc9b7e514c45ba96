"""A real browser without a window: Chromium as the system has it, cut off from every network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

REQUIRED = "RECORDMAP_NEEDS_BROWSER"
"""Set where tests must not be left out for want of a browser, as in CI."""

MISSING = "no Chromium here: install one (on Debian: apt-get install chromium) to open the pages in it"

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",  # it can't have one as root; what it opens are our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def binary() -> str | None:
    """Return the path of a Chromium; None when there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def running() -> Iterator[Browser]:
    """Run a browser.

    Raises:
        FileNotFoundError: there is no Chromium on this machine.
    """
    found = binary()
    if found is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def is_required() -> bool:
    """Say whether a missing browser is a failure."""
    return bool(os.environ.get(REQUIRED))
