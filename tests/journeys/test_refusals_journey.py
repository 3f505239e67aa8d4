"""What a caller is told when Entra, the app or an API says no."""

import httpx
import pytest

from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import call, call_with, control, error_of, exchanges, issue, message


async def test_missing_consent_comes_with_the_link_that_mends_it(tenant: Tenant, http: httpx.AsyncClient):
    result = await call(tenant.layout, "dmitri")
    error = error_of(result)
    link = httpx.URL(error["details"]["admin_consent_url"])

    assert error["code"] == "consent_required"
    assert error["details"]["entra_error"] == "AADSTS65001"
    assert link.path.endswith("/v2.0/adminconsent")
    assert link.params["client_id"] == organisation().server_client_id
    assert link.params["scope"] == "https://graph.microsoft.com/User.Read"
    assert str(link) in error["remedy"]
    page = await http.get(link)
    assert page.status_code == 200
    assert "User.Read" in page.text


async def test_a_consent_just_granted_works_at_once_with_the_same_token(
    tenant: Tenant, http: httpx.AsyncClient
):
    token = issue(tenant.layout, "dmitri")
    consent = {
        "user": "dmitri",
        "client_id": organisation().server_client_id,
        "resource": "graph",
        "scopes": ["User.Read"],
    }
    before = message(await call_with(http, tenant.layout, token))["result"]
    control(tenant.layout, "entra", "POST", "entra/consent", {**consent, "granted": True})
    after = message(await call_with(http, tenant.layout, token))["result"]
    control(tenant.layout, "entra", "POST", "entra/consent", {**consent, "granted": False})

    assert before["_meta"]["m365-devops-mcp/error"]["code"] == "consent_required"
    assert after["structuredContent"]["display_name"] == "Dmitri Volkov"


async def test_conditional_access_asks_the_user_to_confirm(tenant: Tenant):
    error = error_of(await call(tenant.layout, "farid"))

    assert error["code"] == "sign_in_required"
    assert error["details"]["entra_error"] == "AADSTS50076"
    assert "multi-factor" in error["message"]


@pytest.mark.parametrize(
    ("state", "number", "problem"),
    [
        ("missing", "AADSTS650052", "Azure DevOps is not available in your tenant"),
        ("disabled", "AADSTS500014", "The enterprise application of Azure DevOps is disabled"),
    ],
)
async def test_an_api_the_tenant_lacks_or_disables_is_named_and_the_credential_is_not(
    tenant: Tenant, http: httpx.AsyncClient, state: str, number: str, problem: str
):
    control(
        tenant.layout, "entra", "POST", "entra/registration", {"enterprise_applications": {"devops": state}}
    )
    try:
        response = await call_with(http, tenant.layout, issue(tenant.layout, "ana"), "devops_get_profile")
    finally:
        enabled = {"enterprise_applications": {"devops": "enabled"}}
        control(tenant.layout, "entra", "POST", "entra/registration", enabled)

    error = message(response)["result"]["_meta"]["m365-devops-mcp/error"]
    assert ("misconfigured", number) == (error["code"], error["details"]["entra_error"])
    assert error["message"].startswith(problem)
    assert "credential" not in error["remedy"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"scp": None}, "app_only"),
        ({"scp": None, "roles": ["Tools.Write"], "idtyp": "app"}, "app_only"),
        ({"scp": "something_else"}, "missing_scope"),
        ({"scp": "access_as_user_not"}, "missing_scope"),
        ({"oid": "not-a-guid"}, "malformed"),
        ({"iat": 1_700_000_000}, "too_old"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
async def test_the_app_refuses_what_easy_auth_lets_through(
    tenant: Tenant, http: httpx.AsyncClient, changes: dict[str, object], reason: str
):
    before = exchanges(tenant.layout, "ana")
    response = await call_with(http, tenant.layout, issue(tenant.layout, "ana", **changes))
    result = message(response)["result"]

    assert response.status_code == 200
    assert result["isError"] is True
    assert result["_meta"]["m365-devops-mcp/error"]["code"] == "sign_in_required"
    assert result["content"][0]["text"].startswith("The access token was not accepted.")
    assert f"graph_get_profile: {reason}" in tenant.log("host")
    assert exchanges(tenant.layout, "ana") == before


async def test_a_spoofed_principal_header_is_worth_nothing(tenant: Tenant, http: httpx.AsyncClient):
    response = await http.post(
        tenant.layout.mcp_url,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        headers={"X-MS-CLIENT-PRINCIPAL-ID": organisation().user("ana").object_id, "Accept": "*/*"},
    )

    assert response.status_code == 401


async def test_a_bad_argument_is_named_and_nothing_is_exchanged(tenant: Tenant):
    before = exchanges(tenant.layout, "chiara")
    error = error_of(await call(tenant.layout, "chiara", "graph_get_profile", colour="blue"))

    assert error["code"] == "invalid_argument"
    assert error["message"] == "colour: is not an argument of this tool."
    assert exchanges(tenant.layout, "chiara") == before
