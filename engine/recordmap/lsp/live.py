"""Findings while somebody types: each project is checked once it has been quiet for a moment, and never twice at once.

What a check found is published only if nothing changed meanwhile; then the next check is under way already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from recordmap.lsp.projects import Checked, Projects, check

QUIET = 0.15
"""Seconds without a change before a project is checked."""

_LOG = logging.getLogger("recordmap.lsp")


class LiveChecks:
    """Checks projects in the background; `publish` gets what was found of a folder."""

    def __init__(self, projects: Projects, publish: Callable[[Path, Checked], None]) -> None:
        self._projects = projects
        self._publish = publish
        self._changed: dict[Path, float] = {}
        self._running: dict[Path, asyncio.Task[None]] = {}

    def changed(self, folder: Path) -> None:
        """Note that something in a folder changed."""
        self._changed[folder] = asyncio.get_running_loop().time()
        if folder not in self._running:
            self._running[folder] = asyncio.create_task(self._work(folder))

    async def settled(self, folder: Path) -> None:
        """Wait until what changed in a folder is checked."""
        while folder in self._running:
            await asyncio.shield(self._running[folder])

    async def _work(self, folder: Path) -> None:
        loop = asyncio.get_running_loop()
        try:
            while folder in self._changed:
                while (left := self._changed[folder] + QUIET - loop.time()) > 0:
                    await asyncio.sleep(left)
                del self._changed[folder]
                await self._check(folder)
        finally:
            del self._running[folder]

    async def _check(self, folder: Path) -> None:
        texts = self._projects.snapshot(folder)
        if not texts:
            return
        try:
            checked = await asyncio.to_thread(check, folder, texts, self._projects.readings(folder))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the editor's session
            _LOG.error("a fault of ours (%s) while checking; please report it", type(error).__name__)
            return
        if folder not in self._changed:
            self._projects.keep(folder, checked)
            self._publish(folder, checked)
