"""A browser with a host of MCP Apps, and a tenant whose server the host asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest

from local.tenant import Tenant
from tests.apps.browser import Browser, Result, Server, browsing
from tests.journeys.steps import access_token, message, post


@pytest.fixture(scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(autouse=True)
async def quiet(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Whatever a test looks at: the page raised nothing, and asked the network for nothing."""
    used = request.getfixturevalue("browser") if "browser" in request.fixturenames else None
    yield
    if used is not None:
        await used.assert_quiet()


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with Tenant(tmp_path_factory.mktemp("tenant")) as tenant:
        yield tenant


@pytest.fixture(scope="session")
def server_for(tenant: Tenant) -> Callable[[str], Coroutine[Any, Any, Server]]:
    """Gives the tenant's own server, as a host reaches it with the token of a user who signed in."""
    return servers_of(tenant)


def servers_of(tenant: Tenant) -> Callable[[str], Coroutine[Any, Any, Server]]:
    """Gives the server of a tenant by the user who signs in to it."""

    async def signed_in(alias: str) -> Server:
        token = await access_token(tenant.layout, alias)

        async def server(name: str, arguments: dict[str, Any]) -> Result:
            call = {"name": name, "arguments": arguments}
            async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                answer = message(await post(http, tenant.layout, "tools/call", call, token=token))
            if "error" in answer:
                raise LookupError(answer["error"]["message"])
            return dict(answer["result"])

        return server

    return signed_in
