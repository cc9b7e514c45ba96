"""What lies where templates do and is none: `strangers.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from recordmap.diagnostics import Diagnostic
from recordmap.template.collection import parse_collection

FILES = yaml.safe_load(Path(__file__).with_name("strangers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", FILES, ids=lambda case: case["file"].partition("\n")[0])
def test_what_a_file_is(case: dict[str, Any]) -> None:
    text = case["file"]
    _, found = parse_collection(text, "a.yaml", None)
    if "code" in case:
        (one,) = found
        assert (one.code, marked(one, text)) == (case["code"], case["key"])
        assert case["hint"] in (one.hint or "")
    else:
        asked = {marked(one, text): one.hint for one in found if one.code == "unknown-key"}
        assert {key: asked.get(key) for key in case["means"]} == {
            key: f"did you mean '{meant}'?" for key, meant in case["means"].items()
        }
        assert {one.code for one in found} <= {"unknown-key", "missing-key"}
        assert found


def marked(one: Diagnostic, text: str) -> str:
    line = text.split("\n")[one.span.start.line - 1]
    return line[one.span.start.column - 1 : one.span.end.column - 1]
