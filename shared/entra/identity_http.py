"""Sends MSAL's requests to the managed identity's endpoint, which is on the same machine."""

import ssl
from typing import Any

import httpx

from shared.entra.msal_http import EntraResponse
from shared.errors import ToolError
from shared.http.retry import CONNECTION_ERRORS, RetryableError

NO_CREDENTIAL = "no_credential"
"""The `reason` of failures in which the app has no usable credential."""
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
"""A slow endpoint is a broken one: it is on the same machine."""


class IdentityHttp:
    """Implements the HTTP client that MSAL takes.

    It follows no redirect, retries nothing and keeps no connection.

    A redirect would send the secret header elsewhere, and so would a proxy of the environment. A retry would
    hold up whoever waits for the same token; the caller may retry after a `RetryableError`.

    Args:
        tls: The authorities to trust where the endpoint is on https.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._client = httpx.Client(
            verify=tls,
            timeout=TIMEOUT,
            # It is asked a few times a day.
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def get(self, url: str, *, params: dict[str, str], headers: dict[str, str], **_: Any) -> EntraResponse:
        """Sends a GET, and returns the response of status 200.

        Raises:
            ToolError: `unavailable`: the endpoint does not respond. `misconfigured`: it refuses.
        """
        try:
            response = self._client.get(url, params=params, headers=headers)
        except (httpx.TransportError, httpx.DecodingError) as error:
            kind = RetryableError if isinstance(error, CONNECTION_ERRORS) else ToolError
            raise identity_unavailable(kind) from error
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.status_code >= 500:
            raise identity_unavailable(RetryableError)
        if response.is_redirect:
            raise identity_unavailable()
        if response.status_code != httpx.codes.OK:
            raise no_identity_token("its managed identity gives it no token")
        return EntraResponse(response.status_code, response.text, dict(response.headers))


def no_identity_token(why: str) -> ToolError:
    """Returns the failure of an app that has no managed identity, or one that gives it no token."""
    return ToolError(
        "misconfigured",
        f"The server cannot authenticate: {why}.",
        "The administrator checks that AZURE_MI_CLIENT_ID is the client id of a user-assigned "
        "identity, and that this identity is assigned to the function app.",
        reason=NO_CREDENTIAL,
    )


def identity_unavailable(kind: type[ToolError] = ToolError) -> ToolError:
    """Returns the failure of an endpoint that sent no usable response."""
    return kind(
        "unavailable",
        "The server's managed identity did not respond.",
        "Try again in a moment; if it persists, the administrator restarts the function app.",
    )
