"""The federated credential, wrong in each of its parts."""

import json
from dataclasses import replace

import pytest

from local.organisation import organisation
from tests.local.doctor.doctor_setup import DoctorSetup

IDENTITY = organisation().document["managed_identity"]
TENANT = organisation().tenant_id
ISSUER = f"https://entra.test/{TENANT}/v2.0"


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        (
            "issuer",
            f"{ISSUER}/",
            f"its issuer is {ISSUER}/, and must be {ISSUER}",
        ),
        (
            "subject",
            IDENTITY["client_id"],
            f"its subject is the identity's client id {IDENTITY['client_id']}, "
            f"and must be its object id {IDENTITY['principal_id']}",
        ),
        (
            "audience",
            "api://AzureADTokenExchangeUSGov",
            "its audience is api://AzureADTokenExchangeUSGov, and must be api://AzureADTokenExchange",
        ),
    ],
    ids=["issuer", "subject", "audience"],
)
async def test_the_part_that_does_not_fit_is_named_with_the_command_that_mends_it(
    setup: DoctorSetup, part: str, value: str, said: str
):
    await setup.change(federated_credential={part: value})

    finding = await setup.found("federated_credential")

    assert "wrong" == finding.outcome
    assert f'"function-app-identity" does not fit: {said}.' in finding.what
    assert finding.cure.startswith(
        f"az ad app federated-credential update --id {organisation().server_client_id}"
    )
    parameters = json.loads(finding.cure.partition("--parameters '")[2].partition("'")[0])
    assert {
        "name": "function-app-identity",
        "issuer": ISSUER,
        "subject": IDENTITY["principal_id"],
        "audiences": ["api://AzureADTokenExchange"],
    } == parameters


async def test_all_that_is_wrong_with_it_is_named_at_once(setup: DoctorSetup):
    await setup.change(federated_credential={"issuer": "https://elsewhere", "subject": "somebody"})

    finding = await setup.found("federated_credential")

    assert "its issuer is https://elsewhere" in finding.what
    assert "its subject is somebody" in finding.what
    assert "audience" not in finding.what


async def test_none_at_all_is_wrong_and_the_command_makes_one(setup: DoctorSetup):
    await setup.change(federated_credential=None)

    finding = await setup.found("federated_credential")

    assert ("wrong", True) == (finding.outcome, "has no federated credential" in finding.what)
    assert finding.cure.startswith("az ad app federated-credential create ")


async def test_an_identity_the_tenant_does_not_have_is_wrong(setup: DoctorSetup):
    unknown = "0badc0de-0000-4000-8000-000000000000"
    settings = replace(setup.app.settings, managed_identity_client_id=unknown)

    finding = await setup.found(
        "federated_credential", setup.target(app=replace(setup.app, settings=settings))
    )

    assert "wrong" == finding.outcome
    assert f"no managed identity with the client id {unknown}" in finding.what
    assert "Set AZURE_MI_CLIENT_ID" in finding.cure


async def test_an_app_with_a_secret_needs_none(setup: DoctorSetup):
    await setup.change(federated_credential=None)
    settings = replace(setup.app.settings, credential="client_secret", managed_identity_client_id=None)

    finding = await setup.found(
        "federated_credential", setup.target(app=replace(setup.app, settings=settings))
    )

    assert ("ok", "Not needed: the app proves itself by a client secret.") == (finding.outcome, finding.what)
