"""Validates the access token that a client presents (Token A)."""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import jwt
from jwt.utils import base64url_decode

from shared.bounded_cache import BoundedCache
from shared.entra.principal import Principal
from shared.entra.signing_keys import ALGORITHM, SigningKeys
from shared.errors import ToolError
from shared.guids import PATTERN as GUID
from shared.guids import is_guid
from shared.settings import Settings

_LOGGER = logging.getLogger(__name__)

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
"""Three parts in base64url without padding (RFC 7515, section 3.1). An empty third fails by its `alg`."""

# Issuers and audiences of Entra: an address, an id, or an id below an address.
_IDENTIFIER = re.compile(rf"((https|api)://[A-Za-z0-9.-]{{1,253}}/?)?({GUID})?(/v[0-9]\.[0-9])?/?")

TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""What `typ` may say of an access token (RFC 7519, 5.1; RFC 9068, 4)."""
CLOCK_SKEW = 300
LIMIT_CHARACTERS = 32 * 1024
REQUIRED_CLAIMS = ["aud", "exp", "iat", "iss", "nbf", "oid", "sub", "tid"]

type Reason = Literal[
    "missing",
    "several_tokens",
    "not_bearer",
    "oversized",
    "malformed",
    "algorithm",
    "no_kid",
    "token_type",
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
    "key_bound",
    "missing_scope",
    "client_not_allowed",
]


class RefusedTokenError(ToolError):
    """Reports an access token that this server refuses.

    The message to the caller is the same whatever is wrong with the token; `reason` is for the log.
    The remedy differs only for tokens that Entra issued for this server, by `REMEDIES`.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            "sign_in_required",
            "The access token was not accepted.",
            REMEDIES.get(
                reason,
                "Sign in again. If that does not help, the administrator finds the reason in "
                "the server's log.",
            ),
            reason=reason,
        )


REMEDIES: Mapping[Reason, str] = {
    "version_1": "The server's app registration issues version 1.0 tokens: an administrator sets "
    "api.requestedAccessTokenVersion to 2 in its manifest, then you sign in again.",
    "app_only": "This server acts on behalf of users only, and the token is an app's own: let the agent sign "
    "a user in (OAuth identity passthrough) instead of using its managed identity or a client secret.",
    "key_bound": "The token is bound to a key of your device and cannot be used as a bearer token. In Visual "
    'Studio Code set "microsoft-authentication.implementation" to "msal-no-broker", restart it, then sign in '
    "again.",
}
"""The remedies of reasons that are found only after the signature, the issuer and the audience."""


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
            _log_mismatch("tenant", sorted(self._settings.tenants), tenant_id if is_guid(tenant_id) else None)
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
        # A token without `scp` was issued to an app without a user (Access token claims reference).
        if claims.get("idtyp") == "app" or claims.get("scp") is None:
            raise RefusedTokenError("app_only")
        # RFC 7800, 3: whoever presents it has to prove that they have the key, which a bearer does not.
        if "cnf" in claims:
            raise RefusedTokenError("key_bound")
        if self._settings.required_scope not in _scopes(claims["scp"]):
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
        for part in token.split(".")[:2]:
            # PyJWT reads bytes, of which Python's JSON parser accepts UTF-16 and UTF-32 too (RFC 7519, 7.2).
            json.loads(base64url_decode(part).decode("utf-8"))
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise RefusedTokenError("malformed") from error
    header, claims = parts["header"], parts["payload"]
    if header.get("alg") != ALGORITHM:
        raise RefusedTokenError("algorithm")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise RefusedTokenError("no_kid")
    if str(header.get("typ", "JWT")).casefold() not in TYPES:
        raise RefusedTokenError("token_type")
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
        raise RefusedTokenError(_reason(error, token, issuer=issuer, audience=audience)) from error
    except (ValueError, TypeError, OverflowError) as error:
        raise RefusedTokenError("malformed") from error
    # `isinstance` would take `true` for a number.
    if not all(type(claims[name]) is int for name in ("exp", "iat", "nbf")):
        raise RefusedTokenError("malformed")
    if not all(isinstance(claims[name], str) and is_guid(claims[name]) for name in ("oid", "tid")):
        raise RefusedTokenError("malformed")
    return claims


def _reason(error: jwt.PyJWTError, token: str, *, issuer: str, audience: str) -> Reason:
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
            claims = jwt.decode(token, options={"verify_signature": False})
            reason = "issuer" if isinstance(error, jwt.InvalidIssuerError) else "audience"
            _log_mismatch(
                reason,
                [issuer if reason == "issuer" else audience],
                claims.get("iss" if reason == "issuer" else "aud"),
            )
            if claims.get("ver") == "1.0":
                return "version_1"
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
        scopes=_scopes(claims["scp"]),
        roles=_strings(claims.get("roles")),
        groups=_strings(claims.get("groups")),
        expires_at=claims["exp"],
        _claims=claims,
    )


def _scopes(value: object) -> frozenset[str]:
    """Returns the scopes of the claim `scp`, a space-separated text or a list; none of anything else."""
    if isinstance(value, str):
        return frozenset(value.split())
    names = _strings(value)
    is_whole = isinstance(value, list) and len(names) == len(value)
    return names if is_whole and all([name] == name.split() for name in names) else frozenset()


def _log_mismatch(name: str, expected: Sequence[str], received: object) -> None:
    """Logs the expected and the received value of a claim, as far as it has the form of an identifier."""
    known = isinstance(received, str) and received and _IDENTIFIER.fullmatch(received)
    shown = received if known else "one of another form"
    _LOGGER.warning("access token refused: its %s is %s, expected %s", name, shown, " or ".join(expected))


def _strings(value: object) -> frozenset[str]:
    return (
        frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
    )
