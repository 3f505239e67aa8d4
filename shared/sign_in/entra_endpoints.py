"""Learns Entra's endpoints from its metadata (OpenID Connect Discovery 1.0, 4)."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.messages import Request
from shared.sign_in.oauth_errors import OAuthError, unavailable
from shared.sign_in.redirect_uris import is_loopback

MAX_AGE = 24 * 3600.0
RETRY_SECONDS = 60.0

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Holds the addresses of the tenant's endpoints."""

    authorization: str
    token: str


class EntraEndpoints:
    """Fetches the endpoints once a day; while Entra does not answer, those known stay."""

    def __init__(self, http: Http, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._issuer = issuer
        self._clock = clock
        self._known: Endpoints | None = None
        self._renew_at = clock()
        self._lock = asyncio.Lock()

    async def get(self) -> Endpoints:
        """Returns the endpoints.

        Raises:
            OAuthError: `temporarily_unavailable`: they are not known, and Entra's metadata is not right.
            ToolError: They are not known, and Entra could not be reached.
        """
        async with self._lock:
            if self._known is not None and self._clock() < self._renew_at:
                return self._known
            try:
                self._known = await self._fetch()
                self._renew_at = self._clock() + MAX_AGE
            except (OAuthError, ToolError) as error:
                if self._known is None:
                    raise
                _LOGGER.warning("Entra's endpoints could not be fetched again: %s", error)
                self._renew_at = self._clock() + RETRY_SECONDS
            return self._known

    async def _fetch(self) -> Endpoints:
        request = Request("GET", f"{self._issuer}/.well-known/openid-configuration")
        response = await self._http.send(request, service="The sign-in service (Entra)")
        try:
            document = json.loads(response.body) if response.status == 200 else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or document.get("issuer") != self._issuer:
            raise unavailable("Entra's metadata cannot be read at the moment.", reason="entra_metadata")
        return Endpoints(_endpoint(document, "authorization_endpoint"), _endpoint(document, "token_endpoint"))


def _endpoint(document: dict[str, Any], name: str) -> str:
    address = document.get(name)
    if not isinstance(address, str) or not (address.startswith("https://") or is_loopback(address)):
        raise unavailable("Entra's metadata cannot be read at the moment.", reason="entra_metadata")
    return address
