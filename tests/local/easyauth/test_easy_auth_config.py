"""How Easy Auth stands in front of the local tenant's app."""

from dataclasses import fields

import pytest

from local.easyauth import EasyAuthConfig
from local.layout import Layout
from local.organisation import organisation


def test_the_local_app_lets_in_what_the_tenant_has_allowed(tmp_path):
    names = [field.name for field in fields(Layout) if field.name != "folder"]
    layout = Layout(folder=tmp_path, **{name: f"https://localhost/{name}" for name in names})
    tenant = organisation()
    clients = {client["name"]: client["client_id"] for client in tenant.document["clients"]}

    config = EasyAuthConfig.local(layout)

    assert f"https://localhost/entra/{tenant.tenant_id}/v2.0" == config.issuer
    assert f"{config.issuer}/.well-known/openid-configuration" == config.openid_configuration
    assert f"https://localhost/entra_http/{tenant.tenant_id}/v2.0" == config.authorization_server
    assert (
        f"https://localhost/entra_http/{tenant.tenant_id}/oauth2/v2.0/authorize" == config.authorization_uri
    )
    assert f"api://{tenant.server_client_id}/access_as_user" == config.prm_scope
    assert tmp_path / "ca.pem" == config.ca_file
    assert clients["Visual Studio Code"] in config.allowed_applications
    assert clients["An app nobody allowed"] not in config.allowed_applications


@pytest.mark.parametrize(
    ("mode", "excluded", "described_by_easy_auth", "lets_the_proxy_in"),
    [
        ("", 1, True, False),
        ("metadata", 4, False, False),
        ("app", 10, False, True),
        ("gateway", 10, True, True),
        ("no such mode", 1, True, False),
    ],
)
def test_a_sign_in_proxy_opens_its_own_paths_alone(
    tmp_path, mode, excluded, described_by_easy_auth, lets_the_proxy_in
):
    names = [field.name for field in fields(Layout) if field.name != "folder"]
    layout = Layout(folder=tmp_path, **{name: f"https://localhost/{name}" for name in names})

    config = EasyAuthConfig.local(layout, mode)

    proxy = organisation().document["sign_in_proxy"]["client_id"]
    assert (excluded, described_by_easy_auth, lets_the_proxy_in) == (
        len(config.excluded_paths),
        bool(config.prm_scope),
        proxy in config.allowed_applications,
    )
    assert [] == [path for path in config.excluded_paths if "*" in path or path.startswith("/runtime")]


def test_the_metadata_can_be_elsewhere():
    config = EasyAuthConfig(client_id="c", issuer="https://issuer/v2.0", metadata_url="http://other/metadata")

    assert "http://other/metadata" == config.openid_configuration
