"""The sign-in proxy as the deployment sets it up, and wrong in one way at a time."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from local.doctor.examination import PROXY_DIRECTORY, PROXY_SERVER, PROXY_SETTINGS, examine
from local.doctor.sign_in_proxy import Mode, SignInProxy
from local.organisation import organisation
from tests.local.doctor.doctor_setup import CHECKS, DoctorSetup
from tests.local.doctor.sign_in_setup import ORIGIN, PROXY, TABLE, SignInSetup, proxy
from tests.local.doctor.test_easy_auth_check import RIGHT

SERVER = organisation().server_client_id
METADATA = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
OF_PROXY = [check.name for check in (*PROXY_SERVER, *PROXY_SETTINGS, *PROXY_DIRECTORY)]
PATHS = {
    "": ["/api/health"],
    "metadata": ["/api/health", METADATA, RESOURCE, f"{RESOURCE}/runtime/webhooks/mcp"],
    "app": [
        *("/api/health", METADATA, RESOURCE, f"{RESOURCE}/runtime/webhooks/mcp"),
        *(f"/oauth/{name}" for name in ("register", "authorize", "consent", "callback", "token", "revoke")),
    ],
    "gateway": [
        *("/api/health", METADATA),
        *(f"/oauth/{name}" for name in ("register", "authorize", "consent", "callback", "token", "revoke")),
    ],
}


@pytest.mark.parametrize("mode", ["app", "metadata"])
async def test_as_the_deployment_sets_it_up_all_is_well(setup: DoctorSetup, mode: Mode):
    with_proxy = SignInSetup(setup, mode)

    findings = await examine(with_proxy.target(mode))

    asked = [each.check for each in findings if each.area == "Sign-in proxy"]
    assert [name for name in OF_PROXY if mode == "app" or name not in _SIGNS_IN] == asked
    # What needs a session is not the proxy's.
    others = {"signed_in_get", "tools"}
    assert [] == [each for each in findings if each.outcome != "ok" and each.check not in others]


_SIGNS_IN = {check.name for check in PROXY_DIRECTORY}


async def test_without_a_proxy_nothing_of_it_is_examined(setup: DoctorSetup):
    assert list(CHECKS) == [each.check for each in await examine(setup.target())]


async def test_a_server_nobody_reaches_is_not_asked_for_its_metadata(setup: DoctorSetup):
    target = setup.target(mcp_url="https://nowhere.test/runtime/webhooks/mcp", proxy=proxy())

    findings = {each.check: each for each in await examine(target)}

    for check in PROXY_SERVER:
        assert ("unknown", "The server was not asked.") == (
            findings[check.name].outcome,
            findings[check.name].what,
        )


def _changed(**changes: Any) -> Callable[[SignInSetup], object]:
    def change(tenant: SignInSetup) -> None:
        for name, value in changes.items():
            setattr(tenant, name, value)

    return change


def _registered(**changes: Any) -> Callable[[SignInSetup], object]:
    return lambda tenant: tenant.application.update(changes) if tenant.application else None


def _told(path: str, **changes: Any) -> Callable[[SignInSetup], object]:
    return lambda tenant: tenant.documents[path].update(changes)


def _without(path: str, name: str) -> Callable[[SignInSetup], object]:
    return lambda tenant: tenant.documents[path].pop(name)


def _answers(path: str, response: Response) -> Callable[[SignInSetup], object]:
    return _changed(answers={path: response})


WRONG: dict[str, tuple[Mode, str, Callable[[SignInSetup], object], str, str]] = {
    "there is no registration": (
        "app",
        "sign_in_registration",
        _changed(application=None),
        "AADSTS700016",
        "python infra/registration.py <server's client id> sign-in",
    ),
    "it has no enterprise application": (
        "app",
        "sign_in_registration",
        _changed(principal=None),
        "has no enterprise application",
        f"az ad sp create --id {PROXY}",
    ),
    "it is disabled": (
        "app",
        "sign_in_registration",
        lambda tenant: tenant.principal.update(accountEnabled=False) if tenant.principal else None,
        "is disabled",
        f"az ad sp update --id {PROXY} --set accountEnabled=true",
    ),
    "it is a public client": (
        "app",
        "sign_in_registration",
        _registered(isFallbackPublicClient=True),
        "any program that knows its client id",
        "Allow public client flows: No",
    ),
    "it takes codes on loopback": (
        "app",
        "sign_in_registration",
        _registered(publicClient={"redirectUris": ["http://localhost"]}),
        "any program that knows its client id",
        "no platform but Web",
    ),
    "it takes codes in a browser": (
        "app",
        "sign_in_registration",
        _registered(spa={"redirectUris": ["https://app.example"]}),
        "any program that knows its client id",
        "no platform but Web",
    ),
    "it has a secret": (
        "app",
        "sign_in_registration",
        _registered(passwordCredentials=[{"keyId": "x"}]),
        "has a secret or a certificate",
        "Certificates & secrets: delete them",
    ),
    "it trusts nobody": (
        "app",
        "sign_in_credential",
        _changed(credential=None),
        "has no federated credential",
        f"az ad app federated-credential create --id {PROXY}",
    ),
    "it trusts another identity": (
        "app",
        "sign_in_credential",
        _changed(credential={"subject": "another"}),
        "trusts another identity",
        f"az ad app federated-credential create --id {PROXY}",
    ),
    "it is not pre-authorized": (
        "app",
        "sign_in_consent",
        _changed(pre_authorized=False),
        "AADSTS65001",
        "Add a client application",
    ),
    "it asks for something of Graph": (
        "app",
        "sign_in_consent",
        _registered(
            requiredResourceAccess=[
                {
                    "resourceAppId": "00000003-0000-0000-c000-000000000000",
                    "resourceAccess": [{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}],
                }
            ]
        ),
        "asks for other permissions",
        "remove all but access_as_user",
    ),
    "people are sent back elsewhere": (
        "app",
        "sign_in_redirect",
        _registered(web={"redirectUris": ["https://old.example/oauth/callback"]}),
        "only https://old.example/oauth/callback: AADSTS50011",
        f"az ad app update --id {PROXY} --web-redirect-uris {ORIGIN}/oauth/callback",
    ),
    "people are sent back nowhere": (
        "app",
        "sign_in_redirect",
        _registered(web={"redirectUris": []}),
        "which has none: AADSTS50011",
        f"--web-redirect-uris {ORIGIN}/oauth/callback",
    ),
    "codes can be sent elsewhere too": (
        "app",
        "sign_in_redirect",
        _registered(web={"redirectUris": [f"{ORIGIN}/oauth/callback", "https://old.example/cb"]}),
        "can also be sent to https://old.example/cb",
        f"--web-redirect-uris {ORIGIN}/oauth/callback",
    ),
    "the server's metadata name Entra": (
        "app",
        "sign_in_metadata",
        _told(RESOURCE, authorization_servers=["https://entra.test/x/v2.0"]),
        "clients do not find the sign-in proxy",
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES",
    ),
    "the server's metadata name Entra beside it": (
        "app",
        "sign_in_metadata",
        _told(
            f"{RESOURCE}/runtime/webhooks/mcp", authorization_servers=[ORIGIN, "https://entra.test/x/v2.0"]
        ),
        f"and not {ORIGIN} alone",
        "azd provision",
    ),
    "its metadata are not there": (
        "app",
        "sign_in_metadata",
        _answers(METADATA, Response(status_code=404)),
        f"{METADATA} was answered 404",
        "azd deploy",
    ),
    "its metadata ask for a token": (
        "app",
        "sign_in_metadata",
        lambda tenant: tenant.guards(METADATA),
        "Easy Auth asks for a token",
        "excludedPaths must have it",
    ),
    "it is another issuer": (
        "app",
        "sign_in_metadata",
        _told(METADATA, issuer=f"{ORIGIN}/"),
        f"its issuer is {ORIGIN}/, and must be {ORIGIN}",
        "SIGN_IN_ORIGIN",
    ),
    "it takes plain PKCE": (
        "app",
        "sign_in_metadata",
        _told(METADATA, code_challenge_methods_supported=["plain", "S256"]),
        "must offer S256 alone",
        "azd up",
    ),
    "it names no PKCE": (
        "metadata",
        "sign_in_metadata",
        _without(METADATA, "code_challenge_methods_supported"),
        "it offers None for PKCE",
        "azd up",
    ),
    "its endpoints are Entra's": (
        "app",
        "sign_in_metadata",
        _told(METADATA, token_endpoint="https://entra.test/x/oauth2/v2.0/token"),
        f"must be below {ORIGIN}/oauth/",
        "azd up",
    ),
    "the endpoints named are another tenant's": (
        "metadata",
        "sign_in_metadata",
        _told(METADATA, authorization_endpoint="https://entra.test/x/oauth2/v2.0/authorize"),
        f"must be below https://entra.test/{organisation().tenant_id}/oauth2/v2.0/",
        "azd up",
    ),
    "it offers a registration that is not allowed": (
        "app",
        "sign_in_metadata",
        _told(METADATA, registration_endpoint=f"{ORIGIN}/oauth/register"),
        "it offers registration",
        "azd up",
    ),
    "Easy Auth stands before an endpoint": (
        "app",
        "sign_in_endpoints",
        lambda tenant: tenant.guards("/oauth/callback"),
        "Easy Auth asks for a token at /oauth/callback",
        "excludedPaths of authsettingsV2 must be exactly: /.well-known/oauth-authorization-server",
    ),
    "an endpoint is not there": (
        "app",
        "sign_in_endpoints",
        _answers("/oauth/authorize", Response(status_code=404)),
        "/oauth/authorize answered an empty request 404",
        "azd deploy",
    ),
    "an endpoint sends anybody on": (
        "app",
        "sign_in_endpoints",
        _answers("/oauth/authorize", Response(status_code=302, headers={"location": "https://x.example/"})),
        "/oauth/authorize answered an empty request 302",
        "azd deploy",
    ),
    "an endpoint takes what says nothing": (
        "app",
        "sign_in_endpoints",
        _answers("/oauth/callback", JSONResponse({})),
        "/oauth/callback answered an empty request 200",
        "azd deploy",
    ),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_is_wrong_is_named_with_its_cure(setup: DoctorSetup, case: str):
    mode, check, change, said, cure = WRONG[case]
    tenant = SignInSetup(setup, mode)
    assert "ok" == (await setup.found(check, tenant.target(mode))).outcome
    change(tenant)

    finding = await setup.found(check, tenant.target(mode))

    assert "wrong" == finding.outcome, finding
    assert said in finding.what
    assert cure in finding.cure


@pytest.mark.parametrize(
    ("changes", "said", "cure"),
    [
        ({"origin": ""}, "SIGN_IN_ORIGIN is not set", "azd provision"),
        ({"origin": f"{ORIGIN}/oauth"}, "letter by letter", "azd provision"),
        ({"origin": f"{ORIGIN}/"}, "letter by letter", "azd provision"),
        ({"table_url": ""}, "SIGN_IN_TABLE_URL is not set", "Storage Table Data Contributor"),
        ({"advertised_by_platform": True}, "Easy Auth may answer", "appsettings delete"),
    ],
)
async def test_a_setting_that_is_missing_or_too_many_is_named(
    setup: DoctorSetup, changes: dict[str, Any], said: str, cure: str
):
    finding = await setup.found("sign_in_settings", SignInSetup(setup).target("app", **changes))

    assert "wrong" == finding.outcome
    assert said in finding.what
    assert cure in finding.cure


@pytest.mark.parametrize(
    ("mode", "changes"),
    [
        ("metadata", {"table_url": ""}),
        ("gateway", {"origin": ORIGIN, "advertised_by_platform": True}),
    ],
)
async def test_what_a_form_does_without_is_not_missed(
    setup: DoctorSetup, mode: Mode, changes: dict[str, Any]
):
    finding = await setup.found("sign_in_settings", SignInSetup(setup).target(mode, **changes))

    assert "ok" == finding.outcome, finding.what


async def test_at_the_other_address_the_proxys_own_is_named(setup: DoctorSetup):
    target = SignInSetup(setup).target("gateway", origin="https://gateway.test")

    settings = await setup.found("sign_in_settings", target)
    metadata = await setup.found("sign_in_metadata", target)

    assert "warning" == settings.outcome
    assert "https://gateway.test/runtime/webhooks/mcp" in settings.cure
    assert ("unknown", "python -m local doctor --url https://gateway.test") == (
        metadata.outcome,
        metadata.cure,
    )


async def test_metadata_without_the_address_of_the_server_are_wrong(setup: DoctorSetup):
    await setup.change(identifier_uris=[f"api://{SERVER}", ORIGIN])

    finding = await setup.found("sign_in_address", SignInSetup(setup, "metadata").target("metadata"))

    assert "wrong" == finding.outcome
    assert f"AADSTS9010010: {ORIGIN}/runtime/webhooks/mcp must be" in finding.what
    assert "azd env set REGISTER_SERVER_ADDRESS true && azd provision" in finding.cure


async def test_the_whole_proxy_needs_no_address_registered(setup: DoctorSetup):
    await setup.change(identifier_uris=[f"api://{SERVER}"])
    target = SignInSetup(setup).target("app")

    assert "ok" == (await setup.found("sign_in_address", target)).outcome
    assert "ok" == (await setup.found("identifier_uris", target)).outcome


@pytest.mark.parametrize("mode", ["app", "metadata"])
async def test_a_challenge_that_names_no_metadata_is_right_where_the_app_answers_with_them(
    setup: DoctorSetup, mode: Mode
):
    tenant = SignInSetup(setup, mode)

    assert "ok" == (await setup.found("challenge", tenant.target(mode))).outcome
    assert "wrong" == (await setup.found("challenge", tenant.target(""))).outcome


async def test_the_registration_of_the_server_is_not_the_proxys(setup: DoctorSetup):
    target = SignInSetup(setup).target("app", client_id=SERVER)

    finding = await setup.found("sign_in_registration", target)

    assert "wrong" == finding.outcome
    assert "AADSTS90009" in finding.what


async def test_without_a_client_id_its_registration_cannot_be_checked(setup: DoctorSetup):
    target = SignInSetup(setup).target("app", client_id="")

    found = [await setup.found(check.name, target) for check in PROXY_DIRECTORY]

    assert {"unknown"} == {each.outcome for each in found}
    assert all("SIGN_IN_CLIENT_ID" in each.cure for each in found)


async def test_what_hangs_on_a_missing_registration_is_not_called_wrong_too(setup: DoctorSetup):
    tenant = SignInSetup(setup)
    tenant.application = None

    outcomes = [(await setup.found(check.name, tenant.target())).outcome for check in PROXY_DIRECTORY]

    assert ["wrong", "unknown", "unknown", "unknown"] == outcomes


def _easy_auth(paths: list[str]) -> dict[str, Any]:
    settings = copy.deepcopy(RIGHT)
    settings["globalValidation"] = {**settings["globalValidation"], "excludedPaths": paths}
    return settings


@pytest.mark.parametrize("mode", ["", "metadata", "app", "gateway"])
async def test_the_paths_the_deployment_opens_are_right(setup: DoctorSetup, mode: Mode):
    target = setup.target(proxy=proxy(mode), easy_auth=_easy_auth(PATHS[mode]))

    finding = await setup.found("open_paths", target)

    assert "ok" == finding.outcome, finding.what


@pytest.mark.parametrize("mode", ["", "app"])
@pytest.mark.parametrize("path", ["/runtime/webhooks/mcp", "/runtime", "/*", "/", "/oauth/*", "/admin"])
async def test_a_path_too_many_is_wrong(setup: DoctorSetup, mode: Mode, path: str):
    target = setup.target(proxy=proxy(mode), easy_auth=_easy_auth([*PATHS[mode], path]))

    finding = await setup.found("open_paths", target)

    assert "wrong" == finding.outcome
    assert f"lets strangers through to {path}:" in finding.what


@pytest.mark.parametrize("missing", PATHS["app"])
async def test_a_path_too_few_is_wrong(setup: DoctorSetup, missing: str):
    paths = [path for path in PATHS["app"] if path != missing]
    target = setup.target(proxy=proxy("app"), easy_auth=_easy_auth(paths))

    finding = await setup.found("open_paths", target)

    assert ("wrong", f"Easy Auth asks strangers for a token at {missing}.") == (finding.outcome, finding.what)


def test_the_proxy_is_read_from_the_settings_of_the_app():
    settings = {
        "SIGN_IN_PROXY": "App",
        "SIGN_IN_CLIENT_ID": PROXY.upper(),
        "SIGN_IN_ORIGIN": "https://MCP.test",
        "SIGN_IN_TABLE_URL": TABLE,
        "SIGN_IN_REGISTRATION": "true",
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES": "",
    }

    assert proxy("app", registers=True) == SignInProxy.of(settings)
    assert SignInProxy("") == SignInProxy.of({})
    assert "" == SignInProxy.of({"SIGN_IN_PROXY": "true"}).mode
