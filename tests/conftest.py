"""Settings for all tests: hypothesis without deadlines, because time says more about the machine than the code.

`make test` tries the same examples each time, so that it fails for those who broke something and nobody else;
`make properties` tries new ones, and more.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fast", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("full", settings.get_profile("fast"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets what it runs in the background ignore this signal, and so would all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
