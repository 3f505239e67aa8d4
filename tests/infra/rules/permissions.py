"""Permissions: those asked for are those of the tools offered, and consent is given to no more."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from shared.reads.offer import configured
from shared.settings import DEVOPS_RESOURCE
from shared.tools import CATALOGUE, offered
from shared.tools.presets import presets_of
from shared.tools.waiting import OWN
from tests.infra.bicep.deployment import Deployment
from tests.infra.infrastructure import FOLDER, Infrastructure
from tests.infra.rules.app_settings import deployed_settings
from tests.infra.rules.authentication import exposing

GRAPH = "00000003-0000-0000-c000-000000000000"
RESOURCES: Mapping[str, str] = {"graph": GRAPH, "devops": DEVOPS_RESOURCE}
USER_IMPERSONATION = "ee69721e-6c3a-468f-a9ec-302d16a4c599"
"""Azure DevOps' permission for everything, which would widen every token for it."""
PERMISSION_IDS = FOLDER.parent / "local" / "data" / "delegated_permissions.json"
"""The ids of all delegated permissions of both services, by name."""
GROUPS_SCOPE = "User.Read"
"""What looks a user's groups up, where a policy names some and the token holds too few."""
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "nothing said": {},
    "the lean preset with what it writes": {"enableWriteTools": True},
    "all that read": {"tools": ["all"]},
    "all": {"tools": ["all"], "enableWriteTools": True},
    "a preset and a family": {"tools": ["scrum", "mail"]},
    "one family": {"tools": ["mail"], "enableWriteTools": True},
    "families that read": {"tools": ["calendar", "work_items"]},
    "single tools": {"tools": ["graph_get_profile", "devops_get_profile"]},
    "what is in no preset": {"tools": ["security", "devops_get_profile"]},
    "a tool and a family": {"tools": ["graph_get_profile", "wiki"], "enableWriteTools": True},
    "all that read, without Azure DevOps": {"tools": ["all"], "includeDevOps": False},
    "all, without Azure DevOps": {"tools": ["all"], "includeDevOps": False, "enableWriteTools": True},
    "a policy with groups": {
        "tools": ["devops_get_profile"],
        "toolPolicy": {"*": {"groups": ["1c9d3e5f-7081-4a2b-9c4d-5e6f70819203"]}},
    },
}


def the_file_is_made_of_the_declarations(infrastructure: Infrastructure) -> Iterator[str]:
    catalogue = _catalogue(infrastructure)
    declared = [
        {
            "name": tool.name,
            "family": tool.family,
            "presets": presets_of(tool.name, tool.family),
            "writes": tool.writes,
            "others": tool.writes and tool.name not in OWN,
            "reads": tool.reads,
            "scopes": [*tool.all_scopes],
        }
        for tool in CATALOGUE
    ]
    listed = {each["name"]: each for each in catalogue["tools"]}
    for each in declared:
        if listed.pop(each["name"], None) != each:
            yield f"permissions.json: {each['name']} is not as declared"
    yield from (f"permissions.json: {name} is no tool" for name in listed)


def scopes_have_one_id_of_the_right_resource(infrastructure: Infrastructure) -> Iterator[str]:
    scopes = _catalogue(infrastructure)["scopes"]
    known = json.loads(PERMISSION_IDS.read_text())
    wanted = {scope for tool in CATALOGUE for scope in tool.all_scopes} | {GROUPS_SCOPE}
    wanted = {name for name in wanted if known[_api_of(name)][name]}
    for name in wanted ^ {each["name"] for each in scopes}:
        yield f"permissions.json: {name} is listed and not needed, or the other way round"
    if len({each["id"] for each in scopes}) != len(scopes):
        yield "permissions.json: two scopes have one id"
    for each in scopes:
        if each["resource"] != _api_of(each["name"]):
            yield f"permissions.json: {each['name']} is of {each['resource']}"
        if each["id"] == USER_IMPERSONATION or each["id"] != known[each["resource"]].get(each["name"]):
            yield f"permissions.json: {each['name']} has the id {each['id']}"


