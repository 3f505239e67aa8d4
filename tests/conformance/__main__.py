"""Runs the official MCP conformance suite on the local tenant, as a user who is signed in.

    python -m tests.conformance FOLDER

FOLDER is where npm installed the suite and the Node it needs (`make conformance`). The suite cannot sign
in; a relay gives its requests the token of a user, and leaves all else as the suite sent it. What the
suite asks for and a server of this kind does not have is listed in `expected_failures.yml`; the suite
fails when something else fails, and also when something listed there passes.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from local.control import Control
from local.easyauth.upstream import Upstream
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

HERE = Path(__file__).parent
LIMIT_SECONDS = 300


def with_token(app: ASGIApp, token: str) -> ASGIApp:
    """Gives each request the token."""

    async def authorized(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*scope.get("headers", []), (b"authorization", f"Bearer {token}".encode())]
        await app({**scope, "headers": headers}, receive, send)

    return authorized


async def access_token(tenant: Tenant) -> str:
    """Signs a user in."""
    async with connected(tenant.layout, organisation().user("ana")) as (_, journey):
        assert journey.tokens is not None
        return journey.tokens.access_token


async def run(folder: Path, tenant: Tenant) -> int:
    """Runs the suite through the relay; returns its exit status."""
    async with httpx.AsyncHTTPTransport() as transport:
        upstream = Upstream(tenant.layout.host, transport, Control())
        config = uvicorn.Config(
            with_token(upstream, await access_token(tenant)), log_level="warning", lifespan="off"
        )
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            port = listener.getsockname()[1]
            path = urlsplit(tenant.layout.mcp_url).path
            status = await suite(folder, f"http://localhost:{port}{path}")
            server.should_exit = True
            await serving
    return status


async def suite(folder: Path, url: str) -> int:
    """Runs the suite's server scenarios against this address."""
    binaries = folder / "node_modules" / ".bin"
    with tempfile.TemporaryDirectory() as results:
        command = [
            *(str(binaries / name) for name in ("node", "conformance")),
            *("server", "--url", url, "--output-dir", results),
            *("--expected-failures", str(HERE / "expected_failures.yml")),
        ]
        running = await asyncio.create_subprocess_exec(*command, stdin=subprocess.DEVNULL)
        try:
            return await asyncio.wait_for(running.wait(), LIMIT_SECONDS)
        except TimeoutError:
            running.kill()
            await running.wait()
            print(f"The suite took longer than {LIMIT_SECONDS} seconds.", file=sys.stderr)
            return 1


def main() -> int:
    """Starts a tenant and runs the suite on it."""
    with tempfile.TemporaryDirectory() as made, Tenant(Path(made)) as tenant:
        return asyncio.run(run(Path(sys.argv[1]).resolve(), tenant))


if __name__ == "__main__":
    sys.exit(main())
