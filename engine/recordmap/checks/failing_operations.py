"""may-fail: operations that fail on some record, or on every one."""

from __future__ import annotations

from recordmap.checks.problems import reporter

check = reporter("may-fail")
