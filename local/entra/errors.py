"""Defines Entra's errors: the OAuth error of each AADSTS code, and the error response."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

# The OAuth error and HTTP status of each code: "Microsoft Entra authentication and authorization error
# codes", and RFC 6749, 5.2.
_REFUSALS: dict[int, tuple[str, int]] = {
    28000: ("invalid_request", 400),
    50011: ("invalid_request", 400),
    50013: ("invalid_grant", 400),
    50027: ("invalid_request", 400),
    50034: ("invalid_grant", 400),
    50058: ("login_required", 400),
    50076: ("interaction_required", 400),
    50105: ("invalid_grant", 400),
    50194: ("invalid_request", 400),
    53003: ("interaction_required", 400),
    54005: ("invalid_grant", 400),
    65001: ("invalid_grant", 400),
    65004: ("access_denied", 400),
    70000: ("invalid_grant", 400),
    70003: ("unsupported_grant_type", 400),
    70008: ("invalid_grant", 400),
    70011: ("invalid_scope", 400),
    90002: ("invalid_request", 400),
    90009: ("invalid_request", 400),
    90023: ("invalid_request", 400),
    500011: ("invalid_resource", 400),
    500014: ("invalid_resource", 400),
    500112: ("invalid_grant", 400),
    500131: ("invalid_grant", 400),
    500133: ("invalid_grant", 400),
    501481: ("invalid_grant", 400),
    501491: ("invalid_request", 400),
    650052: ("invalid_client", 400),
    650053: ("invalid_client", 400),
    650057: ("invalid_resource", 400),
    700016: ("unauthorized_client", 400),
    700021: ("invalid_client", 401),
    700023: ("invalid_client", 401),
    700024: ("invalid_client", 401),
    700025: ("invalid_client", 401),
    700027: ("invalid_client", 401),
    700051: ("unsupported_response_type", 400),
    700082: ("invalid_grant", 400),
    700211: ("invalid_client", 401),
    700212: ("invalid_client", 401),
    700213: ("invalid_client", 401),
    900023: ("invalid_request", 400),
    900144: ("invalid_request", 400),
    7000114: ("unauthorized_client", 400),
    7000215: ("invalid_client", 401),
    7000216: ("invalid_client", 401),
    7000218: ("invalid_client", 401),
    9002313: ("invalid_request", 400),
    9002325: ("invalid_request", 400),
    9010010: ("invalid_target", 400),
}


class EntraError(Exception):
    """Refuses a request with an AADSTS code; `claims` is the challenge that the client has to answer."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        error: str | None = None,
        suberror: str | None = None,
        claims: str | None = None,
    ) -> None:
        super().__init__(f"AADSTS{code}: {message}")
        usual, self.status = _REFUSALS[code]
        self.code = code
        self.message = message
        self.error = error or usual
        self.suberror = suberror
        self.claims = claims


def missing(parameter: str) -> EntraError:
    """Returns the refusal of a request that lacks a parameter."""
    return EntraError(900144, f"The request must contain the parameter '{parameter}'.")


def body(refusal: EntraError, *, base_url: str, correlation_id: str) -> dict[str, Any]:
    """Renders the JSON body of a refusal, with a new trace id."""
    timestamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    trace_id = str(uuid.uuid4())
    optional = {"suberror": refusal.suberror, "claims": refusal.claims}
    return {
        "error": refusal.error,
        "error_description": (
            f"{refusal} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        "error_codes": [refusal.code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"{base_url}/error?code={refusal.code}",
        **{name: value for name, value in optional.items() if value},
    }
