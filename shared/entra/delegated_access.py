"""Provides one tool call with tokens of one API, for the scopes the tool declares."""

from collections.abc import Sequence

from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.token_errors import consent_required
from shared.settings import Settings


class DelegatedAccess:
    """Provides tokens of one resource for one caller.

    Args:
        on_behalf_of: Exchanges and caches tokens.
        assertion: The caller's access token.
        resource: The name of the API as scopes spell it.
        scopes: Bare names of the scopes a tool declares for it.
        optional: Those it declares for some arguments only; no token has them but one limited to them.
        settings: The app settings.
    """

    def __init__(
        self,
        on_behalf_of: OnBehalfOf,
        assertion: Assertion,
        *,
        resource: str,
        scopes: Sequence[str],
        settings: Settings,
        optional: Sequence[str] = (),
    ) -> None:
        self._on_behalf_of = on_behalf_of
        self._assertion = assertion
        self._resource = resource
        self._scopes = scopes
        self._optional = optional
        self._settings = settings

    def limited_to(self, scopes: Sequence[str]) -> "DelegatedAccess":
        """Returns the same access with no more than some of the declared scopes, optional ones included."""
        return DelegatedAccess(
            self._on_behalf_of,
            self._assertion,
            resource=self._resource,
            scopes=[scope for scope in (*self._scopes, *self._optional) if scope in scopes],
            settings=self._settings,
        )

    def declares(self, scope: str) -> bool:
        """Tells whether the tool declares a scope for the API that every call needs."""
        return scope in self._scopes

    async def token(self) -> str:
        """Returns an access token for the API.

        Raises:
            ToolError: Entra refused or could not be reached, or the token lacks a declared scope.
            RuntimeError: The tool declares none but optional scopes, and was limited to none of them.
        """
        if not self._scopes:
            raise RuntimeError(f"no scope of {self._resource} is declared for every call of the tool")
        return self._checked(await self._on_behalf_of.token(self._assertion, self._qualified(self._scopes)))

    async def renew(self, refused: str, claims: str | None = None) -> str:
        """Returns an access token in place of one that the API refused.

        Args:
            refused: The token the API refused.
            claims: The JSON of the API's claims challenge.

        Raises:
            ToolError: As `token` does.
        """
        token = await self._on_behalf_of.renew(
            self._assertion, self._qualified(self._scopes), refused=refused, claims=claims
        )
        return self._checked(token)

    def _checked(self, token: DownstreamToken) -> str:
        missing = [scope for scope in self._scopes if scope not in token.scopes]
        if missing:
            raise consent_required(
                self._qualified(missing),
                tenant_id=self._assertion.tenant_id,
                settings=self._settings,
                details={},
            )
        return token.access_token

    def _qualified(self, scopes: Sequence[str]) -> list[str]:
        return [f"{self._resource}/{scope}" for scope in scopes]
