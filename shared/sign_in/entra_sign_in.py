"""Signs users in to Entra as the sign-in proxy's own app registration."""

import asyncio
import hmac
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlencode

import jwt
import msal

from shared.entra.access_token import CLOCK_SKEW, AccessTokenValidator, RefusedTokenError, preview
from shared.entra.confidential_client import confidential_client
from shared.entra.exchange_threads import ExchangeThreads
from shared.entra.msal_http import EntraHttp
from shared.entra.principal import Principal
from shared.entra.signing_keys import ALGORITHM, SigningKeys
from shared.settings import Settings
from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.entra_endpoints import EntraEndpoints
from shared.sign_in.oauth_errors import unavailable
from shared.sign_in.sealed_rows import hashed

THREADS = 8
OPENID_SCOPES = ("openid", "offline_access")
"""For an ID token, which is bound to the browser, and a refresh token; besides this server's own scope."""
_ID_TOKEN_CLAIMS = ["aud", "exp", "iat", "iss", "sub", "nonce"]
"""`oid` is not among them: an ID token has it only where the scope `profile` was asked for."""
_USER_MUST_ACT = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})


class EntraRefusedError(Exception):
    """Reports that Entra refuses this user or this grant.

    Attributes:
        code: The number of the AADSTS code; None where there is none.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__("entra_refused")
        self.code = code


@dataclass(frozen=True, slots=True)
class EntraTokens:
    """Holds what Entra granted: the access token for this server, validated, and its refresh token."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    principal: Principal


