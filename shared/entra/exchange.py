"""Exchanges Token A for Token B by the on-behalf-of flow, through MSAL, which it loads when needed."""

from __future__ import annotations

import logging
import ssl
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared.entra.app_credential import client_credential, credential_stamp
from shared.entra.msal_http import EntraHttp
from shared.entra.token_errors import CREDENTIAL_REFUSED, token_error
from shared.errors import ToolError
from shared.settings import Settings

if TYPE_CHECKING:
    import msal

REREAD_SECONDS = 30.0
"""Seconds for which a refused credential is not read again, unless its file has changed visibly."""
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DownstreamToken:
    """Holds an access token for one resource.

    Attributes:
        access_token: The token itself.
        scopes: Bare names of the scopes it carries: often more than were requested, as Entra adds every
            scope consented for the resource.
        expires_at: When it expires, in seconds since the epoch.
    """

    access_token: str = field(repr=False)
    scopes: frozenset[str]
    expires_at: float


@lru_cache(maxsize=1024)
def bare_names(scopes: str) -> frozenset[str]:
    """Returns the names of a space-separated list of scopes, each without its resource, without `.default`.

    Users who consented to the same scopes share one set, as a set takes more memory than a token.
    """
    names = (scope.rpartition("/")[2] for scope in scopes.split())
    return frozenset(sys.intern(name) for name in names if name != ".default")


class Exchange:
    """Acts as confidential client in each tenant. Its calls block; several threads may use it.

    A certificate, and a secret in a file, may be replaced while it runs: when Entra refuses the one in use,
    the file is read again, once it has changed or else every `REREAD_SECONDS`, and another credential gets
    one try.
    """

    def __init__(
        self,
        settings: Settings,
        tls: ssl.SSLContext,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._credential: dict[str, Any] | str | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._may_reread_at = float("-inf")
        self._http = EntraHttp(tls)
        self._clients: dict[str, msal.ConfidentialClientApplication] = {}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Does what the first exchange needs and no caller decides.

        That is to load MSAL, to read the authority's metadata, and to get the managed identity's assertion.

        Raises:
            ToolError: Entra or the identity could not be reached, or the app has no credential.
        """
        if self._settings.tenant_id in self._settings.tenants:
            self._client(self._settings.tenant_id)
        credential = self._credential
        if isinstance(credential, dict) and callable(assertion := credential.get("client_assertion")):
            assertion()

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        """Returns a token of one resource on behalf of the assertion's user.

        Args:
            assertion: The access token the client presented, already validated.
            tenant_id: The user's tenant.
            scopes: Scopes of one resource, each prefixed with the resource's name.
            claims: The JSON of the resource's claims challenge.

        Raises:
            ToolError: Entra refused the exchange, or could not be reached.
        """
        client = self._client(tenant_id)
        try:
            return self._exchange(client, assertion, tenant_id, scopes, claims)
        except ToolError as error:
            if error.reason != CREDENTIAL_REFUSED or not self._has_another_credential(client, tenant_id):
                raise
        return self._exchange(self._client(tenant_id), assertion, tenant_id, scopes, claims)

    def _exchange(
        self,
        client: msal.ConfidentialClientApplication,
        assertion: str,
        tenant_id: str,
        scopes: Sequence[str],
        claims: str | None,
    ) -> DownstreamToken:
        response = client.acquire_token_on_behalf_of(assertion, list(scopes), claims_challenge=claims)
        token = response.get("access_token")
        if not token:
            raise token_error(response, tenant_id=tenant_id, scopes=scopes, settings=self._settings)
        # A response that names no scopes granted the requested ones (RFC 6749, 5.1).
        granted = str(response.get("scope") or " ".join(scopes))
        return DownstreamToken(
            access_token=str(token),
            scopes=bare_names(granted),
            expires_at=self._clock() + float(response.get("expires_in", 0)),
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _client(self, tenant_id: str) -> msal.ConfidentialClientApplication:
        with self._lock:
            if tenant_id not in self._clients:
                self._clients[tenant_id] = self._connect(tenant_id)
            return self._clients[tenant_id]

    def _has_another_credential(self, refused: msal.ConfidentialClientApplication, tenant_id: str) -> bool:
        """Tells whether there is a credential other than the refused client's, for new clients."""
        with self._lock:
            if self._clients.get(tenant_id) is not refused:
                # Another thread has read it meanwhile.
                return True
            if self._settings.credential_kind == "managed_identity" or not self._may_reread():
                return False
            try:
                credential = self._read_credential()
            except ToolError as error:
                # It may be in the middle of being written; the refusal says what is wrong for now.
                _LOGGER.warning("the app's credential was refused and cannot be read again: %s", error)
                return False
            if credential == self._credential:
                return False
            _LOGGER.warning("the app's credential was refused; another one was read, and is used from now on")
            self._credential = credential
            self._clients.clear()
            return True

    def _may_reread(self) -> bool:
        return self._monotonic() >= self._may_reread_at or credential_stamp(self._settings) != self._stamp

    def _read_credential(self) -> dict[str, Any] | str:
        # Before it is read: what changes in between is seen the next time.
        self._stamp = credential_stamp(self._settings)
        self._may_reread_at = self._monotonic() + REREAD_SECONDS
        return client_credential(self._settings)

    def _connect(self, tenant_id: str) -> msal.ConfidentialClientApplication:
        from shared.entra.confidential_client import confidential_client  # noqa: PLC0415 - loads MSAL

        if self._credential is None:
            self._credential = self._read_credential()
        return confidential_client(
            self._settings,
            self._http,
            credential=self._credential,
            client_id=self._settings.client_id,
            tenant_id=tenant_id,
            exclude_scopes=["offline_access"],
            capabilities=["cp1"],
        )
