"""Checks the app registration: what tokens it takes, what it exposes and to whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from local.doctor.check_result import CheckResult, ok, warning, wrong
from local.doctor.directory import Directory
from local.doctor.target import DEVOPS, Target

VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
CLIENTS = {
    VS_CODE: "Visual Studio Code",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
}
_WIDENING = "user_impersonation"
_PORTAL = "Entra admin center, App registrations, the app"


async def registration(target: Target) -> CheckResult:
    """Checks whether the app is registered in the tenant and may be used there."""
    directory = await target.directory()
    found = await directory.find(f"/applications(appId='{directory.client_id}')")
    if found is None:
        return wrong(
            f"The directory has no app registration with the client id {directory.client_id}.",
            f'Look at AZURE_CLIENT_ID and AZURE_TENANT_ID: az ad app list --filter "appId eq '
            f"'{directory.client_id}'\" must find it in that tenant. The deployment makes one: azd provision",
        )
    principal = await directory.service_principal(directory.client_id)
    if principal is None:
        return wrong(
            f'The app registration "{found.get("displayName")}" has no enterprise application.',
            f"az ad sp create --id {directory.client_id}",
        )
    if principal.get("accountEnabled") is False:
        return wrong(
            "Nobody may sign in to the enterprise application: it is disabled.",
            f"az ad sp update --id {directory.client_id} --set accountEnabled=true",
        )
    return ok(f'"{found.get("displayName")}" is registered.')


async def token_version(target: Target) -> CheckResult:
    """Checks whether Entra issues version 2.0 tokens for the app, the only ones it and Easy Auth take."""
    api = await _api(target)
    version = api.get("requestedAccessTokenVersion")
    if version == 2:
        return ok("Tokens are of version 2.0.")
    return wrong(
        "Tokens are of version 1.0, whose issuer and audience neither Easy Auth nor the app takes: "
        f"requestedAccessTokenVersion is {'null' if version is None else version}.",
        f"{_PORTAL}, Manifest: set api.requestedAccessTokenVersion to 2. Tokens that are out already keep "
        "their version until they end.",
    )


async def scope(target: Target) -> CheckResult:
    """Checks whether the scope a token must hold is exposed and enabled."""
    wanted = (await target.identity()).scope
    exposed = {each["value"]: each for each in (await _api(target)).get("oauth2PermissionScopes") or []}
    place = f"{_PORTAL}, Expose an API"
    if wanted not in exposed:
        others = f" It exposes {', '.join(sorted(exposed))}." if exposed else " It exposes none."
        return wrong(
            f"The scope {wanted} is not exposed.{others}",
            f"{place}: add a scope named {wanted}, or set REQUIRED_SCOPE to the one there is.",
        )
    if not exposed[wanted].get("isEnabled"):
        return wrong(f"The scope {wanted} is disabled.", f"{place}, {wanted}: set its state to Enabled.")
    return ok(f"The scope {wanted} is exposed and enabled.")


async def clients(target: Target) -> CheckResult:
    """Checks whether the clients that cannot ask for consent are pre-authorized for the scope."""
    wanted = (await target.identity()).scope
    api = await _api(target)
    scopes = api.get("oauth2PermissionScopes") or []
    ids = {str(each["id"]).casefold() for each in scopes if each["value"] == wanted}
    allowed = {
        str(each["appId"]).casefold()
        for each in api.get("preAuthorizedApplications") or []
        if ids & {str(scope).casefold() for scope in each.get("delegatedPermissionIds") or []}
    }
    settings = target.app.settings
    accepted = set(settings.allowed_client_ids) if settings else set()
    # Where the settings accept any client, people expect Visual Studio Code to work; the others are choices.
    expected = accepted or {VS_CODE}
    missing = sorted(expected - allowed)
    if missing:
        return wrong(
            f"Not pre-authorized for {wanted}: {_named(missing)}. Its users are refused with AADSTS65001.",
            f"{_PORTAL}, Expose an API, Add a client application: that id, with the scope {wanted}"
            + (", or take it out of ALLOWED_CLIENT_IDS." if accepted else "."),
        )
    refused = sorted(allowed - accepted) if accepted else []
    if refused:
        return warning(
            f"Pre-authorized, but not in ALLOWED_CLIENT_IDS: {_named(refused)}. Entra gives it tokens, and "
            "the server refuses them with 403.",
            f"Add it to ALLOWED_CLIENT_IDS, or remove it: {_PORTAL}, Expose an API, Authorized client "
            "applications.",
        )
    return ok(f"Pre-authorized: {_named(sorted(allowed))}.")


async def identifier_uris(target: Target) -> CheckResult:
    """Checks whether clients that name the server by its address (RFC 8707) get a token."""
    uris = (await (await target.directory()).application()).get("identifierUris") or []
    client_id = (await target.identity()).client_id
    if not uris:
        return wrong(
            "The registration has no application ID URI, so no client can name its scope.",
            f"az ad app update --id {client_id} --identifier-uris api://{client_id}",
        )
    if not target.mcp_url:
        return ok(f"The scope can be asked for as {uris[0]}/….")
    if target.proxy.signs_in and target.proxy.is_at(target.endpoint.origin):
        return ok("Clients send `resource` to the sign-in proxy, which passes none on to Entra.")
    address = urlsplit(target.mcp_url)
    wanted = [target.mcp_url, f"{address.scheme}://{address.netloc}"]
    missing = [uri for uri in wanted if uri.casefold() not in {str(each).casefold() for each in uris}]
    if not missing:
        return ok("The server's address is an identifier URI, as clients that send `resource` need.")
    return warning(
        "Clients that send `resource` (RFC 8707), such as Claude and MCP Inspector, are refused with "
        f"AADSTS9010010: {' and '.join(missing)} must be identifier URIs of the registration. Whether Visual "
        "Studio Code sends it depends on its version.",
        f"az ad app update --id {client_id} --identifier-uris {' '.join([*uris, *missing])} (many tenants "
        "take only host names that are verified there; then use such a custom domain). With azd: azd env "
        "set REGISTER_SERVER_ADDRESS true && azd provision, or the next deployment takes them away.",
    )


async def devops_permission(target: Target) -> CheckResult:
    """Checks whether the app stays clear of the DevOps permission that widens every token."""
    directory = await target.directory()
    principal = await directory.service_principal(DEVOPS)
    if principal is None:
        return ok("Azure DevOps is not in this directory, so nothing of it can be too wide.")
    requested = await _requested(directory)
    names = {each["id"]: each["value"] for each in principal.get("oauth2PermissionScopes") or []}
    widening = next((each for each in requested if names.get(each) == _WIDENING), None)
    if widening:
        return wrong(
            f"The registration asks for Azure DevOps {_WIDENING}, which gives every token all a user may do.",
            f"az ad app permission delete --id {directory.client_id} --api {DEVOPS} --api-permissions "
            f"{widening}, then revoke it (Enterprise applications, the app, Permissions).",
        )
    own = await directory.service_principal(directory.client_id)
    grants = await directory.permission_grants(own["id"]) if own else []
    if any(
        each.get("resourceId") == principal["id"] and _WIDENING in str(each.get("scope")).split()
        for each in grants
    ):
        return wrong(
            f"Azure DevOps {_WIDENING} has been consented to, which gives every token all a user may do.",
            "Entra admin center, Enterprise applications, the app, Permissions: revoke it for Azure DevOps.",
        )
    return ok(f"Azure DevOps {_WIDENING} is neither asked for nor consented to.")


def _named(client_ids: list[str]) -> str:
    return ", ".join(f"{CLIENTS.get(each, 'client')} ({each})" for each in client_ids)


async def _requested(directory: Directory) -> list[str]:
    """Returns the ids of the Azure DevOps permissions in the registration."""
    wanted = (await directory.application()).get("requiredResourceAccess") or []
    return [
        str(permission["id"])
        for each in wanted
        if each["resourceAppId"] == DEVOPS
        for permission in each["resourceAccess"]
    ]


async def _api(target: Target) -> dict[str, Any]:
    return dict((await (await target.directory()).application()).get("api") or {})
