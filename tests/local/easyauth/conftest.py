import asyncio
import json
import socket
import time

import httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.control import Control
from local.easyauth import EasyAuth, EasyAuthConfig

CLIENT_ID = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
TENANT_ID = "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
OBJECT_ID = "7d4f1b90-3c2e-4a5d-9b8f-0a1c2e3d4f51"


class Issuer:
    """A token issuer with real keys, its metadata and key set on a real socket."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.url = f"{base_url}/{TENANT_ID}/v2.0"
        self.available = True
        self.fetches = 0
        self.rotate()

    def rotate(self):
        """Replace the one key; its successor has another `kid`."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = f"key-{time.monotonic_ns()}"

    def claims(self, **changed):
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "azp": VS_CODE,
            "tid": TENANT_ID,
            "oid": OBJECT_ID,
            "sub": "pairwise",
            "scp": "access_as_user",
            "preferred_username": "ana.duarte@larkspur.example",
            "ver": "2.0",
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key=None, kid=None, algorithm="RS256", **changed):
        headers = {"kid": kid or self.kid}
        return jwt.encode(self.claims(**changed), key or self.key, algorithm, headers)

    def app(self):
        async def metadata(_):
            self.fetches += 1
            if not self.available:
                return Response(status_code=503)
            return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.base_url}/keys"})

        async def keys(_):
            described = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return JSONResponse({"keys": [{**described, "kid": self.kid, "use": "sig"}]})

        path = f"/{TENANT_ID}/v2.0/.well-known/openid-configuration"
        return Starlette(routes=[Route(path, metadata), Route("/keys", keys)])


@pytest.fixture(scope="session")
async def running_issuer():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        issuer = Issuer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(issuer.app(), log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield issuer
        server.should_exit = True
        await serving


@pytest.fixture
def issuer(running_issuer):
    running_issuer.available, running_issuer.fetches = True, 0
    return running_issuer


@pytest.fixture
def control():
    return Control()


@pytest.fixture(scope="session")
def config(running_issuer):
    return EasyAuthConfig(
        client_id=CLIENT_ID,
        issuer=running_issuer.url,
        allowed_audiences=frozenset({f"api://{CLIENT_ID}"}),
        allowed_applications=frozenset({VS_CODE}),
        allowed_tenants=frozenset({TENANT_ID}),
        prm_scope=f"api://{CLIENT_ID}/access_as_user",
        advertised_authorization_server=f"http://localhost:7072/{TENANT_ID}/v2.0",
    )


async def shows_headers(scope, receive, send):
    """The app behind: it answers with the headers it was given, as pairs."""
    pairs = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    await JSONResponse(pairs)(scope, receive, send)


@pytest.fixture
def guarded(control):
    """Makes a client of an app behind Easy Auth with this configuration."""

    def make(config):
        app = EasyAuth(shows_headers, config, control)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example")

    return make


@pytest.fixture
def client(guarded, config):
    return guarded(config)


@pytest.fixture
def bearer(issuer):
    """Makes the header of a token with these claims changed."""

    def make(**changed):
        return {"Authorization": f"Bearer {issuer.token(**changed)}"}

    return make
