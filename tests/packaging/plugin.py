"""Writes the package and the project of the page about connectors into the current folder, as a reader would."""

from __future__ import annotations

import re
import sys
from pathlib import Path

BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: file=(?P<file>\S+))?[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def main(page: Path) -> None:
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        name = block["file"]
        if name is None and block["language"] == "toml":
            name = "package/pyproject.toml"
        elif name is not None and name.endswith(".py"):
            name = f"package/{name}"
        if name is not None:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
