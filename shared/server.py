"""What every call shares: connections, signing keys, exchanged tokens.

One for the process, made on its first call.
"""

import os
from collections.abc import Sequence
from typing import Self

from shared.apis.devops import DevOps, Endpoints
from shared.apis.graph import Graph
from shared.caller import Caller
from shared.entra.access_token import AccessTokenValidator, bearer_token
from shared.entra.app_credential import identity_token
from shared.entra.consents import Consents
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.exchange import Exchange
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.principal import Principal
from shared.entra.signing_keys import SigningKeys
from shared.http import Http, tls_context
from shared.invocation import Invocation
from shared.paging import Cursors, cursor_key
from shared.preferences import MemoryPreferences, PreferenceStore
from shared.settings import DEVOPS_RESOURCE, Settings
from shared.table_preferences import STORAGE_RESOURCE, TablePreferences
from shared.toolset import Api, Tool


class Server:
    """Lets callers in and gives them the API clients of a tool."""

    def __init__(
        self,
        settings: Settings,
        *,
        http: Http,
        on_behalf_of: OnBehalfOf,
        preferences: PreferenceStore,
        tools: Sequence[Tool],
    ) -> None:
        self.limit_characters = settings.max_result_characters
        self._settings = settings
        self._http = http
        self._on_behalf_of = on_behalf_of
        self._preferences = preferences
        self._tools = tools
        self._resources = {"graph": settings.graph_resource, "devops": DEVOPS_RESOURCE}
        keys = {
            tenant_id: SigningKeys(http, f"{settings.authority_host}/{tenant_id}/v2.0")
            for tenant_id in settings.tenants
        }
        self._validator = AccessTokenValidator(settings, keys)
        self._cursor_key = cursor_key(os.environ)
        self._devops_endpoints = Endpoints(
            settings.devops_endpoint, settings.devops_profile_endpoint, settings.devops_search_endpoint
        )

    @classmethod
    def open(cls, settings: Settings, tools: Sequence[Tool]) -> Self:
        """A server with connections and threads of its own, for the life of the process."""
        tls = tls_context(settings.ca_file)
        http = Http.open(tls)
        return cls(
            settings,
            http=http,
            on_behalf_of=OnBehalfOf(Exchange(settings, tls)),
            preferences=preference_store(settings, http),
            tools=tools,
        )

    async def sign_in(self, invocation: Invocation) -> tuple[Principal, str]:
        """The caller of an invocation, and the token that says so.

        Raises:
            ToolError: Nobody this server knows is calling, or the keys to tell cannot be had.
        """
        token = bearer_token(invocation.header("authorization"))
        return await self._validator.validate(token), token

    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        """The caller with the API clients the tool may use."""
        assertion = Assertion(token, principal.tenant_id)
        cursors = Cursors.of(self._cursor_key, tenant_id=principal.tenant_id, object_id=principal.object_id)
        graph = devops = None
        if tool.scopes_of("graph"):
            access = self._access(assertion, "graph", tool)
            graph = Graph(self._http, access, endpoint=self._settings.graph_endpoint, cursors=cursors)
        if tool.scopes_of("devops"):
            access = self._access(assertion, "devops", tool)
            devops = DevOps(self._http, access, endpoints=self._devops_endpoints, cursors=cursors)
        return Caller(
            principal,
            preferences=self._preferences,
            consents=Consents(
                self._on_behalf_of, assertion, resources=self._resources, settings=self._settings
            ),
            tools=self._tools,
            graph=graph,
            devops=devops,
        )

    async def close(self) -> None:
        """Close the connections and let go of the threads."""
        await self._http.close()
        self._on_behalf_of.close()

    def _access(self, assertion: Assertion, api: Api, tool: Tool) -> DelegatedAccess:
        return DelegatedAccess(
            self._on_behalf_of,
            assertion,
            resource=self._resources[api],
            scopes=tool.scopes_of(api),
            settings=self._settings,
        )


def preference_store(settings: Settings, http: Http) -> PreferenceStore:
    """Where the settings say that preferences are kept."""
    if settings.preferences_table_url is None:
        return MemoryPreferences()
    token = identity_token(settings, STORAGE_RESOURCE)
    return TablePreferences(http, settings.preferences_table_url, token=token)
