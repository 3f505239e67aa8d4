"""Entra's refusals in the user's words, and with the remedy that fits."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.entra.token_errors import admin_consent_url, consent_required, token_error
from shared.errors import ToolError
from shared.settings import Settings
from tests.shared.issuer import ENVIRON, SERVER, TENANT

SCOPES = ["https://graph.microsoft.com/Mail.Read", "https://graph.microsoft.com/Files.Read.All"]
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
        (50020, "forbidden", "account is enabled"),
        (7000215, "misconfigured", "AZURE_CLIENT_SECRET"),
        (7000222, "misconfigured", "AZURE_CLIENT_SECRET"),
        (700016, "misconfigured", "AZURE_CLIENT_ID"),
        (90002, "misconfigured", "AZURE_TENANT_ID"),
        (500131, "misconfigured", "AZURE_CLIENT_ID"),
        (70011, "misconfigured", "GRAPH_RESOURCE"),
        (500011, "misconfigured", "GRAPH_RESOURCE"),
        (650057, "misconfigured", "GRAPH_RESOURCE"),
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


def test_an_unknown_resource_names_the_scopes_that_were_asked_for(settings: Settings) -> None:
    assert f"Entra does not know what was asked for: {SCOPES[0]}, {SCOPES[1]}." == (
        refused(settings, 500011).message
    )


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
