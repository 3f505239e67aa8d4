"""Validates the access token that a client presents (Token A)."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import jwt

from shared.bounded_cache import BoundedCache
from shared.entra.principal import Principal
from shared.entra.signing_keys import SigningKeys
from shared.errors import ToolError
from shared.guids import is_guid
from shared.settings import Settings

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
"""Three parts in base64url without padding (RFC 7515, section 3.1). An empty third fails by its `alg`."""

ALGORITHM = "RS256"
CLOCK_SKEW = 300
LIMIT_CHARACTERS = 32 * 1024
REQUIRED_CLAIMS = ["aud", "exp", "iat", "iss", "nbf", "oid", "tid"]

type Reason = Literal[
    "missing",
    "several_tokens",
    "not_bearer",
    "oversized",
    "malformed",
    "algorithm",
    "no_kid",
    "foreign_tenant",
    "unknown_key",
    "signature",
    "missing_claim",
    "issuer",
    "audience",
    "expired",
    "not_yet_valid",
    "too_old",
    "version",
    "version_1",
    "app_only",
    "missing_scope",
    "client_not_allowed",
]


class RefusedTokenError(ToolError):
    """Reports an access token that this server refuses.

    The message to the caller is the same whatever is wrong with the token; `reason` is for the log.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            "sign_in_required", "The access token was not accepted.", _remedy(reason), reason=reason
        )


def _remedy(reason: Reason) -> str:
    if reason == "version_1":
        return (
            "The server's app registration issues version 1.0 tokens: an administrator sets "
            "api.requestedAccessTokenVersion to 2 in its manifest, then you sign in again."
        )
    return "Sign in again. If that does not help, the administrator finds the reason in the server's log."


