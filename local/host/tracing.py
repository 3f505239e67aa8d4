"""The W3C trace context that ties a function's spans to the request that started it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

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
        parent = headers.get("traceparent", "")
        if _TRACE_PARENT.fullmatch(parent):
            return cls(parent, headers.get("tracestate", ""))
        return cls(f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")