def permissions_are_those_of_the_tools_offered(infrastructure: Infrastructure) -> Iterator[str]:
    """The app itself says what it offers with the settings that are deployed beside the permissions."""
    deployments = itertools.chain(
        infrastructure.deployments.items(),
        ((name, infrastructure.deploy(choices)) for name, choices in CHOICES.items()),
    )
    ids = {each["id"]: each["name"] for each in _all_scopes(infrastructure)}
    known = json.loads(PERMISSION_IDS.read_text())
    for name, deployment in deployments:
        if deployment.problems:
            yield from (f"with {name}: {problem}" for problem in deployment.problems)
            continue
        settings = deployed_settings(deployment)
        needed = configured(offered(settings), settings)
        # A template cannot ask for a permission whose id nobody has published.
        expected = {scope for scope in needed if known[_api_of(scope)][scope]}
        if '"groups"' in json.dumps(deployment.value_of("toolPolicy")):
            expected.add(GROUPS_SCOPE)
        if not deployment.value_of("includeDevOps"):
            yield from (
                f"with {name}: {scope} is offered" for scope in expected if _api_of(scope) == "devops"
            )
        for application in exposing(deployment)[:1]:
            asked = {
                ids.get(access["id"], access["id"])
                for resource in application.property("requiredResourceAccess")
                for access in resource["resourceAccess"]
            }
            for scope in asked ^ expected:
                more = "asked for and not needed" if scope in asked else "needed and not asked for"
                yield f"with {name}: {application.place}: {scope} is {more}"


def permissions_are_delegated_and_of_two_services(infrastructure: Infrastructure) -> Iterator[str]:
    apis = {each["id"]: each["resource"] for each in _all_scopes(infrastructure)}
    for deployment in infrastructure.deployments.values():
        for application in exposing(deployment):
            for resource in application.property("requiredResourceAccess") or []:
                for access in resource["resourceAccess"]:
                    if access["type"] != "Scope":
                        yield f"{application.place}: {access['id']} is of the type {access['type']}"
                    if RESOURCES.get(apis.get(access["id"], "")) != resource["resourceAppId"]:
                        yield f"{application.place}: {access['id']} is none of {resource['resourceAppId']}"


def consent_is_given_to_what_is_asked_for(infrastructure: Infrastructure) -> Iterator[str]:
    names = {each["id"]: each["name"] for each in _all_scopes(infrastructure)}
    for name, deployment in infrastructure.deployments.items():
        asked = {
            resource["resourceAppId"]: {names.get(access["id"]) for access in resource["resourceAccess"]}
            for application in exposing(deployment)[:1]
            for resource in application.property("requiredResourceAccess")
        }
        expected = asked if deployment.value_of("grantAdminConsent") else {}
        given = _consented(deployment)
        if given != expected:
            yield f"with {name}: consent is given to {given}, not to {expected}"


def _all_scopes(infrastructure: Infrastructure) -> list[dict[str, Any]]:
    catalogue = _catalogue(infrastructure)
    return [*catalogue["scopes"], *catalogue["furtherScopes"]]


def _consented(deployment: Deployment) -> dict[str, set[str]]:
    """The scopes that are consented to for all users, by the resource's app id."""
    principals = {
        str(each.id): str(each.property("appId"))
        for each in deployment.resources
        if each.type == "Microsoft.Graph/servicePrincipals" and each.deployed
    }
    own = str(deployment.outputs["MCP_CLIENT_ID"])
    return {
        principals[str(each.property("resourceId"))]: set(each.property("scope").split(" "))
        for each in deployment.resources
        if each.type == "Microsoft.Graph/oauth2PermissionGrants"
        and each.deployed
        and each.property("consentType") == "AllPrincipals"
        and principals.get(str(each.property("clientId"))) == own
    }


def _api_of(scope: str) -> str:
    return "devops" if scope.startswith("vso.") else "graph"


def _catalogue(infrastructure: Infrastructure) -> dict[str, Any]:
    return dict(json.loads((infrastructure.folder / "permissions.json").read_text()))
