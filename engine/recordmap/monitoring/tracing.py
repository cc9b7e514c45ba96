"""Traces of polls by OpenTelemetry, whose only door this is: a span for each poll, page and transfer of a page.

Where spans go, and which are kept, say the variables of OpenTelemetry (OTEL_…). Attributes are numbers and codes; what
an exception says stays out, because it may tell of a record.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recordmap import __version__
from recordmap.connectors.base import ConnectorError
from recordmap.diagnostics import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordmap.sync.observing import Note, Observe

EXTRA = "tracing"
EXPORTER, PROTOCOL = "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL"


@contextmanager
def traced(exporter: Any = None) -> Iterator[Observe]:
    """Yield what observes a poll; spans that are left are sent when the block ends. `exporter` is for tests.

    Raises:
        ConfigurationError: the libraries aren't installed, or a variable asks for what they can't do.
    """
    try:
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

        chosen = _exporter() if exporter is None else exporter
    except ImportError:
        raise ConfigurationError(
            "traces need the packages of OpenTelemetry", f"pip install 'recordmap[{EXTRA}]'"
        ) from None
    provider = TracerProvider(resource=_resource())
    if chosen is not None:
        provider.add_span_processor(BatchSpanProcessor(chosen))
    try:
        yield _observer(provider.get_tracer("recordmap", __version__))
    finally:
        provider.shutdown()


def _observer(tracer: Any) -> Observe:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - an extra

    @contextmanager
    def observe(part: str) -> Iterator[Note]:
        with tracer.start_as_current_span(
            part, record_exception=False, set_status_on_exception=False
        ) as span:

            def note(name: str, value: str | int) -> None:
                if name == "error":
                    span.set_attribute("error.type", value)
                    span.set_status(Status(StatusCode.ERROR))
                else:
                    span.set_attribute(f"recordmap.{name}", value)

            try:
                yield note
            except Exception as error:
                note("error", error.code if isinstance(error, ConnectorError) else type(error).__name__)
                raise

    return observe


def _resource() -> Any:
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415 - an extra

    named = os.environ.get("OTEL_SERVICE_NAME") or SERVICE_NAME in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return Resource.create({} if named else {SERVICE_NAME: "recordmap"})


def _exporter() -> Any:
    """Return what sends spans, as OpenTelemetry's variables say; None when they say that nothing does."""
    wanted = os.environ.get(EXPORTER, "").strip() or "otlp"
    if wanted == "none":
        return None
    if wanted != "otlp":
        raise ConfigurationError(f"{EXPORTER} is '{wanted}', which can't be done here", "write otlp or none")
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get(PROTOCOL)
    if (protocol or "http/protobuf") != "http/protobuf":
        raise ConfigurationError(
            f"{PROTOCOL} is '{protocol}', which can't be done here", "write http/protobuf"
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
        OTLPSpanExporter,
    )

    return OTLPSpanExporter()
