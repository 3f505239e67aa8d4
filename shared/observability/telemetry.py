"""Observes calls, exchanges and requests for the audit record, the trace and the metrics at once."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind

from shared.observability import audit, tracing
from shared.observability.audit import CallRecord

type CacheResult = Literal["hit", "shared", "miss"]
type Kind = Literal["tool", "resource", "prompt", "page"]

_METHODS: Mapping[Kind, tuple[str, str]] = {
    "tool": ("tools/call", "gen_ai.tool.name"),
    "resource": ("resources/read", "gen_ai.tool.name"),
    "prompt": ("prompts/get", "gen_ai.prompt.name"),
    "page": ("resources/read", "mcp.resource.name"),
}
"""The method of MCP, and the attribute of the name (OpenTelemetry's conventions for MCP), by kind."""


class ObservedCall:
    """Observes one call, whose audit line is written when it ends, however it ends.

    Attributes:
        record: The facts for the audit line.
        outcome: `ok` or a code, for the audit line.
        reason: The cause of a failure, for the audit line.
    """

    def __init__(self, record: CallRecord) -> None:
        self.record = record
        self.outcome = "internal_error"
        self.reason = ""
        self._bytes_out = 0

    @contextmanager
    def validation(self) -> Iterator[None]:
        """Observes the validation of the access token."""
        with tracing.span("validate token", {}):
            yield

    def finish(self, outcome: str, envelope: str, *, reason: str = "") -> str:
        """Records the end of the call, and returns the envelope."""
        self.outcome, self.reason = outcome, reason
        # An envelope is ASCII.
        self._bytes_out = len(envelope)
        return envelope

    def line(self, *, duration_ms: float) -> dict[str, object]:
        """Returns the call's audit line."""
        return self.record.line(
            outcome=self.outcome,
            reason=self.reason,
            duration_ms=duration_ms,
            trace_id=tracing.trace_id(),
            bytes_out=self._bytes_out,
        )


@contextmanager
def observed_call(
    name: str, *, writes: bool, headers: Mapping[str, str], kind: Kind = "tool"
) -> Iterator[ObservedCall]:
    """Observes one call.

    Args:
        name: Of the tool, of the tool that reads the resource, of the prompt or the page.
        writes: Whether it changes anything.
        headers: `traceparent` and `tracestate` of the call, where there are any.
        kind: What is asked for.
    """
    call = ObservedCall(CallRecord(name, kind=kind, writes=writes))
    token = audit.CURRENT.set(call.record)
    method, named = _METHODS[kind]
    attributes = {"mcp.method.name": method, named: name}
    started = time.perf_counter()
    try:
        with tracing.span(f"{method} {name}", attributes, parent=tracing.continued(headers)) as span:
            try:
                yield call
            finally:
                seconds = time.perf_counter() - started
                audit.write(call.line(duration_ms=1000 * seconds))
                _measure(call, span, {named: name}, seconds)
    finally:
        audit.CURRENT.reset(token)


def _measure(call: ObservedCall, span: Span, attributes: Mapping[str, str], seconds: float) -> None:
    tracing.CALLS.add(1, {**attributes, "outcome": call.outcome})
    if call.outcome == "ok":
        tracing.CALL_DURATION.record(seconds, attributes)
        return
    tracing.fail(span, call.outcome)
    tracing.ERRORS.add(1, {"error.type": call.outcome})
    tracing.CALL_DURATION.record(seconds, {**attributes, "error.type": call.outcome})


@contextmanager
def observed_exchange(cache: CacheResult) -> Iterator[None]:
    """Observes how a token of another API was obtained."""
    started = time.perf_counter()
    try:
        with tracing.span("exchange token", {"cache": cache}):
            yield
    finally:
        tracing.EXCHANGE_DURATION.record(time.perf_counter() - started, {"cache": cache})


class ObservedRequest:
    """Observes one request to another service.

    Attributes:
        headers: The headers that continue the trace, to be sent along.
    """

    def __init__(self, span: Span, host: str, record: CallRecord | None) -> None:
        self.headers = tracing.outgoing()
        self.has_response = False
        self._span = span
        self._host = host
        self._record = record

    def response_received(self, status: int, headers: Mapping[str, str]) -> None:
        """Records the response, read to its end."""
        self.has_response = True
        self._span.set_attribute("http.response.status_code", status)
        if status >= 400:
            tracing.fail(self._span, str(status))
        if status == 429:
            tracing.THROTTLED.add(1, {"server.address": self._host})
        if self._record:
            self._record.response_received(self._host, status, headers)


@contextmanager
def observed_request(
    method: str, url: str, headers: Mapping[str, str], *, template: str | None = None
) -> Iterator[ObservedRequest]:
    """Observes one request to another service.

    Args:
        method: The HTTP method.
        url: The URL, of which only the host is recorded.
        headers: The request's headers, of which only the client's request id is recorded.
        template: The URL's path with `{}` for each id, where that is known.
    """
    host = _host(url)
    record = audit.CURRENT.get()
    if record:
        record.request_sent(headers)
    name, port = _name_and_port(url)
    attributes: dict[str, str | int] = {"http.request.method": method, "server.address": name}
    if port:
        attributes["server.port"] = port
    if template is not None:
        attributes["url.template"] = template
    span_name = f"{method} {template}" if template else method
    with tracing.span(span_name, attributes, kind=SpanKind.CLIENT) as span:
        observed = ObservedRequest(span, host, record)
        try:
            yield observed
        finally:
            if record and not observed.has_response:
                record.no_response(host)


def _host(url: str) -> str:
    """Returns the host's name, and its port where it is not the default one; never user info."""
    name, port = _name_and_port(url)
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{port}" if port else name


def _name_and_port(url: str) -> tuple[str, int | None]:
    try:
        address = urlsplit(url)
        return address.hostname or "", address.port
    except ValueError:
        # The HTTP client refuses what is no URL.
        return "", None
