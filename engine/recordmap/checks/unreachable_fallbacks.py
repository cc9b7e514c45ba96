"""unreachable-fallback: a fallback that is never used."""

from __future__ import annotations

from recordmap.checks.problems import reporter

check = reporter("unreachable-fallback")
