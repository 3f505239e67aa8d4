"""The lightest form: the server's metadata names Entra's endpoints, and says what Entra's own leaves out."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from local.mcp_client import CLIENT_ID, REDIRECT_URI
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import call, call_with, message, post
from tests.sign_in.bare_client import CHALLENGE, VERIFIER


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with Tenant(tmp_path_factory.mktemp("tenant"), app_settings={"SIGN_IN_PROXY": "metadata"}) as tenant:
        yield tenant


@pytest.fixture
async def http(tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=30) as client:
        yield client
    await identifier_uris(tenant, [*organisation().document["server"]["identifier_uris"], *addresses(tenant)])


class RefusedMetadataError(Exception):
    """A strict client does not go on with these metadata."""


def addresses(tenant: Tenant) -> list[str]:
    return [tenant.layout.host, tenant.layout.mcp_url]


async def identifier_uris(tenant: Tenant, uris: list[str]) -> None:
    async with httpx.AsyncClient(verify=False, trust_env=False) as http:
        wanted = {"identifier_uris": uris}
        response = await http.post(f"{tenant.layout.entra}/_control/entra/registration", json=wanted)
    assert response.status_code == 204


def checked(metadata: dict[str, Any], issuer: str) -> dict[str, Any]:
    """The metadata, as the C# SDK takes them: with the issuer asked for, and PKCE by S256 named."""
    if metadata["issuer"] != issuer:
        raise RefusedMetadataError("The issuer is another one.")
    if "S256" not in metadata.get("code_challenge_methods_supported", []):
        raise RefusedMetadataError("The metadata does not include code_challenge_methods_supported.")
    return metadata


async def discovered(tenant: Tenant, http: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metadata of the resource and of its authorization server, found from the address alone."""
    assert 401 == (await post(http, tenant.layout, "initialize")).status_code
    well_known = f"{tenant.layout.host}/.well-known"
    resource = (await http.get(f"{well_known}/oauth-protected-resource/runtime/webhooks/mcp")).json()
    assert tenant.layout.mcp_url == resource["resource"]
    [issuer] = resource["authorization_servers"]
    server = (await http.get(f"{issuer}/.well-known/oauth-authorization-server")).json()
    return resource, checked(server, issuer)


async def signed_in(tenant: Tenant, http: httpx.AsyncClient) -> dict[str, Any]:
    """What a registered client that sends `resource` is given: tokens, or Entra's refusal."""
    resource, server = await discovered(tenant, http)
    named = {"client_id": CLIENT_ID, "redirect_uri": str(REDIRECT_URI), "resource": resource["resource"]}
    query = {
        **named,
        "response_type": "code",
        "scope": resource["scopes_supported"][0],
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "login_hint": "ana",
        "prompt": "none",
    }
    redirected = await http.get(f"{server['authorization_endpoint']}?{urlencode(query)}")
    told = {
        name: values[0] for name, values in parse_qs(urlsplit(redirected.headers["location"]).query).items()
    }
    if "code" not in told:
        return told
    form = {**named, "grant_type": "authorization_code", "code": told["code"], "code_verifier": VERIFIER}
    return dict((await http.post(server["token_endpoint"], data=form)).json())


async def test_a_strict_client_refuses_entras_own_metadata(tenant: Tenant, http: httpx.AsyncClient) -> None:
    issuer = f"{tenant.layout.entra_http}/{organisation().tenant_id}/v2.0"
    metadata = (await http.get(f"{issuer}/.well-known/openid-configuration")).json()

    with pytest.raises(RefusedMetadataError, match="code_challenge_methods_supported"):
        checked(metadata, issuer)


async def test_a_strict_client_signs_in_where_the_servers_address_is_an_identifier_uri(
    tenant: Tenant, http: httpx.AsyncClient
) -> None:
    tokens = await signed_in(tenant, http)

    result = message(await call_with(http, tenant.layout, tokens["access_token"]))["result"]
    assert "Ana Duarte" in str(result)


async def test_without_that_address_entra_refuses_it(tenant: Tenant, http: httpx.AsyncClient) -> None:
    await identifier_uris(tenant, organisation().document["server"]["identifier_uris"])

    told = await signed_in(tenant, http)

    assert "invalid_target" == told["error"]
    assert told["error_description"].startswith("AADSTS9010010: ")


async def test_the_python_sdk_signs_in_with_its_registration(tenant: Tenant) -> None:
    assert not (await call(tenant.layout, "ana")).is_error


async def test_nothing_of_the_proxy_is_there(tenant: Tenant, http: httpx.AsyncClient) -> None:
    _, server = await discovered(tenant, http)

    assert not {"registration_endpoint", "client_id_metadata_document_supported"} & server.keys()
    for name in ("authorize", "callback"):
        assert 401 == (await http.get(f"{tenant.layout.host}/oauth/{name}")).status_code
    for name in ("token", "register", "consent", "revoke"):
        assert 401 == (await http.post(f"{tenant.layout.host}/oauth/{name}")).status_code
