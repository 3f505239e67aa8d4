"""Checks the server without a token: it answers, challenges, and says where tokens come from."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from local.doctor.check_result import CannotCheckError, CheckResult, ok, wrong
from local.doctor.http_responses import Response, UnreadableError
from local.doctor.mcp_endpoint import Challenge
from local.doctor.target import Target

_AUTHENTICATION = "Azure portal, the function app, Authentication"
_PRM_SETTING = "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES"
_OWN_ADDRESS = (
    "examine the app's own address, too: python -m local doctor --url https://<app>.azurewebsites.net"
)
_FORGED = {
    "X-MS-CLIENT-PRINCIPAL": "eyJhdXRoX3R5cCI6ImFhZCIsImNsYWltcyI6W119",
    "X-MS-CLIENT-PRINCIPAL-ID": "00000000-0000-0000-0000-000000000001",
    "X-MS-CLIENT-PRINCIPAL-NAME": "nobody",
    "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
}


async def address(target: Target) -> CheckResult:
    """Checks whether a server answers at the address, and nobody can listen in."""
    endpoint = target.endpoint
    parts = urlsplit(target.mcp_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return wrong(
            f"{endpoint.origin} is not https: tokens would travel in clear text.",
            f"Use https://{endpoint.host}; clients get that address, too.",
        )
    response = await endpoint.get(endpoint.origin)
    return ok(f"{endpoint.host} answers ({response.described()}).")


async def health(target: Target) -> CheckResult:
    """Checks whether the app says, to anybody, that it can serve."""
    response = await target.endpoint.get(target.endpoint.health_url)
    said = f"/api/health answered {response.described()}"
    if response.status == 200 and not response.is_html:
        try:
            status = response.document().get("status")
        except UnreadableError:
            status = None
        if status == "ok":
            return ok("The app says that it can serve.")
    if response.status in (401, 302):
        return wrong(
            f"{said}: Easy Auth asks probes for a token.",
            'Add "/api/health" to globalValidation.excludedPaths of authsettingsV2: az webapp auth update '
            f"{target.azure_app} --excluded-paths /api/health",
        )
    if response.status == 503 and not response.is_html:
        return wrong(
            f"{said}: the app runs, but no call can succeed.",
            "Its log names the cause, a line each: wrong settings (look at the check of the settings), no "
            "credential, or signing keys it cannot fetch.",
        )
    if response.status == 404 and b'"statusCode"' in response.body:
        raise CannotCheckError(
            "A gateway in front does not pass /api/health on.", f"To see the app's health, {_OWN_ADDRESS}"
        )
    if response.status == 404:
        return wrong(f"{said}: the app is not deployed there.", "azd deploy")
    return wrong(
        f"{said}.",
        f"The app is stopped, or does not load: az functionapp start {target.azure_app}, then "
        " look at its log stream.",
    )


async def challenge(target: Target) -> CheckResult:
    """Checks whether who brings no token is refused, and told where to get one."""
    response = await target.endpoint.initialize()
    if result := _let_in(response) or _misdirected(response):
        return result
    found = Challenge.of(response)
    if found is None:
        return wrong(
            "The 401 has no Bearer challenge: it comes from the Functions host, which asks for a key, and "
            "not from Easy Auth.",
            f"{_AUTHENTICATION}: switch it on (azd provision does), and set extensions.mcp.system."
            "webhookAuthorizationLevel to Anonymous in host.json.",
        )
    if not found.get("resource_metadata"):
        # The platform names its own alone; where the sign-in proxy answers, clients find them by their path.
        if target.proxy.is_at(target.endpoint.origin) and not target.proxy.advertised_by_platform:
            return ok("Without a token there is a 401; where the metadata are, clients know (RFC 9728, 3.1).")
        return wrong(
            "The 401 names no resource_metadata, so clients do not find out where to sign in.",
            await _setting_cure(target),
        )
    if found.get("resource_metadata") != target.endpoint.metadata_url:
        return wrong(
            f"The 401 sends clients to {found.get('resource_metadata')} for the metadata, and not to "
            f"{target.endpoint.metadata_url}.",
            "Something in front changes the host name: have it pass the Host header on, or let clients use "
            "the address that is advertised.",
        )
    return ok("Without a token there is a 401 that says where the metadata are.")


async def anonymous_get(target: Target) -> CheckResult:
    """Checks whether a GET without a token is refused before anything looks at its method."""
    response = await target.endpoint.get(target.endpoint.url)
    if response.status == 401:
        return ok("A GET without a token is refused with 401.")
    return wrong(
        f"A GET without a token was answered {response.described()}, and not 401: Easy Auth does not stand "
        "before the MCP endpoint.",
        f"{_AUTHENTICATION}: require authentication, and keep the MCP path out of excludedPaths.",
    )


async def audience(target: Target) -> CheckResult:
    """Checks whether Easy Auth asks for tokens of the same app registration as the app."""
    found = Challenge.of(await target.endpoint.initialize())
    if found is None or not found.get("resource_id"):
        raise CannotCheckError(
            "The challenge does not say whose tokens are taken: it is not Easy Auth's.",
            f"Mend the check of the challenge first. If a gateway stands in front, {_OWN_ADDRESS}",
        )
    settings = target.app.settings
    if settings is None:
        raise CannotCheckError(
            f"Easy Auth takes tokens for {found.get('resource_id')}; which the app takes is not known.",
            "Mend the check of the settings first.",
        )
    if found.get("resource_id").casefold() != settings.client_id:
        return wrong(
            f"Easy Auth takes tokens for {found.get('resource_id')}, the app those for {settings.client_id}.",
            f"{_AUTHENTICATION}, Microsoft, Edit: set Application (client) ID to {settings.client_id}, and "
            f"the allowed token audiences to it and api://{settings.client_id}.",
        )
    return ok("Easy Auth and the app take tokens for the same app registration.")


async def metadata(target: Target) -> CheckResult:
    """Checks whether the protected resource metadata (RFC 9728) name server, issuer and scope."""
    endpoint = target.endpoint
    for url, resource in (
        (endpoint.metadata_url, endpoint.url),
        (endpoint.root_metadata_url, endpoint.origin),
    ):
        path = urlsplit(url).path
        response = await endpoint.get(url)
        try:
            document = response.document() if response.status == 200 else None
        except UnreadableError:
            document = None
        if document is None:
            return wrong(
                f"{path} was answered {response.described()}, and not with metadata.",
                await _setting_cure(target),
            )
        if document.get("resource") != resource:
            return wrong(
                f"{path} describes {document.get('resource')}, and not {resource}: clients refuse that.",
                "Something in front changes the host name or the path: have it pass both on, or let clients "
                "use the address that is advertised.",
            )
        if result := await _disagreeing(target, path, document):
            return result
    return ok("Both documents name this server, its sign-in and its scope.")


async def spoofed_principal(target: Target) -> CheckResult:
    """Checks whether a caller who claims to be somebody in Easy Auth's own headers is refused."""
    response = await target.endpoint.initialize(headers=_FORGED)
    if response.status == 401:
        return ok("X-MS-CLIENT-PRINCIPAL headers from outside are no sign-in.")
    return wrong(
        f"A call with forged X-MS-CLIENT-PRINCIPAL headers and no token was answered {response.described()}.",
        f"{_AUTHENTICATION}: switch it on and require authentication; only it removes such headers.",
    )


