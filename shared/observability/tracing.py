"""Creates spans and metrics through OpenTelemetry's API alone: the deployment chooses the exporter.

Without an exporter each of these costs next to nothing. No span or metric holds a query, an id,
an argument or an exception's message.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, metrics, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.errors import ToolError

SCOPE = "m365-devops-mcp"
SPANS: Mapping[str, str] = {
    "tools/call {tool}": "one tool call",
    "validate token": "the check of the caller's access token",
    "exchange token": "a token of another API: `cache` says whether it was cached (`hit`), its exchange was "
    "pending (`shared`), or a new exchange was started (`miss`)",
    "{method} {path}": "one request to another service; the path, as `url.template`, has `{}` in place of "
    "each id, and is absent where it is unknown",
}
METRICS: Mapping[str, str] = {
    "mcp.server.operation.duration": "seconds of each call, by tool and failure",
    "m365_devops_mcp.calls": "calls, by tool and outcome",
    "m365_devops_mcp.errors": "failures, by code",
    "m365_devops_mcp.exchange.duration": "seconds until a token was available, by `cache`",
    "m365_devops_mcp.throttled": "responses of status 429, by host",
}

_TRACER = trace.get_tracer(SCOPE)
_METER = metrics.get_meter(SCOPE)
_PROPAGATOR = TraceContextTextMapPropagator()

CALL_DURATION = _METER.create_histogram("mcp.server.operation.duration", unit="s")
CALLS = _METER.create_counter("m365_devops_mcp.calls", unit="{call}")
ERRORS = _METER.create_counter("m365_devops_mcp.errors", unit="{call}")
EXCHANGE_DURATION = _METER.create_histogram("m365_devops_mcp.exchange.duration", unit="s")
THROTTLED = _METER.create_counter("m365_devops_mcp.throttled", unit="{response}")


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, str | int],
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: context.Context | None = None,
) -> Iterator[Span]:
    """Opens a span around its body, and marks it as failed when the body raises.

    Where nobody has set up a provider of spans, it only makes the parent the current trace.
    """
    if parent is None and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield trace.INVALID_SPAN
        return
    started = _TRACER.start_span(name, context=parent, kind=kind, attributes=dict(attributes))
    # An exception's message and traceback may hold anything.
    with trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield started
        except BaseException as error:
            fail(started, error.code if isinstance(error, ToolError) else type(error).__name__)
            raise


def fail(failed: Span, kind: str) -> None:
    """Marks a span as failed."""
    failed.set_attribute("error.type", kind)
    failed.set_status(Status(StatusCode.ERROR))


def continued(headers: Mapping[str, str]) -> context.Context | None:
    """Returns the trace context of W3C headers; None, which means the current one, without any."""
    return _PROPAGATOR.extract(headers) if headers.get("traceparent") else None


def outgoing() -> dict[str, str]:
    """Returns the W3C headers with which a request continues the current trace."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers


def trace_id() -> str | None:
    """Returns the id of the current trace."""
    current = trace.get_current_span().get_span_context()
    return trace.format_trace_id(current.trace_id) if current.is_valid else None
