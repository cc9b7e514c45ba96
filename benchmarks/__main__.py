"""`python -m benchmarks`: run the benchmarks, keep what they found, and write the page about it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import bounds, checks, compiling, curves, files, machine, memory, starting, streams
from benchmarks.page import write
from benchmarks.projects import ROOT
from benchmarks.settings import FULL, QUICK, Settings

SECTIONS: dict[str, Callable[[Settings], dict[str, Any]]] = {
    "memory": memory.measure,
    "bounds": bounds.measure,
    "curves": curves.measure,
    "starting": starting.measure,
    "compiling": compiling.measure,
    "checks": checks.measure,
    "files": files.measure,
    "streams": streams.measure,
}
RESULTS = Path(__file__).with_name("results.json")
DOCS = ROOT / "docs"


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    about = "Measure recordmap beside hand-written code and other engines, and write docs/performance.md."
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=about)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}; all by default"
    )
    parser.add_argument(
        "--quick", action="store_true", help="little of everything, into build/, without a page"
    )
    parser.add_argument("--page", action="store_true", help="write the page from what was found before")
    given = parser.parse_args(arguments)
    unknown = set(given.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}")
    settings = QUICK if given.quick else FULL
    place = settings.folder / "quick.json" if given.quick else RESULTS
    results = _read(place)
    if not given.page:
        for name in given.sections or SECTIONS:
            results[name] = run(name, settings)
            results["machine"] = machine.describe()
            settings.folder.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if not given.quick:
        write(results, DOCS)
    settings.say(f"results: {place}")


def run(name: str, settings: Settings) -> dict[str, Any]:
    """Run one section; return what it found, with when, how long and how busy the machine was before."""
    busy, begin = machine.load(), time.perf_counter()
    found = SECTIONS[name](settings)
    return {
        **found,
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "seconds": round(time.perf_counter() - begin, 1),
        "load_before": round(busy, 2),
    }


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
