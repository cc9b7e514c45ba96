"""What a page shows, done in its order: commands run, files written and changed, Python run, output compared.

One page is one terminal: each block stands on what the blocks before it did. A word behind a block's language says
what is to be done with it; see `docs/contributing.md`.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx

from documentation.pages import Block

_OWN = (re.compile(r"127\.0\.0\.1:\d+"), re.compile(r"pk_[a-z0-9]+"))
"""What a server says of itself, different each time: its address and its key."""
_SECONDS = 60
_SKIP = "..."


class Terminal:
    """A folder, an environment, and the Python names of one page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RECORDMAP_", "KLAVIYO_"))
            and name not in ("FORCE_COLOR", "CLICOLOR_FORCE")
        }
        self._environ |= {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
        self._names: dict[str, object] = {"__name__": "__docs__"}
        self._code = 0
        self._actual: dict[str, str] = {}
        self._background: list[subprocess.Popen[str]] = []

    def follow(self, blocks: list[Block]) -> None:
        """Do what the blocks of a page show, in order."""
        for at, block in enumerate(blocks):
            if "background" in block.words:
                self._start(block)
            elif block.language == "console" and "run" in block.words:
                self._run_all(block)
            elif "file" in block.values:
                self._write(block)
            elif block.language == "diff" and "apply" in block.values:
                self._apply(block)
            if block.language == "python" and "file" not in block.values:
                after = blocks[at + 1] if at + 1 < len(blocks) else None
                shown = after.text if after is not None and "output" in after.words else None
                self._python(block, shown)

    def close(self) -> None:
        for process in self._background:
            process.terminate()
            process.wait(_SECONDS)
            if process.stdout is not None:
                process.stdout.close()

    def _run_all(self, block: Block) -> None:
        for command, shown in commands(block):
            compare(self._run(command, block), shown, f"{block.place}: {command}")

    def _run(self, command: str, block: Block) -> str:
        for shown, actual in self._actual.items():
            command = command.replace(shown, actual)
        command = re.sub(r"\$([A-Z_]+)", lambda found: self._environ[found[1]], command)
        match shlex.split(command):
            case ["cd", folder]:
                self._folder = (self._folder / folder).resolve(strict=True)
            case ["export", *settings]:
                self._environ |= dict(setting.split("=", 1) for setting in settings)
            case ["echo", "$?"]:
                return str(self._code)
            case ["curl", *arguments]:
                return _curl(arguments)
            case ["recordmap", *arguments]:
                done = subprocess.run(
                    [sys.executable, "-m", "recordmap", *arguments],
                    cwd=self._folder,
                    env=self._environ,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    encoding="utf-8",
                    timeout=_SECONDS,
                    check=False,
                )
                self._code = done.returncode
                assert self._code != 3, f"{block.place}: {command}\n{done.stdout}"
                return self._as_shown(done.stdout)
            case _:
                raise AssertionError(f"{block.place}: this can't be run here: {command}")
        return ""

    def _start(self, block: Block) -> None:
        """Start a server on a port of its own; where the page has its address and key, the actual ones are put."""
        [(command, shown)] = commands(block)
        name, *arguments = shlex.split(command)
        assert name == "recordmap", block.place
        process = subprocess.Popen(
            [sys.executable, "-m", "recordmap", *arguments],
            cwd=self._folder,
            env={**self._environ, "RECORDMAP_SANDBOX_PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._background.append(process)
        assert process.stdout is not None
        guard = threading.Timer(_SECONDS, process.kill)
        guard.start()
        wanted = [line for line in shown if line.strip()]
        said: list[str] = []
        for line in process.stdout:
            said += [line] if line.strip() else []
            if len(said) == len(wanted):
                break
        guard.cancel()
        for own in _OWN:
            in_page, in_life = own.search(block.text), own.search("".join(said))
            if in_page and in_life:
                self._actual[in_page[0]] = in_life[0]
        compare(self._as_shown("".join(said)), wanted, f"{block.place}: {command}")

    def _as_shown(self, text: str) -> str:
        for shown, actual in self._actual.items():
            text = text.replace(actual, shown)
        return text

    def _write(self, block: Block) -> None:
        path = self._folder / block.values["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _apply(self, block: Block) -> None:
        """Change a file as a diff of one place says."""
        path = self._folder / block.values["apply"]
        before = "".join(line[1:] for line in block.text.splitlines(keepends=True) if line[0] in " -")
        after = "".join(line[1:] for line in block.text.splitlines(keepends=True) if line[0] in " +")
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, (
            f"{block.place}: {path.name} has these lines {text.count(before)} times"
        )
        path.write_text(text.replace(before, after), encoding="utf-8")

    def _python(self, block: Block, shown: str | None) -> None:
        code = compile("\n" * block.line + block.text, str(block.page), "exec")
        printed = io.StringIO()
        with contextlib.chdir(self._folder), contextlib.redirect_stdout(printed):
            sys.path.insert(0, str(self._folder))
            try:
                exec(code, self._names)
            finally:
                sys.path.remove(str(self._folder))
        if shown is not None:
            compare(printed.getvalue(), shown.splitlines(), block.place)


def _curl(arguments: list[str]) -> str:
    """Make the request that curl would make, and give its status. Not every machine has curl."""
    options: dict[str, list[str]] = {}
    rest = iter(arguments)
    url = ""
    for word in rest:
        if word.startswith("-"):
            options.setdefault(word, []).append("" if word == "-s" else next(rest))
        else:
            url = word
    headers = dict(header.split(": ", 1) for header in options.get("-H", []))
    [method] = options.get("-X", ["GET"])
    answer = httpx.request(
        method, url, headers=headers, content="".join(options.get("-d", [])), trust_env=False
    )
    return str(answer.status_code)


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a console block, each with the lines shown below it."""
    command: str | None = None
    shown: list[str] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, shown
            command, shown = line[2:], []
        elif command is not None and command.endswith("\\"):
            command = command[:-1] + line.strip()
        else:
            shown.append(line)
    assert command is not None, f"{block.place}: a console block shows a command"
    yield command, shown


def compare(got: str, shown: list[str], place: str) -> None:
    """Hold output against what a page shows of it; three dots stand for any lines."""
    wanted, lines = _loose(shown), _loose(got.splitlines())
    if not _fits(wanted, lines):
        raise AssertionError(f"{place}\n" + "\n".join(difflib.ndiff(wanted, lines)))


def _fits(wanted: list[str], lines: list[str]) -> bool:
    """Whether every stretch between dots is found in order, the first at the start and the last at the end."""
    stretches: list[list[str]] = [[]]
    for line in wanted:
        if line == _SKIP:
            stretches.append([])
        else:
            stretches[-1].append(line)
    first, *others = stretches
    if lines[: len(first)] != first:
        return False
    at = len(first)
    for stretch in others[:-1]:
        size = len(stretch)
        while lines[at : at + size] != stretch:
            at += 1
            if at + size > len(lines):
                return False
        at += size
    if not others:
        return at == len(lines)
    last = len(lines) - len(others[-1])
    return at <= last and lines[last:] == others[-1]


_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"), "<time>"),
    (re.compile(r"\d[\d,.]* s\b"), "<seconds>"),
    (re.compile(r"\d[\d,]*(?: records)?/s"), "<rate>"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "<version>"),
    (re.compile(r"\s+"), " "),
)
"""What differs from run to run, or with any change of a template; and blanks, because columns are fitted to it."""


def _loose(lines: list[str]) -> list[str]:
    """Return lines without what changes, empty ones, and warnings, which come with the calendar."""
    for pattern, mark in _CHANGING:
        lines = [pattern.sub(mark, line).strip() for line in lines]
    return [line for line in lines if line and not line.startswith("recordmap: warning: ")]
