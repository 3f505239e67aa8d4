"""The server's registration, changed while Entra runs: Entra goes by it, and the directory tells it."""

from __future__ import annotations

from typing import Any

import pytest

from local.organisation import organisation
from tests.local.entra.entra_client import COMMAND_LINE, answer, claims, refusal

SERVER = organisation().server_client_id
IDENTITY = organisation().document["managed_identity"]
DEVOPS = organisation().document["resources"]["devops"]["app_id"]
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def change(entra, **wanted: Any) -> None:
    response = await entra.http.post("/_control/entra/registration", json=wanted)
    assert 204 == response.status_code, response.text


async def directory(entra) -> dict[str, Any]:
    return dict((await entra.http.get("/_control/entra/directory")).json())


async def registered(entra) -> dict[str, Any]:
    return next(each for each in (await directory(entra))["applications"] if each["appId"] == SERVER)


async def federated(entra, **changes: str) -> tuple[int, str, int]:
    issued = entra.authority.tokens.identity_token("api://AzureADTokenExchange").token
    response = await entra.exchange(
        await entra.issue(), client_secret=None, client_assertion=issued, client_assertion_type=ASSERTION
    )
    return refusal(response) if response.status_code != 200 else (200, "", 0)


async def test_version_1_tokens_are_issued_and_told_of(entra):
    await change(entra, token_version=1)

    issued = (await entra.redeem(await entra.code())).json()["access_token"]

    assert "1.0" == claims(issued)["ver"]
    assert (await registered(entra))["api"]["requestedAccessTokenVersion"] is None
    await change(entra, token_version=2)
    assert 2 == (await registered(entra))["api"]["requestedAccessTokenVersion"]


async def test_a_disabled_scope_is_refused_and_told_of(entra):
    await change(entra, scopes={"access_as_user": False, "another": True})

    assert "AADSTS650053" in answer(await entra.authorize())["error_description"]
    assert {"access_as_user": False, "another": True} == {
        each["value"]: each["isEnabled"]
        for each in (await registered(entra))["api"]["oauth2PermissionScopes"]
    }


async def test_a_client_that_is_no_longer_pre_authorized_is_refused_and_not_listed(entra):
    assert "code" in answer(await entra.authorize(client_id=COMMAND_LINE))
    await change(entra, pre_authorized=[VS_CODE])

    assert "AADSTS65001" in answer(await entra.authorize(client_id=COMMAND_LINE))["error_description"]
    assert [VS_CODE] == [
        each["appId"] for each in (await registered(entra))["api"]["preAuthorizedApplications"]
    ]
    await change(entra, pre_authorized=[COMMAND_LINE])
    assert "code" in answer(await entra.authorize(client_id=COMMAND_LINE))


async def test_an_address_that_is_no_identifier_uri_is_no_resource(entra):
    scope = f"api://{SERVER}/access_as_user"
    assert "code" in answer(await entra.authorize(scope=scope, resource=entra.layout.mcp_url))
    await change(entra, identifier_uris=[f"api://{SERVER}"])

    refused = answer(await entra.authorize(scope=scope, resource=entra.layout.mcp_url))

    assert "AADSTS9010010" in refused["error_description"]
    assert [f"api://{SERVER}"] == (await registered(entra))["identifierUris"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"issuer": "https://elsewhere"}, 700211),
        ({"subject": IDENTITY["client_id"]}, 700213),
        ({"audience": "api://elsewhere"}, 700212),
        (None, 700211),
    ],
    ids=["issuer", "subject", "audience", "none"],
)
async def test_an_assertion_the_federated_credential_does_not_fit_is_refused(entra, wanted, code):
    assert (200, "", 0) == await federated(entra)
    await change(entra, federated_credential=wanted)

    assert (401, "invalid_client", code) == await federated(entra)
    own = (await registered(entra))["id"]
    told = [
        each
        for each in (await directory(entra))["federatedIdentityCredentials"]
        if each["applicationId"] == own
    ]
    assert (wanted is None) == (told == [])


