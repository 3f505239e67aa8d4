"""Spans and metrics, through OpenTelemetry's API alone: whoever runs the app decides who receives them.

With nobody to receive them each of these does next to nothing. No span or metric holds a query, an id,
an argument or an exception's words.
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
    "exchange token": "a token of another API: `cache` says whether it was kept (`hit`), another caller was "
    "fetching it (`shared`), or Entra was asked (`miss`)",
    "{method} {path}": "one request to another service; the path, as `url.template`, has `{}` in place of "
    "each id, and is left out where nobody knows it",
}
METRICS: Mapping[str, str] = {
    "mcp.server.operation.duration": "seconds of each call, by tool and failure",
    "m365_devops_mcp.calls": "calls, by tool and outcome",
    "m365_devops_mcp.errors": "failures, by code",
    "m365_devops_mcp.exchange.duration": "seconds until a token was there, by `cache`",
    "m365_devops_mcp.throttled": "answers of status 429, by host",
}

_TRACER = trace.get_tracer(SCOPE)
_METER = metrics.get_meter(SCOPE)
_PROPAGATOR = TraceContextTextMapPropagator()

CALL_DURATION = _METER.create_histogram("mcp.server.operation.duration", unit="s")
CALLS = _METER.create_counter("m365_devops_mcp.calls", unit="{call}")
ERRORS = _METER.create_counter("m365_devops_mcp.errors", unit="{call}")
EXCHANGE_DURATION = _METER.create_histogram("m365_devops_mcp.exchange.duration", unit="s")
THROTTLED = _METER.create_counter("m365_devops_mcp.throttled", unit="{answer}")


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, str | int],
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: context.Context | None = None,
) -> Iterator[Span]:
    """A span around what runs inside; a failure there marks it, by its code or its kind."""
    started = _TRACER.start_span(name, context=parent, kind=kind, attributes=dict(attributes))
    # An exception's words and its traceback may hold anything.
    with trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield started
        except BaseException as error:
            fail(started, error.code if isinstance(error, ToolError) else type(error).__name__)
            raise


def fail(failed: Span, kind: str) -> None:
    """Mark a span as failed."""
    failed.set_attribute("error.type", kind)
    failed.set_status(Status(StatusCode.ERROR))


def continued(headers: Mapping[str, str]) -> context.Context | None:
    """The trace that W3C headers tell of; None, for the one at hand, where they tell of none."""
    return _PROPAGATOR.extract(headers) if headers.get("traceparent") else None


def outgoing() -> dict[str, str]:
    """The W3C headers with which a request continues the trace at hand."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers


def trace_id() -> str | None:
    """The id of the trace at hand."""
    at_hand = trace.get_current_span().get_span_context()
    return trace.format_trace_id(at_hand.trace_id) if at_hand.is_valid else None
