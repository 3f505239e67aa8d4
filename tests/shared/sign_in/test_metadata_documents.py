"""What clients read first: of the resource, of the issuer, and of the façade before Entra."""

from collections.abc import Callable

import pytest

from tests.shared.issuer import AUTHORITY, SERVER, TENANT
from tests.shared.sign_in.browser import MCP, ORIGIN, Functions, json_of
from tests.shared.sign_in.played_entra import AUTHORIZE, PlayedEntra, down

SCOPE = f"api://{SERVER}/access_as_user"
FACADE = {"SIGN_IN_PROXY": "metadata", "SIGN_IN_CLIENT_ID": "", "SIGN_IN_TABLE_URL": ""}


@pytest.mark.parametrize(
    ("name", "resource"), [("oauth_protected_resource", ORIGIN), ("oauth_protected_resource_mcp", MCP)]
)
@pytest.mark.parametrize(
    "environ", [{}, FACADE, {"SIGN_IN_PROXY": "gateway"}], ids=["app", "metadata", "gateway"]
)
async def test_the_resource_names_this_server_as_its_authorization_server(
    open_proxy: Callable[..., Functions], environ: dict[str, str], name: str, resource: str
) -> None:
    response = await open_proxy(environ).get(name)

    assert {
        "resource": resource,
        "authorization_servers": [ORIGIN],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
    } == json_of(response)
    assert "*" == response.headers["Access-Control-Allow-Origin"]


async def test_the_issuers_metadata_is_just_this(functions: Functions) -> None:
    assert {
        "issuer": ORIGIN,
        "authorization_endpoint": f"{ORIGIN}/oauth/authorize",
        "token_endpoint": f"{ORIGIN}/oauth/token",
        "revocation_endpoint": f"{ORIGIN}/oauth/revoke",
        "registration_endpoint": f"{ORIGIN}/oauth/register",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [SCOPE],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    } == json_of(await functions.get("oauth_authorization_server"))


async def test_the_facade_names_entras_endpoints_and_what_entra_leaves_out(
    open_proxy: Callable[..., Functions],
) -> None:
    response = await open_proxy(FACADE).get("oauth_authorization_server")
    document = json_of(response)

    assert ORIGIN == document["issuer"]
    assert AUTHORIZE == document["authorization_endpoint"]
    assert f"{AUTHORITY}/{TENANT}/oauth2/v2.0/token" == document["token_endpoint"]
    assert ["S256"] == document["code_challenge_methods_supported"]
    assert "registration_endpoint" not in document
    assert "client_id_metadata_document_supported" not in document
    assert "authorization_response_iss_parameter_supported" not in document


async def test_entras_metadata_is_fetched_once(
    open_proxy: Callable[..., Functions], entra: PlayedEntra
) -> None:
    functions = open_proxy(FACADE)
    for _ in range(3):
        await functions.get("oauth_authorization_server")

    assert 1 == entra.fetches


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"token_endpoint": "ftp://evil.example"},
        {"token_endpoint": 7},
    ],
    ids=str,
)
async def test_metadata_of_entra_that_is_not_right_is_not_passed_on(
    open_proxy: Callable[..., Functions], entra: PlayedEntra, changes: dict[str, object]
) -> None:
    entra.metadata |= changes
    response = await open_proxy(FACADE).get("oauth_authorization_server")

    assert (503, "temporarily_unavailable") == (response.status_code, json_of(response)["error"])
    assert "evil.example" not in response.get_body().decode()


async def test_with_entra_down_the_facade_says_when_to_come_back(
    open_proxy: Callable[..., Functions], entra: PlayedEntra
) -> None:
    entra.failing = down()
    response = await open_proxy(FACADE).get("oauth_authorization_server")

    assert (503, "7") == (response.status_code, response.headers["Retry-After"])


async def test_another_identifier_uri_has_its_own_setting(open_proxy: Callable[..., Functions]) -> None:
    functions = open_proxy({"SIGN_IN_SCOPE": "https://mcp.example/access_as_user"})
    document = json_of(await functions.get("oauth_protected_resource_mcp"))

    assert ["https://mcp.example/access_as_user"] == document["scopes_supported"]
