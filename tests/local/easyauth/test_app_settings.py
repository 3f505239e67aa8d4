"""How the front is set up, and what it says when it cannot be."""

import json
from pathlib import Path

import certifi
import pytest

from local.easyauth.app_settings import AUTHORITIES, configuration, read_values
from local.easyauth.errors import FrontError
from shared.settings import CLOUDS, Settings

EXAMPLE = Path(__file__).resolve().parents[3] / "local.settings.json.example"
TENANT_ID = "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
CLIENT_ID = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
GOOD = {"AZURE_TENANT_ID": TENANT_ID, "AZURE_CLIENT_ID": CLIENT_ID}


def problems(**settings):
    with pytest.raises(FrontError) as refused:
        configuration({**GOOD, **settings})
    return str(refused.value).splitlines()


def test_two_ids_are_enough():
    config = configuration(GOOD)

    assert f"https://login.microsoftonline.com/{TENANT_ID}/v2.0" == config.issuer
    assert (config.issuer, CLIENT_ID) == (config.authorization_server, config.client_id)
    assert f"api://{CLIENT_ID}/access_as_user" == config.prm_scope
    assert {f"api://{CLIENT_ID}"} == config.allowed_audiences
    assert ({TENANT_ID}, frozenset()) == (config.allowed_tenants, config.allowed_applications)
    assert {"/api/health"} == config.excluded_paths


@pytest.mark.parametrize(("mode", "scope"), [("app", ""), ("metadata", ""), ("gateway", "access_as_user")])
def test_an_app_with_a_sign_in_proxy_speaks_for_itself_without_a_token(mode, scope):
    config = configuration({**GOOD, "SIGN_IN_PROXY": mode})

    assert scope == config.prm_scope.rpartition("/")[2]
    assert {"/.well-known/oauth-authorization-server", "/api/health"} <= config.excluded_paths
    assert (mode != "metadata") == ("/oauth/token" in config.excluded_paths)


def test_ids_are_compared_as_entra_writes_them():
    config = configuration(
        {"AZURE_TENANT_ID": f" {TENANT_ID.upper()} ", "AZURE_CLIENT_ID": CLIENT_ID.upper()}
    )

    assert (CLIENT_ID, {TENANT_ID}) == (config.client_id, config.allowed_tenants)
    assert config.issuer.endswith(f"/{TENANT_ID}/v2.0")


def test_scope_clients_and_authorities_can_be_others():
    config = configuration(
        {
            **GOOD,
            "REQUIRED_SCOPE": "use",
            "ALLOWED_CLIENT_IDS": f"{VS_CODE.upper()}, {AZURE_CLI};",
            "SSL_CERT_FILE": certifi.where(),
        },
        "https://larkspur.example/mcp",
    )

    assert "https://larkspur.example/mcp/use" == config.prm_scope
    assert {"https://larkspur.example/mcp"} == config.allowed_audiences
    assert {VS_CODE, AZURE_CLI} == config.allowed_applications
    assert Path(certifi.where()) == config.ca_file


@pytest.mark.parametrize(
    ("settings", "authority"),
    [
        ({"AZURE_CLOUD": "USGov"}, "https://login.microsoftonline.us"),
        ({"AZURE_AUTHORITY_HOST": "login.example/"}, "https://login.example"),
        ({"AZURE_AUTHORITY_HOST": "https://localhost:9", "AZURE_CLOUD": "china"}, "https://localhost:9"),
    ],
)
def test_the_issuer_is_the_clouds_or_the_one_set(settings, authority):
    config = configuration({**GOOD, **settings})

    assert f"{authority}/{TENANT_ID}/v2.0" == config.issuer


def test_the_clouds_are_those_of_the_app():
    public = Settings.model_fields["authority_host"].default

    assert {name: each.get("AZURE_AUTHORITY_HOST", public) for name, each in CLOUDS.items()} == AUTHORITIES


def test_everything_that_is_missing_or_wrong_is_named_at_once():
    with pytest.raises(FrontError) as refused:
        configuration({"AZURE_TENANT_ID": " ", "REQUIRED_SCOPE": "api://x/use", "AZURE_CLOUD": "moon"})

    named = [line.split()[0] for line in str(refused.value).splitlines()]
    assert ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "REQUIRED_SCOPE", "AZURE_CLOUD"] == named


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AZURE_TENANT_ID", "larkspur.example", "must be a GUID, the directory (tenant) id"),
        ("AZURE_CLIENT_ID", f"{CLIENT_ID}\n{CLIENT_ID}", "must be a GUID, the application (client) id"),
        ("ALLOWED_CLIENT_IDS", f"{VS_CODE} everybody", "must be GUIDs"),
        ("AZURE_AUTHORITY_HOST", "http://login.example", "must be a sign-in host"),
        ("AZURE_AUTHORITY_HOST", "https://login.example/tenant", "must be a sign-in host"),
        ("REQUIRED_SCOPE", 'a" b="c', "must be the scope's name alone"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "must be a PEM file"),
        ("SSL_CERT_FILE", __file__, "must be a PEM file"),
    ],
)
def test_a_wrong_value_is_explained_and_not_repeated(name, value, said):
    (problem,) = problems(**{name: value})

    assert problem.startswith(f"{name} {said}")
    assert value not in problem


@pytest.mark.parametrize("uri", ["larkspur", "api://", 'api://a" b', "api://a/"])
def test_an_identifier_uri_is_a_uri(uri):
    with pytest.raises(FrontError, match="--identifier-uri must be"):
        configuration(GOOD, uri)


def test_placeholders_left_in_the_example_are_named():
    values = read_values(EXAMPLE)
    left = [name for name, value in values.items() if value.startswith("<")]

    with pytest.raises(FrontError) as refused:
        configuration(values)

    lines = str(refused.value).splitlines()
    assert {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"} == set(left)
    assert left == [line.split()[0] for line in lines]
    assert all("still has the placeholder" in line for line in lines)


def test_the_example_filled_in_is_good_for_the_front_and_the_app():
    values = {**read_values(EXAMPLE), **GOOD, "AZURE_CLIENT_SECRET": "made-up"}

    config, settings = configuration(values), Settings.from_environ(values)

    assert {VS_CODE, AZURE_CLI} == config.allowed_applications == settings.allowed_client_ids
    assert config.issuer == f"{settings.authority_host}/{settings.tenant_id}/v2.0"
    assert config.prm_scope == f"api://{settings.client_id}/{settings.required_scope}"


def test_no_file_is_no_settings(tmp_path):
    assert {} == read_values(tmp_path / "local.settings.json")


def test_a_byte_order_mark_is_no_matter(tmp_path):
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": GOOD}), encoding="utf-8-sig")

    assert GOOD == read_values(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", 'has no object "Values"'),
        ('{"Values": []}', 'has no object "Values"'),
        ('{"IsEncrypted": true, "Values": {}}', "func settings decrypt"),
        ('{"Values": {"AZURE_TENANT_ID": 5}}', "AZURE_TENANT_ID in"),
    ],
)
def test_a_file_that_core_tools_would_not_take_is_explained(tmp_path, text, said):
    file = tmp_path / "local.settings.json"
    file.write_text(text)

    with pytest.raises(FrontError, match=said):
        read_values(file)
