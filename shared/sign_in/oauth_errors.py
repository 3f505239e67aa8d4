"""Defines the errors of the authorization server, in the codes of the standards."""

from typing import Literal

type OAuthCode = Literal[
    # RFC 6749, 4.1.2.1 and 5.2
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "invalid_scope",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    # RFC 7591, 3.2.2
    "invalid_redirect_uri",
    "invalid_client_metadata",
    # RFC 8707, 2; RFC 7009, 2.2.1; OpenID Connect Core 1.0, 3.1.2.6
    "invalid_target",
    "unsupported_token_type",
    "consent_required",
    "request_not_supported",
    "request_uri_not_supported",
]


class OAuthError(Exception):
    """Reports a refusal to the client, or to the person at the browser.

    Attributes:
        code: The error code.
        description: One line for people; it holds nothing of the request.
        status: The HTTP status where the error is a response of its own.
        retry_after: Seconds after which the same request may succeed, where that is known.
        reason: The precise cause, for the audit record.
    """

    def __init__(
        self,
        code: OAuthCode,
        description: str,
        *,
        status: int = 400,
        retry_after: float | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(description)
        self.code: OAuthCode = code
        self.description = description
        self.status = status
        self.retry_after = retry_after
        self.reason = reason or code


def unavailable(
    description: str, *, retry_after: float | None = None, reason: str | None = None
) -> OAuthError:
    """Returns the failure of something this server needs: storage, Entra or a client's document."""
    return OAuthError(
        "temporarily_unavailable",
        description,
        status=503,
        retry_after=retry_after or 5,
        reason=reason or "unavailable",
    )
