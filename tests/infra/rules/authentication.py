"""App Service Authentication: it refuses with 401, and agrees with the registration and the app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.infra.bicep.deployment import TENANT, Deployment
from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure
from tests.infra.rules.storage import differences

IDENTITY_SETTING = "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"
LIMIT_TENANTS = 10
_AAD = "properties.identityProviders.azureActiveDirectory"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def who_has_no_token_gets_401(infrastructure: Infrastructure) -> Iterator[str]:
    expected = {
        "properties.platform.enabled": True,
        "properties.platform.runtimeVersion": "~1",
        f"{_AAD}.enabled": True,
        "properties.globalValidation.requireAuthentication": True,
        "properties.globalValidation.unauthenticatedClientAction": "Return401",
    }
    for _, authentication in _authentications(infrastructure):
        yield from differences(authentication, expected)


def tokens_come_over_tls_alone(infrastructure: Infrastructure) -> Iterator[str]:
    for _, authentication in _authentications(infrastructure):
        yield from differences(authentication, {"properties.httpSettings.requireHttps": True})


def links_to_sign_in_are_where_the_registration_expects_them(infrastructure: Infrastructure) -> Iterator[str]:
    for _, authentication in _authentications(infrastructure):
        yield from differences(authentication, {"properties.httpSettings.routes.apiPrefix": "/.auth"})


def the_platform_keeps_no_tokens(infrastructure: Infrastructure) -> Iterator[str]:
    for _, authentication in _authentications(infrastructure):
        yield from differences(authentication, {"properties.login.tokenStore.enabled": False})


def a_forwarded_host_counts_behind_a_gateway_alone(infrastructure: Infrastructure) -> Iterator[str]:
    """Without a gateway anybody could send the header, and so name the host in the challenge."""
    for deployment, authentication in _authentications(infrastructure):
        convention = "Standard" if deployment.value_of("enableGateway") else "NoProxy"
        yield from differences(
            authentication, {"properties.httpSettings.forwardProxy.convention": convention}
        )


def tokens_are_of_this_tenant_in_their_second_version(infrastructure: Infrastructure) -> Iterator[str]:
    """Or of any, where others are let in: then the tenants are in settings of the platform and the app."""
    for deployment, authentication in _authentications(infrastructure):
        tenant = "common" if has_users_of_other_tenants(deployment) else TENANT
        issuer = f"https://login.microsoftonline.com/{tenant}/v2.0"
        yield from differences(authentication, {f"{_AAD}.registration.openIdIssuer": issuer})


def tokens_are_for_this_app(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, authentication in _authentications(infrastructure):
        client_id = deployment.outputs["MCP_CLIENT_ID"]
        uri = deployment.outputs["MCP_IDENTIFIER_URI"]
        extra = deployment.value_of("extraIdentifierUris") + deployment.value_of("serverUris")
        yield from differences(authentication, {f"{_AAD}.registration.clientId": client_id})
        audiences = authentication.property(f"{_AAD}.validation.allowedAudiences") or []
        if set(map(str, audiences)) != {str(client_id), str(uri), *extra}:
            yield f"{authentication.place}: allowedAudiences are {list(map(str, audiences))}"


def the_platform_proves_the_app_by_its_identity(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, authentication in _authentications(infrastructure):
        path = f"{_AAD}.registration.clientSecretSettingName"
        yield from differences(authentication, {path: IDENTITY_SETTING})
        identity = app_settings(deployment).get(IDENTITY_SETTING)
        if str(identity) != str(deployment.outputs["MANAGED_IDENTITY_CLIENT_ID"]):
            yield f"{authentication.place}: {IDENTITY_SETTING} is {identity}, not the identity's client id"


def clients_are_the_same_everywhere(infrastructure: Infrastructure) -> Iterator[str]:
    """Who is pre-authorised in the registration is let in by the platform, and by the app."""
    for deployment, authentication in _authentications(infrastructure):
        path = f"{_AAD}.validation.defaultAuthorizationPolicy.allowedApplications"
        allowed = [str(each) for each in authentication.property(path) or []]
        # Only Azure will know the id of the registration that the sign-in proxy gets.
        proxy = str(deployment.outputs["MCP_SIGN_IN_CLIENT_ID"])
        if not allowed or not all(_GUID.fullmatch(each) for each in allowed if each != proxy):
            yield f"{authentication.place}: allowedApplications are {allowed}"
        by_the_app = str(app_settings(deployment).get("ALLOWED_CLIENT_IDS", "")).split(",")
        if set(by_the_app) != set(allowed):
            yield f"{authentication.place}: lets {allowed} in, but ALLOWED_CLIENT_IDS are {by_the_app}"
        for client in _pre_authorised(deployment):
            if client not in allowed:
                yield f"{authentication.place}: {client} is pre-authorised, but not in allowedApplications"


def the_advertised_scope_is_the_exposed_one(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, authentication in _authentications(infrastructure):
        settings = app_settings(deployment)
        scope = deployment.outputs["MCP_SCOPE"]
        # Where the app answers with the metadata itself, the platform may not.
        advertised = settings.get("WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES", scope)
        if advertised != scope:
            yield f"{authentication.place}: {advertised} is advertised, but MCP_SCOPE is {scope}"
        uri, _, name = str(advertised).rpartition("/")
        required = settings.get("REQUIRED_SCOPE")
        if name != required or uri != str(deployment.outputs["MCP_IDENTIFIER_URI"]):
            yield f"{authentication.place}: {advertised} is advertised, but {required} is required"
        for application in exposing(deployment):
            exposed = [each["value"] for each in application.property("api.oauth2PermissionScopes")]
            if exposed[:1] != [name]:
                yield f"{application.place}: exposes {exposed}, but {advertised} is advertised"
            uris = application.property("identifierUris")
            if uris is not None and uri not in uris:
                yield f"{application.place}: identifierUris are {uris}, but {advertised} is advertised"


def tenants_are_few_enough_for_the_platform(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, authentication in _authentications(infrastructure):
        settings = app_settings(deployment)
        tenants = str(settings.get("WEBSITE_AUTH_AAD_ALLOWED_TENANTS", "")).split(",")
        if not all(map(_GUID.fullmatch, tenants)) or len(tenants) > LIMIT_TENANTS:
            yield f"{authentication.place}: WEBSITE_AUTH_AAD_ALLOWED_TENANTS is {tenants}"
        if tenants != str(settings.get("ALLOWED_TENANT_IDS", "")).split(","):
            yield f"{authentication.place}: the app lets other tenants in than the platform"


def settings_are_there_before_authentication_names_one(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, authentication in _authentications(infrastructure):
        settings = next(each for each in deployment.resources if _is_settings(each))
        if settings.symbol not in authentication.waits_for:
            yield f"{authentication.place}: does not wait for {settings.symbol}"


def every_app_has_authentication(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        sites = {
            each.id for each in deployment.resources if each.type == "Microsoft.Web/sites" and each.deployed
        }
        guarded = {
            str(each.id).partition("/config/")[0]
            for each in deployment.resources
            if each.type == "Microsoft.Web/sites/config" and each.name == "authsettingsV2" and each.deployed
        }
        if len(sites) != 1 or sites != guarded:
            yield f"with {name}: the sites {sites} are deployed, with authentication for {guarded}"


def app_settings(deployment: Deployment) -> dict[str, Any]:
    """The app settings that a deployment sets."""
    return next(dict(each.body["properties"]) for each in deployment.resources if _is_settings(each))


def has_users_of_other_tenants(deployment: Deployment) -> bool:
    """Whether a tenant besides that of the deployment is let in."""
    return not set(deployment.value_of("allowedTenantIds")) <= {TENANT}


def exposing(deployment: Deployment) -> list[Resource]:
    """The declarations of the app registration, which exposes the scope."""
    return [each for each in _applications(deployment) if each.property("api.oauth2PermissionScopes")]


def signing_in(deployment: Deployment) -> list[Resource]:
    """The declarations of the registration of the sign-in proxy, which exposes nothing."""
    return [each for each in _applications(deployment) if not each.property("api.oauth2PermissionScopes")]


def _applications(deployment: Deployment) -> list[Resource]:
    return [
        each
        for each in deployment.resources
        if each.type == "Microsoft.Graph/applications" and each.deployed and not each.existing
    ]


def _is_settings(resource: Resource) -> bool:
    return resource.type == "Microsoft.Web/sites/config" and resource.name == "appsettings"


def _authentications(infrastructure: Infrastructure) -> Iterator[tuple[Deployment, Resource]]:
    for deployment, resource in infrastructure.deployed("Microsoft.Web/sites/config"):
        if resource.name == "authsettingsV2":
            yield deployment, resource


def _pre_authorised(deployment: Deployment) -> set[str]:
    return {
        str(client["appId"])
        for application in exposing(deployment)
        for client in application.property("api.preAuthorizedApplications") or []
    }
