"""constant-condition: a condition that has but one answer."""

from __future__ import annotations

from recordmap.checks.problems import reporter

check = reporter("constant-condition")
