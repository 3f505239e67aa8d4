"""The environment the function app finds."""

import json
from dataclasses import fields, replace

import pytest

from local.devops.made_answers import FURTHER_HOSTS
from local.host.settings import app_settings, environment
from local.layout import Layout
from local.organisation import organisation


@pytest.fixture
def layout(tmp_path):
    (tmp_path / "secrets.json").write_text(json.dumps({"identity_header": "the-header"}))
    names = [field.name for field in fields(Layout) if field.name != "folder"]
    urls = {name: f"https://localhost:{7100 + number}" for number, name in enumerate(names)}
    return Layout(folder=tmp_path, **{**urls, "host": "http://localhost:7071"})


def test_the_app_is_led_to_the_local_tenant(layout):
    tenant = organisation()

    assert {
        "AZURE_TENANT_ID": tenant.tenant_id,
        "AZURE_CLIENT_ID": tenant.server_client_id,
        "AZURE_MI_CLIENT_ID": tenant.document["managed_identity"]["client_id"],
        "AZURE_AUTHORITY_HOST": layout.entra,
        "GRAPH_ENDPOINT": layout.graph,
        "DEVOPS_ENDPOINT": layout.devops,
        "DEVOPS_PROFILE_ENDPOINT": layout.devops_profile,
        "DEVOPS_SEARCH_ENDPOINT": layout.devops_search,
        "DEVOPS_IDENTITIES_ENDPOINT": layout.devops_identities,
        "DEVOPS_RELEASES_ENDPOINT": layout.devops_releases,
        "DEVOPS_SECURITY_ENDPOINT": layout.devops_security,
        "DEVOPS_HOSTS": ",".join(f"{name}={layout.devops_further}/{name}" for name in FURTHER_HOSTS),
        "IDENTITY_ENDPOINT": f"{layout.identity}/msi/token",
        "IDENTITY_HEADER": "the-header",
        "SSL_CERT_FILE": str(layout.ca_file),
        "REQUESTS_CA_BUNDLE": str(layout.ca_file),
        "WEBSITE_HOSTNAME": "localhost:7071",
        "WEBSITE_AUTH_ENABLED": "True",
        "WEBSITE_AUTH_CLIENT_ID": tenant.server_client_id,
        "ENABLE_WRITE_TOOLS": "true",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "NO_PROXY": "localhost,127.0.0.1",
        "PREFERENCES_TABLE_URL": f"{layout.tables}/devstoreaccount1/preferences",
        "RATE_LIMIT": "6000/minute",
    } == app_settings(layout)


@pytest.mark.parametrize("mode", ["app", "metadata"])
def test_a_sign_in_proxy_has_its_settings_and_any_client_may_register(layout, mode):
    added = app_settings(layout, mode).items() - app_settings(layout).items()

    assert {
        "SIGN_IN_PROXY": mode,
        "SIGN_IN_CLIENT_ID": organisation().document["sign_in_proxy"]["client_id"],
        "SIGN_IN_ORIGIN": "http://localhost:7071",
        "SIGN_IN_REGISTRATION": "true",
        "SIGN_IN_TABLE_URL": f"{layout.tables}/devstoreaccount1/signin",
    } == dict(added)


def test_without_table_storage_the_app_is_told_of_no_table(layout):
    settings = app_settings(replace(layout, tables=""))

    assert "PREFERENCES_TABLE_URL" not in settings
    assert "SIGN_IN_TABLE_URL" not in app_settings(replace(layout, tables=""), "app")


@pytest.mark.parametrize(
    "name",
    [
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "GRAPH_RESOURCE",
        "DEVOPS_ORGANIZATION",
        "IDENTITY_SERVER_THUMBPRINT",
        "MSI_ENDPOINT",
        "WEBSITE_AUTH_AAD_ALLOWED_TENANTS",
        "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
        "REQUIRED_SCOPE",
        "ALLOWED_CLIENT_IDS",
        "PREFERENCES_TABLE_URL",
        "SIGN_IN_PROXY",
        "TOKEN_EXCHANGE_AUDIENCE",
        "HTTPS_PROXY",
        "https_proxy",
    ],
)
def test_nothing_ambient_leads_elsewhere(name):
    assert {"PATH": "/bin"} == environment({name: "elsewhere", "PATH": "/bin"}, {})


def test_settings_replace_what_is_there():
    assert {"SSL_CERT_FILE": "ours"} == environment({"SSL_CERT_FILE": "theirs"}, {"SSL_CERT_FILE": "ours"})


def test_a_test_can_change_add_and_remove_settings():
    ambient = {
        "LOCAL_APP_SETTING_CHANGED": "new",
        "LOCAL_APP_SETTING_AZURE_CLIENT_SECRET": "added",
        "LOCAL_APP_SETTING_REMOVED": "",
    }

    found = environment(ambient, {"CHANGED": "old", "REMOVED": "x"})

    assert {"CHANGED": "new", "AZURE_CLIENT_SECRET": "added"} == {
        name: value for name, value in found.items() if not name.startswith("LOCAL_")
    }
