"""Worlds that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.world import World
from recordmap.sandbox import Sandbox
from recordmap.starter import make_project


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a function that makes a world from profiles."""
    running: list[Sandbox] = []

    def make(*profiles: dict[str, Any]) -> World:
        sandbox = Sandbox(profiles).start()
        running.append(sandbox)
        make_project(tmp_path / "project", "klaviyo")
        return World(tmp_path / "project", sandbox)

    yield make
    for sandbox in running:
        sandbox.stop()
