"""No log of the app or the host tells what a sign-in is made of, however much is logged."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest

from local.tenant import Tenant
from tests.sign_in.bare_client import VERIFIER, BareClient


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant of this test's own, with everything in its logs that there is."""
    os.environ["LOCAL_LOG_LEVEL"] = "DEBUG"
    with Tenant(tmp_path_factory.mktemp("tenant"), app_settings={"SIGN_IN_PROXY": "app"}) as tenant:
        yield tenant


async def test_no_log_tells_a_sign_in(tenant: Tenant, http: httpx.AsyncClient) -> None:
    client = BareClient(tenant.layout, http)
    await client.register(client_name="A name for itself")
    async with client.browser() as browser:
        await browser.sign_in(client.request(state="the-state-of-the-client"), "ana")
        code = browser.left_for.partition("code=")[2].partition("&")[0]
    first = (await client.redeem(code)).json()
    renewed = (await client.refresh(first["refresh_token"])).json()
    # Both are refused: a verifier that is another one, and a code that was used.
    await client.redeem(await client.code(), code_verifier="x" * 43)
    await client.redeem(code)

    log = tenant.log("host")
    secrets = {
        "the name": "A name for itself",
        "the state": "the-state-of-the-client",
        "the code": code,
        "the verifier": VERIFIER,
        "the user": "ana.duarte",
        **{f"{name}, first": first[name] for name in ("access_token", "refresh_token")},
        **{f"{name}, renewed": renewed[name] for name in ("access_token", "refresh_token")},
    }
    assert "sign_in" in log
    assert [] == [name for name, value in secrets.items() if value in log]
