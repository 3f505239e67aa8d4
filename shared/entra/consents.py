"""Tells which delegated permissions have been consented to for a caller."""

from collections.abc import Collection, Mapping, Sequence

from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.token_errors import admin_consent_url
from shared.settings import Settings


class Consents:
    """Tells which delegated permissions a caller's tokens carry, by API.

    Args:
        on_behalf_of: Exchanges and caches tokens.
        assertion: The caller's access token.
        resources: The name of each API as scopes spell it.
        settings: The app settings.
    """

    def __init__(
        self,
        on_behalf_of: OnBehalfOf,
        assertion: Assertion,
        *,
        resources: Mapping[str, str],
        settings: Settings,
    ) -> None:
        self._on_behalf_of = on_behalf_of
        self._assertion = assertion
        self._resources = resources
        self._settings = settings

    async def granted(self, api: str, needed: Collection[str]) -> frozenset[str]:
        """Returns the scopes of an API that the caller, or an administrator for all, has consented to.

        Args:
            api: The API.
            needed: Bare names of the scopes in question: a cached token that carries them all is enough.

        Raises:
            ToolError: `consent_required`: there is none. Others: Entra refused or could not be reached.
        """
        # `.default` requests whatever has been consented to (Scopes and permissions, the .default scope).
        everything = [f"{self._resources[api]}/.default"]
        token = await self._on_behalf_of.token(self._assertion, everything, required=needed)
        return token.scopes

    def url(self, api: str, scopes: Sequence[str]) -> str:
        """Returns the address at which an administrator consents to scopes of an API for the whole tenant."""
        qualified = [f"{self._resources[api]}/{scope}" for scope in scopes]
        return admin_consent_url(qualified, tenant_id=self._assertion.tenant_id, settings=self._settings)
