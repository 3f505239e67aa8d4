"""Defines the checks of a deployed server. Each passes, or raises what is wrong and what mends it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from endpoint import Answer, Endpoint
from report import Finding

_METADATA = "/.well-known/oauth-protected-resource"
_RESTART = "az functionapp restart --name <app> --resource-group <group>"
_DEPLOY_AGAIN = (
    "azd deploy; if it stays so, read the log: az webapp log tail --name <app> --resource-group <group>"
)
_PROVISION_AGAIN = "azd provision, which sets App Service Authentication as infra/modules/app.bicep says"

_INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "smoke", "version": "1"},
}


class WrongError(Exception):
    """Reports that the server does not respond as it must."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.finding = Finding(problem, cure)


@dataclass(frozen=True)
class Deployed:
    """Holds a deployed server, and what it is expected to be."""

    endpoint: Endpoint
    scope: str
    tenant: str
    tools: frozenset[str]
    issuer: str = ""
    """The sign-in proxy that its metadata name; empty where they name Entra."""
    signs_in: bool = False
    """Whether that proxy signs people in itself."""
    registers: bool = False
    """Whether it registers clients."""
    challenges: bool = True
    """Whether the 401 names the metadata; that of the platform does not where the app answers with them."""


def health(server: Deployed) -> None:
    """Checks that the app runs, and that anybody may find out without a token."""
    answer = server.endpoint.get("/api/health")
    if answer.status == 200 and answer.document().get("status") == "ok":
        return
    if answer.status == 503 and answer.document().get("status") == "unavailable":
        raise WrongError(
            "the app runs, but its settings are not right",
            "the log names each wrong one: az webapp log tail --name <app> --resource-group <group>",
        )
    if answer.status in {401, 403}:
        raise WrongError(f"/api/health asks for a sign-in (status {answer.status})", _PROVISION_AGAIN)
    raise WrongError(f"/api/health answers with status {answer.status}: the app does not run", _DEPLOY_AGAIN)


def challenge(server: Deployed) -> None:
    """Checks that without a token there is the 401 that tells where to get one (RFC 9728, 5.1)."""
    answer = server.endpoint.post("initialize", _INITIALIZE)
    _refused(answer, "without a token")
    told = answer.challenge()
    expected = f"{server.endpoint.origin}{_METADATA}{server.endpoint.path}"
    if told.get("resource_metadata", "" if server.challenges else expected) != expected:
        said = told.get("resource_metadata", "nothing")
        raise WrongError(
            f"the 401 names {said} as resource_metadata, not {expected}: clients cannot sign in",
            f"azd provision, which sets WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES; then {_RESTART}",
        )
    if told.get("scope", server.scope) != server.scope:
        raise WrongError(
            f"the 401 asks for the scope {told['scope']}, not {server.scope}",
            f"azd provision; then {_RESTART}",
        )


def metadata(server: Deployed) -> None:
    """Checks that the protected resource metadata names the endpoint as typed, the tenant, and the scope."""
    _metadata(server, server.endpoint.path)


def metadata_of_host(server: Deployed) -> None:
    """Checks the same metadata at the address of the whole host, which some clients read instead."""
    _metadata(server, "")


def spoofed_caller(server: Deployed) -> None:
    """Checks that headers only the platform may set authenticate nobody."""
    principal = {
        "auth_typ": "aad",
        "claims": [{"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": "0"}],
    }
    answer = server.endpoint.post(
        "initialize",
        _INITIALIZE,
        {
            "X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(principal).encode()).decode(),
            "X-MS-CLIENT-PRINCIPAL-ID": "00000000-0000-0000-0000-000000000000",
            "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
        },
    )
    _refused(answer, "with a made-up X-MS-CLIENT-PRINCIPAL")


def forged_token(server: Deployed) -> None:
    """Checks that the server rejects a token that nobody signed."""
    claims = {"aud": server.scope.rpartition("/")[0], "tid": server.tenant, "scp": "access_as_user"}
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
    _refused(server.endpoint.post("initialize", _INITIALIZE, _bearing(token)), "with a token nobody signed")


