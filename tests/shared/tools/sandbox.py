"""The local Graph and Azure DevOps in this process, and callers over them: the real clients, no sockets."""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.types import ASGIApp, Receive, Scope, Send

from local import devops, graph
from local.devops.made_answers import FURTHER_HOSTS
from local.layout import Layout
from local.organisation import User, organisation
from shared.apis.devops.request_pacing import RequestPacing
from shared.caller import Caller
from shared.entra.access_token import principal_of
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import OnBehalfOf
from shared.entra.principal import Principal
from shared.entra.token_errors import consent_required
from shared.http.http_client import Http
from shared.mcp.toolset import Tool, ToolFunction
from shared.server import Server
from shared.settings import DEVOPS_RESOURCE, Settings
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE
from tests.shared.clock import immediate_retries
from tests.shared.tools.contract import CheckedTransport

CHOSEN_BY_NAME = frozenset({"vso.advsec"})
"""What the organisation has no consents for, as no preset needs it; here its developers have."""
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NAMES = (
    "entra",
    "entra_http",
    "identity",
    "graph",
    "graph_files",
    "devops",
    "devops_profile",
    "devops_search",
    "devops_identities",
    "devops_releases",
    "devops_further",
    "devops_security",
)


async def published_keys() -> dict[str, Any]:
    """The key set of the tokens made here."""
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [{**key, "kid": "test", "use": "sig", "alg": "RS256"}]}


class ConsentedExchange:
    """Stands where Entra does: gives whoever's alias is the assertion what they consented to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        user = organisation().user(assertion)
        resource = "devops" if scopes[0].startswith(DEVOPS_RESOURCE) else "graph"
        granted = consented(user, resource)
        allowed = {*granted, ".default"} if granted else set()
        missing = [scope for scope in scopes if scope.rsplit("/", 1)[-1] not in allowed]
        if missing:
            raise consent_required(missing, tenant_id=tenant_id, settings=self._settings, details={})
        token = downstream_token(user, resource, granted)
        return DownstreamToken(token, frozenset(granted), time.time() + 3600)

    def close(self) -> None:
        """Hold nothing."""


def late(apps: Callable[[], Mapping[str, ASGIApp]], url: str) -> ASGIApp:
    """The app of an address, made when it is first asked: to fill a tenant takes longer than most tests."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await apps()[url](scope, receive, send)

    return app


