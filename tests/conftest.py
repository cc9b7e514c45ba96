"""Settings for all tests: hypothesis without deadlines, because time says more about the machine than the code."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("fast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("full", settings.get_profile("fast"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
