"""Which bearer tokens App Service Authentication accepts. It never looks at `scp`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from local.easyauth.config import EasyAuthConfig

_CLOCK_SKEW = 300


class UnauthenticatedError(Exception):
    """No token, or not a valid one: status 401. The text names the check, never the token."""


class ForbiddenError(Exception):
    """A valid token of somebody who is not allowed in: status 403."""


class ProviderError(Exception):
    """The issuer's metadata or keys cannot be had, and no key was known before."""


class AccessTokens:
    """Validates access tokens with the issuer's keys, fetched when an unknown `kid` turns up.

    A failed fetch keeps the keys already known.
    """

    def __init__(self, config: EasyAuthConfig) -> None:
        self._config = config
        self._audiences = [config.client_id, *sorted(config.allowed_audiences)]
        self._keys: dict[str, jwt.PyJWK] = {}
        self._lock = asyncio.Lock()

    async def validate(self, authorization: list[str]) -> dict[str, Any]:
        """The claims of the one bearer token in these `Authorization` headers.

        Raises:
            UnauthenticatedError: There is none, or it is not a valid one for this app.
            ForbiddenError: Its client, tenant or user is not allowed.
            ProviderError: There are no keys to validate it with.
        """
        if len(authorization) != 1:
            raise UnauthenticatedError("MissingToken" if not authorization else "SeveralTokens")
        scheme, _, token = authorization[0].partition(" ")
        if scheme.casefold() != "bearer" or not token.strip():
            raise UnauthenticatedError("MissingToken")
        try:
            claims = await self._verify(token.strip())
        except (jwt.PyJWTError, ValueError) as error:
            raise UnauthenticatedError(type(error).__name__) from error
        self._authorize(claims)
        return claims

    async def _verify(self, token: str) -> dict[str, Any]:
        key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=self._audiences,
            issuer=self._config.issuer,
            leeway=_CLOCK_SKEW,
            options={"require": ["exp", "iss", "aud"], "verify_iat": False},
        )
        return claims

    def _authorize(self, claims: Mapping[str, Any]) -> None:
        checks = (
            (
                "allowedApplications",
                self._config.allowed_applications,
                claims.get("azp") or claims.get("appid"),
            ),
            ("allowedTenants", self._config.allowed_tenants, claims.get("tid")),
            ("allowedPrincipals", self._config.allowed_identities, claims.get("oid")),
        )
        for check, allowed, value in checks:
            if allowed and value not in allowed:
                raise ForbiddenError(check)

    async def _key(self, kid: str) -> jwt.PyJWK:
        async with self._lock:
            if kid not in self._keys:
                try:
                    self._keys = await _published_keys(self._config)
                except (httpx.HTTPError, jwt.PyJWTError, KeyError, ValueError) as error:
                    if not self._keys:
                        raise ProviderError(type(error).__name__) from error
        if kid not in self._keys:
            raise UnauthenticatedError("UnknownKey")
        return self._keys[kid]


async def _published_keys(config: EasyAuthConfig) -> dict[str, jwt.PyJWK]:
    trusted = ssl.create_default_context(cafile=str(config.ca_file) if config.ca_file else None)
    async with httpx.AsyncClient(verify=trusted, trust_env=False, timeout=5) as http:
        metadata = (await http.get(config.openid_configuration)).raise_for_status().json()
        published = (await http.get(metadata["jwks_uri"])).raise_for_status().json()
    return {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(published).keys}
