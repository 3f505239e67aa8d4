"""How Easy Auth stands in front of the local tenant's app."""

from dataclasses import fields

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


def test_the_metadata_can_be_elsewhere():
    config = EasyAuthConfig(client_id="c", issuer="https://issuer/v2.0", metadata_url="http://other/metadata")

    assert "http://other/metadata" == config.openid_configuration
