"""Metrics of a process that polls, for Prometheus: the only door to its library.

Labels are outcomes, codes and kinds of waiting, which are few and never from a record. Counters begin at zero with the
process; lags are worked out when they are asked for, so that a poll that hangs shows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recordmap.diagnostics import ConfigurationError
from recordmap.monitoring.health import POLL

if TYPE_CHECKING:
    from collections.abc import Callable

    from recordmap.connectors.destination import Destination
    from recordmap.sync.report import Report

EXTRA = "metrics"
_BUCKETS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400)
_NEVER = float("nan")


class Metrics:
    """What polls of this process came to. `clock` gives aware UTC.

    Raises:
        ConfigurationError: the library isn't installed.
    """

    def __init__(self, destination: Destination, clock: Callable[[], datetime]) -> None:
        try:
            import prometheus_client as prometheus  # noqa: PLC0415 - an extra
        except ImportError:
            raise ConfigurationError(
                "metrics need the package prometheus-client", f"pip install 'recordmap[{EXTRA}]'"
            ) from None
        self._destination = destination
        self._clock = clock
        self._watermark: datetime | None = None
        self._complete: datetime | None = None
        self._render = prometheus.generate_latest
        self.content_type = prometheus.CONTENT_TYPE_LATEST
        self._registry = registry = prometheus.CollectorRegistry()
        self._polls = prometheus.Counter(
            "recordmap_polls", "Polls, by how they ended.", ["status"], registry=registry
        )
        self._records = prometheus.Counter(
            "recordmap_records", "Source records, by outcome.", ["outcome"], registry=registry
        )
        self._failures = prometheus.Counter(
            "recordmap_failures", "Source records that failed, by code.", ["code"], registry=registry
        )
        self._retries = prometheus.Counter(
            "recordmap_retries", "Error entries tried again, by outcome.", ["outcome"], registry=registry
        )
        self._duration = prometheus.Histogram(
            "recordmap_poll_duration_seconds",
            "How long polls took.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._spent = prometheus.Counter(
            "recordmap_spent_seconds",
            "Seconds of polls, by what they went to: waiting for the source, or mapping and writing.",
            ["part"],
            registry=registry,
        )
        self._open = prometheus.Gauge(
            "recordmap_open_errors",
            "Open error entries, by what they wait for.",
            ["waits_for"],
            registry=registry,
        )
        prometheus.Gauge(
            "recordmap_watermark_lag_seconds", "Age of the latest change seen.", registry=registry
        ).set_function(lambda: self._age(self._watermark))
        prometheus.Gauge(
            "recordmap_poll_lag_seconds", "Seconds since the last complete poll began.", registry=registry
        ).set_function(lambda: self._age(self._complete))
        self.look()

    def take(self, report: Report) -> None:
        """Count a poll that ended.

        Raises:
            ConnectorError: the destination is out of reach; the poll is counted all the same.
        """
        self._polls.labels(report.status.value).inc()
        for outcome, count in report.counts.items():
            self._records.labels(outcome).inc(count)
        for code, count in report.failures.items():
            self._failures.labels(code).inc(count)
        for transfer in report.retried:
            self._retries.labels(transfer.result.value).inc()
        self._duration.observe(max((report.finished_at - report.started_at).total_seconds(), 0.0))
        self._spent.labels("source").inc(report.source_seconds)
        self._spent.labels("transfer").inc(report.transfer_seconds)
        self.look()

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return self._render(self._registry)

    def look(self) -> None:
        """Look up what the store knows, such as what other processes did.

        Raises:
            ConnectorError: the destination is out of reach.
        """
        self._watermark = self._destination.watermark()
        complete = self._destination.runs(1, kind=POLL, statuses=("complete",))
        self._complete = complete[0].started_at if complete else None
        for waits_for, count in self._destination.backlog()._asdict().items():
            self._open.labels(waits_for).set(count)

    def _age(self, since: datetime | None) -> float:
        return _NEVER if since is None else max((self._clock() - since.astimezone(UTC)).total_seconds(), 0.0)
