"""Checking templates: `recordmap check` beside tools that look at the same files, and over many of them.

The others see less: yamllint looks at the form of YAML, check-jsonschema at keys and values. Neither reads a path or a
formula, or what else is in a project.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.compiling import FIELDS
from benchmarks.generated import collections
from benchmarks.processes import Program, compare, run
from benchmarks.projects import KLAVIYO, ROOT
from benchmarks.settings import Settings
from benchmarks.starting import BARE

CHECK = "recordmap check"
_SCHEMA = ROOT / "schemas" / "collection.schema.json"
_PEERS = {"check-jsonschema": "check_jsonschema", "yamllint": "yamllint"}
"""Tools to compare with, each with its module."""


def measure(settings: Settings) -> dict[str, Any]:
    """Return what it takes to check the shipped project, and generated collections in growing number."""
    settings.say("checks: the shipped project")
    shipped = compare(
        [
            Program(BARE, (sys.executable, "-c", "pass")),
            _recordmap(KLAVIYO),
            *_peers([path for path in sorted(KLAVIYO.glob("*.yaml")) if _is_template(path)]),
        ],
        reference=BARE,
        repetitions=settings.start_repetitions,
    )
    growth = []
    for count in settings.collections:
        settings.say(f"checks: {count:,} collections of {FIELDS} fields")
        took = run(_recordmap(_written(settings.folder, count)))
        growth.append({"collections": count, "cpu": took.cpu, "megabytes": took.megabytes})
    fewest = _written(settings.folder, settings.collections[0])
    settings.say(f"checks: tools on {settings.collections[0]:,} collections")
    beside = compare(
        [_recordmap(fewest), *_peers(sorted(fewest.iterdir()))],
        reference=CHECK,
        repetitions=settings.file_repetitions,
    )
    return {
        "shipped": shipped,
        "growth": growth,
        "beside": beside,
        "beside_collections": settings.collections[0],
        "fields": FIELDS,
        "missing": {
            name: f"the package {name} is not installed (make bench-peers)"
            for name, module in _PEERS.items()
            if find_spec(module) is None
        },
    }


def _recordmap(folder: Path) -> Program:
    return Program(CHECK, (sys.executable, "-m", "recordmap", "check", str(folder)))


def _peers(files: list[Path]) -> list[Program]:
    """Return the tools that are installed, on these files. One that finds something wrong with them has worked, too."""
    options = {
        "check-jsonschema": ("--schemafile", str(_SCHEMA)),
        "yamllint": ("-d", "{extends: default, rules: {line-length: disable}}"),
    }
    names = map(str, files)
    every = tuple(names)
    return [
        Program(name, (sys.executable, "-m", module, *options[name], *every), codes=frozenset({0, 1}))
        for name, module in _PEERS.items()
        if find_spec(module) is not None
    ]


def _is_template(path: Path) -> bool:
    return path.name != "integration.yaml" and not path.name.endswith(".cases.yaml")


def _written(folder: Path, count: int) -> Path:
    """Write generated collections into a folder of their own; return it."""
    target = folder / f"collections-{count}"
    target.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(collections(count, FIELDS)):
        (target / f"made_{number:05}.yaml").write_text(text, encoding="utf-8")
    return target
