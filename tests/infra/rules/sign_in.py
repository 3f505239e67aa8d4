"""The sign-in proxy: what it opens to strangers, how it signs people in, and which web pages may call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.values import CLOSES, Resource
from tests.infra.infrastructure import SCENARIOS, Infrastructure
from tests.infra.rules.app_settings import OF_THE_SIGN_IN_PROXY
from tests.infra.rules.authentication import app_settings, exposing, signing_in
from tests.infra.rules.storage import differences

_HEALTH = "/api/health"
_OF_THE_RESOURCE = (
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/runtime/webhooks/mcp",
)
_OF_THE_SERVER = "/.well-known/oauth-authorization-server"
_ENDPOINTS = tuple(
    f"/oauth/{name}" for name in ("register", "authorize", "consent", "callback", "token", "revoke")
)
# What the host answers with a token or key alone: the MCP endpoint, its own administration, Easy Auth.
_GUARDED = ("/runtime/webhooks/mcp", "/admin/host/status", "/.auth/me")
_AAD = "properties.identityProviders.azureActiveDirectory"
_ORIGIN = re.compile(r"<origin>([^<]*)</origin>")
_ORIGINS = ["*", "https://*.larkspur.example", "https://inspector.larkspur.example"]


def strangers_reach_what_is_spelled_out_and_nothing_else(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, authentication in _authentications(infrastructure):
        expected = {_HEALTH}
        if _mode(deployment):
            expected.add(_OF_THE_SERVER)
        if _serves_resource_metadata(deployment):
            expected.update(_OF_THE_RESOURCE)
        if _signs_in(deployment):
            expected.update(_ENDPOINTS)
        found = authentication.property("properties.globalValidation.excludedPaths") or []
        if sorted(found) != sorted(expected):
            yield f"{authentication.place}: excludedPaths are {sorted(found)}, not {sorted(expected)}"


def no_open_path_leads_to_the_tools(infrastructure: Infrastructure) -> Iterator[str]:
    """Whether Easy Auth takes a path for what begins with it is documented nowhere: as if it did."""
    for _, authentication in _authentications(infrastructure):
        for path in authentication.property("properties.globalValidation.excludedPaths") or []:
            folded = str(path).casefold().rstrip("/")
            wide = not str(path).startswith("/") or "*" in folded or ".." in folded
            if wide or any(each.startswith(folded) for each in _GUARDED):
                yield f"{authentication.place}: {path} lets strangers in"
            if folded.startswith(("/runtime", "/admin", "/.auth")):
                yield f"{authentication.place}: {path} is the host's"


def the_platform_leaves_the_metadata_to_the_app_that_answers_with_it(
    infrastructure: Infrastructure,
) -> Iterator[str]:
    """While its setting is there, even if empty, it may answer first, and name Entra."""
    for name, deployment in infrastructure.deployments.items():
        advertises = "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES" in app_settings(deployment)
        if advertises == _serves_resource_metadata(deployment):
            yield f"with {name}: the platform {'and' if advertises else 'nor'} the app answer with metadata"


def metadata_come_with_the_address_of_the_server(infrastructure: Infrastructure) -> Iterator[str]:
    """Who follows them sends that address as `resource`, and Entra knows it or answers AADSTS9010010."""
    for name, deployment in infrastructure.deployments.items():
        if _mode(deployment) != "metadata":
            continue
        origin = str(deployment.value_of("clientsUrl"))
        wanted = {origin, f"{origin}/runtime/webhooks/mcp"}
        for application in exposing(deployment)[1:]:
            if not wanted <= set(map(str, application.property("identifierUris"))):
                yield f"with {name}: {application.place} does not know {sorted(wanted)}"
        for authentication in _authentications_of(deployment):
            if not wanted <= set(map(str, authentication.property(f"{_AAD}.validation.allowedAudiences"))):
                yield f"with {name}: {authentication.place} does not take {sorted(wanted)}"


def the_proxy_has_one_confidential_registration(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        wanted = _signs_in(deployment) and deployment.value_of("entraMode") == "create"
        found = signing_in(deployment)
        if len(found) != int(wanted):
            yield f"with {name}: the sign-in proxy has {len(found)} registrations"
        for client in found:
            origin = str(deployment.outputs["MCP_SIGN_IN_ORIGIN"])
            expected = {"signInAudience": "AzureADMyOrg", "isFallbackPublicClient": False}
            yield from differences(client, expected)
            if client.property("web") != {"redirectUris": [f"{origin}/oauth/callback"]}:
                yield f"{client.place}: web is {client.property('web')}"
            for key in ("spa", "publicClient", "identifierUris", "appRoles", "api"):
                if client.property(key) is not None:
                    yield f"{client.place}: {key} is set"


def the_proxy_asks_for_the_scope_of_the_server_alone(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment in infrastructure.deployments.values():
        for client in signing_in(deployment):
            scope = exposing(deployment)[0].property("api.oauth2PermissionScopes")[0]["id"]
            asked = [
                (str(each["resourceAppId"]), each["resourceAccess"])
                for each in client.property("requiredResourceAccess") or []
            ]
            expected = (str(deployment.outputs["MCP_CLIENT_ID"]), [{"id": scope, "type": "Scope"}])
            if asked != [expected]:
                yield f"{client.place}: asks for {asked}"


def the_proxy_has_a_service_principal(infrastructure: Infrastructure) -> Iterator[str]:
    """Without one Entra knows no client of that id in the tenant (AADSTS700016)."""
    for name, deployment in infrastructure.deployments.items():
        proxy = str(deployment.outputs["MCP_SIGN_IN_CLIENT_ID"])
        principals = [
            each
            for each in deployment.resources
            if each.type == "Microsoft.Graph/servicePrincipals"
            if each.deployed and not each.existing and str(each.property("appId")) == proxy
        ]
        if len(principals) != len(signing_in(deployment)):
            yield f"with {name}: the sign-in proxy has {len(principals)} service principals"


def the_proxy_is_a_client_everywhere_exactly_where_it_signs_in(
    infrastructure: Infrastructure,
) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        proxy = str(deployment.outputs["MCP_SIGN_IN_CLIENT_ID"])
        if bool(proxy) != _signs_in(deployment):
            yield f"with {name}: the client id of the sign-in proxy is {proxy!r}"
        if not proxy:
            continue
        if proxy not in str(app_settings(deployment)["ALLOWED_CLIENT_IDS"]).split(","):
            yield f"with {name}: ALLOWED_CLIENT_IDS leave the sign-in proxy out"
        for application in exposing(deployment)[1:]:
            clients = application.property("api.preAuthorizedApplications")
            if proxy not in {str(each["appId"]) for each in clients}:
                yield f"{application.place}: the sign-in proxy is not pre-authorised"


def settings_say_what_was_chosen(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        signs_in = _signs_in(deployment)
        expected: dict[str, Any] = {
            "SIGN_IN_PROXY": _mode(deployment),
            "SIGN_IN_CLIENT_ID": str(deployment.outputs["MCP_SIGN_IN_CLIENT_ID"]),
            "SIGN_IN_ORIGIN": _origin(deployment),
            "SIGN_IN_CLIENTS": ",".join(deployment.value_of("signInClients")),
            "SIGN_IN_REDIRECTS": ",".join(deployment.value_of("signInRedirects")),
            "SIGN_IN_SCOPE": str(deployment.outputs["MCP_SCOPE"]),
            "SIGN_IN_REGISTRATION": "true" if deployment.value_of("signInRegistration") else "false",
        }
        settings = app_settings(deployment)
        for setting, value in expected.items():
            if str(settings.get(setting)) != value:
                yield f"with {name}: {setting} is {settings.get(setting)}, not {value}"
        table = str(settings.get("SIGN_IN_TABLE_URL"))
        if table.endswith(f"primaryEndpoints.table{CLOSES}signin") != signs_in or bool(table) != signs_in:
            yield f"with {name}: SIGN_IN_TABLE_URL is {table}"
        if not settings.keys() >= OF_THE_SIGN_IN_PROXY:
            yield f"with {name}: {sorted(OF_THE_SIGN_IN_PROXY - settings.keys())} are not set"


def pages_call_from_origins_that_are_named_alone(infrastructure: Infrastructure) -> Iterator[str]:
    """A wildcard would let any page call; with credentials, as whoever is signed in to it."""
    for site in _sites(infrastructure.deployments["as it comes"]):
        if site.property("properties.siteConfig.cors.allowedOrigins") != []:
            yield f"{site.place}: pages may call though nobody said which"
    for choices in ({}, SCENARIOS["everything"]):
        deployment = infrastructure.deploy({**choices, "corsOrigins": _ORIGINS})
        for site in _sites(deployment):
            behind = deployment.value_of("enableGateway")
            expected = [] if behind else _ORIGINS[2:]
            if site.property("properties.siteConfig.cors.allowedOrigins") != expected:
                yield f"{site.place}: {site.property('properties.siteConfig.cors')}"
            yield from differences(site, {"properties.siteConfig.cors.supportCredentials": False})
        for policy in (each for each in deployment.resources if each.type.endswith("/apis/policies")):
            origins = _ORIGIN.findall(str(policy.property("properties.value")))
            if policy.deployed and origins not in ([], _ORIGINS[2:]):
                yield f"{policy.place}: pages of {origins} may call"


def _mode(deployment: Deployment) -> str:
    return str(deployment.value_of("signInProxy"))


def _signs_in(deployment: Deployment) -> bool:
    return _mode(deployment) in ("app", "gateway")


def _serves_resource_metadata(deployment: Deployment) -> bool:
    at_gateway = deployment.value_of("enableGateway")
    return _mode(deployment) == "app" or (_mode(deployment) == "metadata" and not at_gateway)


def _origin(deployment: Deployment) -> str:
    """The issuer: the address of the app, or of the gateway where clients come by that."""
    match _mode(deployment):
        case "":
            return ""
        case "app":
            return str(deployment.outputs["APP_URL"])
        case _:
            return str(deployment.value_of("clientsUrl"))


def _sites(deployment: Deployment) -> list[Resource]:
    return [each for each in deployment.resources if each.type == "Microsoft.Web/sites" and each.deployed]


def _authentications(infrastructure: Infrastructure) -> Iterator[tuple[Deployment, Resource]]:
    for deployment in infrastructure.deployments.values():
        for authentication in _authentications_of(deployment):
            yield deployment, authentication


def _authentications_of(deployment: Deployment) -> list[Resource]:
    return [
        each
        for each in deployment.resources
        if each.type == "Microsoft.Web/sites/config" and each.name == "authsettingsV2" and each.deployed
    ]
