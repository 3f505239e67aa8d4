"""Where sign-ins are kept: in a table they outlive the server, and without it nothing is granted."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from local import tables
from local.tenant import Tenant
from tests.sign_in.bare_client import BareClient

pytestmark = pytest.mark.skipif(not tables.installed(), reason="Azurite is not installed: make azurite")


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant of these tests' own: its host and its tables end."""
    with Tenant(tmp_path_factory.mktemp("tenant"), app_settings={"SIGN_IN_PROXY": "app"}) as tenant:
        yield tenant


async def test_a_client_goes_on_after_the_server_has_started_again(
    tenant: Tenant, http: httpx.AsyncClient
) -> None:
    client = BareClient(tenant.layout, http)
    await client.register()
    first = (await client.redeem(await client.code())).json()

    tenant.stop("host")
    tenant.start("host")

    assert 200 == (await client.refresh(first["refresh_token"])).status_code
    assert 200 == (await client.redeem(await client.code())).status_code


async def test_without_the_tables_nothing_is_granted(tenant: Tenant, http: httpx.AsyncClient) -> None:
    client = BareClient(tenant.layout, http)
    await client.register()
    first = (await client.redeem(await client.code())).json()
    code = await client.code()

    tenant.stop("tables")
    refused = [
        await client.redeem(code),
        await client.refresh(first["refresh_token"]),
        await http.post(
            f"{tenant.layout.host}/oauth/register", json={"redirect_uris": [client.redirect_uri]}
        ),
    ]
    async with client.browser() as browser:
        await browser.open(client.request())
        shown = browser.status

    assert [(503, "temporarily_unavailable")] * 3 == [
        (each.status_code, each.json()["error"]) for each in refused
    ]
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    assert 503 == shown
