"""The app registration: who may ask for a token, for what, and how the app proves itself without a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.settings import Settings
from shared.tools import CATALOGUE
from tests.infra.bicep.deployment import TENANT, Deployment
from tests.infra.bicep.source import text, walk
from tests.infra.bicep.values import Resource, Runtime
from tests.infra.infrastructure import Infrastructure
from tests.infra.rules.authentication import exposing, has_users_of_other_tenants, signing_in
from tests.infra.rules.storage import differences

_FIC = "Microsoft.Graph/applications/federatedIdentityCredentials"
ROLE_OF_USERS = "Tools.Use"
ROLE_OF_WRITERS = "Tools.Write"
_CONSENT_TEXTS = (
    "adminConsentDisplayName",
    "adminConsentDescription",
    "userConsentDisplayName",
    "userConsentDescription",
)
_CALLBACK = "/.auth/login/aad/callback"


def graph_is_touched_exactly_when_the_registration_is_made(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        touched = [each for each in _graph(deployment) if not each.existing]
        if bool(touched) != (deployment.value_of("entraMode") == "create"):
            yield f"with {name}: {[each.place for each in touched]} are made"


def consent_links_lead_back_to_the_site(infrastructure: Infrastructure) -> Iterator[str]:
    """`shared.entra.consents` sends administrators there; Entra refuses an address it does not know."""
    for name, deployment in infrastructure.deployments.items():
        applications = exposing(deployment)
        if applications and not any(each.property("web.redirectUris") for each in applications):
            yield f"with {name}: no address of the registration takes an administrator back"


def the_registration_is_declared_twice_alike(infrastructure: Infrastructure) -> Iterator[str]:
    """Its URI needs the appId, and its clients need the scope: both are there only after the first pass."""
    for _, first, second in _passes(infrastructure):
        if second is None:
            yield f"{first.place}: is declared once"
            continue
        for path in (
            "uniqueName",
            "displayName",
            "api.requestedAccessTokenVersion",
            "api.oauth2PermissionScopes",
        ):
            if first.property(path) != second.property(path):
                yield f"{second.place}: {path} is not that of {first.place}"
        if first.property("identifierUris") or first.property("api.preAuthorizedApplications"):
            yield f"{first.place}: names what is there only after it"
        if f"api://{_app_id(first)}" not in (second.property("identifierUris") or []):
            yield f"{second.place}: identifierUris lack api://<client id>"


def access_tokens_are_of_version_two(infrastructure: Infrastructure) -> Iterator[str]:
    for _, application in _applications(infrastructure):
        yield from differences(application, {"api.requestedAccessTokenVersion": 2})


def the_registration_is_for_the_tenants_let_in_and_names_groups(
    infrastructure: Infrastructure,
) -> Iterator[str]:
    for deployment, first, _ in _passes(infrastructure):
        audience = "AzureADMultipleOrgs" if has_users_of_other_tenants(deployment) else "AzureADMyOrg"
        expected = {"signInAudience": audience, "groupMembershipClaims": "SecurityGroup"}
        yield from differences(first, expected)


def the_scope_can_be_asked_for_and_keeps_its_id(infrastructure: Infrastructure) -> Iterator[str]:
    required = Settings.model_fields["required_scope"].default
    ids = set()
    for _, application in _applications(infrastructure):
        for scope in application.property("api.oauth2PermissionScopes")[:1]:
            ids.add(scope["id"])
            if (scope["value"], scope["type"], scope["isEnabled"]) != (required, "User", True):
                yield f"{application.place}: the scope is {scope}"
            for text_key in _CONSENT_TEXTS:
                if not scope.get(text_key):
                    yield f"{application.place}: the scope lacks {text_key}"
    if len(ids) > 1:
        yield f"the id of the scope changes with other choices: {ids}"


def scopes_that_the_policy_names_are_exposed_for_an_administrators_consent(
    infrastructure: Infrastructure,
) -> Iterator[str]:
    for deployment, application in _applications(infrastructure):
        scopes = application.property("api.oauth2PermissionScopes")
        policy = deployment.value_of("toolPolicy")
        wanted = {scope for entry in policy.values() for scope in entry.get("scopes", [])}
        for scope in scopes[1:]:
            if (scope["type"], scope["isEnabled"]) != ("Admin", True):
                yield f"{application.place}: users can consent to {scope['value']}"
            for text_key in ("adminConsentDisplayName", "adminConsentDescription"):
                if not scope.get(text_key):
                    yield f"{application.place}: the scope {scope['value']} lacks {text_key}"
        if wanted - {scopes[0]["value"]} != {scope["value"] for scope in scopes[1:]}:
            yield f"{application.place}: the policy names {sorted(wanted)}, and other scopes are exposed"
        if len({scope["id"] for scope in scopes}) != len(scopes):
            yield f"{application.place}: two scopes have one id"


def roles_that_tools_and_policy_ask_for_can_be_assigned(infrastructure: Infrastructure) -> Iterator[str]:
    by_tools = {role for tool in CATALOGUE if tool.requirement for role in tool.requirement.roles}
    for deployment, first, _ in _passes(infrastructure):
        roles = first.property("appRoles") or []
        for role in roles:
            assignable = role.get("isEnabled") is True and role.get("allowedMemberTypes") == ["User"]
            if not assignable or not all(
                role.get(key) for key in ("id", "value", "displayName", "description")
            ):
                yield f"{first.place}: the role {role} cannot be assigned to users"
        policy = deployment.value_of("toolPolicy")
        wanted = {ROLE_OF_USERS, ROLE_OF_WRITERS} | by_tools
        wanted |= {role for entry in policy.values() for role in entry.get("roles", [])}
        for role in wanted - {each.get("value") for each in roles}:
            yield f"{first.place}: the role {role} is asked for and not declared"
        if len({each["id"] for each in roles}) != len(roles):
            yield f"{first.place}: two roles have one id"


def clients_are_pre_authorised_for_the_scope(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, application in _applications(infrastructure):
        clients = application.property("api.preAuthorizedApplications")
        if clients is None:
            continue
        expected = set(deployment.value_of("preAuthorizedClientIds"))
        proxy = str(deployment.outputs["MCP_SIGN_IN_CLIENT_ID"])
        if {str(each["appId"]) for each in clients} != expected | ({proxy} if proxy else set()):
            yield f"{application.place}: preAuthorizedApplications are {clients}"
        # What a policy names is for chosen clients alone.
        scope_id = application.property("api.oauth2PermissionScopes")[0]["id"]
        for each in clients:
            if each["delegatedPermissionIds"] != [scope_id]:
                yield f"{application.place}: {each['appId']} is pre-authorised for another scope"


def the_registration_holds_no_secret(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment in infrastructure.deployments.values():
        for application in exposing(deployment) + signing_in(deployment):
            for key in ("passwordCredentials", "keyCredentials"):
                if application.property(key) is not None:
                    yield f"{application.place}: {key} is set"


def nobody_signs_in_to_the_registration_itself(infrastructure: Infrastructure) -> Iterator[str]:
    """Its one address is where an administrator lands after consent; no token is sent there."""
    for deployment, application in _applications(infrastructure):
        for key in ("spa", "publicClient", "isFallbackPublicClient", "web.implicitGrantSettings"):
            if application.property(key) is not None:
                yield f"{application.place}: {key} is set"
        site = next(each for each in deployment.resources if each.type == "Microsoft.Web/sites")
        addresses = application.property("web.redirectUris") or []
        if application.property("web") and addresses != [f"https://{site.name}.azurewebsites.net{_CALLBACK}"]:
            yield f"{application.place}: redirects to {addresses}"


def the_identity_alone_proves_the_app(infrastructure: Infrastructure) -> Iterator[str]:
    """Entra checks nothing of this when it is made; a wrong value fails at the first exchange."""
    expected = {
        "audiences": [Settings.model_fields["token_exchange_audience"].default],
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    }
    for name, deployment in infrastructure.deployments.items():
        credentials = [each for each in _graph(deployment) if each.type == _FIC]
        applications = {each.name for each in exposing(deployment) + signing_in(deployment)}
        if len(credentials) != len(applications):
            yield f"with {name}: there are {len(credentials)} federated credentials"
        for each in credentials:
            yield from differences(each, expected)
            if str(each.property("subject")) != str(deployment.outputs["MANAGED_IDENTITY_PRINCIPAL_ID"]):
                yield f"{each.place}: subject is {each.property('subject')}, not the identity's principal id"
            if str(each.name).rpartition("/")[0] not in applications:
                yield f"{each.place}: its name does not begin with that of an application"


def the_credential_waits_for_the_application(infrastructure: Infrastructure) -> Iterator[str]:
    """Only a reference in its name makes it wait; Graph resources know no `parent`."""
    for source in infrastructure.sources.values():
        applications = {
            each.name
            for each in source.of("resource")
            if each.type.startswith("Microsoft.Graph/applications@")
        }
        for each in source.of("resource"):
            body = each.body()
            if each.type.startswith(_FIC) and body is not None:
                used = {text(node) for node in walk(body) if node.type == "identifier"}
                if not used & applications:
                    yield f"{source.path}:{each.line}: {each.name} refers to no application"


def changes_of_the_application_come_one_after_another(infrastructure: Infrastructure) -> Iterator[str]:
    """Entra refuses two at a time; the service principal is made last."""
    for deployment in infrastructure.deployments.values():
        credentials = {each.symbol for each in _of(deployment, _FIC)}
        for each in _of(deployment, "Microsoft.Graph/servicePrincipals"):
            if not each.existing and not credentials <= each.waits_for:
                yield f"{each.place}: does not wait for {sorted(credentials)}"


def only_who_is_assigned_gets_a_token(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        principals = [
            each
            for each in _graph(deployment)
            if each.type == "Microsoft.Graph/servicePrincipals" and not each.existing
            # That of the sign-in proxy asks for tokens of this one, and gives none itself.
            if str(each.property("appId")) != str(deployment.outputs["MCP_SIGN_IN_CLIENT_ID"])
        ]
        for each in principals:
            yield from differences(each, {"appRoleAssignmentRequired": True})
            if str(each.property("appId")) != str(deployment.outputs["MCP_CLIENT_ID"]):
                yield f"{each.place}: appId is {each.property('appId')}"
        if len(principals) != len({each.name for each in exposing(deployment)}):
            yield f"with {name}: there are {len(principals)} service principals"


def users_are_let_in_by_the_role_that_is_for_all(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment in infrastructure.deployments.values():
        roles = {
            role["id"]: role["value"]
            for each in exposing(deployment)
            for role in each.property("appRoles") or []
        }
        for each in _of(deployment, "Microsoft.Graph/appRoleAssignedTo"):
            if roles.get(each.property("appRoleId")) != ROLE_OF_USERS:
                yield f"{each.place}: is to the role {roles.get(each.property('appRoleId'))}"
            if "servicePrincipals" not in str(each.property("resourceId")):
                yield f"{each.place}: resourceId is {each.property('resourceId')}"


def a_group_is_made_where_asked_for_and_let_in(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        groups = _of(deployment, "Microsoft.Graph/groups")
        if bool(groups) != (bool(exposing(deployment)) and deployment.value_of("createUserGroup")):
            yield f"with {name}: there are {len(groups)} groups"
        for group in groups:
            yield from differences(group, {"securityEnabled": True, "mailEnabled": False})
            if str(group.id) not in _let_in(deployment):
                yield f"{group.place}: is assigned to nothing"


def who_deploys_is_let_in(infrastructure: Infrastructure) -> Iterator[str]:
    """A pipeline is not: it is no user."""
    for name, deployment in infrastructure.deployments.items():
        if not exposing(deployment):
            continue
        members = {
            member
            for group in _of(deployment, "Microsoft.Graph/groups")
            for member in group.property("members.relationships") or []
        }
        first = deployment.value_of("principalId")
        is_user = deployment.value_of("principalType") == "User"
        if (first in members | _let_in(deployment)) != is_user:
            yield f"with {name}: who deploys is let in or not, against principalType"


def _let_in(deployment: Deployment) -> set[str]:
    return {
        str(each.property("principalId")) for each in _of(deployment, "Microsoft.Graph/appRoleAssignedTo")
    }


def _of(deployment: Deployment, type_: str) -> list[Resource]:
    return [each for each in _graph(deployment) if each.type == type_]


def _graph(deployment: Deployment) -> list[Resource]:
    return [
        each for each in deployment.resources if each.type.startswith("Microsoft.Graph/") and each.deployed
    ]


def _applications(infrastructure: Infrastructure) -> Iterator[tuple[Deployment, Resource]]:
    for deployment in infrastructure.deployments.values():
        for application in exposing(deployment):
            yield deployment, application


def _passes(infrastructure: Infrastructure) -> Iterator[tuple[Deployment, Resource, Resource | None]]:
    for deployment in infrastructure.deployments.values():
        match exposing(deployment):
            case [first]:
                yield deployment, first, None
            case [first, second]:
                yield deployment, first, second


def _app_id(application: Resource) -> Any:
    return Runtime(f"{application.key} appId")
