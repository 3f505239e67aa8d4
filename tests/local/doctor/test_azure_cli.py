"""What the operator's Azure CLI says, and what it says when it cannot."""

from pathlib import Path

import pytest

from local.doctor.azure_cli import AzureCli
from local.doctor.check_result import CannotCheckError
from tests.local.doctor.doctor_setup import DoctorSetup
from tests.local.doctor.fake_az import FakeAz

TENANT = "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
TOKEN = "account get-access-token"
SCOPE = "api://x/access_as_user"


async def test_tokens_are_asked_for_in_the_tenant_in_question(az: FakeAz):
    az.answer(TOKEN, {"accessToken": "the token"})
    cli = AzureCli(TENANT)

    assert ("the token", "the token") == (await cli.graph_token(), await cli.server_token(SCOPE))
    common = ["account", "get-access-token"]
    rest = ["--tenant", TENANT, "--output", "json", "--only-show-errors"]
    assert [[*common, "--resource-type", "ms-graph", *rest], [*common, "--scope", SCOPE, *rest]] == az.asked


async def test_without_the_program_the_cure_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotCheckError, match="not installed") as raised:
        await AzureCli(TENANT).graph_token()

    assert f"Install it (https://aka.ms/azure-cli), then: az login --tenant {TENANT}" == raised.value.cure


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ("ERROR: Please run 'az login' to setup account.\n", "Please run 'az login' to setup account."),
        ("Traceback\nERROR: AADSTS65001: no consent\nTrace ID: 1\n", "AADSTS65001: no consent"),
        ("first\nlast words\n", "last words"),
        ("", "it said nothing"),
    ],
)
async def test_its_refusal_is_told_in_its_own_words(az: FakeAz, errors: str, said: str):
    az.answer(TOKEN, errors=errors, status=1)

    with pytest.raises(CannotCheckError) as raised:
        await AzureCli(TENANT).server_token(SCOPE)

    assert f"`az account get-access-token` failed: {said}" == str(raised.value)
    assert f"az login --tenant {TENANT}" == raised.value.cure


@pytest.mark.parametrize("output", ["WARNING: an update is there", {"token": "x"}, [1], "null"])
async def test_what_is_no_such_json_is_no_answer(az: FakeAz, output: object):
    az.answer(TOKEN, output)

    with pytest.raises(CannotCheckError, match="did not answer as it should"):
        await AzureCli().graph_token()


@pytest.mark.parametrize("host", ["mcp.azurewebsites.net", "mcp.example.com"])
async def test_a_deployment_is_found_by_its_host_name_and_its_own_description_read(az: FakeAz, host: str):
    other = {"id": "/other", "name": "other", "group": "rg", "host": "other.azurewebsites.net", "hosts": None}
    hosts = {"host": "mcp.azurewebsites.net", "hosts": ["mcp.example.com"]}
    az.answer("functionapp list", [other, {"id": "/sites/mcp", "name": "mcp", "group": "rg", **hosts}])
    az.answer(
        "functionapp config appsettings list --name mcp --resource-group rg",
        [{"name": "AZURE_TENANT_ID", "value": TENANT}, {"name": "EMPTY", "value": None}],
    )
    az.answer(
        "rest --method get --url /sites/mcp/config/authsettingsV2?api-version=",
        {"properties": {"platform": {"enabled": True}}},
    )
    cli = AzureCli()

    app = await cli.app(host)

    assert "--name mcp --resource-group rg" == app.arguments
    assert {"AZURE_TENANT_ID": TENANT, "EMPTY": ""} == await cli.app_settings(app)
    assert {"platform": {"enabled": True}} == await cli.easy_auth(app)


async def test_a_host_of_no_app_of_the_subscription_names_what_to_do(az: FakeAz):
    az.answer("functionapp list", [])

    with pytest.raises(CannotCheckError, match=r"is called mcp\.test") as raised:
        await AzureCli().app("mcp.test")

    assert "az account set --subscription" in raised.value.cure


@pytest.mark.parametrize(
    "check", ["registration", "consent", "federated_credential", "tools", "signed_in_get"]
)
async def test_without_a_login_a_check_says_what_to_do_and_nothing_breaks(
    setup: DoctorSetup, az: FakeAz, check: str
):
    az.answer(TOKEN, errors="ERROR: Please run 'az login' to setup account.", status=1)

    finding = await setup.found(check, setup.target(sign_in=AzureCli(TENANT)))

    assert ("unknown", f"az login --tenant {TENANT}") == (finding.outcome, finding.cure)
    assert "Please run 'az login'" in finding.what


async def test_a_sign_in_that_fails_is_tried_once_for_all_checks(setup: DoctorSetup, az: FakeAz):
    az.answer(TOKEN, errors="ERROR: Please run 'az login' to setup account.", status=1)
    target = setup.target(sign_in=AzureCli(TENANT))

    findings = [await setup.found(check, target) for check in ("registration", "scope", "consent", "tools")]

    assert {"unknown"} == {finding.outcome for finding in findings}
    assert ["--resource-type", "--scope"] == [asked[2] for asked in az.asked]