def session(server: Deployed, token: str) -> None:
    """Checks that the server authenticates a signed-in client over streamable HTTP."""
    answer = server.endpoint.post("initialize", _INITIALIZE, _bearing(token))
    if answer.status == 401:
        raise WrongError(
            "a token for the server's own scope is refused with 401",
            "the registration must issue v2 tokens (api.requestedAccessTokenVersion 2) and be the one that "
            "App Service Authentication names: azd provision",
        )
    if answer.status == 403:
        raise WrongError(
            "a signed-in client gets 403",
            "the client must be among allowedApplications (ENTRA_CLIENT_IDS), and host.json must set "
            "extensions.mcp.system.webhookAuthorizationLevel to Anonymous: azd up",
        )
    if answer.status != 200 or "result" not in answer.document():
        raise WrongError(f"initialize answers with status {answer.status} and no result", _DEPLOY_AGAIN)
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        said = answer.headers.get("content-type", "no content type")
        raise WrongError(
            f"initialize answers with {said}, not an event stream",
            "nothing between client and app may change the answer: look at gateways and proxies",
        )


def tools(server: Deployed, token: str) -> None:
    """Checks that a signed-in client sees the tools that were chosen, and no other."""
    answer = server.endpoint.post("tools/list", {}, _bearing(token))
    listed = {str(tool["name"]) for tool in answer.document().get("result", {}).get("tools", [])}
    if listed == server.tools:
        return
    missing, surplus = sorted(server.tools - listed), sorted(listed - server.tools)
    raise WrongError(
        f"tools/list has {len(listed)} tools instead of {len(server.tools)}"
        + (f"; missing: {', '.join(missing[:5])}" if missing else "")
        + (f"; not expected: {', '.join(surplus[:5])}" if surplus else ""),
        "TOOLS or ENABLE_WRITE_TOOLS changed since the last provisioning, or older code runs: azd up",
    )


def no_other_method(server: Deployed, token: str) -> None:
    """Checks that the endpoint takes POST alone; clients that try GET first rely on the 405."""
    status = server.endpoint.get(server.endpoint.path, _bearing(token)).status
    if status != 405:
        raise WrongError(
            f"GET at the endpoint answers with status {status}, not 405",
            "host.json's extension bundle is not the one this server needs: azd deploy",
        )


def _metadata(server: Deployed, path: str) -> None:
    answer = server.endpoint.get(f"{_METADATA}{path}")
    cure = (
        _DEPLOY_AGAIN
        if server.issuer
        else f"azd provision, which sets WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES; then {_RESTART}"
    )
    if answer.status != 200:
        raise WrongError(f"{_METADATA}{path} answers with status {answer.status}, not 200", cure)
    document = answer.document()
    servers = [str(each) for each in document.get("authorization_servers") or ["none"]]
    # Entra's host follows the cloud, so the tenant alone is looked at.
    named = servers[0] if server.issuer else servers[0].partition("://")[2].partition("/")[2]
    for what, said, expected in (
        ("resource", document.get("resource"), f"{server.endpoint.origin}{path}"),
        ("scope", document.get("scopes_supported"), [server.scope]),
        (
            "authorization server",
            named,
            server.issuer or f"{server.tenant}/v2.0",
        ),
    ):
        if said != expected:
            raise WrongError(f"{_METADATA}{path} names the {what} {said}, not {expected}", cure)


def _refused(answer: Answer, how: str) -> None:
    if answer.status == 401:
        return
    if answer.status == 200:
        problem = f"the endpoint answers anybody {how}: App Service Authentication is off"
    elif 300 <= answer.status < 400:
        problem = (
            f"{how}, the endpoint sends clients to a sign-in page (status {answer.status}) instead of a 401"
        )
    else:
        problem = f"{how}, the endpoint answers with status {answer.status}, not 401"
    raise WrongError(problem, _PROVISION_AGAIN)


def _bearing(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


CHECKS: Mapping[str, Callable[[Deployed], None]] = {
    "health": health,
    "challenge": challenge,
    "metadata": metadata,
    "metadata of the host": metadata_of_host,
    "spoofed caller": spoofed_caller,
    "forged token": forged_token,
}
"""What anybody can check."""

SIGNED_IN_CHECKS: Mapping[str, Callable[[Deployed, str], None]] = {
    "session": session,
    "tools": tools,
    "other methods": no_other_method,
}
"""What a signed-in user can check, whom the server lets in."""
