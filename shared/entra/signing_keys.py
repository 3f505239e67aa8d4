"""Fetches and caches the public keys that verify Entra's signatures."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt

from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.messages import Request
from shared.settings.values import is_loopback

_LOGGER = logging.getLogger(__name__)
_SERVICE = "The sign-in service (Entra)"

ALGORITHM = "RS256"
COOLDOWN = 30.0
RETRY_AFTER_FAILURE = 1.0
MAX_AGE = 24 * 3600.0
KEY_BITS = range(2048, 16384 + 1)
"""Sizes of RSA keys: smaller ones are no longer safe (RFC 7518, 3.3), larger ones cost too much."""


class SigningKeys:
    """Caches a tenant's signing keys: fetches them for an unknown `kid`, and renews them once a day.

    An unknown `kid` is how a key roll-over looks, and also how a forged token looks, so there
    is at most one fetch per `COOLDOWN` seconds. A failed fetch keeps the cached keys;
    while there are none, the next fetch may follow a second later. The daily renewal runs in the
    background: a call whose key is cached does not wait.
    """

    def __init__(self, http: Http, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._next_fetch = clock()
        self._renew_at = self._next_fetch
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None
        self._has_failed = False

    @property
    def are_missing(self) -> bool:
        """Tells whether keys were needed, and none could ever be fetched."""
        return self._has_failed and not self._keys

    async def get(self, kid: str) -> jwt.PyJWK | None:
        """Returns the key of this id, or None if the tenant publishes no such key.

        Raises:
            ToolError: `unavailable` or `timeout`: no key is cached and none could be fetched.
        """
        if kid not in self._keys:
            async with self._lock:
                if kid not in self._keys and self._clock() >= self._next_fetch:
                    await self._renew()
        elif self._clock() >= max(self._renew_at, self._next_fetch) and not self._lock.locked():
            self._renewal = asyncio.create_task(self._renew_in_background())
        if not self._keys:
            raise ToolError(
                "unavailable",
                f"{_SERVICE} could not be reached to authenticate the caller.",
                "Try again in a moment.",
                retry_after=RETRY_AFTER_FAILURE,
            )
        return self._keys.get(kid)

    async def _renew_in_background(self) -> None:
        async with self._lock:
            if self._clock() >= max(self._renew_at, self._next_fetch):
                await self._renew()

    async def _renew(self) -> None:
        try:
            self._keys = await self._fetch()
            self._renew_at = self._clock() + MAX_AGE
        except (ToolError, ValueError, RecursionError) as error:
            self._has_failed = True
            _LOGGER.warning("signing keys of %s could not be fetched: %s", self._issuer, error)
        finally:
            self._next_fetch = self._clock() + (COOLDOWN if self._keys else RETRY_AFTER_FAILURE)

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        """Fetches the keys that the issuer's metadata names (OpenID Connect Discovery 1.0, section 4)."""
        metadata = await self._get(f"{self._issuer}/.well-known/openid-configuration")
        if metadata.get("issuer") != self._issuer:
            raise ValueError("the metadata names another issuer")
        keys_url = metadata.get("jwks_uri")
        if not isinstance(keys_url, str) or not keys_url.startswith("https://"):
            raise ValueError("the metadata names no https address for the keys")
        keys = parse_key_set(await self._get(keys_url, handed_out=True), self._issuer)
        if not keys:
            raise ValueError("the key set has no key for signing tokens")
        return keys

    async def _get(self, url: str, *, handed_out: bool = False) -> dict[str, Any]:
        # The metadata may name another host than the issuer's, but none inside a network.
        is_elsewhere = handed_out and not _is_beside(url, self._issuer)
        response = await self._http.send(Request("GET", url, handed_out=is_elsewhere), service=_SERVICE)
        document = json.loads(response.body) if response.status == 200 else None
        if not isinstance(document, dict):
            raise ValueError(f"unexpected response of status {response.status}")  # noqa: TRY004 - bad data
        return document


def parse_key_set(document: Mapping[str, Any], issuer: str) -> dict[str, jwt.PyJWK]:
    """Parses a key set (RFC 7517, 5) into the keys that verify the issuer's tokens, by their id.

    Entries of other kinds are ignored, as a key set may hold any.
    """
    entries = document.get("keys")
    if not isinstance(entries, list):
        return {}
    keys = (_signing_key(entry, issuer) for entry in entries if isinstance(entry, dict))
    return {str(key.key_id): key for key in keys if key is not None}


def _signing_key(entry: dict[str, Any], issuer: str) -> jwt.PyJWK | None:
    """Returns the RSA key of an entry, if tokens of the issuer may be signed with it."""
    kid = entry.get("kid")
    if not isinstance(kid, str) or not kid or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    if "verify" not in (entry.get("key_ops") or ["verify"]):
        return None
    # Entra says whose tokens a key signs; `{tenantid}` stands for every tenant ("Access tokens", validation
    # of the signing key issuer).
    owner = entry.get("issuer", issuer)
    if not isinstance(owner, str) or owner.replace("{tenantid}", _tenant_id(issuer)) != issuer:
        return None
    try:
        key = jwt.PyJWK({"kty": "RSA", "kid": kid, "n": entry.get("n"), "e": entry.get("e")}, ALGORITHM)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    return key if key.key.key_size in KEY_BITS else None


def _is_beside(url: str, issuer: str) -> bool:
    """Tells whether an address is on the issuer's host, or on loopback as the issuer is."""
    hosts = [urlsplit(each).hostname or "" for each in (url, issuer)]
    return hosts[0] == hosts[1] or all(map(is_loopback, hosts))


def _tenant_id(issuer: str) -> str:
    return issuer.removesuffix("/v2.0").rpartition("/")[2]
