"""A Graph of its own for the tests: fresh data, a fixed clock, and tokens from a key made here."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.graph import apps
from local.layout import Layout
from local.organisation import organisation

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # a Wednesday
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EVERY_SCOPE = " ".join(
    scope
    for consent in organisation().document["consents"][:1]
    for scope in consent["scopes"]
)

type MakeToken = Callable[..., str]


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    names = ("entra", "entra_http", "identity", "graph", "graph_files", "devops", "devops_profile")
    hosts = {name: f"http://{name.replace('_', '-')}.test" for name in names}
    folder: Path = tmp_path_factory.mktemp("tenant")
    return Layout(folder=folder, host="http://host.test", devops_search="http://search.test", **hosts)


@pytest.fixture(scope="session")
def make_token() -> MakeToken:
    def make(alias: str = "ana", scopes: str = EVERY_SCOPE, **changes: object) -> str:
        now = int(time.time())
        user = organisation().user(alias)
        claims = {
            "aud": "https://graph.microsoft.com",
            "iss": f"https://sts.windows.net/{organisation().tenant_id}/",
            "iat": now, "nbf": now, "exp": now + 3600,
            "oid": user.object_id, "scp": scopes, "uti": uuid.uuid4().hex,
            "appid": organisation().server_client_id, "xms_cc": ["cp1"],
        }  # fmt: skip
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "test"})

    return make


async def published_keys() -> dict[str, object]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [{**key, "kid": "test", "use": "sig", "alg": "RS256"}]}


class Sandbox:
    """The apps of one Graph, and clients for its users."""

    def __init__(self, layout: Layout, make_token: MakeToken) -> None:
        self.layout = layout
        self.make_token = make_token
        self.apps = apps(layout, published_keys, NOW)

    def client(self, alias: str = "ana", **claims: object) -> httpx.AsyncClient:
        """A client that signs its requests to Graph as this user."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.apps[self.layout.graph]),
            base_url=f"{self.layout.graph}/v1.0",
            headers={"Authorization": f"Bearer {self.make_token(alias, **claims)}"},
        )

    def files(self) -> httpx.AsyncClient:
        """A client of the host that files are fetched from and sent to; it sends no token."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.apps[self.layout.graph_files]))

    async def control(self, method: str, path: str, body: object = None) -> httpx.Response:
        """What the service answers to one of its controls."""
        async with self.client() as client:
            return await client.request(method, f"{self.layout.graph}/_control/{path}", json=body)


@pytest.fixture
def sandbox(layout: Layout, make_token: MakeToken) -> Sandbox:
    return Sandbox(layout, make_token)


@pytest.fixture
async def ana(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with sandbox.client("ana") as client:
        yield client
