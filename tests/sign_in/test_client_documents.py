"""Clients whose id is the address of a document that describes them (CIMD)."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata
from pydantic import AnyUrl

from local.mcp_client import Journey
from local.organisation import organisation
from local.serving import APP_SETTING
from local.tenant import Tenant
from tests.sign_in.bare_client import BareClient
from tests.sign_in.documents_host import CLIENT_ID
from tests.sign_in.looking import assert_accessible, look
from tests.sign_in.programs import LIMIT, MODULES, ROOT, environment, free_port, with_browser, with_clients

TOOL = "graph_get_profile"


@pytest.fixture(scope="module")
async def documented(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tenant]:
    """A tenant whose host finds the client's document."""
    with Tenant(tmp_path_factory.mktemp("tenant"), app_settings={"SIGN_IN_PROXY": "app"}) as tenant:
        tenant.stop("host")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.sign_in.documents_host", str(tenant.layout.folder)),
            cwd=ROOT,
            env={**os.environ, f"{APP_SETTING}SIGN_IN_PROXY": "app"},
        )
        try:
            await answering(tenant)
            yield tenant
        finally:
            process.terminate()
            await process.wait()


async def answering(tenant: Tenant) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                (await http.get(f"{tenant.layout.host}/api/health")).raise_for_status()
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.1)


async def test_the_python_sdk_goes_by_its_document(documented: Tenant) -> None:
    layout = documented.layout
    tls = ssl.create_default_context(cafile=str(layout.ca_file))
    journey = Journey(organisation().user("ana"), tls, registered=False)
    redirect_uri = AnyUrl(f"http://localhost:{free_port()}/callback")
    provider = OAuthClientProvider(
        layout.mcp_url,
        OAuthClientMetadata(redirect_uris=[redirect_uri], client_name="Python SDK"),
        journey,
        journey.authorize,
        journey.callback,
        client_metadata_url=CLIENT_ID,
    )
    async with (
        httpx2.AsyncClient(auth=provider, verify=tls, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(layout.mcp_url, http_client=http)) as client,
    ):
        listed = await client.list_tools()
        result = await client.call_tool(TOOL, {})

    information = await journey.get_client_info()
    assert TOOL in {tool.name for tool in listed.tools}
    assert not result.is_error
    assert information is not None
    assert CLIENT_ID == information.client_id


@with_clients
async def test_mcp_remote_goes_by_its_document(documented: Tenant, tmp_path: Path) -> None:
    program = StdioServerParameters(
        command="node",
        args=[
            str(MODULES / "mcp-remote" / "dist" / "proxy.js"),
            documented.layout.mcp_url,
            str(free_port()),
            *("--client-metadata-url", CLIENT_ID),
        ],
        env=environment(documented.layout, tmp_path),
        cwd=str(tmp_path),
    )
    async with asyncio.timeout(LIMIT), Client(stdio_client(program)) as client:
        assert TOOL in {tool.name for tool in (await client.list_tools()).tools}
        assert not (await client.call_tool(TOOL, {})).is_error


@with_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_for_a_client_with_a_document_can_be_read(
    documented: Tenant, tmp_path: Path, scheme: str
) -> None:
    async with httpx.AsyncClient() as http:
        client = BareClient(documented.layout, http, "http://localhost:4711/callback", CLIENT_ID)
        steps = [{"open": client.request()}, {"examine": "consent-document"}]
        seen = await look(documented, tmp_path, scheme, steps)

    assert_accessible(seen, "consent-document")


async def test_the_page_names_the_host_that_vouches_for_the_client(documented: Tenant) -> None:
    async with httpx.AsyncClient() as http:
        client = BareClient(documented.layout, http, "http://localhost:4711/callback", CLIENT_ID)
        async with client.browser() as browser:
            page = await browser.open(client.request())

    assert "A client with a document" in page
    assert "client.example" in page
    assert "nobody has checked that" not in page
