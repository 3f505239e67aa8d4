"""App settings: read from their names, and refused in words that help and give nothing away."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.settings import Settings
from tests.shared.issuer import CLIENT, OTHER_CLIENT, OTHER_TENANT, SERVER, TENANT

IDENTITY = "ffffffff-0000-4000-8000-000000000001"
SECRET = "hunter2-hunter2"
GOOD = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": SERVER, "AZURE_CLIENT_SECRET": SECRET}
CREDENTIALS = (
    "AZURE_MI_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_SECRET, AZURE_CLIENT_SECRET_FILE"
)


def settings(environ: Mapping[str, str] = {}, *, without: str = "") -> Settings:
    return Settings.from_environ(
        {name: value for name, value in {**GOOD, **environ}.items() if name != without}
    )


def lines(environ: Mapping[str, str] = {}, *, without: str = "") -> list[str]:
    """What is wrong with these settings."""
    with pytest.raises(SettingsError) as raised:
        settings(environ, without=without)
    return str(raised.value).splitlines()


def test_three_settings_are_enough_for_the_public_cloud() -> None:
    made = settings()

    assert "https://login.microsoftonline.com" == made.authority_host
    assert "https://graph.microsoft.com" == made.graph_endpoint
    assert "https://graph.microsoft.com" == made.graph_resource
    assert "https://dev.azure.com" == made.devops_endpoint
    assert "https://app.vssps.visualstudio.com" == made.devops_profile_endpoint
    assert "https://almsearch.dev.azure.com" == made.devops_search_endpoint
    assert "access_as_user" == made.required_scope
    assert "api://AzureADTokenExchange" == made.token_exchange_audience
    assert 24 == made.max_token_age_hours
    assert frozenset() == made.allowed_client_ids
    assert {TENANT} == made.tenants
    assert made.ca_file is None
    assert made.instance_discovery


@pytest.mark.parametrize(
    ("without", "purpose"),
    [
        ("AZURE_TENANT_ID", "The directory (tenant) id users sign in to."),
        ("AZURE_CLIENT_ID", "The application (client) id of this server's app registration."),
    ],
)
def test_a_missing_setting_gives_one_line_with_its_name_and_purpose(without: str, purpose: str) -> None:
    (line,) = lines(without=without)

    assert line.startswith(f"{without} is missing. {purpose}")
    assert "Entra admin center" in line


def test_a_missing_credential_names_the_three_kinds() -> None:
    (line,) = lines(without="AZURE_CLIENT_SECRET")

    assert line.startswith(f"One of {CREDENTIALS} is missing")


@pytest.mark.parametrize("value", ["", "  ", "\t"])
def test_an_empty_setting_counts_as_not_set(value: str) -> None:
    (line,) = lines({"AZURE_TENANT_ID": value})

    assert line.startswith("AZURE_TENANT_ID is missing.")
    assert "access_as_user" == settings({"REQUIRED_SCOPE": value}).required_scope


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("AZURE_TENANT_ID", "contoso-secret", "must be a GUID"),
        ("AZURE_CLIENT_ID", f"{SERVER}0", "must be a GUID"),
        ("AZURE_MI_CLIENT_ID", "identity-secret", "must be a GUID"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/secret.pem", "names no file that can be read"),
        ("AZURE_AUTHORITY_HOST", "http://login.secret.example", "must start with https://"),
        ("AZURE_AUTHORITY_HOST", "http://localhost:8443", "must start with https://, on loopback too"),
        ("GRAPH_ENDPOINT", "graph.secret.example", "must be a base URL"),
        ("GRAPH_RESOURCE", "00000003-0000-0000-c000-000000000000", "must be a base URL"),
        ("DEVOPS_ENDPOINT", "http://dev.secret.example", "must start with https://"),
        ("DEVOPS_PROFILE_ENDPOINT", "ftp://dev.secret.example", "must start with https://"),
        ("DEVOPS_SEARCH_ENDPOINT", "https://", "must be a base URL"),
        ("REQUIRED_SCOPE", "access as secret", "is wrong: String should match pattern"),
        ("ALLOWED_CLIENT_IDS", f"{CLIENT},secret", "must be a GUID"),
        ("ALLOWED_TENANT_IDS", "secret", "must be a GUID"),
        ("MAX_TOKEN_AGE_HOURS", "a-secret-while", "is wrong: Input should be a valid number"),
        ("MAX_TOKEN_AGE_HOURS", "0", "is wrong: Input should be greater than 0"),
        ("MAX_TOKEN_AGE_HOURS", "721", "is wrong: Input should be less than or equal to 720"),
        ("MAX_TOKEN_AGE_HOURS", "nan", "is wrong: Input should be"),
        ("MAX_TOKEN_AGE_HOURS", "inf", "is wrong: Input should be"),
        ("PREFERENCES_TABLE_URL", "https://secret.table.core.windows.net", "must be the https:// URL"),
        ("PREFERENCES_TABLE_URL", "https://secret.table.core.windows.net/a-b", "must be the https:// URL"),
        ("PREFERENCES_TABLE_URL", "https://secret.table.core.windows.net/ab", "must be the https:// URL"),
        ("PREFERENCES_TABLE_URL", "https://secret.example/table?sig=x", "must be a base URL"),
        ("PREFERENCES_TABLE_URL", "http://localhost:1/secret/table", "must be the https:// URL"),
        ("SSL_CERT_FILE", "/nowhere/secret-ca.pem", "names no file that can be read"),
    ],
)
def test_a_wrong_setting_gives_one_line_with_its_name_and_never_its_value(
    name: str, value: str, problem: str
) -> None:
    (line,) = lines({name: value})

    assert line.startswith(f"{name} {problem}")
    assert line.endswith(tuple(".")), "its purpose follows"
    assert "secret" not in line.replace("secret of the app", "").replace("Certificates & secrets", "")


def test_the_fallback_of_a_setting_is_named_when_it_is_the_wrong_one() -> None:
    (client,) = lines({"WEBSITE_AUTH_CLIENT_ID": "wrong"}, without="AZURE_CLIENT_ID")
    (authorities,) = lines({"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"})

    assert client.startswith("WEBSITE_AUTH_CLIENT_ID must be a GUID")
    assert authorities.startswith("REQUESTS_CA_BUNDLE names no file")


def test_every_problem_has_a_line_of_its_own() -> None:
    found = lines({"AZURE_TENANT_ID": "x", "GRAPH_ENDPOINT": "y"}, without="AZURE_CLIENT_ID")

    assert ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "GRAPH_ENDPOINT"] == [line.split()[0] for line in found]


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11", "must be a secret's value, not its id"),
        ("0F6C1F3A-58F1-4F52-9A51-2F8E3F0B7A11", "must be a secret's value, not its id"),
        ("'0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11'", "must be a secret's value, not its id"),
        ('"{0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11}"', "must be a secret's value, not its id"),
        ("<0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11>", "must be a secret's value, not its id"),
        ("0f6c1f3a58f14f529a512f8e3f0b7a11", "must be a secret's value, not its id"),
        ("<client secret, for this machine only>", "must be filled in"),
        ("Client secret for this machine only", "must be filled in"),
        ("&lt;client-secret, for this machine only&gt;", "must be filled in"),
        ("'<<client\nsecret>>'", "must be filled in"),
        ('"Abc8Q~notARealSecretButItsForm.1234567"', "must be the secret alone"),
        ("Abc8Q~notARealSecretButItsForm.1234567\u200b", "must be the secret alone"),
    ],
)
def test_what_stands_where_a_secret_belongs_is_told_without_showing_it(secret: str, what: str) -> None:
    (line,) = lines({"AZURE_CLIENT_SECRET": secret})

    assert line.startswith(f"AZURE_CLIENT_SECRET {what}")
    assert secret not in line


def test_two_credentials_contradict_each_other() -> None:
    (line,) = lines({"AZURE_MI_CLIENT_ID": IDENTITY})

    assert line.startswith(f"More than one of {CREDENTIALS} is set")
    assert SECRET not in line
    assert IDENTITY not in line


def test_the_managed_identity_is_not_the_app_registration() -> None:
    (line,) = lines({"AZURE_MI_CLIENT_ID": SERVER}, without="AZURE_CLIENT_SECRET")

    assert line.startswith("AZURE_CLIENT_ID and AZURE_MI_CLIENT_ID are the same")
    assert SERVER not in line


def test_the_client_id_falls_back_to_the_one_of_easy_auth() -> None:
    fallback = settings({"WEBSITE_AUTH_CLIENT_ID": CLIENT}, without="AZURE_CLIENT_ID")
    empty = settings({"AZURE_CLIENT_ID": "", "WEBSITE_AUTH_CLIENT_ID": CLIENT})
    both = settings({"WEBSITE_AUTH_CLIENT_ID": CLIENT})

    assert (CLIENT, CLIENT, SERVER) == (fallback.client_id, empty.client_id, both.client_id)


def test_the_managed_identity_falls_back_to_the_one_of_easy_auth() -> None:
    made = settings({"OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID": IDENTITY}, without="AZURE_CLIENT_SECRET")

    assert IDENTITY == made.managed_identity_client_id
    assert "managed_identity" == made.credential_kind


def test_the_credential_kind_is_that_of_the_one_credential(tmp_path: Path) -> None:
    pem = tmp_path / "app.pem"
    pem.touch()

    certificate = settings({"AZURE_CLIENT_CERTIFICATE_PATH": str(pem)}, without="AZURE_CLIENT_SECRET")

    assert "certificate" == certificate.credential_kind
    assert "client_secret" == settings().credential_kind


def test_trusted_authorities_follow_both_names(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pem", tmp_path / "second.pem"
    first.touch()
    second.touch()

    fallback = settings({"REQUESTS_CA_BUNDLE": str(second)})
    both = settings({"SSL_CERT_FILE": str(first), "REQUESTS_CA_BUNDLE": str(second)})

    assert (second, first) == (fallback.ca_file, both.ca_file)


def test_unknown_settings_are_fine() -> None:
    assert settings() == settings({"FUNCTIONS_WORKER_RUNTIME": "python", "tenant_id": "x"})


def test_ids_are_read_whatever_their_case_and_lists_whatever_their_separator() -> None:
    made = settings(
        {
            "AZURE_TENANT_ID": f" {TENANT.upper()} ",
            "ALLOWED_CLIENT_IDS": f"{CLIENT.upper()}; {OTHER_CLIENT},",
            "ALLOWED_TENANT_IDS": f"{TENANT} {OTHER_TENANT}",
        }
    )

    assert TENANT == made.tenant_id
    assert {CLIENT, OTHER_CLIENT} == made.allowed_client_ids
    assert {TENANT, OTHER_TENANT} == made.tenants


def test_the_secret_shows_in_no_repr() -> None:
    made = settings()

    assert SECRET not in f"{made!r} {made} {made.model_dump_json()}"
    assert made.client_secret is not None
    assert SECRET == made.client_secret.get_secret_value()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://graph.microsoft.us", "https://graph.microsoft.us"),
        ("https://graph.microsoft.us/", "https://graph.microsoft.us"),
        (" https://graph.microsoft.us ", "https://graph.microsoft.us"),
        ("https://gateway.example/graph", "https://gateway.example/graph"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("http://localhost:8081", "http://localhost:8081"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("http://[::1]:8081", "http://[::1]:8081"),
    ],
)
def test_an_endpoint_is_a_base_url(value: str, expected: str) -> None:
    assert expected == settings({"GRAPH_ENDPOINT": value}).graph_endpoint


@pytest.mark.parametrize(
    "value",
    [
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/v1.0/",
        "https://graph.microsoft.com/v2",
        "https://graph.microsoft.com?a=b",
        "https://graph.microsoft.com?",
        "https://graph.microsoft.com#a",
        "https://graph.microsoft.com#",
        "https://user@graph.microsoft.com",
        "https://user:word@graph.microsoft.com",
        "https://@graph.microsoft.com",
        "https://graph microsoft.com",
        "https://graph.microsoft.com\\@evil.example",
        "https://graph.microsoft.com:port",
        "https://[graph]",
        "https://ex\u2100mple.com",
        "http://graph.microsoft.com",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "//graph.microsoft.com",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_base_url_is_refused_and_not_repeated(value: str) -> None:
    (line,) = lines({"GRAPH_ENDPOINT": value})

    assert line.startswith("GRAPH_ENDPOINT must ")
    assert value.rpartition("//")[2].rstrip("?#") not in line


@pytest.mark.parametrize(
    ("value", "host", "discovered"),
    [
        ("https://login.microsoftonline.com", "https://login.microsoftonline.com", True),
        ("login.microsoftonline.us", "https://login.microsoftonline.us", True),
        ("https://login.partner.microsoftonline.cn/", "https://login.partner.microsoftonline.cn", True),
        ("https://localhost:8443", "https://localhost:8443", False),
        ("https://login.microsoftonline.com.evil.example", None, False),
    ],
)
def test_only_a_public_authority_is_discovered(value: str, host: str | None, discovered: bool) -> None:
    made = settings({"AZURE_AUTHORITY_HOST": value})

    assert (host or value, discovered) == (made.authority_host, made.instance_discovery)


@pytest.mark.parametrize(
    "value",
    [
        "https://files.example.com",
        "files.example.com:8443",
        "com",
        "localhost",
        "10.0.0.1",
        "a/c.com",
        "[::1]",
    ],
)
def test_trusted_hosts_are_names_of_hosts(value: str):
    (line,) = lines({"TRUSTED_HOSTS": value})

    assert line.startswith("TRUSTED_HOSTS must be names of hosts such as files.example.com")
    assert "10.0.0.1" not in line
