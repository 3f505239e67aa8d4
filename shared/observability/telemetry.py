"""What is noted while a call runs: for its audit line, its trace and the metrics at once."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind

from shared.observability import audit, tracing
from shared.observability.audit import CallRecord

type CacheResult = Literal["hit", "shared", "miss"]


class ObservedCall:
    """One tool call, whose audit line is written when it ends, however it ends.

    Attributes:
        record: What is noted for the audit line.
        outcome: How it went, for the audit line: `ok` or a code.
        reason: The cause of a failure, for the audit line.
    """

    def __init__(self, record: CallRecord) -> None:
        self.record = record
        self.outcome = "internal_error"
        self.reason = ""
        self._bytes_out = 0

    @contextmanager
    def validation(self) -> Iterator[None]:
        """Note the check of the access token, around it."""
        with tracing.span("validate token", {}):
            yield

    def finish(self, outcome: str, envelope: str, *, reason: str = "") -> str:
        """Note the end of the call; returns the envelope."""
        self.outcome, self.reason = outcome, reason
        # An envelope is ASCII.
        self._bytes_out = len(envelope)
        return envelope

    def line(self, *, duration_ms: float) -> dict[str, object]:
        """The call's audit line."""
        return self.record.line(
            outcome=self.outcome,
            reason=self.reason,
            duration_ms=duration_ms,
            trace_id=tracing.trace_id(),
            bytes_out=self._bytes_out,
        )


@contextmanager
def observed_call(tool: str, *, writes: bool, headers: Mapping[str, str]) -> Iterator[ObservedCall]:
    """Note one tool call.

    Args:
        tool: The tool's name.
        writes: Whether it changes anything.
        headers: `traceparent` and `tracestate` of whoever called, as far as there are.
    """
    call = ObservedCall(CallRecord(tool, writes=writes))
    token = audit.CURRENT.set(call.record)
    attributes = {"mcp.method.name": "tools/call", "gen_ai.tool.name": tool}
    started = time.perf_counter()
    try:
        with tracing.span(f"tools/call {tool}", attributes, parent=tracing.continued(headers)) as span:
            try:
                yield call
            finally:
                seconds = time.perf_counter() - started
                audit.write(call.line(duration_ms=1000 * seconds))
                _measure(call, span, {"gen_ai.tool.name": tool}, seconds)
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
    """Note how a token of another API was come by."""
    started = time.perf_counter()
    try:
        with tracing.span("exchange token", {"cache": cache}):
            yield
    finally:
        tracing.EXCHANGE_DURATION.record(time.perf_counter() - started, {"cache": cache})


class ObservedRequest:
    """One request to another service.

    Attributes:
        headers: To send along: they continue the trace.
    """

    def __init__(self, span: Span, host: str, record: CallRecord | None) -> None:
        self.headers = tracing.outgoing()
        self.has_response = False
        self._span = span
        self._host = host
        self._record = record

    def response_received(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the answer, read to its end."""
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
    """Note one request to another service.

    Args:
        method: The HTTP method.
        url: The address; of it only the host is noted.
        headers: Those sent, of which the client's request id is noted.
        template: The address' path with `{}` for each id, where that is known.
    """
    host = _host(url)
    record = audit.CURRENT.get()
    if record:
        record.request_sent(headers)
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "server.address": host.partition(":")[0],
    }
    if ":" in host:
        attributes["server.port"] = int(host.partition(":")[2])
    if template is not None:
        attributes["url.template"] = template
    name = f"{method} {template}" if template else method
    with tracing.span(name, attributes, kind=SpanKind.CLIENT) as span:
        noted = ObservedRequest(span, host, record)
        try:
            yield noted
        finally:
            if record and not noted.has_response:
                record.no_response(host)


def _host(url: str) -> str:
    """The host's name, and its port where it is not the usual one; never user info."""
    try:
        address = urlsplit(url)
        return f"{address.hostname}:{address.port}" if address.port else str(address.hostname)
    except ValueError:
        # What is no address is refused by whoever sends it.
        return ""
