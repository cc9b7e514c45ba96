"""wrong-arguments: constants that a function refuses, whatever the record holds."""

from __future__ import annotations

from recordmap.checks.problems import reporter

check = reporter("wrong-arguments")
