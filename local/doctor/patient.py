"""Who is examined: a configuration, with or without a server that runs with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from local.doctor.app_description import AppDescription
from local.doctor.directory import Directory
from local.doctor.mcp_endpoint import Challenge, McpEndpoint, result_of, tool_names
from local.doctor.tokens import Tokens
from local.doctor.verdict import CannotCheckError
from local.doctor.wire import UnreachableError, UnreadableError

GRAPH = "00000003-0000-0000-c000-000000000000"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
_GRAPH_ENDPOINT = "https://graph.microsoft.com"
# "National cloud deployments": the Graph that belongs to a sign-in host, where it is not the usual one.
_GRAPH_ENDPOINTS = {
    "https://login.microsoftonline.us": "https://graph.microsoft.us",
    "https://login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
}
_RESOURCES = {"graph": _GRAPH_ENDPOINT, "devops": DEVOPS}
_SCOPE = "access_as_user"


@dataclass(frozen=True)
class Identity:
    """Which app registration of which tenant it is about, and the name of the scope its tokens hold."""

    tenant_id: str
    client_id: str
    authority_host: str
    scope: str

    @property
    def issuer(self) -> str:
        """The issuer of the tenant's version 2.0 tokens."""
        return f"{self.authority_host}/{self.tenant_id}/v2.0"


class Patient:
    """What the checks look at; what several of them need is fetched once.

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
    ) -> None:
        self.name = name
        self.app = app
        self.mcp_url = mcp_url
        self.azure_app = azure_app
        self.easy_auth = easy_auth
        self.endpoint = McpEndpoint(http, mcp_url)
        self.unknown_settings = unknown_settings
        self.advertised_issuers = advertised_issuers
        self._http = http
        self._sign_in = sign_in
        self._graph_endpoint = graph_endpoint
        self._identity: Identity | None = None
        self._directory: Directory | None = None
        self._server_token = ""

    @property
    def resources(self) -> Mapping[str, str]:
        """The name of each API as scopes spell it."""
        return self.app.settings.resources if self.app.settings else _RESOURCES

    async def identity(self) -> Identity:
        """The app registration, from the settings or else from the server's challenge.

        Raises:
            CannotCheckError: Neither says.
        """
        if self._identity is None:
            settings = self.app.settings
            if settings is not None:
                self._identity = Identity(
                    settings.tenant_id, settings.client_id, settings.authority_host, settings.required_scope
                )
            else:
                self._identity = await self._challenged()
        return self._identity

    async def directory(self) -> Directory:
        """The directory as the operator may read it.

        Raises:
            CannotCheckError: Which app it is about is not known.
        """
        if self._directory is None:
            identity = await self.identity()
            usual = _GRAPH_ENDPOINTS.get(identity.authority_host, _GRAPH_ENDPOINT)
            settings = self.app.settings
            endpoint = settings.graph_endpoint if settings else self._graph_endpoint or usual
            tokens = self._sign_in(identity.tenant_id)
            self._directory = Directory(self._http, endpoint, tokens, identity.client_id)
        return self._directory

    async def server_token(self) -> str:
        """An access token of the operator for the server.

        Raises:
            CannotCheckError: The operator gets none.
        """
        if not self._server_token:
            identity = await self.identity()
            uri = await self._identifier_uri(identity.client_id)
            tokens = self._sign_in(identity.tenant_id)
            self._server_token = await tokens.server_token(f"{uri}/{identity.scope}")
        return self._server_token

    async def enabled_tools(self) -> tuple[str, ...]:
        """The tools the settings offer; where these are not known, those the server lists.

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
            identity = _of_challenge(challenge) if challenge else None
            # A gateway in front challenges in its own words, but its metadata have to say the same.
            identity = identity or _of_metadata(await self._metadata())
        except (UnreachableError, UnreadableError) as error:
            raise unknown from error
        if identity is None:
            raise unknown
        return identity

    async def _metadata(self) -> dict[str, Any]:
        return (await self.endpoint.get(self.endpoint.metadata_url)).document()


def _of_challenge(challenge: Challenge) -> Identity | None:
    """What Easy Auth's challenge says; None if it is another's."""
    address = urlsplit(challenge.get("authorization_uri"))
    tenant_id = address.path.strip("/").partition("/")[0]
    if not tenant_id or not challenge.get("resource_id"):
        return None
    # The name Easy Auth has always used for the sign-in host of the public cloud.
    host = "login.microsoftonline.com" if address.netloc == "login.windows.net" else address.netloc
    scope = challenge.get("scope").split(" ")[0].rpartition("/")[2] or _SCOPE
    return Identity(tenant_id, challenge.get("resource_id"), f"{address.scheme}://{host}", scope)


def _of_metadata(document: dict[str, Any]) -> Identity | None:
    """What protected resource metadata say, where their scope names the app by its client id."""
    servers, scopes = document.get("authorization_servers"), document.get("scopes_supported")
    if not isinstance(servers, list) or not isinstance(scopes, list) or not servers or not scopes:
        return None
    address = urlsplit(str(servers[0]))
    uri, _, scope = str(scopes[0]).rpartition("/")
    client_id = uri.removeprefix("api://")
    tenant_id = address.path.strip("/").partition("/")[0]
    if not tenant_id or client_id == uri or "/" in client_id:
        return None
    return Identity(tenant_id, client_id, f"{address.scheme}://{address.netloc}", scope)
