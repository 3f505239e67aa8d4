"""The W3C trace context that ties what the services do to the request that started it."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, replace

from starlette.datastructures import Headers

# W3C Trace Context, 3.2.2: version 00, and neither id all zeros.
_TRACE_PARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class TraceContext:
    """The values of `traceparent` and `tracestate`."""

    parent: str
    state: str = ""

    @classmethod
    def of(cls, headers: Headers) -> TraceContext:
        """The context the caller sent, or that of a new sampled trace."""
        return cls.sent(headers) or cls(f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")

    @classmethod
    def sent(cls, headers: Headers) -> TraceContext | None:
        """The context the caller sent; None where it sent no valid one."""
        parent = headers.get("traceparent", "")
        return cls(parent, headers.get("tracestate", "")) if _TRACE_PARENT.fullmatch(parent) else None

    @property
    def span_id(self) -> str:
        """The id of the span in which a request was sent, or is answered."""
        return self.parent.split("-")[2]

    def with_new_span(self) -> TraceContext:
        """The same trace, in a new span."""
        version, trace_id, _, flags = self.parent.split("-")
        return replace(self, parent=f"{version}-{trace_id}-{secrets.token_hex(8)}-{flags}")


CURRENT: ContextVar[TraceContext | None] = ContextVar("CURRENT", default=None)
"""The context of the request that is being answered; None outside of requests and without a trace."""
