"""Lists the permissions that have been consented to and that no tool needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.doctor.check_result import CannotCheckError, CheckResult, ok, warning
from local.doctor.target import API_NAMES, APP_IDS, Target

# Of sign-in itself ("Scopes and permissions in the Microsoft identity platform"), and for the groups of
# members of more than a token holds.
_ALWAYS = {"openid", "profile", "email", "offline_access", "User.Read"}
OPTIONAL = {"graph_search_people": "People.Read", "graph_list_my_groups": "GroupMember.Read.All"}
"""The permissions, by tool, with which it shows more than without."""


async def unneeded_permissions(target: Target) -> CheckResult:
    """Checks whether consent goes further than the enabled tools: each of its scopes is in every token."""
    tools = await target.enabled_tools()
    needed = {api: {scope for name in tools for scope in target.app.scopes(name, api)} for api in APP_IDS}
    needed["graph"] |= {scope for name, scope in OPTIONAL.items() if name in tools}
    directory = await target.directory()
    own = await directory.service_principal(directory.client_id)
    if own is None:
        raise CannotCheckError(
            "The app has no enterprise application that anybody could have consented to.",
            "Mend the check of the registration first.",
        )
    apis = {}
    for api, app_id in APP_IDS.items():
        if principal := await directory.service_principal(app_id):
            apis[str(principal["id"])] = api
    lines: list[str] = []
    commands: list[str] = []
    for grant in await directory.permission_grants(str(own["id"])):
        api = apis.get(str(grant.get("resourceId")), "")
        scopes = str(grant.get("scope") or "").split()
        wanted = _ALWAYS | needed.get(api, set())
        if spare := [scope for scope in scopes if scope not in wanted]:
            name = API_NAMES.get(api, f"the API with the object id {grant.get('resourceId')}")
            lines.append(f"  {name}, {_for(grant)}: {', '.join(sorted(spare))}")
            commands += _commands(target, grant, [scope for scope in scopes if scope in wanted])
    if not lines:
        return ok(f"Nothing is consented to that the {len(tools)} tools do not need.")
    return warning(
        "\n".join(
            [f"Consent goes further than the {len(tools)} tools need, and so does every token:", *lines]
        ),
        "Unless they are meant for tools to come, take them away:\n" + "\n".join(commands),
    )


def _for(grant: Mapping[str, Any]) -> str:
    if grant.get("consentType") == "AllPrincipals":
        return "for everybody"
    return f"for the user {grant.get('principalId')}"


def _commands(target: Target, grant: Mapping[str, Any], kept: list[str]) -> Iterator[str]:
    url = f"{target.resources['graph']}/v1.0/oauth2PermissionGrants/{grant.get('id')}"
    if kept:
        body = json.dumps({"scope": " ".join(kept)})
        yield f"az rest --method patch --url {url} --body '{body}'"
    else:
        yield f"az rest --method delete --url {url}"
