"""MSAL's way to the network: over httpx, with limits, and with nothing but Entra's JSON let through."""

import json
import ssl
from typing import Any

import httpx

from shared.breaker import Breaker
from shared.errors import ToolError
from shared.messages import retry_after
from shared.telemetry import downstream

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
LIMIT_BYTES = 1024 * 1024
CONNECTIONS = 16


class EntraResponse:
    """A response in the shape MSAL reads (`msal.oauth2cli.http`)."""

    def __init__(self, status_code: int, text: str, headers: dict[str, str]) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = headers

    def raise_for_status(self) -> None:
        """Do nothing: `EntraHttp` lets no status through that MSAL would have to refuse."""


class EntraHttp:
    """An HTTP client of the shape MSAL takes, safe to use from several threads.

    Sends nothing twice, and nothing at all for a while to an Entra that only fails.

    MSAL's own would follow a redirect with the assertion in hand, wait without end, and log a
    token response that is cut short. Here each of these is a ToolError: `throttled` on 429,
    `timeout`, else `unavailable`.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx.Client(verify=tls, timeout=TIMEOUT, limits=limits, follow_redirects=False)
        self._breaker = Breaker()

    def get(self, url: str, **arguments: Any) -> EntraResponse:
        """The answer to a GET; `params` and `headers` are sent, other arguments are not for HTTP."""
        return self._send("GET", url, params=arguments.get("params"), headers=arguments.get("headers"))

    def post(self, url: str, **arguments: Any) -> EntraResponse:
        """The answer to a form POST; see `get`."""
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
        """Close the connections."""
        self._client.close()

    def _send(self, method: str, url: str, **arguments: Any) -> EntraResponse:
        if wait := self._breaker.wait():
            raise _unavailable(come_back=round(wait, 1))
        headers = arguments.pop("headers") or {}
        with downstream(method, url, headers) as noted:
            response, body = self._read(method, url, headers={**noted.headers, **headers}, **arguments)
            noted.answered(response.status_code, response.headers)
        return _checked(response, body)

    def _read(self, method: str, url: str, **arguments: Any) -> tuple[httpx.Response, bytes]:
        try:
            with self._client.stream(method, url, **arguments) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > LIMIT_BYTES:
                        raise _unavailable()
        except httpx.TimeoutException as error:
            self._breaker.failed("timeout")
            raise ToolError(
                "timeout",
                "The sign-in service (Entra) did not answer in time.",
                "Try again in a moment.",
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            self._breaker.failed("connection")
            raise _unavailable() from error
        if response.status_code >= 500:
            self._breaker.failed("server")
        else:
            self._breaker.answered()
        return response, bytes(body)


def _checked(response: httpx.Response, body: bytes) -> EntraResponse:
    """The response, if it is an answer of Entra's token or metadata endpoints."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise ToolError(
            "throttled",
            "The sign-in service (Entra) is being asked too much.",
            "Wait a little, then try again.",
            retry_after=retry_after(response.headers),
        )
    if response.status_code not in (200, 400, 401):
        raise _unavailable()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unavailable() from error
    if not isinstance(document, dict):
        raise _unavailable()
    return EntraResponse(response.status_code, body.decode(), dict(response.headers))


def _unavailable(come_back: float | None = None) -> ToolError:
    return ToolError(
        "unavailable",
        "The sign-in service (Entra) could not be reached, or did not answer as it should.",
        "Try again in a moment; if it goes on, the administrator checks AZURE_AUTHORITY_HOST and the "
        "server's way to it.",
        retry_after=come_back,
    )
