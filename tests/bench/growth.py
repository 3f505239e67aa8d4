"""What many kept users cost: memory for each, and latency whatever their number.

    python -m tests.bench.growth --users 100000

Runs the server's own path in one process, from the host's context to the result's envelope, over a Graph
that answers at once. Every user has an access token of their own, really signed and really checked, and a
token for Graph that is kept. Prints one JSON object.
"""

import argparse
import asyncio
import base64
import gc
import json
import logging
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.http.http_client import Http
from shared.mcp.dispatch import dispatch
from shared.mcp.invocation import parse_invocation
from shared.mcp.tool_call import ToolCall
from shared.server import Server
from shared.settings import Settings
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
SERVER = "bbbbbbbb-0000-4000-8000-000000000001"
AUTHORITY = "https://login.microsoftonline.com"
FEW, SOME = 10, 1_000
SAMPLED = 500
WARM_UP = 50
PAIRS = 1_000
TOKEN_B_CHARACTERS = 1_800
SCOPE = "https://graph.microsoft.com/User.Read"
# The shortest that is accepted: there are a hundred thousand tokens to sign.
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Crowd:
    """A server, users who come to it for the first time, and calls by those who came."""

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
        self._http = httpx.AsyncClient(transport=httpx.MockTransport(_answer))
        self._server = Server(
            settings,
            http=Http(lambda: self._http),
            on_behalf_of=self._on_behalf_of,
            preferences=MemoryPreferences(),
            tools=CATALOGUE,
        )
        self._tool = next(tool for tool in CATALOGUE if tool.name == "graph_get_profile")
        self._come = 0
        self._sampled: list[str] = []

    async def grow(self, users: int) -> None:
        """Let users come until there are so many."""
        every = max(users // SAMPLED, 1)
        for number in range(self._come, users):
            token = _token(number)
            await self._server.authenticate(parse_invocation(_context(token)))
            await self._on_behalf_of.token(Assertion(token, TENANT), [SCOPE])
            if number % every == 0:
                self._sampled.append(token)
        self._come = users

    async def call(self) -> float:
        """Processor seconds of a call by one of those who came, picked by chance."""
        context = _context(random.choice(self._sampled))
        started = time.process_time()
        result = await dispatch(ToolCall(self._tool), context, lambda: self._server)
        seconds = time.process_time() - started
        if "displayName" not in result and "display_name" not in result:
            raise RuntimeError(result)
        return seconds

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


async def measure(users: int) -> dict[str, Any]:
    """Milliseconds of a call, the ratio of that with many kept to that with few, and bytes for each user.

    The ratio is of calls to two servers in one process, one that keeps few and one that keeps many.
    """
    few, many = Crowd(), Crowd()
    await few.grow(FEW)
    await many.grow(SOME)
    gc.collect()
    before = _resident()
    await many.grow(users)
    gc.collect()
    each = (_resident() - before) / (users - SOME) - TOKEN_B_CHARACTERS
    for crowd in (few, many) * WARM_UP:
        await crowd.call()
    # In an order of chance: what comes every so many calls, such as a collection, is to meet both alike.
    order = [few, many] * PAIRS
    random.shuffle(order)
    seconds: dict[Crowd, list[float]] = {few: [], many: []}
    for crowd in order:
        seconds[crowd].append(await crowd.call())
    await few.close()
    await many.close()
    with_few, with_many = median(seconds[few]), median(seconds[many])
    return {
        "own cpu": 1000 * with_few,
        "kept users": users,
        "latency many / 10": with_many / with_few,
        "bytes beyond token": each,
    }


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


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=100_000, help="how many are kept, more than 1,000")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asyncio.run(measure(given.users))))


if __name__ == "__main__":
    main()
