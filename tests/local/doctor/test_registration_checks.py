"""The app registration, broken in one way at a time."""

from dataclasses import replace

import pytest

from local.doctor.target import Target
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


OWN = "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10"
NAMES = {VS_CODE: "Visual Studio Code", AZURE_CLI: "Azure CLI", OWN: "client"}


def accepting(setup: DoctorSetup, *clients: str) -> Target:
    """A server that accepts these clients alone; any, where none is named."""
    assert setup.app.settings is not None
    return setup.target(
        app=replace(setup.app, settings=replace(setup.app.settings, allowed_client_ids=clients))
    )


@pytest.mark.parametrize(
    ("accepted", "pre_authorized", "missing"),
    [
        ((), [AZURE_CLI], [VS_CODE]),
        ((), [], [VS_CODE]),
        ((VS_CODE, AZURE_CLI), [VS_CODE], [AZURE_CLI]),
        ((VS_CODE, AZURE_CLI), [], [AZURE_CLI, VS_CODE]),
        ((VS_CODE, OWN), [VS_CODE, AZURE_CLI], [OWN]),
    ],
)
async def test_a_client_the_server_accepts_and_entra_does_not_pre_authorize_is_named(
    setup: DoctorSetup, accepted: tuple[str, ...], pre_authorized: list[str], missing: list[str]
):
    await setup.change(pre_authorized=pre_authorized)

    finding = await setup.found("clients", accepting(setup, *accepted))

    named = ", ".join(f"{NAMES[each]} ({each})" for each in missing)
    assert "wrong" == finding.outcome
    assert f"Not pre-authorized for access_as_user: {named}." in finding.what
    assert "Add a client application" in finding.cure
    assert bool(accepted) == ("ALLOWED_CLIENT_IDS" in finding.cure)


@pytest.mark.parametrize(
    ("accepted", "pre_authorized"),
    [((VS_CODE,), [VS_CODE]), ((), [VS_CODE]), ((OWN,), [OWN]), ((AZURE_CLI,), [AZURE_CLI])],
)
async def test_a_client_that_is_left_out_on_both_sides_is_a_choice(
    setup: DoctorSetup, accepted: tuple[str, ...], pre_authorized: list[str]
):
    await setup.change(pre_authorized=pre_authorized)

    finding = await setup.found("clients", accepting(setup, *accepted))

    assert "ok" == finding.outcome, finding.what


async def test_a_pre_authorized_client_that_the_server_refuses_is_told(setup: DoctorSetup):
    await setup.change(pre_authorized=[VS_CODE, AZURE_CLI])

    finding = await setup.found("clients", accepting(setup, VS_CODE))

    assert "warning" == finding.outcome
    assert f"not in ALLOWED_CLIENT_IDS: Azure CLI ({AZURE_CLI})." in finding.what


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
