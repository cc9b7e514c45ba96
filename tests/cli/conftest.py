"""The command line within a test: its own environment, and nothing of it left behind."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.outputs import hold_to_schema
from cli.syncing import NO_EMAIL, PROFILES, Do, edit
from recordmap.cli.commands import run
from recordmap.cli.output import read_lines
from recordmap.sandbox import Sandbox
from recordmap.starter import make_project


@pytest.fixture
def commandline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take what would reach commands from outside away, and put back what they change in this process."""
    for name in os.environ:
        if name.startswith(("RECORDMAP_", "KLAVIYO_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    read_lines.cache_clear()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    log, sync = logging.getLogger("recordmap"), logging.getLogger("recordmap.sync")
    before = log.handlers, log.level, log.propagate, sync.level
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    log.handlers, log.level, log.propagate, sync.level = before


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(profiles=PROFILES) as sandbox:
        yield sandbox


@pytest.fixture
def failing(sandbox: Sandbox) -> str:
    """A profile that no customer can be made of."""
    return sandbox.add(NO_EMAIL)


@pytest.fixture
def project(
    tmp_path: Path, sandbox: Sandbox, failing: str, monkeypatch: pytest.MonkeyPatch, commandline: None
) -> Path:
    make_project(tmp_path, "klaviyo")
    edit(tmp_path / "integration.yaml", 'revision: "2023-10-15"', 'revision: "2026-10-15"')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KLAVIYO_API_KEY", sandbox.key)
    monkeypatch.setenv("RECORDMAP_SOURCE_URL", sandbox.url)
    return tmp_path


@pytest.fixture
def do(project: Path, capfd: pytest.CaptureFixture[str]) -> Do:
    def do(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(list(arguments))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        hold_to_schema(arguments, out)
        return code, out, err

    return do
