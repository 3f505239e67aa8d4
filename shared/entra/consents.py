"""Tells which delegated permissions have been consented to for a caller."""

import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from shared.bounded_cache import BoundedCache
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.token_errors import admin_consent_url
from shared.errors import ToolError
from shared.settings import Settings

FAILURE_AGE = 60.0
"""Seconds for which a failure is repeated without another request to Entra."""
_ENTRY_BYTES = 2048


class ConsentFailures:
    """Caches the failures of requests for all consented scopes, by caller and API."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cache: BoundedCache[bytes, ToolError] = BoundedCache(
            max_entries=10_000, max_bytes=10_000 * _ENTRY_BYTES, clock=clock
        )

    def get(self, assertion: Assertion, api: str) -> ToolError | None:
        """Returns the failure of the last minute, if there is one."""
        return self._cache.get(_key(assertion, api))

    def put(self, assertion: Assertion, api: str, error: ToolError) -> None:
        """Caches a failure for a minute."""
        ends_at = self._clock() + FAILURE_AGE
        self._cache.put(_key(assertion, api), error, ends_at=ends_at, size=_ENTRY_BYTES)


def _key(assertion: Assertion, api: str) -> bytes:
    return hashlib.sha256(f"{assertion.tenant_id}\n{api}\n{assertion.token}".encode()).digest()


class Consents:
    """Tells which delegated permissions a caller's tokens carry, by API.

    Args:
        on_behalf_of: Exchanges and caches tokens.
        assertion: The caller's access token.
        resources: The name of each API as scopes spell it.
        settings: The app settings.
        failures: The failures of the last minute, of all callers.
    """

    def __init__(
        self,
        on_behalf_of: OnBehalfOf,
        assertion: Assertion,
        *,
        resources: Mapping[str, str],
        settings: Settings,
        failures: ConsentFailures,
    ) -> None:
        self._on_behalf_of = on_behalf_of
        self._assertion = assertion
        self._resources = resources
        self._settings = settings
        self._failures = failures

    async def granted(self, api: str, needed: Collection[str]) -> frozenset[str]:
        """Returns the scopes of an API that the caller, or an administrator for all, has consented to.

        Args:
            api: The API.
            needed: Bare names of the scopes in question: a cached token that carries them all is enough.

        Raises:
            ToolError: `consent_required`: there is none. Others: Entra refused or could not be reached.
        """
        failure = self._failures.get(self._assertion, api)
        if failure is not None:
            # A new one, as an exception that is raised twice grows a traceback of both.
            raise ToolError(
                failure.code,
                failure.message,
                failure.remedy,
                retry_after=failure.retry_after,
                details=failure.details,
                reason=failure.reason,
            )
        # `.default` requests whatever has been consented to (Scopes and permissions, the .default scope).
        everything = [f"{self._resources[api]}/.default"]
        try:
            token = await self._on_behalf_of.token(self._assertion, everything, required=needed)
        except ToolError as error:
            self._failures.put(self._assertion, api, error)
            raise
        return token.scopes

    def url(self, api: str, scopes: Sequence[str]) -> str:
        """Returns the address at which an administrator consents to scopes of an API for the whole tenant."""
        qualified = [f"{self._resources[api]}/{scope}" for scope in scopes]
        return admin_consent_url(qualified, tenant_id=self._assertion.tenant_id, settings=self._settings)
