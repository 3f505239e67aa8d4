"""Every way in which the app can prove itself to Entra, and each of them wrong."""

from collections.abc import Iterator, Mapping

import pytest

from local import certificates
from local import tenant as local_tenant
from local.tenant import Tenant
from tests.journeys.conftest import started
from tests.journeys.steps import call, error_of, fail


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant whose host is started anew with other settings."""
    yield from started(tmp_path_factory, "changing")


def restart(tenant: Tenant, app_settings: Mapping[str, str]) -> None:
    tenant.stop("host")
    tenant.app_settings = dict(app_settings)
    tenant.start("host")


async def test_a_managed_identity_that_refuses_is_the_administrators_to_mend(changing: Tenant):
    fail(changing.layout, "identity", {"status": 400, "json": {"statusCode": 400, "message": "none"}})
    refused = error_of(await call(changing.layout, "ana"))
    fail(changing.layout, "identity")
    mended = await call(changing.layout, "ana")

    assert refused["code"] == "misconfigured"
    assert "AZURE_MI_CLIENT_ID" in refused["remedy"]
    assert mended.is_error is False
    assert "the app authenticates to Entra by managed_identity" in changing.log("host")


async def test_a_broken_managed_identity_is_not_anybodys_mistake(changing: Tenant):
    restart(changing, {})
    fail(changing.layout, "identity", {"status": 500, "json": {"statusCode": 500, "message": "broken"}})
    broken = error_of(await call(changing.layout, "ana"))
    fail(changing.layout, "identity")

    assert broken["code"] == "unavailable"


@pytest.mark.parametrize("kind", ["client_secret", "certificate"])
async def test_a_secret_and_a_certificate_do_as_well(changing: Tenant, kind: str):
    credential = {
        "client_secret": {"AZURE_CLIENT_SECRET": changing.layout.secret("client_secret")},
        "certificate": {"AZURE_CLIENT_CERTIFICATE_PATH": str(changing.layout.app_certificate)},
    }
    restart(changing, {"AZURE_MI_CLIENT_ID": "", **credential[kind]})
    result = await call(changing.layout, "ana")

    assert result.is_error is False
    assert f"the app authenticates to Entra by {kind}" in changing.log("host")


@pytest.mark.parametrize(
    ("settings", "aadsts", "named"),
    [
        ({"AZURE_CLIENT_SECRET": "wrong"}, "AADSTS7000215", "AZURE_CLIENT_SECRET"),
        (
            {"AZURE_CLIENT_CERTIFICATE_PATH": "{folder}/foreign.pem"},
            "AADSTS700027",
            "AZURE_CLIENT_CERTIFICATE_PATH",
        ),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "{folder}/server.pem"}, None, "AZURE_CLIENT_CERTIFICATE_PATH"),
    ],
    ids=["secret", "certificate nobody registered", "key that is not RSA"],
)
async def test_a_wrong_credential_is_the_administrators_to_mend(
    changing: Tenant, settings: dict[str, str], aadsts: str | None, named: str
):
    folder = changing.layout.folder
    (folder / "foreign.pem").write_bytes(certificates.self_signed("somebody else"))
    given = {name: value.format(folder=folder) for name, value in settings.items()}
    restart(changing, {"AZURE_MI_CLIENT_ID": "", **given})
    error = error_of(await call(changing.layout, "ana"))

    assert error["code"] == "misconfigured"
    assert error.get("details", {}).get("entra_error") == aadsts
    assert named in error["remedy"]
    assert "wrong" not in str(error)


@pytest.mark.parametrize("kind", ["client_secret", "certificate"])
async def test_another_credential_in_the_file_needs_no_restart(changing: Tenant, kind: str):
    file = changing.layout.folder / f"rotated-{kind}"
    setting, old, new = {
        "client_secret": (
            "AZURE_CLIENT_SECRET_FILE",
            b"removed from the registration",
            changing.layout.secret("client_secret").encode(),
        ),
        "certificate": (
            "AZURE_CLIENT_CERTIFICATE_PATH",
            certificates.self_signed("removed from the registration"),
            changing.layout.app_certificate.read_bytes(),
        ),
    }[kind]
    file.write_bytes(old)
    restart(changing, {"AZURE_MI_CLIENT_ID": "", setting: str(file)})
    refused = error_of(await call(changing.layout, "ana"))
    file.write_bytes(new)
    mended = await call(changing.layout, "ana")

    assert refused["code"] == "misconfigured"
    assert setting in refused["remedy"]
    assert mended.is_error is False


async def test_missing_settings_are_named_to_callers_and_in_the_log(changing: Tenant):
    restart(changing, {"AZURE_TENANT_ID": ""})
    error = error_of(await call(changing.layout, "ana"))

    assert error["code"] == "misconfigured"
    assert "AZURE_TENANT_ID is missing" in error["message"]
    assert "AZURE_TENANT_ID is missing" in changing.log("host")
    assert local_tenant.find(changing.layout.folder) is not None
