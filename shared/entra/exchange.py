"""Exchanges Token A for Token B by the on-behalf-of flow, through MSAL."""

import ssl
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import msal

from shared.entra.confidential_client import confidential_client
from shared.entra.msal_http import EntraHttp
from shared.entra.token_errors import token_error
from shared.settings import Settings


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
    """Acts as confidential client in each tenant. Its calls block; several threads may use it."""

    def __init__(
        self, settings: Settings, tls: ssl.SSLContext, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._http = EntraHttp(tls)
        self._clients: dict[str, msal.ConfidentialClientApplication] = {}
        self._lock = threading.Lock()

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
        response = self._client(tenant_id).acquire_token_on_behalf_of(
            assertion, list(scopes), claims_challenge=claims
        )
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

    def _connect(self, tenant_id: str) -> msal.ConfidentialClientApplication:
        return confidential_client(
            self._settings,
            self._http,
            client_id=self._settings.client_id,
            tenant_id=tenant_id,
            exclude_scopes=["offline_access"],
            capabilities=["cp1"],
        )