class TokenRequests(Protocol):
    """Sends token requests as the proxy's registration. Its methods block."""

    def redeem(self, code: str, *, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Redeems an authorization code; returns Entra's JSON, an error too."""
        ...

    def refresh(self, refresh_token: str) -> Mapping[str, Any]:
        """Redeems a refresh token; returns Entra's JSON, an error too."""
        ...

    def close(self) -> None:
        """Closes the connections."""
        ...


class MsalTokenRequests:
    """Sends token requests by MSAL, proved by the app's own credential."""

    def __init__(self, settings: Settings, sign_in: SignInSettings, tls: ssl.SSLContext) -> None:
        self._settings = settings
        self._sign_in = sign_in
        self._http = EntraHttp(tls)
        self._client: msal.ConfidentialClientApplication | None = None

    def redeem(self, code: str, *, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Redeems an authorization code; returns Entra's JSON, an error too."""
        flow = {
            # MSAL compares these two; the proxy has compared the real ones by its own means.
            "state": "state",
            "redirect_uri": callback_of(self._sign_in),
            "scope": [self._sign_in.scope_name, *OPENID_SCOPES],
            "code_verifier": verifier,
            "nonce": nonce,
        }
        try:
            return dict(
                self._connected().acquire_token_by_auth_code_flow(flow, {"state": "state", "code": code})
            )
        except (RuntimeError, ValueError):
            # Of an ID token that is wrong; MSAL's text would hold its claims.
            raise RefusedTokenError("malformed") from None

    def refresh(self, refresh_token: str) -> Mapping[str, Any]:
        """Redeems a refresh token; returns Entra's JSON, an error too.

        The scope is named, as Entra would otherwise choose the resource by itself.
        """
        client = self._connected()
        return dict(client.acquire_token_by_refresh_token(refresh_token, scopes=[self._sign_in.scope_name]))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _connected(self) -> msal.ConfidentialClientApplication:
        # Two threads may make one each, of which either will do.
        if self._client is None:
            self._client = confidential_client(
                self._settings,
                self._http,
                client_id=self._sign_in.proxy_client_id,
                tenant_id=self._settings.tenant_id,
                exclude_scopes=["profile"],
            )
        return self._client


class EntraSignIn:
    """Sends browsers to Entra, and redeems what they come back with.

    Args:
        sign_in: The proxy's settings.
        issuer: The tenant's issuer.
        endpoints: Entra's endpoints.
        keys: The tenant's signing keys.
        validator: Validates access tokens for this server, as it does those that clients present.
        requests: Sends the token requests.
    """

    def __init__(
        self,
        sign_in: SignInSettings,
        *,
        issuer: str,
        endpoints: EntraEndpoints,
        keys: SigningKeys,
        validator: AccessTokenValidator,
        requests: TokenRequests,
    ) -> None:
        self._sign_in = sign_in
        self._issuer = issuer
        self._endpoints = endpoints
        self._keys = keys
        self._validator = validator
        self._requests = requests
        self._threads = ExchangeThreads(THREADS)

    async def authorization_url(self, *, state: str, nonce: str, challenge: str) -> str:
        """Returns the address at which a browser signs in. Nothing in it is the client's.

        The nonce is sent as its SHA-256, as MSAL expects it back.

        Raises:
            ToolError: Entra's metadata could not be fetched.
        """
        query = {
            "client_id": self._sign_in.proxy_client_id,
            "response_type": "code",
            "redirect_uri": callback_of(self._sign_in),
            "response_mode": "query",
            "scope": " ".join([self._sign_in.scope_name, *OPENID_SCOPES]),
            "state": state,
            "nonce": hashed(nonce),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{(await self._endpoints.get()).authorization}?{urlencode(query)}"

    async def redeem(self, code: str, *, verifier: str, nonce: str) -> EntraTokens:
        """Redeems an authorization code.

        Raises:
            EntraRefusedError: Entra does not allow it.
            RefusedTokenError: Entra's tokens are not what they must be.
            OAuthError, ToolError: Entra cannot be reached, or does not accept this server.
        """
        response = await self._run(partial(self._requests.redeem, code, verifier=verifier, nonce=nonce))
        tokens = await self._tokens(response)
        await self._check_id_token(response.get("id_token"), nonce, tokens.principal)
        return tokens

    async def refresh(self, refresh_token: str) -> EntraTokens:
        """Redeems a refresh token; raises what `redeem` does."""
        return await self._tokens(await self._run(partial(self._requests.refresh, refresh_token)))

    def close(self) -> None:
        """Shuts the threads down and closes the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._requests.close()

    async def _run(self, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        return await asyncio.wrap_future(self._threads.submit(call))

    async def _tokens(self, response: Mapping[str, Any]) -> EntraTokens:
        access_token, refresh_token = response.get("access_token"), response.get("refresh_token")
        if not isinstance(access_token, str):
            codes = response.get("error_codes")
            first = codes[0] if isinstance(codes, list) and codes and isinstance(codes[0], int) else None
            if response.get("error") in _USER_MUST_ACT:
                raise EntraRefusedError(first)
            raise unavailable(
                "Entra does not accept this server at the moment.", retry_after=60, reason=f"aadsts{first}"
            )
        principal = await self._validator.validate(access_token)
        if principal.client_id.casefold() != self._sign_in.proxy_client_id:
            raise RefusedTokenError("client_not_allowed")
        return EntraTokens(access_token, refresh_token if isinstance(refresh_token, str) else None, principal)

    async def _check_id_token(self, token: object, nonce: str, principal: Principal) -> None:
        """Checks that the sign-in is the one that this browser began (OpenID Connect Core 1.0, 3.1.3.7)."""
        if not isinstance(token, str):
            raise RefusedTokenError("missing")
        kid, _ = preview(token)
        key = await self._keys.get(kid)
        if key is None:
            raise RefusedTokenError("unknown_key")
        claims = verified_id_token(token, key, issuer=self._issuer, audience=self._sign_in.proxy_client_id)
        if not hmac.compare_digest(str(claims["nonce"]).encode(), hashed(nonce).encode()):
            raise RefusedTokenError("signature")
        if claims.get("oid", principal.object_id) != principal.object_id:
            raise RefusedTokenError("malformed")
        if claims.get("tid", principal.tenant_id) != principal.tenant_id:
            raise RefusedTokenError("foreign_tenant")


def callback_of(sign_in: SignInSettings) -> str:
    """Returns the one redirect address of the proxy's registration."""
    return f"{sign_in.origin}/oauth/callback"


def verified_id_token(token: str, key: jwt.PyJWK, *, issuer: str, audience: str) -> dict[str, Any]:
    """Verifies an ID token's signature, issuer, audience and lifetime, and returns its claims.

    Raises:
        RefusedTokenError: One of them is wrong, or a claim is missing.
    """
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=CLOCK_SKEW,
            options={"require": _ID_TOKEN_CLAIMS, "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise RefusedTokenError("signature") from error


def seconds_left(principal: Principal, now: float | None = None) -> int:
    """Returns the seconds until an access token expires, at least 0."""
    return max(0, int(principal.expires_at - (time.time() if now is None else now)))
