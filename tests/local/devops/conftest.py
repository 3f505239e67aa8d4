from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.types import ASGIApp

from local.devops import hosts
from local.layout import Layout
from local.organisation import organisation

NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
READ = (
    "vso.profile vso.project vso.work vso.build vso.test vso.identity vso.release vso.code vso.wiki "
    "vso.advsec vso.variablegroups_read vso.environment_manage"
)
WRITE = f"{READ} vso.work_write vso.build_execute vso.wiki_write vso.code_write"


class Issuer:
    """Signs tokens as Entra does, with a key of its own."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._issued = 0

    async def published(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "test", "use": "sig", "alg": "RS256"}]}

    def token(self, alias: str = "ana", scopes: str = WRITE, **changed: Any) -> str:
        self._issued += 1
        now = int(time.time())
        claims = {
            "iss": f"https://sts.windows.net/{organisation().tenant_id}/",
            "aud": "499b84ac-1321-427f-aa17-267ca6975798",
            "oid": organisation().user(alias).object_id,
            "tid": organisation().tenant_id,
            "appid": organisation().server_client_id,
            "scp": scopes,
            "uti": f"token-{self._issued}",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
        }
        return jwt.encode({**claims, **changed}, self._key, "RS256", headers={"kid": "test"})


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="session")
def layout() -> Layout:
    names = ("host", "entra", "entra_http", "identity", "graph", "graph_files")
    return Layout(
        folder=Path("/nowhere"),
        **{name: f"http://{name}.test" for name in names},
        devops="http://devops.test",
        devops_profile="http://profile.test",
        devops_search="http://search.test",
        devops_identities="http://identities.test",
        devops_releases="http://releases.test",
        devops_security="http://security.test",
    )


class Network(httpx.AsyncBaseTransport):
    """The hosts, chosen by the host name of the request; remembers whether anybody wrote."""

    def __init__(self, apps: dict[str, ASGIApp]) -> None:
        self._hosts = {httpx.URL(url).host: httpx.ASGITransport(app) for url, app in apps.items()}
        self.written = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.written = self.written or request.method != "GET"
        return await self._hosts[request.url.host].handle_async_request(request)


@pytest.fixture(scope="session")
def running(layout: Layout, issuer: Issuer) -> Network:
    return Network(hosts(layout, issuer.published, lambda: NOW))


@pytest.fixture
async def network(running: Network, layout: Layout) -> AsyncIterator[Network]:
    """The service as it is after a start: what a test wrote is forgotten when it ends."""
    yield running
    if running.written:
        async with httpx.AsyncClient(transport=running, base_url=layout.devops) as client:
            await client.post("/_control/devops/reset")
            await client.put("/_control/faults", json=[])
            await client.delete("/_control/journal")
        running.written = False


type ClientFor = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def client_for(
    network: httpx.AsyncBaseTransport, layout: Layout, issuer: Issuer
) -> AsyncIterator[ClientFor]:
    """Makes a client of the organizations' host that signs in as somebody with some scopes."""
    opened: list[httpx.AsyncClient] = []

    def make(alias: str = "ana", scopes: str = WRITE, **changed: Any) -> httpx.AsyncClient:
        headers = {
            "authorization": f"Bearer {issuer.token(alias, scopes, **changed)}",
            "accept": "application/json;api-version=7.1",
            "x-tfs-fedauthredirect": "Suppress",
        }
        client = httpx.AsyncClient(transport=network, base_url=layout.devops, headers=headers)
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
def ana(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for("ana")