class Sandbox:
    """One Graph and one Azure DevOps with fresh data.

    Attributes:
        reads: The APIs of which a test reads what no tool of its own does.
    """

    def __init__(self, folder: Path) -> None:
        self.layout = sandbox_layout(folder)
        self._misbehaving: set[str] = set()
        self.reads: set[str] = set()
        graph_apps = cache(lambda: graph.apps(self.layout, published_keys))
        devops_apps = cache(lambda: devops.hosts(self.layout, published_keys, lambda: datetime.now(UTC)))
        transports: dict[str, httpx.AsyncBaseTransport] = {
            url: CheckedTransport(
                httpx.ASGITransport(late(devops_apps, url)),
                "devops",
                misbehaving=self._misbehaving,
                reads=self.reads,
            )
            for url in (
                self.layout.devops,
                self.layout.devops_profile,
                self.layout.devops_search,
                self.layout.devops_identities,
                self.layout.devops_releases,
                self.layout.devops_further,
                self.layout.devops_security,
            )
        }
        for url in (self.layout.graph, self.layout.graph_files):
            transports[url] = httpx.ASGITransport(late(graph_apps, url))
        transports[self.layout.graph] = CheckedTransport(
            transports[self.layout.graph], "graph", "/v1.0", self._misbehaving, self.reads
        )
        self.http = httpx.AsyncClient(
            mounts={f"{url}/": transport for url, transport in transports.items()},
            transport=httpx.MockTransport(lambda _: httpx.Response(404)),
        )
        self.waits: list[float] = []
        self.server = sandboxed_server(
            self.settings(),
            Http(lambda: self.http, retry_policy=immediate_retries()),
            devops_pacing=RequestPacing(sleep=self._wait),
        )

    async def _wait(self, seconds: float) -> None:
        """Records a wait that Azure DevOps asked for, in the place of waiting."""
        self.waits.append(seconds)

    def settings(self) -> Settings:
        """The app's settings, pointing here."""
        return Settings.from_environ(
            {
                "AZURE_TENANT_ID": organisation().tenant_id,
                "AZURE_CLIENT_ID": organisation().server_client_id,
                "AZURE_CLIENT_SECRET": "unused",
                "WEBSITE_HOSTNAME": "localhost:7071",
                "GRAPH_ENDPOINT": self.layout.graph,
                "TRUSTED_HOSTS": "graph-files.test",
                "DEVOPS_HOSTS": ",".join(
                    f"{name}={self.layout.devops_further}/{name}" for name in FURTHER_HOSTS
                ),
                "READ_MORE": "graph:*;devops:*",
                "DEVOPS_ENDPOINT": self.layout.devops,
                "DEVOPS_PROFILE_ENDPOINT": self.layout.devops_profile,
                "DEVOPS_SEARCH_ENDPOINT": self.layout.devops_search,
                "DEVOPS_IDENTITIES_ENDPOINT": self.layout.devops_identities,
                "DEVOPS_RELEASES_ENDPOINT": self.layout.devops_releases,
                "DEVOPS_SECURITY_ENDPOINT": self.layout.devops_security,
            }
        )

    def caller(self, alias: str, tool: Tool) -> Caller:
        """The user as a caller of the tool."""
        return self.server.caller(principal(organisation().user(alias)), alias, tool)

    async def call(self, function: ToolFunction, user: str = "ana", **arguments: Any) -> Any:
        """The result of a tool for a user, its arguments checked as a client's are, and it by its schema."""
        tool = next(tool for tool in CATALOGUE if tool.function is function)
        result = await function(self.caller(user, tool), **tool.parse(arguments))
        jsonschema.Draft202012Validator(tool.output_schema).validate(result.model_dump(mode="json"))
        return result

    async def control(self, method: str, service: str, path: str, body: Any = None) -> httpx.Response:
        """Answer of a service's control, such as `("PUT", "graph", "faults", [...])`."""
        url = f"{getattr(self.layout, service)}/_control/{path}"
        if method == "PUT" and path == "faults":
            self._misbehaving.add(service)
        return (await self.http.request(method, url, json=body)).raise_for_status()

    async def fail(self, service: str, **fault: Any) -> None:
        """Make a service misbehave: see `local.control`."""
        await self.control("PUT", service, "faults", [fault])


def sandbox_layout(folder: Path) -> Layout:
    """Names for the services of one process."""
    hosts = {name: f"https://{name.replace('_', '-')}.test" for name in NAMES}
    return Layout(folder=folder, host="http://localhost:7071", **hosts)


def sandboxed_server(settings: Settings, http: Http, *, devops_pacing: RequestPacing | None = None) -> Server:
    """A server over these connections, whose exchange knows the organisation's consents."""
    on_behalf_of = OnBehalfOf(ConsentedExchange(settings))
    return Server(
        settings,
        http=http,
        on_behalf_of=on_behalf_of,
        preferences=MemoryPreferences(),
        tools=CATALOGUE,
        devops_pacing=devops_pacing,
    )


def consented(user: User, resource: str) -> set[str]:
    """What the user has consented to for an API."""
    consents = organisation().document["consents"]
    granted = {
        scope
        for consent in consents
        if user.alias in consent["users"] and consent["resource"] == resource
        for scope in consent["scopes"]
    }
    return granted | CHOSEN_BY_NAME if "vso.code" in granted else granted


def downstream_token(user: User, resource: str, scopes: set[str]) -> str:
    """A token for an API, as Entra makes them, signed with the key of this module."""
    now = int(time.time())
    claims = {
        "aud": organisation().document["resources"][resource]["token_audience"],
        "iss": f"https://sts.windows.net/{organisation().tenant_id}/",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "oid": user.object_id,
        "tid": organisation().tenant_id,
        "scp": " ".join(sorted(scopes)),
        "uti": uuid.uuid4().hex,
        "appid": organisation().server_client_id,
        "ver": "1.0",
        "xms_cc": ["cp1"],
    }
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "test"})


def principal(user: User) -> Principal:
    """The user as a verified token says it."""
    return principal_of(
        {
            "oid": user.object_id,
            "tid": organisation().tenant_id,
            "azp": "test-client",
            "scp": "access_as_user",
            "exp": int(time.time()) + 3600,
        }
    )
