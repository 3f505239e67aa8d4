"""The local Entra's pages in a browser: for those who see little, and those who use no mouse."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local.mcp_client import CLIENT_ID
from local.organisation import organisation
from local.tenant import Tenant
from tests.sign_in.looking import assert_accessible, look, redirect_address
from tests.sign_in.programs import with_browser

pytestmark = with_browser


def request_at_entra(tenant: Tenant, client: str) -> str:
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": client,
        "response_type": "code",
        "scope": f"api://{organisation().server_client_id}/access_as_user",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "state": "of the client",
    }
    return f"{tenant.layout.entra}/{organisation().tenant_id}/oauth2/v2.0/authorize?{urlencode(query)}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_somebody_signs_in_by_the_keyboard_alone(tenant: Tenant, tmp_path: Path, scheme: str) -> None:
    client = redirect_address()
    seen = await look(
        tenant,
        tmp_path,
        scheme,
        [
            {"open": request_at_entra(tenant, client)},
            {"examine": "entra-sign-in"},
            {"tab_to": "Ben Osei"},
            {"press": "Enter"},
            {"arrive": client},
        ],
        client=client,
    )

    assert_accessible(seen, "entra-sign-in")
    answer = parse_qs(urlsplit(seen["at"]).query)
    assert {"code", "state", "session_state"} == answer.keys()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_an_error_and_a_request_for_consent_can_be_read(
    tenant: Tenant, tmp_path: Path, scheme: str
) -> None:
    base, server = f"{tenant.layout.entra}/{organisation().tenant_id}", organisation().server_client_id
    consent = f"{base}/v2.0/adminconsent?client_id={server}&scope=https://graph.microsoft.com/Mail.Read"
    seen = await look(
        tenant,
        tmp_path,
        scheme,
        [
            {"open": f"{base}/oauth2/v2.0/authorize?client_id=nobody"},
            {"examine": "entra-error"},
            {"open": consent},
            {"examine": "entra-consent"},
            {"tab_to": "Accept"},
        ],
    )

    assert_accessible(seen, "entra-error", "entra-consent")
