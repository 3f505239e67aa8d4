"""A server that offers every read there is, over services that answer from the types' descriptions."""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from local.organisation import organisation
from local.published_reads import PublishedReads, published_reads
from shared.caller import Caller
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import OnBehalfOf
from shared.http.http_client import Http
from shared.mcp.toolset import ToolFunction
from shared.reads.read_index import Api, read_index
from shared.server import Server
from shared.settings import Settings
from shared.settings.read_more import NAMED_ONLY, ORDINARY
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE
from tests.shared.clock import immediate_retries
from tests.shared.tools.sandbox import principal

GRAPH = "https://graph.test"
APIS: tuple[Api, ...] = ("graph", "devops")


class EveryScope:
    """Stands where Entra does: gives whatever is asked for, and notes it."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        self.asked.append(scopes)
        names = frozenset(scope.rsplit("/", 1)[-1] for scope in scopes)
        return DownstreamToken(" ".join(sorted(names)), names, 4_000_000_000)

    def close(self) -> None:
        """Hold nothing."""


class AllReads:
    """Reads what is published, and keeps what went over the wire."""

    def __init__(self, **settings: str) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Any = None
        self.answers: list[httpx.Response] = []
        self.exchange = EveryScope()
        scopes = {
            scope for api in ("graph", "devops") for read in read_index(api).reads for scope in read.scopes
        }
        areas = {api: ",".join(sorted(ORDINARY[api] | NAMED_ONLY[api])) for api in ORDINARY}
        environ = {
            "AZURE_TENANT_ID": organisation().tenant_id,
            "AZURE_CLIENT_ID": organisation().server_client_id,
            "AZURE_CLIENT_SECRET": "unused",
            "WEBSITE_HOSTNAME": "localhost:7071",
            "GRAPH_ENDPOINT": GRAPH,
            "READ_MORE": f"graph:{areas['graph']};devops:{areas['devops']}",
            "READ_MORE_SCOPES": ",".join(sorted(scopes)),
            **settings,
        }
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answered))
        self.server = Server(
            Settings.from_environ(environ),
            http=Http(lambda: client, retry_policy=immediate_retries()),
            on_behalf_of=OnBehalfOf(self.exchange),
            preferences=MemoryPreferences(),
            tools=CATALOGUE,
        )

    async def call(self, function: ToolFunction, **arguments: Any) -> Any:
        """The result of a tool; what it sent is in `requests`."""
        tool = next(tool for tool in CATALOGUE if tool.function is function)
        self.requests.clear()
        return await function(self._caller(tool), **tool.parse(arguments))

    def _caller(self, tool: Any) -> Caller:
        return self.server.caller(principal(organisation().user("ana")), "token", tool)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.answers:
            return self.answers.pop(0)
        if self.answer is not None:
            return httpx.Response(200, json=self.answer)
        reads, path, host = _published(request)
        found = reads.find(path, host)
        assert found is not None, f"no published read is {request.url}"
        items = json.loads(json.dumps(reads.items(found)))
        return httpx.Response(200, json={"count": len(items), "value": items} if found.is_list else items[0])


def _published(request: httpx.Request) -> tuple[PublishedReads, str, str]:
    path = request.url.raw_path.decode().partition("?")[0]
    if request.url.host == "graph.test":
        return published_reads("graph"), path.removeprefix("/v1.0"), ""
    return published_reads("devops"), path, request.url.host


def path_of(api: Api, template: str, ids: Sequence[str]) -> str:
    """A template with ids in the place of its names in braces, one after the other."""
    path, left = template, list(ids)
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + left.pop(0) + rest.partition("}")[2]
    return path.removeprefix("/larkspur") if api == "devops" else path
