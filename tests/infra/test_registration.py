"""What `infra/registration.py` prints, against what the templates make."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import FOLDER, Infrastructure

CLIENT_ID = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
POLICY = {"mail": {"groups": ["1c9d3e5f-7081-4a2b-9c4d-5e6f70819203"]}}


def printed(*arguments: str) -> dict[str, Any]:
    """What the script prints."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / "registration.py"), CLIENT_ID, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def made(symbol: str, **choices: Any) -> Resource:
    """The application as the templates make it."""
    deployment = Infrastructure(FOLDER).deploy({"toolPolicy": POLICY, **choices})
    (found,) = [each for each in deployment.resources if each.place == f"modules/entra.bicep {symbol}"]
    return found


def permissions(wanted: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (each["resourceAppId"], access["id"], access["type"])
        for each in wanted
        for access in each["resourceAccess"]
    }


@pytest.mark.parametrize(
    ("arguments", "choices"),
    [
        ([], {}),
        (["--writes"], {"enableWriteTools": True}),
        (["--tools", "mail", "calendar"], {"tools": ["mail", "calendar"]}),
        (["--tools", "work_items", "--writes"], {"tools": ["work_items"], "enableWriteTools": True}),
        (
            ["--read-scopes", "Group.Read.All", "vso.variablegroups_read"],
            {"readMore": "graph:*", "readMoreScopes": ["Group.Read.All", "vso.variablegroups_read"]},
        ),
    ],
    ids=["as it comes", "writing", "two families", "one that writes", "further reads"],
)
def test_it_asks_for_the_permissions_the_templates_ask_for(
    arguments: list[str], choices: dict[str, Any]
) -> None:
    by_hand = permissions(printed("scope", *arguments)["requiredResourceAccess"])

    assert permissions(made("app", **choices).body["requiredResourceAccess"]) == by_hand
    assert by_hand


def test_further_permissions_are_asked_for_only_where_something_more_is_read() -> None:
    scopes = ["Group.Read.All", "vso.variablegroups_read"]
    lean, unread, read = (
        permissions(made("app", **choices).body["requiredResourceAccess"])
        for choices in ({}, {"readMoreScopes": scopes}, {"readMore": "graph:*", "readMoreScopes": scopes})
    )

    assert lean == unread
    assert 2 == len(read - lean)


def test_both_steps_expose_the_scope_and_tokens_of_the_templates() -> None:
    first, second = printed("scope")["api"], printed("clients")["api"]
    (scope,) = made("registration").body["api"]["oauth2PermissionScopes"]

    assert first["requestedAccessTokenVersion"] == second["requestedAccessTokenVersion"] == 2
    assert first["oauth2PermissionScopes"] == second["oauth2PermissionScopes"]
    assert {**scope, "id": first["oauth2PermissionScopes"][0]["id"]}.keys() == scope.keys()
    assert [scope["value"]] == [each["value"] for each in first["oauth2PermissionScopes"]]


def test_the_scopes_of_a_policy_are_those_of_the_templates() -> None:
    policy = {"mail": {"scopes": ["Tools.Mail"]}, "writes": {"scopes": ["Tools.Change", "access_as_user"]}}
    printed_scopes = printed("scope", "--scopes", "Tools.Mail", "Tools.Change", "access_as_user")["api"][
        "oauth2PermissionScopes"
    ]
    by_templates = made("registration", toolPolicy=policy).body["api"]["oauth2PermissionScopes"]

    def without_id(scopes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = ("value", "type", "isEnabled", "adminConsentDisplayName")
        return sorted(({key: scope[key] for key in kept} for scope in scopes), key=str)

    assert without_id(by_templates) == without_id(printed_scopes)
    assert 3 == len({scope["id"] for scope in printed_scopes})


def test_the_clients_come_with_the_second_step_and_are_those_of_the_templates() -> None:
    first, second = printed("scope")["api"], printed("clients")["api"]
    expected = [each["appId"] for each in made("registration").body["api"]["preAuthorizedApplications"]]
    scope_id = first["oauth2PermissionScopes"][0]["id"]

    assert "preAuthorizedApplications" not in first
    assert [{"appId": each, "delegatedPermissionIds": [scope_id]} for each in expected] == second[
        "preAuthorizedApplications"
    ]


def test_an_assignment_is_to_the_role_that_lets_people_in() -> None:
    roles = {role["value"]: role["id"] for role in printed("scope")["appRoles"]}
    user, principal = "8e5a2ca1-4d3f-4b6e-8c90-1b2d3f4e5a62", "2dae4f60-8192-4b3c-8d5e-6f7081920314"

    assert {
        "principalId": user,
        "resourceId": principal,
        "appRoleId": roles["Tools.Use"],
    } == printed("assignment", "--to", user, "--resource", principal)


def test_it_declares_the_roles_and_groups_of_the_templates() -> None:
    by_hand, body = printed("scope"), made("app").body

    assert [role["value"] for role in body["appRoles"]] == [role["value"] for role in by_hand["appRoles"]]
    assert body["groupMembershipClaims"] == by_hand["groupMembershipClaims"]
    assert [f"api://{CLIENT_ID}"] == by_hand["identifierUris"]


def test_the_sign_in_proxys_own_is_the_one_the_templates_make() -> None:
    origin = "https://func-mcp-x.azurewebsites.net"
    deployment = Infrastructure(FOLDER).deploy({"signInProxy": "app"})
    (client,) = [each for each in deployment.resources if each.place == "modules/sign-in-client.bicep client"]
    by_hand = printed("sign-in", "--origin", f"{origin}/")
    scope = printed("scope")["api"]["oauth2PermissionScopes"][0]["id"]

    assert {*client.body} - {"uniqueName", "displayName"} == {*by_hand}
    for key in ("signInAudience", "isFallbackPublicClient"):
        assert client.property(key) == by_hand[key]
    assert {"redirectUris": [f"{origin}/oauth/callback"]} == by_hand["web"]
    assert {(CLIENT_ID, scope, "Scope")} == permissions(by_hand["requiredResourceAccess"])


def test_further_clients_are_pre_authorized_beside_the_usual_ones() -> None:
    proxy = "7d6c5b4a-3f2e-4d1c-8b0a-9f8e7d6c5b4a"
    usual = printed("clients")["api"]["preAuthorizedApplications"]
    more = printed("clients", "--client", proxy)["api"]["preAuthorizedApplications"]

    assert usual == more[:-1]
    assert {**usual[0], "appId": proxy} == more[-1]


def test_the_sign_in_proxys_own_needs_an_address() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        printed("sign-in")

    assert "--origin" in failed.value.stderr
