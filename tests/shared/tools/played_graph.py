"""A Microsoft Graph that a test plays itself, for what the demo organisation's never says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

from local.organisation import organisation
from shared.http.http_client import Http
from shared.mcp.toolset import ToolFunction
from shared.settings import Settings
from shared.tools import CATALOGUE
from tests.shared.clock import immediate_retries
from tests.shared.tools.sandbox import principal, sandboxed_server

type Play = Callable[["Sent"], Any]


@dataclass
class Sent:
    """A request: its method, its decoded path after the version, its query, and its JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: httpx.Headers


@dataclass
class PlayedGraph:
    """Responds with what `play` returns: a document, a status with one, or a whole response."""

    play: Play
    requests: list[Sent] = field(default_factory=list)

    async def call(self, function: ToolFunction, user: str = "ana", **arguments: Any) -> Any:
        """The result of a tool over this Graph, its arguments checked as a client's are."""
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._respond)) as client:
            server = sandboxed_server(settings(), Http(lambda: client, retry_policy=immediate_retries()))
            tool = next(each for each in CATALOGUE if each.function is function)
            caller = server.caller(principal(organisation().user(user)), user, tool)
            return await function(caller, **tool.parse(arguments))

    async def _respond(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        path = unquote(request.url.raw_path.decode().partition("?")[0]).removeprefix("/v1.0")
        sent = Sent(
            request.method,
            path,
            dict(request.url.params),
            json.loads(content) if content and "json" in request.headers.get("content-type", "") else None,
            request.headers,
        )
        self.requests.append(sent)
        played = self.play(sent)
        if isinstance(played, httpx.Response):
            return played
        status, document = played if isinstance(played, tuple) else (200, played)
        return httpx.Response(status, json=document)


def settings() -> Settings:
    """The app's settings, pointing to this Graph."""
    return Settings.from_environ(
        {
            "AZURE_TENANT_ID": organisation().tenant_id,
            "AZURE_CLIENT_ID": organisation().server_client_id,
            "AZURE_CLIENT_SECRET": "unused",
            "WEBSITE_HOSTNAME": "localhost:7071",
            "GRAPH_ENDPOINT": "https://graph.test",
            "TRUSTED_HOSTS": "graph-files.test",
        }
    )


def refusal(status: int, code: str, message: str = "Words of Graph.", **inner: Any) -> tuple[int, Any]:
    """A refusal of Graph, with its code and what is nested in it."""
    return status, {"error": {"code": code, "message": message, "innerError": inner}}


def playing(*routes: tuple[str, str, Any]) -> PlayedGraph:
    """A Graph with a response for each method and part of a path, and else empty collections."""

    def play(sent: Sent) -> Any:
        if sent.path.endswith("/mailboxSettings"):
            return {"timeZone": "W. Europe Standard Time"}
        return next(
            (each for method, part, each in routes if method == sent.method and part in sent.path),
            {"value": []},
        )

    return PlayedGraph(play)


def written(graph: PlayedGraph) -> list[Any]:
    """What was sent to change something."""
    return [each.body for each in graph.requests if each.method in ("POST", "PATCH")]
