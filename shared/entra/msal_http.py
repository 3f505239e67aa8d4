"""MSAL's way to the network: over httpx, with limits, and with nothing but Entra's JSON let through."""

import json
import ssl
from typing import Any

import httpx

from shared.errors import ToolError
from shared.messages import retry_after

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

    MSAL's own would follow a redirect with the assertion in hand, wait without end, and log a
    token response that is cut short. Here each of these is a ToolError: `throttled` on 429,
    `timeout`, else `unavailable`.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx.Client(verify=tls, timeout=TIMEOUT, limits=limits, follow_redirects=False)

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
        try:
            with self._client.stream(method, url, **arguments) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > LIMIT_BYTES:
                        raise _unavailable()
        except httpx.TimeoutException as error:
            raise ToolError(
                "timeout",
                "The sign-in service (Entra) did not answer in time.",
                "Try again in a moment.",
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _unavailable() from error
        return _checked(response, bytes(body))


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


def _unavailable() -> ToolError:
    return ToolError(
        "unavailable",
        "The sign-in service (Entra) could not be reached, or did not answer as it should.",
        "Try again in a moment; if it goes on, the administrator checks AZURE_AUTHORITY_HOST and the "
        "server's way to it.",
    )
