"""The app registration, broken in one way at a time."""

import pytest

from tests.local.doctor.doctor_setup import CHECKS, DoctorSetup

VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
CLIENT_ID = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"


@pytest.mark.parametrize(
    "check",
    [check for check in CHECKS.values() if check.area == "App registration"],
    ids=lambda each: each.name,
)
async def test_a_healthy_registration_passes_every_check(setup: DoctorSetup, check):
    finding = await setup.found(check.name)

    assert ("ok", "") == (finding.outcome, finding.cure), finding.what


async def test_a_client_id_nobody_registered_is_named(setup: DoctorSetup, unregistered):
    finding = await setup.found("registration", setup.target(app=unregistered))

    assert "wrong" == finding.outcome
    assert "no app registration with the client id 0badc0de-0000-4000-8000-000000000000" in finding.what
    assert "AZURE_CLIENT_ID" in finding.cure


@pytest.mark.parametrize("check", ["token_version", "scope", "clients", "identifier_uris", "consent"])
async def test_what_is_not_registered_cannot_be_checked_further(setup: DoctorSetup, unregistered, check: str):
    finding = await setup.found(check, setup.target(app=unregistered))

    assert "unknown" == finding.outcome
    assert "the check of the registration first" in finding.cure


async def test_version_1_tokens_are_wrong(setup: DoctorSetup):
    await setup.change(token_version=1)

    finding = await setup.found("token_version")

    assert "wrong" == finding.outcome
    assert "requestedAccessTokenVersion is null" in finding.what
    assert "Manifest: set api.requestedAccessTokenVersion to 2" in finding.cure


async def test_a_scope_that_is_not_exposed_is_wrong_and_the_others_are_named(setup: DoctorSetup):
    await setup.change(scopes={"user_impersonation": True})

    finding = await setup.found("scope")

    assert "wrong" == finding.outcome
    assert "The scope access_as_user is not exposed. It exposes user_impersonation." == finding.what
    assert "REQUIRED_SCOPE" in finding.cure


async def test_a_disabled_scope_is_wrong(setup: DoctorSetup):
    await setup.change(scopes={"access_as_user": False})

    finding = await setup.found("scope")

    assert ("wrong", "The scope access_as_user is disabled.") == (finding.outcome, finding.what)
    assert finding.cure.endswith("access_as_user: set its state to Enabled.")


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ([AZURE_CLI], f"Visual Studio Code ({VS_CODE})"),
        ([VS_CODE], f"Azure CLI ({AZURE_CLI})"),
        ([], f"Visual Studio Code ({VS_CODE}), Azure CLI ({AZURE_CLI})"),
    ],
    ids=["no VS Code", "no Azure CLI", "neither"],
)
async def test_a_client_that_is_not_pre_authorized_is_named(
    setup: DoctorSetup, allowed: list[str], missing: str
):
    await setup.change(pre_authorized=allowed)

    finding = await setup.found("clients")

    assert "wrong" == finding.outcome
    assert f"Not pre-authorized for access_as_user: {missing}." in finding.what
    assert "Add a client application" in finding.cure


async def test_pre_authorization_for_another_scope_is_none(setup: DoctorSetup):
    def elsewhere(objects):
        for client in objects["applications"][0]["api"]["preAuthorizedApplications"]:
            client["delegatedPermissionIds"] = ["00000000-0000-4000-8000-000000000000"]

    setup.alter = elsewhere

    finding = await setup.found("clients")

    assert "wrong" == finding.outcome


@pytest.mark.parametrize(
    ("alter", "said", "cure"),
    [
        (
            lambda objects: objects.update(servicePrincipals=[]),
            "has no enterprise application",
            f"az ad sp create --id {CLIENT_ID}",
        ),
        (
            lambda objects: [each.update(accountEnabled=False) for each in objects["servicePrincipals"]],
            "it is disabled",
            f"az ad sp update --id {CLIENT_ID} --set accountEnabled=true",
        ),
    ],
    ids=["no service principal", "disabled"],
)
async def test_an_app_nobody_may_use_is_named(setup: DoctorSetup, alter, said: str, cure: str):
    setup.alter = alter

    finding = await setup.found("registration")

    assert ("wrong", cure) == (finding.outcome, finding.cure)
    assert said in finding.what


async def test_clients_are_refused_as_the_check_says(setup: DoctorSetup):
    await setup.change(pre_authorized=[VS_CODE])

    finding = await setup.found("tools")

    assert "unknown" == finding.outcome
    assert "AADSTS65001" in finding.what


async def test_an_address_that_is_no_identifier_uri_is_a_warning_with_the_command_that_adds_it(
    setup: DoctorSetup,
):
    await setup.change(identifier_uris=[f"api://{CLIENT_ID}"])

    finding = await setup.found("identifier_uris")

    assert "warning" == finding.outcome
    assert "AADSTS9010010" in finding.what
    assert (
        f"az ad app update --id {CLIENT_ID} --identifier-uris api://{CLIENT_ID} "
        "https://mcp.test/runtime/webhooks/mcp https://mcp.test "
    ) in finding.cure


async def test_a_registration_without_an_identifier_uri_is_wrong(setup: DoctorSetup):
    await setup.change(identifier_uris=[])

    finding = await setup.found("identifier_uris")

    assert "wrong" == finding.outcome
    assert f"az ad app update --id {CLIENT_ID} --identifier-uris api://{CLIENT_ID}" == finding.cure


async def test_without_a_server_there_is_no_address_to_be_an_identifier_uri(setup: DoctorSetup):
    await setup.change(identifier_uris=[f"api://{CLIENT_ID}"])

    finding = await setup.found("identifier_uris", setup.target(mcp_url=""))

    assert "ok" == finding.outcome


async def test_asking_for_devops_user_impersonation_is_wrong(setup: DoctorSetup):
    await setup.change(requested={"devops": ["vso.profile", "user_impersonation"]})

    finding = await setup.found("devops_permission")

    assert "wrong" == finding.outcome
    assert "asks for Azure DevOps user_impersonation" in finding.what
    assert "--api-permissions ee69721e-6c3a-468f-a9ec-302d16a4c599" in finding.cure


async def test_consent_to_devops_user_impersonation_is_wrong_even_if_nobody_asks_for_it(setup: DoctorSetup):
    await setup.consent(resource="devops", scopes=["user_impersonation"])

    finding = await setup.found("devops_permission")

    assert "wrong" == finding.outcome
    assert "has been consented to" in finding.what
    assert "revoke it for Azure DevOps" in finding.cure
