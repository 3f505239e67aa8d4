"""Holds what all calls share: connections, signing keys, cached tokens.

The process has one server, made on its first call.
"""

import os
from collections.abc import AsyncGenerator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

from shared.apis.devops.kept_resources import KeptResources
from shared.apis.devops.request_pacing import RequestPacing
from shared.apis.graph.graph_client import Graph
from shared.apis.graph.memberships import SCOPE as MEMBERSHIPS_SCOPE
from shared.apis.graph.memberships import group_ids
from shared.caller import Caller
from shared.entra.access_token import AccessTokenValidator, bearer_token
from shared.entra.app_credential import identity_token
from shared.entra.consents import ConsentFailures, Consents
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.exchange import Exchange
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.principal import Principal
from shared.entra.signing_keys import SigningKeys
from shared.errors import ToolError
from shared.http.http_client import Http, tls_context
from shared.http.shutdown import on_loop_shutdown
from shared.mcp.invocation import Invocation
from shared.mcp.tool import Api, Tool
from shared.mcp.tool_call import run_operation
from shared.observability import audit
from shared.policy.authorization import Authorization, Guarded
from shared.policy.groups import Groups
from shared.policy.rate_limit import MemoryBuckets, RateLimit, RedisBuckets
from shared.reads.offer import Offer, configured
from shared.results.paging import Cursors, cursor_key
from shared.settings import DEVOPS_RESOURCE, Settings
from shared.storage.preference_store import MemoryPreferences, PreferenceStore
from shared.storage.table_preferences import TablePreferences
from shared.storage.table_requests import STORAGE_RESOURCE
from shared.tools.waiting import CONFIRM

if TYPE_CHECKING:
    from shared.apis.devops.devops_client import DevOps
    from shared.mcp.confirmation import Confirmations


