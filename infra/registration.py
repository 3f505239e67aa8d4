"""What the app registration must hold, as the JSON that Microsoft Graph takes: for those who make it by hand.

`modules/entra.bicep` makes the same. Entra wants it in two steps, as clients can be pre-authorized only for
a scope that is there already: `python infra/registration.py CLIENT_ID scope`, then `... clients`.
`... assignment` lets a user or a group in. `... sign-in` is for the registration of the sign-in proxy.
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any

PERMISSIONS = Path(__file__).parent / "permissions.json"
SCOPE = "access_as_user"
ROLES = ("Tools.Use", "Tools.Write")
CLIENTS = ("aebc6443-996d-45c2-90f0-388ff96faa56", "04b07795-8ddb-461a-bbee-02f9e1bf7b46")
"""Visual Studio Code and the Azure CLI."""
RESOURCES = {
    "graph": "00000003-0000-0000-c000-000000000000",
    "devops": "499b84ac-1321-427f-aa17-267ca6975798",
}


def registration(
    client_id: str,
    step: str,
    *,
    tools: Collection[str] = (),
    writes: bool = False,
    scopes: Collection[str] = (),
    read_scopes: Collection[str] = (),
    clients: Collection[str] = (),
) -> dict[str, Any]:
    """Returns the properties to set on the application.

    Args:
        client_id: The application (client) id.
        step: `scope` for everything but the clients, `clients` for these.
        tools: The tools, families or presets offered; none for the default preset.
        writes: Whether tools that change things are offered.
        scopes: Further scopes that `TOOL_POLICY` names.
        read_scopes: Further delegated permissions, which `READ_MORE_SCOPES` names.
        clients: Further clients, such as the registration of the sign-in proxy.
    """
    scope_id = _id(client_id, SCOPE)
    further = [_policy_scope(client_id, name) for name in dict.fromkeys(scopes) if name != SCOPE]
    api: dict[str, Any] = {
        "requestedAccessTokenVersion": 2,
        "oauth2PermissionScopes": [_scope(scope_id), *further],
    }
    if step == "clients":
        let_in = [
            {"appId": client, "delegatedPermissionIds": [scope_id]}
            for client in dict.fromkeys([*CLIENTS, *clients])
        ]
        return {"api": {**api, "preAuthorizedApplications": let_in}}
    catalogue = json.loads(PERMISSIONS.read_text(encoding="utf-8"))
    return {
        "identifierUris": [f"api://{client_id}"],
        "groupMembershipClaims": "SecurityGroup",
        "appRoles": [_role(client_id, role) for role in dict.fromkeys([*ROLES, *catalogue["roles"]])],
        "api": api,
        "requiredResourceAccess": _wanted(catalogue, tools, read_scopes, writes=writes),
    }


def sign_in(client_id: str, *, origin: str) -> dict[str, Any]:
    """Returns the properties of the sign-in proxy's registration, a confidential client.

    Args:
        client_id: The application (client) id of the server.
        origin: The issuer of the proxy, such as `https://<app>.azurewebsites.net`.
    """
    scope = {"id": _id(client_id, SCOPE), "type": "Scope"}
    return {
        "signInAudience": "AzureADMyOrg",
        "isFallbackPublicClient": False,
        "web": {"redirectUris": [f"{origin.rstrip('/')}/oauth/callback"]},
        "requiredResourceAccess": [{"resourceAppId": client_id, "resourceAccess": [scope]}],
    }


def assignment(client_id: str, *, to: uuid.UUID, resource: uuid.UUID) -> dict[str, str]:
    """Returns the assignment of a user or group to the first app role, which lets them in."""
    return {"principalId": str(to), "resourceId": str(resource), "appRoleId": _id(client_id, ROLES[0])}


def _wanted(
    catalogue: dict[str, Any], tools: Collection[str], read_scopes: Collection[str], *, writes: bool
) -> list[dict[str, Any]]:
    offered = [
        tool
        for tool in catalogue["tools"]
        if (writes or not tool["writes"])
        and not {tool["name"], tool["family"], *tool["presets"]}.isdisjoint(
            tools or (catalogue["defaultPreset"],)
        )
    ]
    # A policy may name groups, and members of many are looked up.
    of_tools = {scope for tool in offered for scope in tool["scopes"]}
    scopes = {*of_tools, *read_scopes, catalogue["groupsScope"]}
    wanted = [
        {
            "resourceAppId": app_id,
            "resourceAccess": [
                {"id": scope["id"], "type": "Scope"}
                for scope in catalogue["scopes"] + catalogue["furtherScopes"]
                if scope["resource"] == resource and scope["name"] in scopes
            ],
        }
        for resource, app_id in RESOURCES.items()
    ]
    return [each for each in wanted if each["resourceAccess"]]


def _scope(scope_id: str) -> dict[str, Any]:
    return {
        "id": scope_id,
        "value": SCOPE,
        "type": "User",
        "isEnabled": True,
        "adminConsentDisplayName": "Use the server as the signed-in user",
        "adminConsentDescription": "Lets the client app call the tools of this server as the signed-in user.",
        "userConsentDisplayName": "Use the server as you",
        "userConsentDescription": "Lets the client app call the tools of this server as you.",
    }


def _policy_scope(client_id: str, name: str) -> dict[str, Any]:
    return {
        "id": _id(client_id, f"scope {name}"),
        "value": name,
        "type": "Admin",
        "isEnabled": True,
        "adminConsentDisplayName": f"Use the tools that require {name}",
        "adminConsentDescription": f"Lets the client app call the tools of this server that require {name}, "
        "as the signed-in user.",
    }


def _role(client_id: str, role: str) -> dict[str, Any]:
    return {
        "id": _id(client_id, role),
        "value": role,
        "displayName": role,
        "description": f"What the server asks for where its policy names {role}.",
        "allowedMemberTypes": ["User"],
        "isEnabled": True,
    }


def _id(client_id: str, name: str) -> str:
    """Returns an id that never changes, as consent and assignments refer to it."""
    return str(uuid.uuid5(uuid.UUID(client_id), name))


def main(arguments: list[str]) -> None:
    """Prints the properties as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("client_id", metavar="CLIENT_ID", type=lambda text: str(uuid.UUID(text)))
    parser.add_argument("step", choices=["scope", "clients", "assignment", "sign-in"])
    parser.add_argument(
        "--tools", nargs="+", default=(), help="the tools, families or presets offered (default: lean)"
    )
    parser.add_argument("--writes", action="store_true", help="tools that change things are offered too")
    parser.add_argument("--to", type=uuid.UUID, help="assignment: the object id of a user or group")
    parser.add_argument(
        "--resource", type=uuid.UUID, help="assignment: the object id of the service principal"
    )
    parser.add_argument(
        "--client", nargs="+", default=(), dest="clients", help="clients: further ones, by their client ids"
    )
    parser.add_argument("--origin", help="sign-in: the issuer of the proxy, such as https://<host>")
    parser.add_argument("--scopes", nargs="+", default=(), help="further scopes that TOOL_POLICY names")
    parser.add_argument(
        "--read-scopes", nargs="+", default=(), help="further permissions that READ_MORE_SCOPES names"
    )
    given = parser.parse_args(arguments)
    if given.step == "assignment":
        if not given.to or not given.resource:
            parser.error("an assignment needs --to and --resource")
        print(json.dumps(assignment(given.client_id, to=given.to, resource=given.resource), indent=2))
        return
    if given.step == "sign-in":
        if not given.origin:
            parser.error("the registration of the sign-in proxy needs --origin")
        print(json.dumps(sign_in(given.client_id, origin=given.origin), indent=2))
        return
    made = registration(
        given.client_id,
        given.step,
        tools=given.tools,
        writes=given.writes,
        scopes=given.scopes,
        read_scopes=given.read_scopes,
        clients=given.clients,
    )
    print(json.dumps(made, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
