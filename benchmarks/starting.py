"""Start-up: what the first answer of a process costs, and which modules it takes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import orjson

from benchmarks.processes import Program, compare
from benchmarks.projects import ADD, KLAVIYO, ROOT
from benchmarks.records import lines
from benchmarks.settings import Settings

BARE = "Python, nothing imported"
ENGINE = "importing the engine"
RECORD = "one record, embedded"
HEAVY = (
    "alembic",
    "email_validator",
    "httpx",
    "jsonschema",
    "phonenumbers",
    "rich",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)
"""Packages that only some commands need."""

_TELLING = """
import atexit, sys
atexit.register(lambda: print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr))
"""


def commands(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the starts that are measured: arguments of Python, by name."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    one = settings.folder / "one.ndjson"
    line = next(lines(1))
    one.write_bytes(line)
    embedded = (
        "from recordmap import Engine\n"
        f"plan = Engine.load({str(KLAVIYO)!r}).plan({ADD!r})\n"
        f"assert plan({orjson.loads(line)!r}).mapped"
    )
    return {
        BARE: ("-c", "pass"),
        ENGINE: ("-c", "from recordmap import Engine"),
        "recordmap --version": ("-m", "recordmap", "--version"),
        RECORD: ("-c", embedded),
        "recordmap map, one record": (
            "-m",
            "recordmap",
            "map",
            "-c",
            ADD,
            "--project",
            str(KLAVIYO),
            str(one),
        ),
        "recordmap check": ("-m", "recordmap", "check", "--project", str(KLAVIYO)),
    }


def packages(arguments: tuple[str, ...]) -> list[str]:
    """Return the packages outside the standard library that a start imports."""
    kind, what, *rest = arguments
    code = (
        what
        if kind == "-c"
        else f"import runpy; runpy.run_module({what!r}, run_name='__main__', alter_sys=True)"
    )
    answer = subprocess.run(  # noqa: S603 - starts of this suite
        [sys.executable, "-c", _TELLING + code, *rest], capture_output=True, text=True, cwd=ROOT, check=True
    )
    names = set(answer.stderr.splitlines()[-1].split())
    outside = names - sys.stdlib_module_names - {"recordmap", "sitecustomize", "cython_runtime"}
    return sorted(name for name in outside if not name.startswith("_"))


def measure(settings: Settings) -> dict[str, Any]:
    """Time every start, and tell the packages that it imports."""
    settings.say("starting: commands")
    starts = commands(settings)
    programs = [Program(name, (sys.executable, *arguments)) for name, arguments in starts.items()]
    times = compare(programs, reference=BARE, repetitions=settings.start_repetitions)
    return {"times": times, "packages": {name: packages(arguments) for name, arguments in starts.items()}}
