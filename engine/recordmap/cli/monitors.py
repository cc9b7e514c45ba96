"""Who looks on while `recordmap sync` polls: metrics and traces, each only where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from recordmap.cli.logs import say
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from recordmap.connectors.destination import Destination
    from recordmap.sync.observing import Observe
    from recordmap.sync.report import Report

    Take = Callable[[Report | None], None]


@dataclass(frozen=True, slots=True)
class Monitors:
    """What was asked for: where metrics are served, whether others may read them, and whether to trace."""

    metrics: str | None
    metrics_open: bool
    traces: bool

    @contextmanager
    def opened(self, destination: Destination) -> Iterator[tuple[Observe, Take]]:
        """Yield what observes polls, and what takes their reports, or None while another process polls.

        Raises:
            ConfigurationError: a package is missing, or an address can't be used.
        """
        from recordmap.sync.observing import unobserved

        with ExitStack() as stack:
            observe: Observe = unobserved
            take = ignore if self.metrics is None else self._serve(destination, self.metrics, stack)
            if self.traces:
                from recordmap.monitoring.tracing import traced

                _log_of_libraries()
                observe = stack.enter_context(traced())
            yield observe, take

    def _serve(self, destination: Destination, text: str, stack: ExitStack) -> Take:
        from recordmap.connectors.base import ConnectorError
        from recordmap.monitoring.metrics import Metrics
        from recordmap.monitoring.serving import PATH, parse_address, served
        from recordmap.sync.timestamps import utc_now

        address = parse_address(text)
        if address is None:
            raise click.BadParameter(
                f"'{text}' is not an address such as 127.0.0.1:9464", param_hint="'--metrics'"
            )
        if not address.is_own and not self.metrics_open:
            raise ConfigurationError(
                f"other machines could read the metrics on {address}",
                "--metrics-open allows it; 127.0.0.1 is for this machine only",
            )
        metrics = Metrics(destination, utc_now)
        taken = stack.enter_context(served(metrics, address))
        say("metrics-served", f"metrics are at http://{taken}{PATH}", level="info")
        if not address.is_own:
            open_to_all = f"whoever reaches {taken} can read the metrics; no key is asked for"
            say("metrics-open", open_to_all, level="warning")

        def take(report: Report | None) -> None:
            try:
                if report is None:
                    metrics.look()
                else:
                    metrics.take(report)
            except ConnectorError as error:
                # The poll is over, and told; the next look may be luckier.
                told = f"the metrics of the store are not up to date ({error.code})"
                say("metrics-behind", told, level="warning", code=error.code)

        return take


def ignore(report: Report | None) -> None:
    """Take a report that nobody wants."""


def _log_of_libraries() -> None:
    """See to it that what OpenTelemetry complains of comes as lines of our log."""
    import logging

    log = logging.getLogger("opentelemetry")
    log.handlers, log.propagate = logging.getLogger("recordmap").handlers, False
