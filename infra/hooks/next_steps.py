"""Prints what people still have to do once the server runs: consent, users, clients."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from addresses import for_clients, origin
from choices import Choices, permissions
from clouds import deployed_to
from report import Finding, say, show
from sign_in_steps import existing_client, other_clients
from trust import trust_command

_DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
_NEEDED = ("MCP_URL", "MCP_SCOPE", "MCP_CLIENT_ID", "AZURE_TENANT_ID")


def main(environ: Mapping[str, str]) -> int:
    """Prints the steps that the deployment of the environment requires."""
    missing = [name for name in _NEEDED if not environ.get(name)]
    if missing:
        show("environment", [Finding(f"{', '.join(missing)} is not known", "azd provision, which writes it")])
        return 1
    choices = Choices.of(environ)
    say(f"\nThe server runs: {for_clients(environ)}\n\nNext steps")
    for number, lines in enumerate(_steps(environ, choices), start=1):
        say(f"\n{number}. " + "\n   ".join(lines))
    return 0


def _steps(environ: Mapping[str, str], choices: Choices) -> Iterator[list[str]]:
    if not choices.grants_consent:
        yield [
            "An administrator consents for the tenant (once, and again after more tools are enabled):",
            *consent_links(environ, choices),
        ]
    group = environ.get("ENTRA_GROUP_ID")
    if group:
        yield [
            "Let people in: only members of the group may sign in.",
            f"az ad group member add --group {group} --member-id <object id of the user>",
            "(the object id: az ad user show --id <user@domain> --query id)",
        ]
    elif choices.creates_application:
        yield [
            "Let people in: only users assigned to the application may sign in.",
            "Entra admin center, Enterprise applications, the application, Users and groups: "
            + _users_page(environ),
        ]
    else:
        yield from _for_an_existing_registration(environ)
        yield from existing_client(environ)
    server = json.dumps(
        {"name": "m365-devops", "type": "http", "url": for_clients(environ)}, separators=(",", ":")
    )
    yield [
        "Add the server to VS Code, on the command line or by a link to open:",
        f"code --add-mcp '{server}'",
        f"vscode:mcp/install?{quote(server, safe='')}",
    ]
    if other_clients(environ):
        yield other_clients(environ)
    yield [
        "Look over everything from outside:",
        f"python -m local doctor --url {origin(for_clients(environ))}",
    ]


def _for_an_existing_registration(environ: Mapping[str, str]) -> Iterator[list[str]]:
    """Yields what a registration made by hand still lacks after the first deployment."""
    client_id = environ["MCP_CLIENT_ID"]
    yield [
        "Let the registration trust the managed identity, unless it does already (once):",
        trust_command(environ, client_id),
    ]
    yield [
        "Let people in: assign users or a group, or take the requirement away (then everybody of the tenant",
        "may sign in): az ad sp update --id " + client_id + " --set appRoleAssignmentRequired=false",
        "Entra admin center, Enterprise applications, the application, Users and groups: "
        + _users_page(environ),
    ]


def _users_page(environ: Mapping[str, str]) -> str:
    return (
        f"{deployed_to(environ).admin_center}/{environ['AZURE_TENANT_ID']}"
        f"#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Users/appId/{environ['MCP_CLIENT_ID']}"
    )


def consent_links(environ: Mapping[str, str], choices: Choices) -> list[str]:
    """Returns the links where an administrator consents to the permissions of the tools, one for each API.

    "Admin consent on the Microsoft identity platform": the scopes of one request belong to one API.
    Entra leads back to the callback of App Service Authentication, which the application registers. A
    permission whose id is published nowhere is left out, as a tenant without it would refuse the others too.
    """
    named = {scope["name"]: scope["resource"] for scope in permissions()["scopes"]}
    callback = f"{origin(environ['MCP_URL'])}/.auth/login/aad/callback"
    cloud = deployed_to(environ)
    links = []
    for resource, identifier in {"graph": cloud.graph, "devops": _DEVOPS}.items():
        scopes = " ".join(
            f"{identifier}/{scope}" for scope in sorted(choices.scopes) if named.get(scope) == resource
        )
        query = {"client_id": environ["MCP_CLIENT_ID"], "scope": scopes, "redirect_uri": callback}
        if scopes:
            links.append(
                f"{cloud.authority}/{environ['AZURE_TENANT_ID']}/v2.0/adminconsent?{urlencode(query)}"
            )
    return links


if __name__ == "__main__":
    sys.exit(main(os.environ))
