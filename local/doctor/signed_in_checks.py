"""Checks the server with a token of the operator."""

from __future__ import annotations

import base64
import json
from typing import Any

from local.doctor.check_result import CannotCheckError, CheckResult, ok, wrong
from local.doctor.http_responses import Response, UnreadableError
from local.doctor.identity import Identity
from local.doctor.mcp_endpoint import result_of, tool_names
from local.doctor.target import Target

_SHOWN = 8


async def signed_in_get(target: Target) -> CheckResult:
    """Checks whether the MCP endpoint itself, behind Easy Auth, takes POST only."""
    response = await target.endpoint.get(target.endpoint.url, await target.server_token())
    if response.status == 405:
        return ok("A signed-in GET is answered 405: the MCP endpoint is there.")
    if result := await _refused(target, response):
        return result
    return wrong(
        f"A signed-in GET was answered {response.described()}, and not 405: another thing than the MCP "
        "extension answers at this address.",
        "Look at the path (/runtime/webhooks/mcp) and at the extension bundle of host.json.",
    )


async def tools(target: Target) -> CheckResult:
    """Checks whether a signed-in client is shown the enabled tools, all and no others."""
    token = await target.server_token()
    for response in (await target.endpoint.initialize(token), await target.endpoint.list_tools(token)):
        if refused := await _refused(target, response):
            return refused
        try:
            result = result_of(response)
        except UnreadableError as error:
            return wrong(
                f"A signed-in call was answered {error}.",
                "Look at the app's log stream. If only the streamable endpoint fails, restart the app and "
                "bring the extension bundle of host.json up to date.",
            )
    listed = set(tool_names(result))
    if target.app.tools is None:
        raise CannotCheckError(
            f"The server lists {len(listed)} tools to a signed-in client; whether these are the enabled ones "
            "is not known, as the settings are not.",
            "Mend the check of the settings first.",
        )
    enabled = set(target.app.tools)
    if listed == enabled:
        return ok(f"A signed-in client is shown the {len(listed)} enabled tools.")
    differences = []
    if missing := sorted(enabled - listed):
        differences.append(f"{len(missing)} are missing ({_some(missing)})")
    if further := sorted(listed - enabled):
        differences.append(f"{len(further)} are there that are not enabled ({_some(further)})")
    return wrong(
        f"A signed-in client is shown {len(listed)} tools where {len(enabled)} are enabled: "
        f"{'; '.join(differences)}.",
        "The server runs other code or other settings than these: deploy again (azd deploy) or restart it, "
        "and compare TOOLS and ENABLE_WRITE_TOOLS.",
    )


async def _refused(target: Target, response: Response) -> CheckResult | None:
    identity = await target.identity()
    token = _claims(await target.server_token())
    if response.status == 401:
        return wrong(
            f"The server refuses the token of a signed-in user: {_why_unauthenticated(token, identity)}.",
            "Mend the checks of the token version and the audience. Azure portal, the function app, "
            f"Authentication, Microsoft, Edit: the issuer URL is {identity.issuer}, an allowed token "
            f"audience {identity.client_id}.",
        )
    if response.status == 403:
        client = token.get("azp") or token.get("appid") or "the client"
        return wrong(
            "The server does not let a signed-in user in (403).",
            f"Azure portal, the function app, Authentication, Microsoft, Edit: allow requests from {client} "
            "and from the tenant. If it does, set extensions.mcp.system.webhookAuthorizationLevel to "
            "Anonymous in host.json and deploy again.",
        )
    if response.status in (200, 405):
        return None
    return wrong(
        f"A signed-in call was answered {response.described()}.",
        "Look at the app's log stream; restart the app, and look whether its storage account lets its "
        "identity in (the MCP extension keeps a queue there).",
    )


def _why_unauthenticated(token: dict[str, Any], identity: Identity) -> str:
    """Returns what of a token's claims explains a 401; they are not verified, as nothing depends on it."""
    if token.get("ver") == "1.0":
        return "it is of version 1.0"
    if token.get("aud") not in (identity.client_id, f"api://{identity.client_id}"):
        return f"its audience is {token.get('aud')}"
    if token.get("iss") != identity.issuer:
        return f"its issuer is {token.get('iss')}"
    return "its issuer and audience are those of the settings, so Easy Auth is set up for others"


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _some(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
