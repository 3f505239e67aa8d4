"""Entra's refusals in the user's words, and with the remedy that fits."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.entra.token_errors import admin_consent_url, consent_required, token_error
from shared.errors import ToolError
from shared.settings import DEVOPS_RESOURCE, Settings
from tests.shared.issuer import ENVIRON, SERVER, TENANT

SCOPES = ["https://graph.microsoft.com/Mail.Read", "https://graph.microsoft.com/Files.Read.All"]
DEVOPS_SCOPE = f"{DEVOPS_RESOURCE}/vso.work"
SAID = "AADSTS: words of Entra that name ana@example.com"


def refused(settings: Settings, *codes: int, error: str = "invalid_grant", **more: Any) -> ToolError:
    response = {
        "error": error,
        "error_description": SAID,
        "error_codes": list(codes),
        "correlation_id": "c-1",
        "trace_id": "t-1",
        **more,
    }
    return token_error(response, tenant_id=TENANT, scopes=SCOPES, settings=settings)


def proven_by(tmp_path: Path, credential: str) -> Settings:
    """Settings with another credential."""
    pem = tmp_path / "app.pem"
    pem.touch()
    values = {
        "AZURE_MI_CLIENT_ID": "ffffffff-0000-4000-8000-000000000001",
        "AZURE_CLIENT_CERTIFICATE_PATH": str(pem),
        "AZURE_CLIENT_SECRET": "a-secret",
    }
    return Settings.from_environ({**ENVIRON, "AZURE_CLIENT_SECRET": "", credential: values[credential]})


@pytest.mark.parametrize(
    ("number", "code", "hint"),
    [
        (65001, "consent_required", "adminconsent"),
        (65004, "consent_required", "adminconsent"),
        (90094, "consent_required", "adminconsent"),
        (50076, "sign_in_required", "Conditional Access"),
        (50079, "sign_in_required", "Conditional Access"),
        (50158, "sign_in_required", "Conditional Access"),
        (53000, "sign_in_required", "Conditional Access"),
        (53003, "sign_in_required", "Conditional Access"),
        (500133, "sign_in_required", "Sign in again"),
        (50013, "sign_in_required", "Sign in again"),
        (50173, "sign_in_required", "Sign in again"),
        (700082, "sign_in_required", "Sign in again"),
        (50105, "forbidden", "assigned to this app"),
        (50057, "forbidden", "account is enabled"),
        (50020, "forbidden", "as a guest"),
        (50034, "forbidden", "as a guest"),
        (51004, "forbidden", "as a guest"),
        (90072, "forbidden", "as a guest"),
        (500213, "forbidden", "cross-tenant access"),
        (530035, "forbidden", "sign-in logs"),
        (530084, "forbidden", "excludes this app"),
        (53011, "forbidden", "account is enabled"),
        (53009, "forbidden", "sign-in logs"),
        (530034, "forbidden", "sign-in logs"),
        (7000215, "misconfigured", "AZURE_CLIENT_SECRET"),
        (7000222, "misconfigured", "AZURE_CLIENT_SECRET"),
        (700016, "misconfigured", "AZURE_CLIENT_ID"),
        (90002, "misconfigured", "AZURE_TENANT_ID"),
        (500131, "misconfigured", "AZURE_CLIENT_ID"),
        (70011, "misconfigured", "GRAPH_RESOURCE"),
        (500011, "misconfigured", "GRAPH_RESOURCE"),
        (650052, "misconfigured", "enterprise application"),
        (650053, "misconfigured", "API permissions"),
        (650057, "misconfigured", "API permissions"),
        (500014, "misconfigured", "Enterprise applications"),
        (7000112, "misconfigured", "Enterprise applications"),
        (90033, "unavailable", "Try again"),
        (50196, "unavailable", "Try again"),
        (999999, "upstream_error", "sign-in logs"),
    ],
)
def test_each_code_of_entra_has_its_kind_and_its_remedy(
    number: int, code: str, hint: str, settings: Settings
) -> None:
    error = refused(settings, number)

    assert code == error.code
    assert hint in error.remedy
    assert f"AADSTS{number}" == error.details["entra_error"]
    assert "c-1" == error.details["correlation_id"]
    assert "ana@example.com" not in f"{error.message} {error.remedy} {error.details}"


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"error": "invalid_client"}, "misconfigured"),
        ({"error": "unauthorized_client"}, "misconfigured"),
        ({"error": "interaction_required"}, "sign_in_required"),
        ({"error": "invalid_resource"}, "misconfigured"),
        ({"error": "invalid_grant", "suberror": "consent_required"}, "consent_required"),
        ({"error": "invalid_grant", "claims": '{"access_token":{}}'}, "sign_in_required"),
        ({"error": "temporarily_unavailable"}, "unavailable"),
        ({"error": "invalid_grant"}, "upstream_error"),
        ({"error": "server_error", "error_codes": "65001"}, "upstream_error"),
        ({}, "upstream_error"),
    ],
)
def test_without_a_number_the_oauth_error_decides(
    stated: dict[str, Any], code: str, settings: Settings
) -> None:
    error = token_error(stated, tenant_id=TENANT, scopes=SCOPES, settings=settings)

    assert code == error.code
    assert "entra_error" not in error.details
    assert "unknown" == error.details["correlation_id"]


@pytest.mark.parametrize(
    ("credential", "number", "hints"),
    [
        ("AZURE_MI_CLIENT_ID", 700213, ["AZURE_MI_CLIENT_ID", "TOKEN_EXCHANGE_AUDIENCE", "subject", "/v2.0"]),
        ("AZURE_MI_CLIENT_ID", 700211, ["AZURE_MI_CLIENT_ID", "federated credential"]),
        ("AZURE_CLIENT_CERTIFICATE_PATH", 700027, ["AZURE_CLIENT_CERTIFICATE_PATH", "expired"]),
        ("AZURE_CLIENT_SECRET", 7000222, ["AZURE_CLIENT_SECRET"]),
    ],
)
def test_a_refused_credential_leads_to_the_setting_in_use(
    credential: str, number: int, hints: list[str], tmp_path: Path
) -> None:
    error = refused(proven_by(tmp_path, credential), number, error="invalid_client")

    assert ("misconfigured", "Entra did not accept this server's credential.") == (error.code, error.message)
    assert [] == [hint for hint in hints if hint not in error.remedy]


def test_an_unknown_permission_is_named_with_its_resource(settings: Settings) -> None:
    assert f"Entra found no such permission of Microsoft Graph: {SCOPES[0]}, {SCOPES[1]}." == (
        refused(settings, 650053).message
    )


@pytest.mark.parametrize(
    "error", ["invalid_client", "unauthorized_client", "invalid_resource", "invalid_grant"]
)
@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (650052, "Azure DevOps is not available in your tenant: it has no enterprise application there."),
        (500011, "Azure DevOps is not available in your tenant: it has no enterprise application there."),
        (500014, "The enterprise application of Azure DevOps is disabled in your tenant."),
        (650057, "This server's app registration lists no permission of Azure DevOps."),
        (650053, f"Entra found no such permission of Azure DevOps: {DEVOPS_SCOPE}."),
        (51004, "Your account does not exist in this tenant."),
        (530035, "A Conditional Access policy or the security defaults of your tenant block this access."),
    ],
)
def test_the_code_decides_whatever_the_oauth_error_blames(
    number: int, problem: str, error: str, settings: Settings
) -> None:
    """Entra reports a missing API as `invalid_client`, like a wrong credential."""
    response = {"error": error, "error_codes": [number]}

    failure = token_error(response, tenant_id=TENANT, scopes=[DEVOPS_SCOPE], settings=settings)

    assert problem == failure.message
    assert "credential" not in f"{failure.message} {failure.remedy}"
    assert "AZURE_CLIENT_SECRET" not in failure.remedy


def test_a_tenant_without_azure_devops_is_told_to_add_it_or_to_leave_it_out(settings: Settings) -> None:
    response = {"error": "invalid_client", "error_codes": [650052]}

    failure = token_error(response, tenant_id=TENANT, scopes=[DEVOPS_SCOPE], settings=settings)

    assert f"az ad sp create --id {DEVOPS_RESOURCE}" in failure.remedy
    assert "INCLUDE_DEVOPS=false" in failure.remedy
    assert "GRAPH_RESOURCE" not in failure.remedy


def test_all_that_is_consented_to_is_no_permission_to_add(settings: Settings) -> None:
    response = {"error": "invalid_resource", "error_codes": [650057]}

    failure = token_error(
        response, tenant_id=TENANT, scopes=[f"{DEVOPS_RESOURCE}/.default"], settings=settings
    )

    assert "adds the permissions of its tools under API permissions" in failure.remedy


@pytest.mark.parametrize("number", [53003, 530084, 530035, 51004])
def test_a_claims_challenge_is_to_be_answered_whatever_its_code(number: int, settings: Settings) -> None:
    error = refused(settings, number, error="interaction_required", claims='{"access_token":{}}')

    assert "sign_in_required" == error.code
    assert "Conditional Access" in error.remedy


def test_missing_consent_names_the_scopes_and_holds_the_link(settings: Settings) -> None:
    error = refused(settings, 65001)

    link = error.details["admin_consent_url"]
    assert "Consent is missing for Mail.Read, Files.Read.All." == error.message
    assert "Mail.Read, Files.Read.All" == error.details["missing_scopes"]
    assert link in error.remedy
    assert admin_consent_url(SCOPES, tenant_id=TENANT, settings=settings) == link


def test_the_consent_link_asks_for_exactly_the_missing_scopes() -> None:
    hosted = Settings.from_environ({**ENVIRON, "WEBSITE_HOSTNAME": "mcp.azurewebsites.net"})

    parts = urlsplit(admin_consent_url(SCOPES, tenant_id=TENANT, settings=hosted))

    assert (
        f"https://login.microsoftonline.com/{TENANT}/v2.0/adminconsent" == parts._replace(query="").geturl()
    )
    assert {
        "client_id": [SERVER],
        "scope": [" ".join(SCOPES)],
        "redirect_uri": ["https://mcp.azurewebsites.net/.auth/login/aad/callback"],
    } == parse_qs(parts.query, strict_parsing=True)


@pytest.mark.parametrize("host", ["", "localhost:7071", "127.0.0.1:7071"])
def test_the_consent_link_leads_back_only_to_a_deployed_app(host: str) -> None:
    settings = Settings.from_environ({**ENVIRON, "WEBSITE_HOSTNAME": host})

    query = parse_qs(urlsplit(admin_consent_url(SCOPES, tenant_id=TENANT, settings=settings)).query)

    assert {"client_id", "scope"} == query.keys()


def test_the_details_of_a_refusal_are_kept_with_the_link(settings: Settings) -> None:
    error = consent_required(SCOPES[:1], tenant_id=TENANT, settings=settings, details={"correlation_id": "c"})

    assert {"correlation_id", "missing_scopes", "admin_consent_url"} == error.details.keys()


def test_a_claims_challenge_takes_the_place_of_every_way_to_sign_in_again(settings: Settings) -> None:
    error = refused(settings, 700082, claims='{"access_token":{}}')

    assert "sign_in_required" == error.code
    assert "Conditional Access" in error.remedy


def test_permissions_are_named_without_the_resource_and_divided_by_commas(settings: Settings) -> None:
    error = refused(settings, 65001)

    assert "Consent is missing for Mail.Read, Files.Read.All." == error.message
    assert "Mail.Read, Files.Read.All" == error.details["missing_scopes"]


def test_permissions_to_add_are_named_without_the_resource(settings: Settings) -> None:
    error = refused(settings, 650057)

    assert "adds Mail.Read, Files.Read.All under API permissions" in error.remedy


def test_the_api_is_told_by_the_whole_name_of_the_resource(settings: Settings) -> None:
    response = {"error": "invalid_client", "error_codes": [650057]}

    named = [
        token_error(response, tenant_id=TENANT, scopes=[scope], settings=settings).message
        for scope in (SCOPES[0], DEVOPS_SCOPE)
    ]

    assert "Microsoft Graph" in named[0]
    assert "Azure DevOps" in named[1]
