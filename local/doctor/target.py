"""Describes the target of an examination: a configuration, with or without a server that runs with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from local.doctor.app_description import AppDescription
from local.doctor.cached_value import CachedValue
from local.doctor.check_result import CannotCheckError
from local.doctor.directory import Directory
from local.doctor.http_responses import UnreachableError, UnreadableError
from local.doctor.identity import Identity, of_challenge, of_metadata
from local.doctor.mcp_endpoint import Challenge, McpEndpoint, result_of, tool_names
from local.doctor.sign_in_proxy import SignInProxy
from local.doctor.tokens import Tokens

GRAPH = "00000003-0000-0000-c000-000000000000"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
APP_IDS = {"graph": GRAPH, "devops": DEVOPS}
"""The client ids of the APIs by their names in the catalogue."""
API_NAMES = {"graph": "Microsoft Graph", "devops": "Azure DevOps"}
_GRAPH_ENDPOINT = "https://graph.microsoft.com"
# "National cloud deployments": the Graph that belongs to a sign-in host, where it is not the usual one.
_GRAPH_ENDPOINTS = {
    "https://login.microsoftonline.us": "https://graph.microsoft.us",
    "https://login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
}
_RESOURCES = {"graph": _GRAPH_ENDPOINT, "devops": DEVOPS}


class Target:
    """Fetches and caches what the checks need of the target.

    Args:
        name: What is examined, in words.
        app: What the app says of itself under the settings.
        http: Trusts the server and Graph.
        sign_in: Tokens of the operator for a tenant.
        mcp_url: Of the server; empty if only a configuration is examined.
        graph_endpoint: Where Graph is, if the settings do not say.
        azure_app: How `az` commands name the app.
        easy_auth: How Easy Auth is set up for it (`authsettingsV2`), if Azure says.
        unknown_settings: Why the settings could not be read, if they could not.
        advertised_issuers: What the server may name to clients in place of the issuer.
        proxy: The sign-in proxy that the settings switch on; none, where they are not known.
    """

    def __init__(
        self,
        name: str,
        app: AppDescription,
        http: httpx.AsyncClient,
        sign_in: Callable[[str], Tokens],
        *,
        mcp_url: str = "",
        graph_endpoint: str = "",
        azure_app: str = "--name <app> --resource-group <group>",
        easy_auth: Mapping[str, Any] | None = None,
        unknown_settings: CannotCheckError | None = None,
        advertised_issuers: tuple[str, ...] = (),
        proxy: SignInProxy | None = None,
    ) -> None:
        self.name = name
        self.app = app
        self.mcp_url = mcp_url
        self.azure_app = azure_app
        self.easy_auth = easy_auth
        self.endpoint = McpEndpoint(http, mcp_url)
        self.unknown_settings = unknown_settings
        self.advertised_issuers = advertised_issuers
        self.proxy = proxy or SignInProxy("")
        self._http = http
        self._sign_in = sign_in
        self._graph_endpoint = graph_endpoint
        self._identity = CachedValue(self._find_identity)
        self._directory = CachedValue(self._open_directory)
        self._server_token = CachedValue(self._sign_in_to_server)

    @property
    def resources(self) -> Mapping[str, str]:
        """Returns the name of each API as scopes spell it."""
        return self.app.settings.resources if self.app.settings else _RESOURCES

    async def identity(self) -> Identity:
        """Returns the app registration, from the settings or else from the server's challenge.

        Raises:
            CannotCheckError: Neither says.
        """
        return await self._identity.get()

    async def directory(self) -> Directory:
        """Returns the directory as the operator may read it.

        Raises:
            CannotCheckError: Which app it is about is not known.
        """
        return await self._directory.get()

    async def identifier_uris(self) -> list[str]:
        """Returns the application ID URIs of the registration; only the usual one where it cannot be read."""
        identity = await self.identity()
        usual = f"api://{identity.client_id}"
        try:
            uris = (await (await self.directory()).application()).get("identifierUris") or []
        except CannotCheckError:
            uris = []
        return [str(uri) for uri in uris] or [usual]

    async def server_token(self) -> str:
        """Returns an access token of the operator for the server.

        Raises:
            CannotCheckError: The operator gets none.
        """
        return await self._server_token.get()

    async def enabled_tools(self) -> tuple[str, ...]:
        """Returns the tools the settings offer; where these are not known, those the server lists.

        Raises:
            CannotCheckError: Neither is known.
        """
        if self.app.tools is not None:
            return self.app.tools
        unknown = CannotCheckError(
            "Which tools are enabled is not known, as the settings are not.",
            "Mend the check of the settings first.",
        )
        if not self.mcp_url:
            raise unknown
        try:
            return tool_names(result_of(await self.endpoint.list_tools(await self.server_token())))
        except (UnreachableError, UnreadableError) as error:
            raise unknown from error

    async def _find_identity(self) -> Identity:
        settings = self.app.settings
        if settings is None:
            return await self._challenged()
        return Identity(
            settings.tenant_id, settings.client_id, settings.authority_host, settings.required_scope
        )

    async def _open_directory(self) -> Directory:
        identity = await self.identity()
        usual = _GRAPH_ENDPOINTS.get(identity.authority_host, _GRAPH_ENDPOINT)
        settings = self.app.settings
        endpoint = settings.graph_endpoint if settings else self._graph_endpoint or usual
        return Directory(self._http, endpoint, self._sign_in(identity.tenant_id), identity.client_id)

    async def _sign_in_to_server(self) -> str:
        identity = await self.identity()
        uri = await self._identifier_uri(identity.client_id)
        return await self._sign_in(identity.tenant_id).server_token(f"{uri}/{identity.scope}")

    async def _identifier_uri(self, client_id: str) -> str:
        usual = f"api://{client_id}"
        try:
            uris = (await (await self.directory()).application()).get("identifierUris") or []
        except CannotCheckError:
            # Clients, too, have nothing to go by but how such a name usually is.
            return usual
        return usual if usual in uris or not uris else str(uris[0])

    async def _challenged(self) -> Identity:
        if not self.mcp_url:
            raise CannotCheckError(
                "The settings do not say which app registration it is about.",
                "Mend the check of the settings first.",
            )
        unknown = CannotCheckError(
            "Neither the settings nor the server's challenge and metadata say which app registration it is "
            "about.",
            "Mend the checks of the settings, the challenge and the metadata first.",
        )
        try:
            challenge = Challenge.of(await self.endpoint.initialize())
            identity = of_challenge(challenge) if challenge else None
            # A gateway in front challenges in its own words, but its metadata have to say the same.
            identity = identity or of_metadata(await self._metadata())
        except (UnreachableError, UnreadableError) as error:
            raise unknown from error
        if identity is None:
            raise unknown
        return identity

    async def _metadata(self) -> dict[str, Any]:
        return (await self.endpoint.get(self.endpoint.metadata_url)).document()
