"""Declares what is kept of a sign-in between its requests, each sort of row with its lifetime."""

from typing import ClassVar

from shared.sign_in.sealed_rows import Content

_MINUTE = 60.0
_DAY = 24 * 3600.0


class RegisteredClient(Content):
    """Is a client that registered itself (RFC 7591); its client id holds the handle."""

    kind: ClassVar[str] = "client"
    lifetime: ClassVar[float] = 90 * _DAY

    name: str
    redirect_uris: tuple[str, ...]
    refreshes: bool
    used_at: float


class AuthorizationRequest(Content):
    """Is a client's valid authorization request that waits for the user's consent."""

    kind: ClassVar[str] = "request"
    lifetime: ClassVar[float] = 10 * _MINUTE

    client_id: str
    client_name: str
    redirect_uri: str
    state: str | None
    code_challenge: str
    refreshes: bool
    browser: str
    """The SHA-256 of the value that the browser's cookie holds for it."""


class Transit(Content):
    """Is a request the user has consented to, on its way through Entra; the handle is Entra's `state`."""

    kind: ClassVar[str] = "transit"
    lifetime: ClassVar[float] = 10 * _MINUTE

    request: AuthorizationRequest
    verifier: str
    nonce: str
    browser: str


class Grant(Content):
    """Is what Entra granted to a client, as far as a refresh needs it."""

    kind: ClassVar[str] = "refresh"
    lifetime: ClassVar[float] = 90 * _DAY

    client_id: str
    tenant_id: str
    object_id: str
    refresh_token: str
    family: str
    used_at: float | None = None


class Code(Content):
    """Is an authorization code: the tokens, and what its redemption must agree with."""

    kind: ClassVar[str] = "code"
    lifetime: ClassVar[float] = _MINUTE

    client_id: str
    redirect_uri: str
    code_challenge: str
    access_token: str
    expires_at: float
    grant: Grant | None
    tenant_id: str
    object_id: str


class Family(Content):
    """Is there as long as the refresh tokens that come from one sign-in are good."""

    kind: ClassVar[str] = "family"
    lifetime: ClassVar[float] = 90 * _DAY