class Server:
    """Authenticates and authorizes callers, and gives tools their API clients."""

    def __init__(
        self,
        settings: Settings,
        *,
        http: Http,
        on_behalf_of: OnBehalfOf,
        preferences: PreferenceStore,
        tools: Sequence[Tool],
        rate_limit: RateLimit | None = None,
        devops_pacing: RequestPacing | None = None,
    ) -> None:
        self.limit_characters = settings.max_result_characters
        self.timeout_seconds = settings.tool_timeout_seconds
        self._settings = settings
        self._http = http
        self._on_behalf_of = on_behalf_of
        self._preferences = preferences
        self._tools = tools
        self._rate_limit = rate_limit
        self._shutdown: AsyncGenerator[None] | None = None
        self._authorization = Authorization(settings.tool_policy, Groups(self._group_ids))
        self._offer = Offer(settings.read_more, configured(tools, settings))
        self._consent_failures = ConsentFailures()
        self._resources = {"graph": settings.graph_resource, "devops": DEVOPS_RESOURCE}
        keys = {
            tenant_id: SigningKeys(http, f"{settings.authority_host}/{tenant_id}/v2.0")
            for tenant_id in settings.tenants
        }
        self._keys = keys.values()
        self._validator = AccessTokenValidator(settings, keys)
        self._cursor_key = cursor_key(os.environ)
        self._devops_pacing = devops_pacing or RequestPacing()
        self._devops_kept = KeptResources()

    @classmethod
    def open(cls, settings: Settings, tools: Sequence[Tool]) -> Self:
        """Opens a server with connections and threads of its own, closed when the event loop shuts down."""
        tls = tls_context(settings.ca_file)
        http = Http.open(tls)
        on_behalf_of = OnBehalfOf(Exchange(settings, tls))
        on_behalf_of.prepare()
        server = cls(
            settings,
            http=http,
            on_behalf_of=on_behalf_of,
            preferences=preference_store(settings, http),
            tools=tools,
            rate_limit=rate_limit(settings),
        )
        server._shutdown = on_loop_shutdown(server.close)
        return server

    @property
    def can_serve(self) -> bool:
        """Tells whether a call can succeed, as far as earlier calls have shown; sends no request."""
        return not (all(keys.are_missing for keys in self._keys) or self._on_behalf_of.lacks_credential)

    @cached_property
    def confirmations(self) -> "Confirmations":
        """Returns what seals writes that wait, which few servers need."""
        from shared.mcp.confirmation import Confirmations  # noqa: PLC0415 - as above

        return Confirmations(self._cursor_key)

    async def authenticate(self, invocation: Invocation) -> tuple[Principal, str]:
        """Authenticates the caller of an invocation; returns the principal and the access token.

        Raises:
            ToolError: The access token is missing or refused, or the signing keys could not be fetched.
        """
        token = bearer_token(invocation.header("authorization"))
        return await self._validator.validate(token), token

    async def authorize(self, principal: Principal, token: str, guarded: Guarded) -> None:
        """Returns if the caller may use this now; counts it as a call.

        Raises:
            ToolError: `rate_limited`: they call too often. `forbidden`: they lack a role or group. Others:
                the decision needs groups that could not be read.
        """
        if self._rate_limit is not None:
            await self._rate_limit.check(principal.tenant_id, principal.object_id)
        await self._authorization.authorize(guarded, principal, Assertion(token, principal.tenant_id))

    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        """Returns the caller with the API clients the tool may use."""
        assertion = Assertion(token, principal.tenant_id)
        cursors = self._cursors(principal)
        graph = devops = None
        if "graph" in tool.apis:
            access = self._access(assertion, "graph", tool)
            graph = self._graph(access, cursors)
        if "devops" in tool.apis:
            access = self._access(assertion, "devops", tool)
            devops = self._devops(principal, access, cursors)
        return Caller(
            principal,
            preferences=self._preferences,
            consents=Consents(
                self._on_behalf_of,
                assertion,
                resources=self._resources,
                settings=self._settings,
                failures=self._consent_failures,
            ),
            tools=self._tools,
            unmet=partial(self._authorization.unmet, principal=principal, assertion=assertion),
            graph=graph,
            devops=devops,
            offer=self._offer,
            authorize_read=partial(
                self._authorization.authorize_read, principal=principal, assertion=assertion
            ),
            confirm=partial(self._confirm, principal, token) if tool.name == CONFIRM else None,
        )

    async def close(self) -> None:
        """Closes the connections and shuts the threads down."""
        await self._http.close()
        self._on_behalf_of.close()
        if self._rate_limit is not None:
            await self._rate_limit.close()

    async def _confirm(
        self, principal: Principal, token: str, confirmation: str
    ) -> tuple[str, dict[str, Any]]:
        """Carries out a confirmed write, as if its tool were called with its arguments."""
        name, arguments = self.confirmations.open(principal, confirmation)
        tool = next((each for each in self._tools if each.name == name), None)
        if tool is None:
            raise ToolError(
                "not_found",
                f"{name} is not offered any more; nothing was done.",
                "Ask the administrator whether it was switched off.",
            )
        await self._authorization.authorize(tool, principal, Assertion(token, principal.tenant_id))
        record = audit.CURRENT.get()
        if record:
            record.write_confirmed(name)
        operation = await tool.ready()
        result = await run_operation(
            operation, self.caller(principal, token, tool), operation.parse(arguments)
        )
        return name, result.model_dump(mode="json")

    async def _group_ids(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        access = self._limited_access(assertion, "graph", [MEMBERSHIPS_SCOPE])
        return await group_ids(self._graph(access, self._cursors(principal)))

    def _graph(self, access: DelegatedAccess, cursors: Cursors) -> Graph:
        return Graph(
            self._http,
            access,
            endpoint=self._settings.graph_endpoint,
            cursors=cursors,
            file_hosts=self._settings.file_hosts,
        )

    def _devops(self, principal: Principal, access: DelegatedAccess, cursors: Cursors) -> "DevOps":
        from shared.apis.devops.devops_client import DevOps  # noqa: PLC0415 - some never ask it
        from shared.apis.devops.devops_requests import Endpoints  # noqa: PLC0415 - as above

        settings = self._settings
        return DevOps(
            self._http,
            access,
            endpoints=Endpoints(
                settings.devops_endpoint,
                settings.devops_profile_endpoint,
                settings.devops_search_endpoint,
                settings.devops_identities_endpoint,
                settings.devops_releases_endpoint,
                settings.devops_security_endpoint,
                settings.devops_hosts,
            ),
            cursors=cursors,
            pacing=self._devops_pacing,
            kept=self._devops_kept,
            caller=f"{principal.tenant_id}/{principal.object_id}",
        )

    def _cursors(self, principal: Principal) -> Cursors:
        return Cursors.of(self._cursor_key, tenant_id=principal.tenant_id, object_id=principal.object_id)

    def _access(self, assertion: Assertion, api: Api, tool: Tool) -> DelegatedAccess:
        optional = tool.optional_scopes_of(api)
        if tool.reads == api:
            optional += self._offer.scopes(api)
        return self._limited_access(assertion, api, tool.scopes_of(api), optional)

    def _limited_access(
        self, assertion: Assertion, api: Api, scopes: Sequence[str], optional: Sequence[str] = ()
    ) -> DelegatedAccess:
        return DelegatedAccess(
            self._on_behalf_of,
            assertion,
            resource=self._resources[api],
            scopes=scopes,
            optional=optional,
            settings=self._settings,
        )


def rate_limit(settings: Settings) -> RateLimit | None:
    """Makes the rate limit that the settings configure; None for no limit."""
    if settings.rate_limit is None:
        return None
    if settings.rate_limit_redis_url is None:
        return RateLimit(MemoryBuckets(settings.rate_limit))
    url = settings.rate_limit_redis_url.get_secret_value()
    return RateLimit(RedisBuckets.open(url, settings.rate_limit, ca_file=settings.ca_file))


def preference_store(settings: Settings, http: Http) -> PreferenceStore:
    """Makes the store of preferences that the settings configure."""
    if settings.preferences_table_url is None:
        return MemoryPreferences()
    token = identity_token(settings, STORAGE_RESOURCE)
    return TablePreferences(http, settings.preferences_table_url, token=token)
