"""The server as anybody sees it, broken in one way at a time."""

import pytest
from starlette.responses import JSONResponse, Response

from local.control import Control
from local.easyauth import EasyAuth
from local.organisation import organisation
from tests.local.doctor.doctor_setup import DoctorSetup, answering, behind_easy_auth

CLIENT_ID = organisation().server_client_id
SCOPE = f"api://{CLIENT_ID}/access_as_user"
WITHOUT_TOKEN = [
    "address",
    "health",
    "challenge",
    "anonymous_get",
    "audience",
    "metadata",
    "spoofed_principal",
]
PAGE = "<!DOCTYPE html><html><head><title>Your Functions app is up</title></head></html>"


def guarded(setup: DoctorSetup, health: Response | None = None, **changes: object) -> EasyAuth:
    return EasyAuth(behind_easy_auth(health), setup.easy_auth(**changes), Control())


@pytest.mark.parametrize("check", WITHOUT_TOKEN)
async def test_a_healthy_server_passes_every_check(setup: DoctorSetup, check: str):
    finding = await setup.found(check)

    assert ("ok", "") == (finding.outcome, finding.cure), finding.what


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("challenge", "The server answers without a token (200 with application/json): Easy Auth is off."),
        ("anonymous_get", "A GET without a token was answered 200 with application/json, and not 401"),
        ("spoofed_principal", "forged X-MS-CLIENT-PRINCIPAL headers and no token was answered 200"),
        ("metadata", "/.well-known/oauth-protected-resource/runtime/webhooks/mcp was answered 404"),
    ],
)
async def test_without_easy_auth_everybody_is_let_in(setup: DoctorSetup, check: str, said: str):
    setup.server = behind_easy_auth()

    finding = await setup.found(check)

    assert "wrong" == finding.outcome
    assert said in finding.what
    assert "Authentication" in finding.cure


async def test_a_401_of_the_host_itself_is_told_from_that_of_easy_auth(setup: DoctorSetup):
    setup.server = answering(401)

    finding = await setup.found("challenge")

    assert "wrong" == finding.outcome
    assert "it comes from the Functions host, which asks for a key" in finding.what
    assert "webhookAuthorizationLevel to Anonymous" in finding.cure


@pytest.mark.parametrize("status", [302, 403])
async def test_another_answer_than_401_keeps_clients_from_signing_in(setup: DoctorSetup, status: int):
    setup.server = answering(status, location="https://login.microsoftonline.com/x/authorize?nonce=1")

    finding = await setup.found("challenge")

    assert "wrong" == finding.outcome
    assert f"answered {status}" in finding.what
    assert "nonce" not in finding.what
    assert "HTTP 401 Unauthorized" in finding.cure


async def test_a_page_is_no_mcp_endpoint(setup: DoctorSetup):
    setup.server = answering(404, PAGE, content_type="text/html")

    finding = await setup.found("challenge")

    assert "wrong" == finding.outcome
    assert '404 with an HTML page titled "Your Functions app is up"' in finding.what


@pytest.mark.parametrize("check", ["challenge", "metadata"])
async def test_without_the_setting_there_are_no_metadata_and_the_command_sets_it(
    setup: DoctorSetup, check: str
):
    setup.server = guarded(setup, prm_scope="")

    finding = await setup.found(check)

    assert "wrong" == finding.outcome
    assert f"WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES={SCOPE}" in finding.cure


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("challenge", "sends clients to https://inside.test/.well-known/oauth-protected-resource/"),
        ("metadata", "describes https://inside.test/runtime/webhooks/mcp, and not https://mcp.test/"),
    ],
)
async def test_a_gateway_that_changes_the_host_name_is_found_out(setup: DoctorSetup, check: str, said: str):
    inner = guarded(setup)

    async def gateway(scope, receive, send):
        headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
        await inner({**scope, "headers": [*headers, (b"host", b"inside.test")]}, receive, send)

    setup.server = gateway

    finding = await setup.found(check)

    assert "wrong" == finding.outcome
    assert said in finding.what
    assert "changes the host name" in finding.cure


async def test_metadata_of_another_tenant_are_wrong(setup: DoctorSetup):
    setup.server = guarded(setup, advertised_authorization_server="https://entra.test/common/v2.0")

    finding = await setup.found("metadata")

    assert "wrong" == finding.outcome
    assert "sign in at https://entra.test/common/v2.0" in finding.what
    assert f"set the issuer URL to https://entra.test/{organisation().tenant_id}/v2.0" in finding.cure


@pytest.mark.parametrize(
    "scope", ["api://somebody-else/access_as_user", f"api://{CLIENT_ID}/another", f"{SCOPE} openid"]
)
async def test_metadata_with_another_scope_than_the_exposed_one_are_wrong(setup: DoctorSetup, scope: str):
    setup.server = guarded(setup, prm_scope=scope)

    finding = await setup.found("metadata")

    assert "wrong" == finding.outcome
    assert f"names the scopes {scope}, and not {SCOPE} alone" in finding.what