class AccessTokenValidator:
    """Validates access tokens, and returns the Principal that each describes.

    A valid token's Principal is cached under the token's hash until the token expires, so that
    validating it again costs no signature check. Keys are fetched for allowed tenants only.
    """

    def __init__(
        self,
        settings: Settings,
        keys: Mapping[str, SigningKeys],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._cache: BoundedCache[bytes, Principal] = BoundedCache(
            max_entries=100_000, max_bytes=256 * 1024 * 1024, clock=clock
        )

    async def validate(self, token: str) -> Principal:
        """Returns the principal of a valid token.

        Raises:
            RefusedTokenError: The token is not valid; `reason` says why.
            ToolError: `unavailable` or `timeout`: the signing keys could not be fetched.
        """
        check_form(token)
        key = hashlib.sha256(token.encode()).digest()
        principal = self._cache.get(key)
        if principal is None:
            principal = await self._check(token)
            ends_at = min(principal.expires_at, principal.claim("iat") + self._max_age)
            self._cache.put(key, principal, ends_at=ends_at, size=4 * len(token))
        return principal

    @property
    def _max_age(self) -> float:
        return self._settings.max_token_age_hours * 3600

    async def _check(self, token: str) -> Principal:
        kid, tenant_id = preview(token)
        if tenant_id not in self._settings.tenants:
            raise RefusedTokenError("foreign_tenant")
        key = await self._keys[tenant_id].get(kid)
        if key is None:
            raise RefusedTokenError("unknown_key")
        claims = verify(
            token,
            key,
            issuer=f"{self._settings.authority_host}/{tenant_id}/v2.0",
            audience=self._settings.client_id,
        )
        self._check_claims(claims)
        return principal_of(claims)

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        """Checks what this server decides about a token that Entra issued for it."""
        if claims.get("ver") != "2.0":
            raise RefusedTokenError("version_1" if claims.get("ver") == "1.0" else "version")
        if claims["iat"] + self._max_age < self._clock() - CLOCK_SKEW:
            raise RefusedTokenError("too_old")
        scopes = claims.get("scp")
        # A token without `scp` was issued to an app without a user (Access token claims reference).
        if claims.get("idtyp") == "app" or scopes is None:
            raise RefusedTokenError("app_only")
        if not isinstance(scopes, str) or self._settings.required_scope not in scopes.split():
            raise RefusedTokenError("missing_scope")
        allowed = self._settings.allowed_client_ids
        if allowed and str(claims.get("azp")).casefold() not in allowed:
            raise RefusedTokenError("client_not_allowed")


def bearer_token(values: list[str]) -> str:
    """Returns the one bearer token among the `Authorization` header's values (RFC 6750, section 2.1).

    Raises:
        RefusedTokenError: There is none, more than one, or another scheme.
    """
    if not values:
        raise RefusedTokenError("missing")
    # The host joins repeated headers with a comma, which no token holds.
    if len(values) > 1 or "," in values[0]:
        raise RefusedTokenError("several_tokens")
    scheme, _, token = values[0].strip().partition(" ")
    if scheme.casefold() != "bearer":
        raise RefusedTokenError("not_bearer")
    if not token.strip():
        raise RefusedTokenError("missing")
    return token.strip()


def check_form(token: str) -> None:
    """Refuses a text that has not the size and the characters of a token, before anything parses it.

    Padding in particular is not ignored: one valid token would have many spellings, each cached.

    Raises:
        RefusedTokenError: The text is no token.
    """
    if len(token) > LIMIT_CHARACTERS:
        raise RefusedTokenError("oversized")
    if not _COMPACT.fullmatch(token):
        raise RefusedTokenError("malformed")


def preview(token: str) -> tuple[str, str]:
    """Returns the key id and the tenant that an unverified token claims.

    Raises:
        RefusedTokenError: It is not a token of the kind Entra issues.
    """
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise RefusedTokenError("malformed") from error
    header, claims = parts["header"], parts["payload"]
    if header.get("alg") != ALGORITHM:
        raise RefusedTokenError("algorithm")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise RefusedTokenError("no_kid")
    return header["kid"], str(claims.get("tid"))


def verify(token: str, key: jwt.PyJWK, *, issuer: str, audience: str) -> dict[str, Any]:
    """Verifies a token's signature, issuer, audience and lifetime, and returns its claims.

    Raises:
        RefusedTokenError: One of them is wrong, or a claim is missing or of a wrong type.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=CLOCK_SKEW,
            options={"require": REQUIRED_CLAIMS, "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise RefusedTokenError(_reason(error, token)) from error
    except (ValueError, TypeError, OverflowError) as error:
        raise RefusedTokenError("malformed") from error
    # `isinstance` would take `true` for a number.
    if not all(type(claims[name]) is int for name in ("exp", "iat", "nbf")):
        raise RefusedTokenError("malformed")
    if not all(isinstance(claims[name], str) and is_guid(claims[name]) for name in ("oid", "tid")):
        raise RefusedTokenError("malformed")
    return claims


def _reason(error: jwt.PyJWTError, token: str) -> Reason:
    match error:
        case jwt.MissingRequiredClaimError():
            reason: Reason = "missing_claim"
        case jwt.InvalidSignatureError():
            reason = "signature"
        case jwt.ExpiredSignatureError():
            reason = "expired"
        case jwt.ImmatureSignatureError():
            reason = "not_yet_valid"
        case jwt.InvalidIssuerError() | jwt.InvalidAudienceError():
            # The signature is verified by now. A version 1.0 token differs in both, for one reason.
            if jwt.decode(token, options={"verify_signature": False}).get("ver") == "1.0":
                return "version_1"
            reason = "issuer" if isinstance(error, jwt.InvalidIssuerError) else "audience"
        case jwt.InvalidAlgorithmError():
            reason = "algorithm"
        case _:
            reason = "malformed"
    return reason


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Returns the principal that verified claims describe."""
    return Principal(
        object_id=claims["oid"],
        tenant_id=claims["tid"],
        client_id=str(claims.get("azp", "")),
        scopes=frozenset(claims["scp"].split()),
        roles=_strings(claims.get("roles")),
        groups=_strings(claims.get("groups")),
        expires_at=claims["exp"],
        _claims=claims,
    )


def _strings(value: object) -> frozenset[str]:
    return (
        frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
    )
