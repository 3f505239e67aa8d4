"""What every call shares: connections, signing keys, exchanged tokens.

One for the process, made on its first call.
"""

from shared.apis.devops import DevOps
from shared.apis.graph import Graph
from shared.caller import Caller
from shared.entra.access_token import AccessTokenValidator, bearer_token
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.exchange import Exchange
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.principal import Principal
from shared.entra.signing_keys import SigningKeys
from shared.http import Http, tls_context
from shared.invocation import Invocation
from shared.settings import DEVOPS_RESOURCE, Settings
from shared.toolset import Tool


class Server:
    """Lets callers in and gives them the API clients of a tool."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        tls = tls_context(settings.ca_file)
        self._http = Http.open(tls)
        keys = {
            tenant_id: SigningKeys(self._http, f"{settings.authority_host}/{tenant_id}/v2.0")
            for tenant_id in settings.tenants
        }
        self._validator = AccessTokenValidator(settings, keys)
        self._on_behalf_of = OnBehalfOf(Exchange(settings, tls))

    async def sign_in(self, invocation: Invocation) -> tuple[Principal, str]:
        """The caller of an invocation, and the token that says so.

        Raises:
            ToolError: Nobody this server knows is calling, or the keys to tell cannot be had.
        """
        token = bearer_token(invocation.header("authorization"))
        return await self._validator.validate(token), token

    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        """The caller with the API clients the tool may use."""
        settings = self._settings
        assertion = Assertion(token, principal.tenant_id)
        graph_scopes, devops_scopes = tool.scopes_of("graph"), tool.scopes_of("devops")
        return Caller(
            principal,
            graph=Graph(
                self._http,
                self._access(assertion, settings.graph_resource, graph_scopes),
                endpoint=settings.graph_endpoint,
            )
            if graph_scopes
            else None,
            devops=DevOps(
                self._http,
                self._access(assertion, DEVOPS_RESOURCE, devops_scopes),
                profile_endpoint=settings.devops_profile_endpoint,
            )
            if devops_scopes
            else None,
        )

    async def close(self) -> None:
        """Close the connections and let go of the threads."""
        await self._http.close()
        self._on_behalf_of.close()

    def _access(self, assertion: Assertion, resource: str, scopes: list[str]) -> DelegatedAccess:
        return DelegatedAccess(
            self._on_behalf_of, assertion, resource=resource, scopes=scopes, settings=self._settings
        )