async def test_metadata_may_name_the_scope_by_any_identifier_uri(setup: DoctorSetup):
    setup.server = guarded(setup, prm_scope="https://mcp.test/runtime/webhooks/mcp/access_as_user")

    finding = await setup.found("metadata")

    assert "ok" == finding.outcome


async def test_easy_auth_for_another_app_registration_is_wrong(setup: DoctorSetup):
    setup.server = guarded(setup, client_id="0badc0de-1111-4222-8333-444455556666")

    finding = await setup.found("audience")

    assert "wrong" == finding.outcome
    assert "takes tokens for 0badc0de-1111-4222-8333-444455556666" in finding.what
    assert f"set Application (client) ID to {CLIENT_ID}" in finding.cure


@pytest.mark.parametrize(
    ("health", "cure"),
    [
        (JSONResponse({"status": "unavailable"}, 503), "Its log names the cause"),
        (Response(PAGE, 503, media_type="text/html"), "az functionapp start"),
        (Response(PAGE, 403, media_type="text/html"), "az functionapp start"),
        (Response(PAGE, 200, media_type="text/html"), "az functionapp start"),
        (Response("not json", 200, media_type="application/json"), "az functionapp start"),
        (Response(status_code=404), "azd deploy"),
    ],
    ids=["cannot serve", "host down", "stopped", "placeholder page", "no JSON", "not deployed"],
)
async def test_an_app_that_is_not_well_says_so(setup: DoctorSetup, health: Response, cure: str):
    setup.server = guarded(setup, health)

    finding = await setup.found("health")

    assert ("wrong", True) == (finding.outcome, cure in finding.cure)


async def test_health_behind_easy_auth_is_wrong(setup: DoctorSetup):
    setup.server = guarded(setup, excluded_paths=frozenset())

    finding = await setup.found("health")

    assert "wrong" == finding.outcome
    assert "Easy Auth asks probes for a token" in finding.what
    assert "--excluded-paths /api/health" in finding.cure


async def test_tokens_are_not_to_travel_in_clear_text(setup: DoctorSetup):
    finding = await setup.found("address", setup.target(mcp_url="http://mcp.test/runtime/webhooks/mcp"))

    assert "wrong" == finding.outcome
    assert "http://mcp.test is not https" in finding.what


async def test_a_deployment_whose_settings_are_unknown_says_by_its_challenge_which_app_it_is(
    setup: DoctorSetup,
):
    unknown = setup.target(app=setup.unknown())

    identity = await unknown.identity()

    assert (organisation().tenant_id, CLIENT_ID, "access_as_user") == (
        identity.tenant_id,
        identity.client_id,
        identity.scope,
    )
    assert "unknown" == (await setup.found("audience", unknown)).outcome


@pytest.fixture
def behind_gateway(setup: DoctorSetup) -> DoctorSetup:
    """A server behind a gateway that answers strangers itself."""
    inner = guarded(setup)
    challenge = f'Bearer realm="https://mcp.test", resource_metadata="{setup.target().endpoint.metadata_url}"'

    async def gateway(scope, receive, send):
        answer = inner
        if scope["path"] == "/runtime/webhooks/mcp":
            answer = Response(status_code=401, headers={"WWW-Authenticate": challenge})
        elif not scope["path"].startswith("/.well-known/"):
            answer = JSONResponse({"statusCode": 404, "message": "Resource not found"}, 404)
        await answer(scope, receive, send)

    setup.server = gateway
    return setup


async def test_behind_a_gateway_the_metadata_say_which_app_it_is(behind_gateway: DoctorSetup):
    identity = await behind_gateway.target(app=behind_gateway.unknown()).identity()

    assert (organisation().tenant_id, CLIENT_ID, "access_as_user") == (
        identity.tenant_id,
        identity.client_id,
        identity.scope,
    )


@pytest.mark.parametrize("check", ["health", "audience"])
async def test_what_a_gateway_hides_is_to_be_seen_at_the_apps_own_address(
    behind_gateway: DoctorSetup, check: str
):
    finding = await behind_gateway.found(check)

    assert "unknown" == finding.outcome
    assert "examine the app's own address, too" in finding.cure


@pytest.mark.parametrize("check", ["address", "challenge", "anonymous_get", "metadata", "spoofed_principal"])
async def test_a_gateway_that_challenges_like_easy_auth_passes(behind_gateway: DoctorSetup, check: str):
    finding = await behind_gateway.found(check)

    assert "ok" == finding.outcome, finding.what


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"authorization_servers": [], "scopes_supported": []},
        {"authorization_servers": ["https://[x/"], "scopes_supported": ["api://x/y"]},
        {"authorization_servers": ["https://x/tenant/v2.0"], "scopes_supported": ["https://x/y"]},
    ],
)
async def test_a_server_that_does_not_say_which_app_it_is_cannot_be_looked_up(
    setup: DoctorSetup, document: object
):
    challenge = {"WWW-Authenticate": 'Bearer authorization_uri="https://[x/" resource_id="x"'}
    setup.server = JSONResponse(document, 401, headers=challenge)

    finding = await setup.found("registration", setup.target(app=setup.unknown()))

    assert "unknown" == finding.outcome
    assert "Neither the settings nor the server's challenge and metadata say" in finding.what
