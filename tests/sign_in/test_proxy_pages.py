"""The sign-in proxy's pages in a browser: for those who see little, and those who use no mouse."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from local.tenant import Tenant
from tests.sign_in.bare_client import BareClient, answer
from tests.sign_in.looking import assert_accessible, look, redirect_address
from tests.sign_in.programs import with_browser

pytestmark = with_browser
ENTRA = "/oauth2/v2.0/authorize"


@pytest.fixture(scope="module")
async def registered(tenant: Tenant) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        client = BareClient(tenant.layout, http, redirect_address())
        return await client.register(client_name="A client with a <b>name</b> of its own")


@pytest.fixture
def client(tenant: Tenant, http: httpx.AsyncClient, registered: str) -> BareClient:
    return BareClient(tenant.layout, http, redirect_address(), registered)


@pytest.mark.parametrize(("scheme", "width"), [("light", 800), ("dark", 800), ("light", 320)])
async def test_somebody_allows_a_client_and_signs_in_by_the_keyboard_alone(
    client: BareClient, tmp_path: Path, tenant: Tenant, scheme: str, width: int
) -> None:
    """In a real browser, which holds cookies, policies and forms to their rules."""
    steps = [
        {"open": client.request()},
        {"examine": "consent"},
        {"tab_to": "Allow"},
        {"press": "Enter"},
        {"arrive": ENTRA},
        {"examine": "entra-for-the-proxy"},
        {"tab_to": "Ana Duarte"},
        {"press": "Enter"},
        {"arrive": client.redirect_uri},
    ]
    seen = await look(tenant, tmp_path, scheme, steps, client=client.redirect_uri, width=width)

    assert_accessible(seen, "consent", "entra-for-the-proxy")
    told = answer(seen["at"])
    assert ("of the client", client.layout.host) == (told["state"], told["iss"])
    assert 200 == (await client.redeem(told["code"])).status_code


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_refusing_returns_to_the_client(
    client: BareClient, tmp_path: Path, tenant: Tenant, scheme: str
) -> None:
    steps = [
        {"open": client.request()},
        {"tab_to": "Refuse"},
        {"press": "Enter"},
        {"arrive": client.redirect_uri},
    ]
    seen = await look(tenant, tmp_path, scheme, steps, client=client.redirect_uri)

    assert "access_denied" == answer(seen["at"])["error"]
    assert [] == [each for each in seen["focused"] if not each["visible"]]


@pytest.mark.parametrize(("scheme", "width"), [("light", 800), ("dark", 800), ("dark", 320)])
async def test_errors_can_be_read_and_lead_back(
    client: BareClient, tmp_path: Path, tenant: Tenant, scheme: str, width: int
) -> None:
    steps = [
        {"open": client.request(client_id="dcr_nobody")},
        {"examine": "unknown-client"},
        {"open": f"{client.layout.host}/oauth/callback?code=x&state=y"},
        {"examine": "another-browser"},
        {"open": client.request()},
        {"tab_to": "Allow"},
        {"press": "Enter"},
        {"arrive": ENTRA},
        {"tab_to": "Cancel"},
        {"press": "Enter"},
        {"arrive": "/oauth/callback"},
        {"examine": "cancelled"},
        {"tab_to": "Return"},
        {"press": "Enter"},
        {"arrive": client.redirect_uri},
    ]
    seen = await look(tenant, tmp_path, scheme, steps, client=client.redirect_uri, width=width)

    assert_accessible(seen, "unknown-client", "another-browser", "cancelled")
    assert "access_denied" == answer(seen["at"])["error"]
