"""A Graph of the tests' own: a fixed clock, tokens from a key made here, and the published schemas."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.graph import apps
from local.layout import Layout
from local.organisation import organisation
from tests.contract import published

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # a Wednesday
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EVERY_SCOPE = " ".join(organisation().document["consents"][0]["scopes"])

type MakeToken = Callable[..., str]
type Conforms = Callable[[httpx.Response, str], None]


async def published_keys() -> dict[str, Any]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [{**key, "kid": "test", "use": "sig", "alg": "RS256"}]}


def make_token(alias: str = "ana", scopes: str | None = EVERY_SCOPE, **changes: Any) -> str:
    """A token of Graph for this user; a change to None leaves the claim out."""
    now = int(time.time())
    claims = {
        "aud": "https://graph.microsoft.com",
        "iss": f"https://sts.windows.net/{organisation().tenant_id}/",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "oid": organisation().user(alias).object_id,
        "scp": scopes,
        "uti": uuid.uuid4().hex,
        "appid": organisation().server_client_id,
        "xms_cc": ["cp1"],
    }
    kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(kept, KEY, algorithm="RS256", headers={"kid": "test"})


class Sandbox:
    """The apps of one Graph, and clients for its users."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.apps = apps(layout, published_keys, lambda: NOW)

    def client(
        self, alias: str = "ana", scopes: str | None = EVERY_SCOPE, **changes: Any
    ) -> httpx.AsyncClient:
        """A client of Graph that signs its requests as this user."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.apps[self.layout.graph]),
            base_url=f"{self.layout.graph}/v1.0",
            headers={"Authorization": f"Bearer {make_token(alias, scopes, **changes)}"},
        )

    def files(self) -> httpx.AsyncClient:
        """A client of the host that files are fetched from and sent to; it sends no token."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.apps[self.layout.graph_files]))

    async def control(self, method: str, path: str, body: object = None) -> httpx.Response:
        """What the service answers to one of its controls."""
        async with self.client() as client:
            return await client.request(method, f"{self.layout.graph}/_control/{path}", json=body)


@pytest.fixture(scope="session")
def graph_layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    names = (
        "entra",
        "entra_http",
        "identity",
        "graph",
        "graph_files",
        "devops",
        "devops_profile",
        "devops_search",
    )
    hosts = {name: f"http://{name.replace('_', '-')}.test" for name in names}
    return Layout(folder=tmp_path_factory.mktemp("tenant"), host="http://host.test", **hosts)


@pytest.fixture(scope="session")
def untouched(graph_layout: Layout) -> Sandbox:
    """A Graph that tests only read from."""
    return Sandbox(graph_layout)


@pytest.fixture
def sandbox(graph_layout: Layout) -> Sandbox:
    """A Graph of the test's own, to write to."""
    return Sandbox(graph_layout)


@pytest.fixture(scope="session")
async def ana(untouched: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Ana, who only reads."""
    async with untouched.client("ana") as client:
        yield client


@pytest.fixture
async def writer(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Ana, in a Graph of the test's own."""
    async with sandbox.client("ana") as client:
        yield client


@pytest.fixture(scope="session")
def conforms() -> Conforms:
    """A check that an answer is as published for `GET /me` and the like."""
    described = {f"{each.method} {each.path}": each for each in published.operations("graph")}

    def check(response: httpx.Response, operation: str) -> None:
        assert [] == described[operation].answer_problems(response)

    return check


async def everything(client: httpx.AsyncClient, url: str, **options: Any) -> tuple[list[Any], list[int]]:
    """All items of a collection, and how many there were on each page."""
    items: list[Any] = []
    sizes: list[int] = []
    next_url: str | None = url
    while next_url:
        page = (await client.get(next_url, **options)).raise_for_status().json()
        items += page["value"]
        sizes.append(len(page["value"]))
        next_url = page.get("@odata.nextLink")
    return items, sizes


def code(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json()["error"]["code"]


async def find(client: httpx.AsyncClient, subject: str) -> dict[str, Any]:
    """The newest message with this subject."""
    condition = {"$filter": "subject eq '{}'".format(subject.replace("'", "''")), "$top": "1"}
    return (await client.get("/me/messages", params=condition)).raise_for_status().json()["value"][0]
