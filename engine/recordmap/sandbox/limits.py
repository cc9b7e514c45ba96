"""Rate limits: fixed windows of one second and of one minute, and the headers that tell of them.

Klaviyo: profiles allow 75 requests a second and 700 a minute for each endpoint; with predictive analytics 10 and
150, counted over all endpoints and on the plain one too; with included lists or segments 1 and 15. The headers
stand on every answer but 429, and Remaining and Reset describe the minute. A refused request costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from recordmap.sandbox import errors

_BURST_SECONDS = 1
_STEADY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests allowed in each second and in each minute."""

    name: str
    burst: int
    steady: int


PREDICTIVE = Quota("predictive_analytics", 10, 150)


def endpoint_quota(name: str) -> Quota:
    """Return the quota of one endpoint for profiles."""
    return Quota(name, 75, 700)


def include_quota(name: str) -> Quota:
    """Return the quota of one endpoint when it includes lists or segments."""
    return Quota(f"{name} with include", 1, 15)


@dataclass(slots=True)
class _Used:
    """Requests counted in the windows that are open."""

    second: int = -1
    minute: int = -1
    burst: int = 0
    steady: int = 0


@dataclass(slots=True)
class Limiter:
    """Counts requests. Not `enforced`, it counts nothing and the headers tell of an account nobody else uses."""

    enforced: bool
    _used: dict[str, _Used] = field(default_factory=dict)

    def admit(self, quotas: Iterable[Quota], now: datetime) -> Mapping[str, str]:
        """Count a request and return the headers of its answer, which describe the last quota.

        Raises:
            ApiError: a quota is used up.
        """
        moment = now.timestamp()
        second, minute = int(moment // _BURST_SECONDS), int(moment // _STEADY_SECONDS)
        quotas = list(quotas)
        counters = [self._counter(quota, second, minute) for quota in quotas]
        if self.enforced:
            for quota, used in zip(quotas, counters, strict=True):
                if used.steady >= quota.steady:
                    raise errors.throttled((minute + 1) * _STEADY_SECONDS - moment)
                if used.burst >= quota.burst:
                    raise errors.throttled((second + 1) * _BURST_SECONDS - moment)
            for used in counters:
                used.burst += 1
                used.steady += 1
        quota, used = quotas[-1], counters[-1]
        taken = used.steady if self.enforced else 1
        return {
            "RateLimit-Limit": f"{quota.burst}, {quota.burst};w={_BURST_SECONDS}, {quota.steady};w={_STEADY_SECONDS}",
            "RateLimit-Remaining": str(quota.steady - taken),
            "RateLimit-Reset": str(int((minute + 1) * _STEADY_SECONDS - moment)),
        }

    def _counter(self, quota: Quota, second: int, minute: int) -> _Used:
        used = self._used.setdefault(quota.name, _Used())
        if used.second != second:
            used.second, used.burst = second, 0
        if used.minute != minute:
            used.minute, used.steady = minute, 0
        return used
