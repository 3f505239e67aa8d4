"""Verifies the access tokens of requests to Graph and Azure DevOps."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from local.layout import Layout
from local.organisation import organisation


class RefusedError(Exception):
    """Raised when the token is missing or wrong; the text says which, for the service's own journal."""


@dataclass(frozen=True)
class AccessToken:
    """Holds the claims of a verified token: the user and the granted scopes."""

    user: str
    client_id: str
    scopes: frozenset[str]
    claims: dict[str, Any]


type KeySource = Callable[[], Awaitable[dict[str, Any]]]


def published_keys(layout: Layout) -> KeySource:
    """Returns a source that fetches the JSON Web Key Set of the local Entra."""

    async def fetch() -> dict[str, Any]:
        context = ssl.create_default_context(cafile=str(layout.ca_file))
        async with httpx.AsyncClient(verify=context, trust_env=False) as http:
            response = await http.get(f"{layout.entra}/{organisation().tenant_id}/discovery/v2.0/keys")
            response.raise_for_status()
            return dict(response.json())

    return fetch


class BearerCheck:
    """Verifies signature, issuer, audience and lifetime with the keys of the source.

    An unknown `kid` fetches the keys anew, so a rotation needs no restart.
    """

    def __init__(self, resource: str, fetch_keys: KeySource) -> None:
        described = organisation().document["resources"][resource]
        self._audiences = [described["token_audience"], described["app_id"], *described["identifier_uris"]]
        self._issuer = f"https://sts.windows.net/{organisation().tenant_id}/"
        self._fetch_keys = fetch_keys
        self._keys: dict[str, jwt.PyJWK] = {}
        self._lock = asyncio.Lock()

    async def verify(self, authorization: str | None) -> AccessToken:
        """Returns the token of an `Authorization` header.

        Raises:
            RefusedError: There is none, or it is not a valid token for this API.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.casefold() != "bearer" or not token:
            raise RefusedError("no bearer token")
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._audiences,
                issuer=self._issuer,
                options={"require": ["exp", "nbf", "iat", "aud", "iss", "oid"]},
            )
        except jwt.PyJWTError as error:
            raise RefusedError(f"{type(error).__name__}: {error}") from error
        return AccessToken(
            user=claims["oid"],
            client_id=claims.get("appid", ""),
            scopes=frozenset(claims.get("scp", "").split()),
            claims=claims,
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        async with self._lock:
            if kid not in self._keys:
                try:
                    published = jwt.PyJWKSet.from_dict(await self._fetch_keys())
                except httpx.HTTPError as error:
                    raise RefusedError("the keys cannot be fetched") from error
                self._keys = {key.key_id or "": key for key in published.keys}
        if kid not in self._keys:
            raise RefusedError(f"no key {kid!r} is published")
        return self._keys[kid]
