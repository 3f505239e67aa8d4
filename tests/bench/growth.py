"""What many kept users cost: memory for each, and latency whatever their number.

    python -m tests.bench.growth

Runs the server's own path in one process, from the host's context to the result's envelope, over a Graph
that answers at once. Every user has an access token of their own, really signed and really checked, and a
token for Graph that is kept. Prints one JSON object.
"""

import asyncio
import base64
import gc
import json
import logging
import os
import random
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.dispatch import dispatch
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.http import Http
from shared.invocation import parse_invocation
from shared.preferences import MemoryPreferences
from shared.server import Server
from shared.settings import Settings
from shared.tools import CATALOGUE

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
SERVER = "bbbbbbbb-0000-4000-8000-000000000001"
AUTHORITY = "https://login.microsoftonline.com"
LEVELS = (10, 1_000, 100_000)
SAMPLES = 600
TOKEN_B_CHARACTERS = 1_800
SCOPE = "https://graph.microsoft.com/User.Read"
# A short key: what is measured is the number of tokens, and there are a hundred thousand to sign.
KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)


class Crowd:
    """Users who come for the first time, one after the other, and calls by those who came."""

    def __init__(self) -> None:
        settings = Settings.from_environ(
            {
                "AZURE_TENANT_ID": TENANT,
                "AZURE_CLIENT_ID": SERVER,
                "AZURE_CLIENT_SECRET": "x",
                "RATE_LIMIT": "none",
            }
        )
        self._on_behalf_of = OnBehalfOf(_Exchange())
        http = httpx.AsyncClient(transport=httpx.MockTransport(_answer))
        self._server = Server(
            settings,
            http=Http(lambda: http),
            on_behalf_of=self._on_behalf_of,
            preferences=MemoryPreferences(),
            tools=CATALOGUE,
        )
        self._tool = next(tool for tool in CATALOGUE if tool.name == "graph_get_profile")
        self._come = 0
        self._sampled: list[str] = []

    async def grow(self, users: int) -> None:
        """Let users come until there are so many."""
        # So that at every level the sampled ones come from all over, at the same number.
        every = max((users - self._come) // 300, 1)
        for number in range(self._come, users):
            token = _token(number)
            await self._server.sign_in(parse_invocation(_context(token)))
            await self._on_behalf_of.token(Assertion(token, TENANT), [SCOPE])
            if number % every == 0:
                self._sampled.append(token)
        self._come = users

    async def latency(self) -> float:
        """Seconds of a call, as the median of many by users who are kept."""
        seconds = []
        for token in random.choices(self._sampled, k=SAMPLES):
            context = _context(token)
            started = time.perf_counter()
            result = json.loads(await dispatch(self._tool, context, lambda: self._server))
            seconds.append(time.perf_counter() - started)
            assert '"isError": true' not in json.dumps(result), result
        return median(seconds)

    async def close(self) -> None:
        """Let go of threads and connections."""
        await self._server.close()


class _Exchange:
    """Gives every caller a token of their own at once."""

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        token = random.randbytes(TOKEN_B_CHARACTERS // 2).hex()
        return DownstreamToken(token, frozenset({"User.Read"}), time.time() + 3600)

    def close(self) -> None:
        """Nothing to let go of."""


async def measure() -> dict[str, Any]:
    """Milliseconds of a call at each level, its processor time, and bytes a user beyond their token."""
    crowd = Crowd()
    latency: dict[int, float] = {}
    memory: dict[int, int] = {}
    for level in LEVELS:
        await crowd.grow(level)
        gc.collect()
        # Collections walk what there is; they are measured by the memory, not by a call that met one.
        gc.freeze()
        memory[level] = _resident()
        await crowd.latency()
        before = time.process_time()
        latency[level] = 1000 * await crowd.latency()
        used = time.process_time() - before
    await crowd.close()
    few, many = LEVELS[1:]
    each = (memory[many] - memory[few]) / (many - few) - TOKEN_B_CHARACTERS
    return {"latency": latency, "own cpu": 1000 * used / SAMPLES, "bytes beyond token": each}


def _token(number: int) -> str:
    now = int(time.time())
    claims = {
        "aud": SERVER,
        "iss": f"{AUTHORITY}/{TENANT}/v2.0",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 4000,
        "azp": "cccccccc-0000-4000-8000-000000000001",
        "azpacr": "0",
        "name": f"User {number}",
        "oid": f"dddddddd-0000-4000-8000-{number:012}",
        "preferred_username": f"user{number}@example.com",
        "scp": "access_as_user",
        "sub": f"{number:043}",
        "tid": TENANT,
        "uti": f"{number:022}",
        "ver": "2.0",
    }
    head = _base64(json.dumps({"typ": "JWT", "alg": "RS256", "kid": "bench"}).encode())
    signed = f"{head}.{_base64(json.dumps(claims).encode())}"
    signature = KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _context(token: str) -> str:
    transport = {"name": "http-streamable", "properties": {"headers": {"Authorization": f"Bearer {token}"}}}
    return json.dumps({"name": "graph_get_profile", "arguments": {}, "transport": transport})


async def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/openid-configuration"):
        return httpx.Response(
            200, json={"issuer": f"{AUTHORITY}/{TENANT}/v2.0", "jwks_uri": f"{AUTHORITY}/keys"}
        )
    if request.url.path == "/keys":
        key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return httpx.Response(200, json={"keys": [{**key, "kid": "bench", "use": "sig", "alg": "RS256"}]})
    return httpx.Response(
        200, json={"id": "1", "displayName": "A User", "userPrincipalName": "u@example.com"}
    )


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
    print(json.dumps(asyncio.run(measure())))
