"""Sends MSAL's requests through httpx, with limits, and returns nothing but Entra's JSON."""

import json
import ssl
import time
from typing import Any

import httpx

from shared.errors import ToolError
from shared.http.circuit_breaker import CircuitBreaker
from shared.http.current_caller import current_caller
from shared.http.messages import is_readable_encoding, retry_after
from shared.http.retry import CONNECTION_ERRORS, RetryableError, circuit_open, failure_kind
from shared.observability.telemetry import observed_request

SERVICE = "The sign-in service (Entra)"
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
TOTAL_TIMEOUT = 20.0
"""Seconds after which an incomplete response is given up."""
LIMIT_BYTES = 1024 * 1024
CONNECTIONS = 16


class EntraResponse:
    """Holds a response in the shape MSAL reads (`msal.oauth2cli.http`)."""

    def __init__(self, status_code: int, text: str, headers: dict[str, str]) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = headers

    def raise_for_status(self) -> None:
        """Does nothing: `EntraHttp` returns no status that MSAL would have to refuse."""


class NoHttpCache(dict[str, Any]):
    """Caches nothing: MSAL would repeat a refusal for a minute, and one user's 429 to all of them."""

    def __setitem__(self, key: str, value: Any) -> None:
        """Discards the response."""


class EntraHttp:
    """Implements the HTTP client that MSAL takes; several threads may use it.

    It retries nothing, and sends nothing while Entra's circuit is open. The caller may retry after a
    `RetryableError`.

    MSAL's own client would follow a redirect and send the assertion along, wait without end, and log a
    token response that is cut short. Here each of these is a ToolError: `throttled` on 429,
    `timeout`, else `unavailable`.
    """

    def __init__(self, tls: ssl.SSLContext, *, total_timeout: float = TOTAL_TIMEOUT) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        # Like all requests of the app, through no proxy of the environment.
        self._client = httpx.Client(
            verify=tls, timeout=TIMEOUT, limits=limits, follow_redirects=False, trust_env=False
        )
        self._total_timeout = total_timeout
        self._breaker = CircuitBreaker()

    def get(self, url: str, **arguments: Any) -> EntraResponse:
        """Sends a GET; `params` and `headers` are sent, MSAL's other arguments are not for HTTP."""
        return self._send("GET", url, params=arguments.get("params"), headers=arguments.get("headers"))

    def post(self, url: str, **arguments: Any) -> EntraResponse:
        """Sends a form POST; see `get`."""
        return self._send(
            "POST",
            url,
            params=arguments.get("params"),
            headers=arguments.get("headers"),
            # MSAL signs an assertion as bytes, which httpx would write as Python does.
            data={
                name: value.decode() if isinstance(value, bytes) else value
                for name, value in (arguments.get("data") or {}).items()
            },
        )

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _send(self, method: str, url: str, **arguments: Any) -> EntraResponse:
        if wait := self._breaker.seconds_until_retry():
            raise circuit_open(SERVICE, wait)
        headers = arguments.pop("headers") or {}
        with observed_request(method, url, headers) as observed:
            response, body = self._read(method, url, headers={**observed.headers, **headers}, **arguments)
            observed.response_received(response.status_code, response.headers)
        return _checked(response, body)

    def _read(self, method: str, url: str, **arguments: Any) -> tuple[httpx.Response, bytes]:
        ends_at = time.monotonic() + self._total_timeout
        try:
            with self._client.stream(method, url, **arguments) as response:
                if not is_readable_encoding(response.headers):
                    raise unavailable()
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > LIMIT_BYTES:
                        raise unavailable()
                    if time.monotonic() >= ends_at:
                        raise httpx.ReadTimeout("the response took too long")
        except httpx.TimeoutException as error:
            self._breaker.record_failure(failure_kind(error), current_caller())
            raise too_slow(_kind(error)) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            self._breaker.record_failure(failure_kind(error), current_caller())
            raise unavailable(_kind(error)) from error
        if response.status_code >= 500:
            self._breaker.record_failure("server", current_caller())
        else:
            self._breaker.record_success()
        return response, bytes(body)


def _checked(response: httpx.Response, body: bytes) -> EntraResponse:
    """Returns the response if it is one of Entra's token or metadata endpoints."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise RetryableError(
            "throttled",
            f"{SERVICE} throttles this server.",
            "Wait a little, then try again.",
            retry_after=retry_after(response.headers),
        )
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise unavailable(RetryableError, retry_in=retry_after(response.headers))
    if response.status_code not in (200, 400, 401):
        raise unavailable()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise unavailable() from error
    if not isinstance(document, dict):
        raise unavailable()
    return EntraResponse(response.status_code, body.decode(), dict(response.headers))


def _kind(error: Exception) -> type[ToolError]:
    return RetryableError if isinstance(error, CONNECTION_ERRORS) else ToolError


def unavailable(kind: type[ToolError] = ToolError, *, retry_in: float | None = None) -> ToolError:
    """Returns the failure of an Entra that sent no usable response."""
    return kind(
        "unavailable",
        f"{SERVICE} could not be reached, or sent no usable response.",
        "Try again in a moment; if it persists, the administrator checks AZURE_AUTHORITY_HOST and the "
        "network between the server and it.",
        retry_after=retry_in,
    )


def too_slow(kind: type[ToolError] = ToolError) -> ToolError:
    """Returns the failure of an Entra that takes too long."""
    return kind("timeout", f"{SERVICE} did not respond in time.", "Try again in a moment.")