async def test_a_federated_credential_can_be_made_anew(entra):
    usual = vars(entra.authority.credentials.federated[SERVER])
    await change(entra, federated_credential=None)
    await change(entra, federated_credential=usual)

    assert (200, "", 0) == await federated(entra)


@pytest.mark.parametrize(
    ("state", "refused"),
    [("missing", (400, "invalid_client", 650052)), ("disabled", (400, "invalid_resource", 500014))],
)
async def test_an_api_without_an_enabled_enterprise_application_gives_no_token(entra, state, refused):
    await change(entra, enterprise_applications={"devops": state})

    devops = await entra.exchange(await entra.issue(), scope=f"{DEVOPS}/vso.profile")
    graph = await entra.exchange(await entra.issue())

    assert (refused, 200) == (refusal(devops), graph.status_code)
    states = {each["appId"]: each["accountEnabled"] for each in (await directory(entra))["servicePrincipals"]}
    assert (None if state == "missing" else False) is states.get(DEVOPS)


async def test_an_enterprise_application_has_one_of_three_states(entra):
    response = await entra.http.post(
        "/_control/entra/registration", json={"enterprise_applications": {"devops": "asleep"}}
    )

    assert 400 == response.status_code


async def test_all_consented_permissions_of_an_api_the_registration_does_not_list_are_refused(entra):
    await change(entra, requested={"devops": []})

    everything = await entra.exchange(await entra.issue(), scope=f"{DEVOPS}/.default")
    named = await entra.exchange(await entra.issue(), scope=f"{DEVOPS}/vso.profile")

    assert ((400, "invalid_resource", 650057), 200) == (refusal(everything), named.status_code)


async def test_requested_permissions_are_told_by_the_ids_of_the_api(entra):
    await change(entra, requested={"devops": ["vso.profile"], "graph": []})

    objects = await directory(entra)
    [wanted] = objects["applications"][0]["requiredResourceAccess"]
    devops = next(each for each in objects["servicePrincipals"] if each["appId"] == wanted["resourceAppId"])
    names = {each["id"]: each["value"] for each in devops["oauth2PermissionScopes"]}
    assert ["vso.profile"] == [names[each["id"]] for each in wanted["resourceAccess"]]


async def test_consents_are_told_by_user_and_for_everybody_and_pre_authorization_is_none(entra):
    consent = {"resource": "devops", "scopes": ["vso.code", "vso.work"]}
    await entra.http.post("/_control/entra/consent", json=consent)

    objects = await directory(entra)
    ids = {each["appId"]: each["id"] for each in objects["servicePrincipals"]}
    grants = objects["oauth2PermissionGrants"]
    assert {ids[SERVER]} == {each["clientId"] for each in grants}
    [for_all] = [each for each in grants if each["consentType"] == "AllPrincipals"]
    assert (None, "vso.code vso.work") == (for_all["principalId"], for_all["scope"])
    ana = organisation().user("ana").object_id
    assert 2 == len([each for each in grants if each["principalId"] == ana])
    assert len(grants) == len({each["id"] for each in grants})


async def test_the_managed_identity_stands_in_the_directory_under_its_principal_id(entra):
    principals = (await directory(entra))["servicePrincipals"]

    identity = next(each for each in principals if each["appId"] == IDENTITY["client_id"])

    assert (IDENTITY["principal_id"], "ManagedIdentity") == (identity["id"], identity["servicePrincipalType"])


@pytest.mark.parametrize("wanted", [{"colour": "red"}, {"token_version": 3}, {"scopes": 1}, [], "text"])
async def test_a_change_that_makes_no_sense_is_refused(entra, wanted):
    before = await registered(entra)

    response = await entra.http.post("/_control/entra/registration", json=wanted)

    assert 400 == response.status_code
    assert before == await registered(entra)
