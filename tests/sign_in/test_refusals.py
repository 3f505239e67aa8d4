"""What becomes of a sign-in when Entra refuses the user, or does not answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from local import tenant as tenants
from local.organisation import organisation
from local.tenant import Tenant
from tests.sign_in.bare_client import BareClient, answer

TOKEN_ENDPOINT = "*/oauth2/v2.0/token"
PROXY = organisation().document["sign_in_proxy"]["client_id"]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant of these tests' own: its Entra refuses, fails and ends."""
    with Tenant(tmp_path_factory.mktemp("tenant"), app_settings={"SIGN_IN_PROXY": "app"}) as tenant:
        yield tenant


@pytest.fixture(scope="module")
async def registered(tenant: Tenant) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await BareClient(tenant.layout, http).register()


@pytest.fixture
async def client(tenant: Tenant, http: httpx.AsyncClient, registered: str) -> AsyncIterator[BareClient]:
    client = BareClient(tenant.layout, http, client_id=registered)
    yield client
    await entra(client, "PUT", "faults", [])
    await entra(client, "POST", "entra/registration", {"assigned": None})
    await entra(client, "POST", "entra/conditional-access", [])


async def entra(client: BareClient, method: str, path: str, wanted: Any) -> None:
    response = await client.http.request(method, f"{client.layout.entra}/_control/{path}", json=wanted)
    assert response.status_code == 204, response.text


def link_back(page: str) -> str:
    """The link that returns to the client."""
    [address] = re.findall(r'<a href="(http://127[^"]+)"', page)
    return unescape(address)


@pytest.mark.parametrize(
    ("path", "wanted", "user", "code"),
    [
        ("entra/registration", {"assigned": ["ben"]}, "ana", "AADSTS50105"),
        (
            "entra/conditional-access",
            [{"user": "farid", "resource": "server", "aadsts": 53003}],
            "farid",
            "AADSTS53003",
        ),
    ],
)
async def test_a_user_whom_entra_refuses_reads_why_and_the_client_is_denied(
    client: BareClient, path: str, wanted: Any, user: str, code: str
) -> None:
    await entra(client, "POST", path, wanted)

    async with client.browser() as browser:
        page = await browser.sign_in(client.request(), user)

        assert "" == browser.left_for
    assert code in page
    told = answer(link_back(page))
    assert ("access_denied", "of the client", client.layout.host) == (
        told["error"],
        told["state"],
        told["iss"],
    )
    assert "code" not in told


async def test_a_user_who_cancels_at_entra_returns_to_a_denied_client(client: BareClient) -> None:
    async with client.browser() as browser:
        await browser.open(client.request())
        await browser.press("decision", "allow")
        page = await browser.press("cancel", "on")

    assert "access_denied" == answer(link_back(page))["error"]


async def test_a_user_who_refuses_never_sees_entra(tenant: Tenant, client: BareClient) -> None:
    before = len(tenants.journal(tenant.layout, "entra"))
    async with client.browser() as browser:
        await browser.open(client.request())
        await browser.press("decision", "refuse")
        told = answer(browser.left_for)

    assert ("access_denied", "of the client", client.layout.host) == (
        told["error"],
        told["state"],
        told["iss"],
    )
    assert before == len(tenants.journal(tenant.layout, "entra"))


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "7"}}, {"reset": True}]
)
async def test_while_entra_fails_in_the_callback_nothing_is_granted(
    client: BareClient, fault: dict[str, Any]
) -> None:
    async with client.browser() as browser:
        await browser.open(client.request())
        await browser.press("decision", "allow")
        await entra(client, "PUT", "faults", [{"path": TOKEN_ENDPOINT, **fault}])
        page = await browser.press("user", "ana")

        assert "" == browser.left_for
        assert (503, True) == (browser.status, "retry-after" in browser.headers)
    assert "code=" not in page


async def test_while_entra_fails_a_refresh_can_be_tried_again(client: BareClient) -> None:
    first = (await client.redeem(await client.code())).json()
    await entra(client, "PUT", "faults", [{"path": TOKEN_ENDPOINT, "status": 503}])

    failed = await client.refresh(first["refresh_token"])
    await entra(client, "PUT", "faults", [])
    again = await client.refresh(first["refresh_token"])

    assert (503, "temporarily_unavailable") == (failed.status_code, failed.json()["error"])
    assert int(failed.headers["retry-after"]) > 0
    assert 200 == again.status_code
    assert again.json()["refresh_token"] != first["refresh_token"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("entra/registration", {"assigned": ["ben"]}),
        ("entra/conditional-access", [{"user": "ana", "resource": "server", "aadsts": 53003}]),
    ],
)
async def test_a_user_whom_entra_refuses_at_a_refresh_signs_in_again(
    client: BareClient, path: str, wanted: Any
) -> None:
    first = (await client.redeem(await client.code())).json()
    await entra(client, "POST", path, wanted)

    refused = await client.refresh(first["refresh_token"])
    await entra(client, "POST", "entra/registration", {"assigned": None})
    await entra(client, "POST", "entra/conditional-access", [])
    later = await client.refresh(first["refresh_token"])

    assert [(400, "invalid_grant")] * 2 == [
        (each.status_code, each.json()["error"]) for each in (refused, later)
    ]


async def test_without_entra_a_refresh_says_to_come_again(tenant: Tenant, client: BareClient) -> None:
    first = (await client.redeem(await client.code())).json()
    tenant.stop("entra")
    try:
        failed = await client.refresh(first["refresh_token"])
    finally:
        tenant.start("entra")

    assert (503, "temporarily_unavailable") == (failed.status_code, failed.json()["error"])
