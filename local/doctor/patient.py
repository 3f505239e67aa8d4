"""Who is examined: a configuration, with or without a server that runs with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from local.doctor.app_description import AppDescription
from local.doctor.directory import Directory
from local.doctor.mcp_endpoint import Challenge, McpEndpoint, result_of
from local.doctor.tokens import Tokens
from local.doctor.verdict import CannotCheckError
from local.doctor.wire import UnreachableError, UnreadableError

GRAPH = "00000003-0000-0000-c000-000000000000"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
_GRAPH_ENDPOINT = "https://graph.microsoft.com"
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
        unknown_settings: CannotCheckError | None = None,
        advertised_issuers: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.app = app
        self.mcp_url = mcp_url
        self.endpoint = McpEndpoint(http, mcp_url)
        self.unknown_settings = unknown_settings
        self.advertised_issuers = advertised_issuers
        self._http = http
        self._sign_in = sign_in
        self._identity: Identity | None = None
        self._directory: Directory | None = None
        self._server_token = ""

    @property
    def resources(self) -> Mapping[str, str]:
        """The name of each API as scopes spell it."""
        usual = {"graph": _GRAPH_ENDPOINT, "devops": DEVOPS}
        return self.app.settings.resources if self.app.settings else usual

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
            settings = self.app.settings
            endpoint = settings.graph_endpoint if settings else _GRAPH_ENDPOINT
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
            listed = result_of(await self.endpoint.list_tools(await self.server_token()))
            return tuple(str(each["name"]) for each in listed["tools"])
        except (UnreachableError, UnreadableError, KeyError) as error:
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
            "Neither the settings nor the server's challenge say which app registration it is about.",
            "Mend the checks of the settings and of the challenge first.",
        )
        try:
            answer = await self.endpoint.initialize()
        except UnreachableError as error:
            raise unknown from error
        challenge = Challenge.of(answer)
        address = urlsplit(challenge.get("authorization_uri") if challenge else "")
        tenant_id = address.path.strip("/").partition("/")[0]
        if challenge is None or not tenant_id or not challenge.get("resource_id"):
            raise unknown
        # The name Easy Auth has always used for the sign-in host of the public cloud.
        host = "login.microsoftonline.com" if address.netloc == "login.windows.net" else address.netloc
        scope = challenge.get("scope").split(" ")[0].rpartition("/")[2] or _SCOPE
        return Identity(tenant_id, challenge.get("resource_id"), f"{address.scheme}://{host}", scope)
