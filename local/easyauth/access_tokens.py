"""Validates bearer tokens as App Service Authentication does, which never checks `scp`."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx
import jwt

from local.easyauth.config import EasyAuthConfig

_CLOCK_SKEW = 300
_REMEMBERED = 10_000
COOLDOWN = 30.0
"""Seconds without another fetch, after one that did not return the requested key."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class UnauthenticatedError(Exception):
    """Reports that there is no valid token: status 401. The text names the check, never the token."""


class ForbiddenError(Exception):
    """Reports a valid token of a caller who is not authorized: status 403."""


class ProviderError(Exception):
    """Reports that the issuer's metadata or keys could not be fetched, and no key is cached."""


class AccessTokens:
    """Validates access tokens with the issuer's keys, fetched when an unknown `kid` turns up.

    A new key is fetched at once. A fetch that did not return the requested key, as a forged token's,
    is the last for `COOLDOWN` seconds. A failed fetch keeps the keys already known. A token found good
    is remembered until it ends or other keys are fetched: its signature is not checked again.
    """

    def __init__(self, config: EasyAuthConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._next_fetch = clock()
        self._audiences = [config.client_id, *sorted(config.allowed_audiences)]
        self._keys: dict[str, jwt.PyJWK] = {}
        self._verified: dict[str, dict[str, Any]] = {}
        self._lock = asyncio.Lock()

    async def validate(self, authorization: list[str]) -> dict[str, Any]:
        """Returns the claims of the one bearer token in these `Authorization` headers.

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
        claims = self._verified.get(token)
        if claims is None:
            claims = await self._decode(token)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = claims
        elif claims["exp"] < time.time() - _CLOCK_SKEW:
            raise jwt.ExpiredSignatureError
        return claims

    async def _decode(self, token: str) -> dict[str, Any]:
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
            if kid not in self._keys and self._clock() >= self._next_fetch:
                await self._fetch(kid)
        if kid not in self._keys:
            raise UnauthenticatedError("UnknownKey")
        return self._keys[kid]

    async def _fetch(self, wanted: str) -> None:
        try:
            self._keys = await published_keys(self._config)
            self._verified.clear()
        except ProviderError:
            if not self._keys:
                raise
        if wanted not in self._keys:
            self._next_fetch = self._clock() + COOLDOWN


async def published_keys(config: EasyAuthConfig) -> dict[str, jwt.PyJWK]:
    """Fetches the issuer's keys by their `kid`, as its metadata says (OpenID Connect Discovery 1.0).

    Raises:
        ProviderError: They cannot be had; the text names the kind of failure.
    """
    trusted = ssl.create_default_context(cafile=str(config.ca_file or certifi.where()))
    address = config.openid_configuration
    # The way out may be a proxy; this machine's own services are not behind it.
    outside = urlsplit(address).hostname not in _LOOPBACK
    try:
        async with httpx.AsyncClient(verify=trusted, trust_env=outside, timeout=5) as http:
            metadata = (await http.get(address)).raise_for_status().json()
            published = (await http.get(_key_set_url(metadata, config.issuer))).raise_for_status().json()
        return {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(published).keys}
    except (httpx.HTTPError, jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise ProviderError(type(error).__name__) from error


def _key_set_url(metadata: dict[str, Any], issuer: str) -> str:
    if metadata["issuer"] != issuer:
        raise ValueError("the metadata is another issuer's")
    return str(metadata["jwks_uri"])
