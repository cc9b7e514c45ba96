"""What the tests of commands around a sync have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recordmap.sandbox import Sandbox

PROFILES = 25
NO_EMAIL = {"phone_number": "+12025550199", "first_name": "Wilhelmina", "last_name": "Quartermain"}
UPDATE = "customer_update.yaml"

Do = Callable[..., tuple[int, str, str]]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def data(text: str, *, version: str = "1.0") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    assert document["format_version"] == version
    return document


def someone(sandbox: Sandbox, failing: str) -> str:
    return next(one for one in sandbox.ids() if one != failing)