def is_loopback(host: str) -> bool:
    """Tells whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _let_in(response: Response) -> CheckResult | None:
    if response.status >= 300 or response.is_html:
        return None
    return wrong(
        f"The server answers without a token ({response.described()}): Easy Auth is off.",
        f"{_AUTHENTICATION}: add Microsoft as identity provider and require authentication (azd provision "
        "does).",
    )


def _misdirected(response: Response) -> CheckResult | None:
    """Returns what a response other than a 401 means, where anybody should have got one."""
    if response.status == 401:
        return None
    said = f"Without a token the server answered {response.described()}, and not 401"
    if response.status in (301, 302, 303, 307, 308, 403):
        return wrong(
            f"{said}: MCP clients cannot sign in.",
            f"{_AUTHENTICATION}, Edit: Unauthenticated requests = HTTP 401 Unauthorized. (A 403 may also "
            "come from access restrictions: Networking.)",
        )
    return wrong(
        f"{said}: it is no MCP endpoint behind Easy Auth.",
        "Look at the address: the path is /runtime/webhooks/mcp. If it is right, look at the app's log "
        "stream.",
    )


async def _disagreeing(target: Target, path: str, document: dict[str, object]) -> CheckResult | None:
    identity = await target.identity()
    accepted: tuple[str, ...] = (identity.issuer, *target.advertised_issuers)
    if target.proxy.is_at(target.endpoint.origin):
        accepted = (target.proxy.origin,)
    servers = document.get("authorization_servers")
    if not isinstance(servers, list) or not servers or servers[0] not in accepted:
        return wrong(
            f"{path} sends clients to sign in at {_listed(servers)}, and not at {accepted[0]}.",
            f"{_AUTHENTICATION}, Microsoft, Edit: set the issuer URL to {identity.issuer}."
            if accepted[0] == identity.issuer
            else "Take WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES out of the app settings: azd provision.",
        )
    wanted = await _exposed(target)
    if document.get("scopes_supported") not in [[each] for each in wanted]:
        return wrong(
            f"{path} names the scopes {_listed(document.get('scopes_supported'))}, and not {wanted[0]} "
            "alone.",
            await _setting_cure(target),
        )
    return None


async def _exposed(target: Target) -> list[str]:
    """Returns the full names of the scope, the usual one first."""
    identity = await target.identity()
    usual = f"api://{identity.client_id}"
    ordered = sorted(await target.identifier_uris(), key=lambda uri: uri != usual)
    return [f"{uri}/{identity.scope}" for uri in ordered]


async def _setting_cure(target: Target) -> str:
    try:
        scope = (await _exposed(target))[0]
    except CannotCheckError:
        scope = "api://<client id>/access_as_user"
    return (
        f"az functionapp config appsettings set {target.azure_app} --settings {_PRM_SETTING}={scope}, then "
        f"az functionapp restart {target.azure_app}; Authentication must be on, too."
    )


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) and value else "none"
