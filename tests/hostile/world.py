"""The server with real token validation over the local Graph and Azure DevOps, and all that it sent them."""

import json
import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override
from urllib.parse import parse_qsl

import httpx
import jwt

from local.devops.made_answers import FURTHER_HOSTS
from local.layout import Layout
from local.organisation import User, organisation
from shared.caller import Caller
from shared.entra.on_behalf_of import OnBehalfOf
from shared.entra.principal import Principal
from shared.http.http_client import Http
from shared.mcp.dispatch import dispatch
from shared.mcp.invocation import ERROR_KEY
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Tool
from shared.server import Server
from shared.settings import Settings
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE
from tests.shared.clock import immediate_retries
from tests.shared.issuer import AUTHORITY
from tests.shared.tools.sandbox import KEY, ConsentedExchange, Sandbox, published_keys

TOOLS = {tool.name: tool for tool in CATALOGUE}


@dataclass(frozen=True)
class Sent:
    """One request as it went onto the wire."""

    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Names and values of the query, decoded."""
        return parse_qsl(self.query, keep_blank_values=True)


# What one call sent, whatever another has left under way.
_OF_CALL: ContextVar[list[Sent]] = ContextVar("of_call")


class Wire(httpx.AsyncBaseTransport):
    """Hands requests on to a sandbox and keeps them; answers for Entra's metadata and keys itself."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._inner = sandbox.http
        self._entra = Entra()
        self.sent: list[Sent] = []
        self.answers: dict[str, httpx.Response] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of whoever is asked, or one that stands in `answers` under the request's address."""
        if request.url.host == Entra.HOST:
            return await self._entra.handle_async_request(request)
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        host = request.url.netloc.decode("ascii")
        sent = Sent(request.method, host, path, query, dict(request.headers), await request.aread())
        self.sent.append(sent)
        _OF_CALL.get([]).append(sent)
        planted = self.answers.get(f"{request.url.scheme}://{request.url.host}{path}")
        return planted if planted is not None else await self._inner.send(request, stream=True)


class Entra(httpx.AsyncBaseTransport):
    """What Entra publishes about itself: its metadata and its keys."""

    HOST = "login.microsoftonline.com"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One of the two documents."""
        if request.url.path.endswith("/openid-configuration"):
            issuer = f"{AUTHORITY}/{organisation().tenant_id}/v2.0"
            return httpx.Response(200, json={"issuer": issuer, "jwks_uri": f"{AUTHORITY}/keys"})
        return httpx.Response(200, json=await published_keys())


class SignedInServer(Server):
    """The server itself; only what is exchanged is the caller's object id, which the sandbox understands."""

    @override
    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        return super().caller(principal, principal.object_id, tool)


class World:
    """One server over one sandbox, called as the Functions host calls it."""

    def __init__(self, folder: Path) -> None:
        self.sandbox = Sandbox(folder)
        self.layout: Layout = self.sandbox.layout
        self.wire = Wire(self.sandbox)
        self.client = httpx.AsyncClient(transport=self.wire)
        settings = server_settings(self.layout)
        self.server = SignedInServer(
            settings,
            http=Http(lambda: self.client, retry_policy=immediate_retries()),
            on_behalf_of=OnBehalfOf(ConsentedExchange(settings)),
            preferences=MemoryPreferences(),
            tools=CATALOGUE,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.server.close()
        await self.sandbox.server.close()

    async def dispatch(self, tool: str, context: str) -> dict[str, Any]:
        """The result of a call of which the host tells this context."""
        return await run(tool, context, self.server)

    async def call(self, tool: str, user: str = "ana", **arguments: Any) -> dict[str, Any]:
        """The result of a call by a user who signed in."""
        return await self.dispatch(tool, context_of(user_token(organisation().user(user)), arguments))

    async def watched(self, tool: str, **arguments: Any) -> tuple[dict[str, Any], list[Sent]]:
        """The result of a call by Ana, and what that call sent."""
        sent: list[Sent] = []
        before = _OF_CALL.set(sent)
        result = await self.call(tool, **arguments)
        _OF_CALL.reset(before)
        return result, list(sent)

    async def code(self, tool: str, user: str = "ana", **arguments: Any) -> str:
        """How a call went: the code of its failure, or `ok`."""
        return code_of(await self.call(tool, user, **arguments))

    async def value(self, tool: str, user: str = "ana", **arguments: Any) -> dict[str, Any]:
        """The structured content of a call that succeeds."""
        result = await self.call(tool, user, **arguments)
        assert not result["isError"], result
        return dict(result["structuredContent"])


def server_settings(layout: Layout) -> Settings:
    """The app's settings, pointing at a sandbox, with no bound on how often a user may call."""
    return Settings.from_environ(
        {
            "AZURE_TENANT_ID": organisation().tenant_id,
            "AZURE_CLIENT_ID": organisation().server_client_id,
            "AZURE_CLIENT_SECRET": "unused",
            "WEBSITE_HOSTNAME": "localhost:7071",
            "GRAPH_ENDPOINT": layout.graph,
            "TRUSTED_HOSTS": "graph-files.test",
            "DEVOPS_ENDPOINT": layout.devops,
            "DEVOPS_PROFILE_ENDPOINT": layout.devops_profile,
            "DEVOPS_SEARCH_ENDPOINT": layout.devops_search,
            "DEVOPS_IDENTITIES_ENDPOINT": layout.devops_identities,
            "DEVOPS_RELEASES_ENDPOINT": layout.devops_releases,
            "DEVOPS_SECURITY_ENDPOINT": layout.devops_security,
            "DEVOPS_HOSTS": ",".join(f"{name}={layout.devops_further}/{name}" for name in FURTHER_HOSTS),
            "READ_MORE": "graph:*;devops:*",
            "RATE_LIMIT": "1000000/minute",
        }
    )


def user_token(user: User, **changed: Any) -> str:
    """An access token for this server, as Entra makes them; claims may be changed."""
    now = int(time.time())
    claims = {
        "aud": organisation().server_client_id,
        "iss": f"{AUTHORITY}/{organisation().tenant_id}/v2.0",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
        "azp": "test-client",
        "oid": user.object_id,
        "sub": f"subject-of-{user.alias}",
        "tid": organisation().tenant_id,
        "scp": "access_as_user",
        "ver": "2.0",
        **changed,
    }
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "test"})


def context_of(token: str, arguments: Any) -> str:
    """What the MCP extension tells of a call."""
    return json.dumps(
        {
            "arguments": arguments,
            "transport": {
                "name": "http-streamable",
                "properties": {"headers": {"Authorization": f"Bearer {token}"}},
            },
        }
    )


async def run(tool: str, context: str, server: Server) -> dict[str, Any]:
    """The result of a call, out of the extension's envelope."""
    envelope = await dispatch(ToolCall(TOOLS[tool]), context, lambda: server)
    return dict(json.loads(json.loads(envelope)["content"]))


def code_of(result: dict[str, Any]) -> str:
    """The code of a failure, or `ok`."""
    return str(result["_meta"][ERROR_KEY]["code"]) if result["isError"] else "ok"
