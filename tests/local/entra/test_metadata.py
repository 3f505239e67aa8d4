from __future__ import annotations

import httpx
import pytest

from local.bearer import BearerCheck
from local.control import Control
from local.entra import application, listeners
from local.entra.authority import Authority
from local.entra.keys import SigningKeys
from tests.local.entra.entra_client import GRAPH, Entra, claims, refusal

CONFIGURATION = "/v2.0/.well-known/openid-configuration"


def test_one_tenant_listens_on_both_addresses(layout):
    addresses = list(listeners(layout))

    assert [layout.entra, layout.entra_http] == addresses


@pytest.mark.parametrize("address", ["entra", "entra_http"])
async def test_metadata_names_the_address_that_was_asked_and_for_browsers_the_plain_one(
    entra, layout, address
):
    asked = getattr(layout, address)
    browsers = layout.entra_http.replace("localhost", "127.0.0.1")
    app = application(entra.authority, asked)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=asked) as http:
        document = (await http.get(f"/{entra.tenant}{CONFIGURATION}")).json()

    named = {
        name: document[name] for name in document if name == "issuer" or name.endswith(("endpoint", "uri"))
    }
    expected = {
        "issuer": f"{asked}/{entra.tenant}/v2.0",
        "authorization_endpoint": f"{browsers}/{entra.tenant}/oauth2/v2.0/authorize",
        "token_endpoint": f"{asked}/{entra.tenant}/oauth2/v2.0/token",
        "jwks_uri": f"{asked}/{entra.tenant}/discovery/v2.0/keys",
    }
    assert expected == named


@pytest.mark.parametrize("tenant", ["common", "organizations"])
async def test_metadata_for_any_tenant_leaves_the_issuer_open(entra, tenant):
    document = (await entra.http.get(f"/{tenant}{CONFIGURATION}")).json()

    assert f"{entra.layout.entra}/{{tenantid}}/v2.0" == document["issuer"]
    assert f"{entra.layout.entra}/{tenant}/oauth2/v2.0/token" == document["token_endpoint"]


@pytest.mark.parametrize(
    ("tenant", "aadsts"), [("11111111-2222-4333-8444-555555555555", 90002), ("contoso", 900023)]
)
async def test_another_tenant_is_refused(entra, tenant, aadsts):
    response = await entra.http.get(f"/{tenant}{CONFIGURATION}")

    assert (400, "invalid_tenant", aadsts) == refusal(response)
    assert 400 == (await entra.http.get(f"/{tenant}/discovery/v2.0/keys")).status_code


@pytest.mark.parametrize("kind", ["oauth-authorization-server", "openid-configuration"])
async def test_the_well_known_path_before_the_tenant_is_not_served(entra, kind):
    response = await entra.http.get(f"/.well-known/{kind}/{entra.tenant}/v2.0")

    assert 404 == response.status_code


async def test_a_retired_key_stays_published_until_it_is_retired(layout):
    keys = SigningKeys()
    authority = Authority(layout, Control(), keys)
    app = application(authority, layout.entra)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=layout.entra) as http:
        entra = Entra(layout, authority, http, authority.clock)

        async def published() -> list[str]:
            response = await http.get(f"/{entra.tenant}/discovery/v2.0/keys")
            return [key["kid"] for key in response.json()["keys"]]

        before = await entra.issue(user="ana")
        [old] = await published()
        new = (await http.post("/_control/entra/rotate-keys")).json()["kid"]
        assert [new, old] == await published()
        assert 200 == (await entra.exchange(before)).status_code

        await http.post("/_control/entra/retire-keys")
        assert [new] == await published()
        assert (400, "invalid_grant", 50013) == refusal(await entra.exchange(before))
        assert 200 == (await entra.exchange(await entra.issue(user="ana"))).status_code


async def test_a_published_key_carries_its_certificate_and_issuer(entra):
    [key] = (await entra.http.get(f"/{entra.tenant}/discovery/v2.0/keys")).json()["keys"]

    assert {"kty", "use", "kid", "x5t", "n", "e", "x5c", "issuer"} == set(key)
    assert entra.authority.issuer == key["issuer"]
    assert "AQAB" == key["e"]


async def test_graph_accepts_the_token_of_an_exchange(entra):
    async def published():
        return (await entra.http.get(f"/{entra.tenant}/discovery/v2.0/keys")).json()

    issued = (await entra.exchange(await entra.issue(user="ben"))).json()
    verified = await BearerCheck("graph", published).verify(f"Bearer {issued['access_token']}")

    assert claims(issued["access_token"])["oid"] == verified.user
    assert GRAPH == verified.claims["aud"]
