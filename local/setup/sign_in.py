"""Finds out who is signed in to the Azure CLI, where, and whether they may create registrations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.az import AzError, AzMissingError, az
from local.setup.choices import Choices, is_guid
from local.setup.console import Console
from local.setup.directory import Directory, RefusedError
from local.setup.errors import SetupError

_OLDEST = (2, 37, 0)
"""The first Azure CLI that speaks Microsoft Graph."""
_INSTALL = "Install it: https://aka.ms/install-azure-cli"
_LOGIN = "az login --allow-no-subscriptions"

# The values of AZURE_CLOUD by the Azure CLI's names of clouds.
_CLOUDS = {"AzureCloud": "", "AzureUSGovernment": "usgov", "AzureChinaCloud": "china"}

# "Microsoft Entra built-in roles": template ids, as names can be translated.
_CREATES_APPLICATIONS = {
    "cf1c38e5-3621-4004-a7cb-879624dced7c": "Application Developer",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
}


@dataclass(frozen=True)
class SignIn:
    """Describes where `az` is signed in.

    Attributes:
        tenant_id: The directory (tenant) id.
        tenant: The tenant in words.
        user: The user's name.
        authority: Where users sign in, without a slash at its end.
        graph: Microsoft Graph, without a slash at its end.
        settings: The app settings that follow from the cloud; none for the public one.
    """

    tenant_id: str
    tenant: str
    user: str
    authority: str
    graph: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Person:
    """Describes the user in the directory."""

    id: str
    name: str


async def signed_in(choices: Choices, configured_tenant: str, console: Console) -> SignIn:
    """Returns where `az` is signed in, which has to be the wanted tenant and the settings file's, if any.

    Raises:
        SetupError: `az` is not there, too old, not signed in, or signed in elsewhere or as no person.
    """
    for command in ("version", "account show", "cloud show"):
        console.command(f"az {command}")
    console.ok(f"Azure CLI {await _version()}")
    try:
        account = await az("account", "show")
        cloud = await az("cloud", "show")
        found = _sign_in(account, cloud)
    except AzError as error:
        raise SetupError(f"The Azure CLI is not signed in: {error}", _login(choices.tenant)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupError("`az account show` did not answer as it should.", "az upgrade") from error
    if (account.get("user") or {}).get("type") != "user":
        raise SetupError(
            f"The Azure CLI is signed in as {found.user}, which is no person.",
            f"Nobody could be signed in on whose behalf the server acts. Sign in: {_login(found.tenant_id)}",
        )
    if choices.tenant and choices.tenant != found.tenant_id:
        raise SetupError(
            f"The Azure CLI is signed in to {found.tenant}, not to {choices.tenant}.", _login(choices.tenant)
        )
    if is_guid(configured_tenant) and configured_tenant.strip().lower() != found.tenant_id:
        raise SetupError(
            f"{choices.settings_file.name} is for the tenant {configured_tenant.strip()}, and the Azure CLI "
            f"is signed in to {found.tenant}.",
            f"{_login(configured_tenant.strip())}, or keep this tenant in another file: --settings FILE",
        )
    return found


async def person(directory: Directory) -> Person:
    """Returns the user, as the directory knows them: this shows that the sign-in still holds.

    Raises:
        SetupError: It does not.
    """
    try:
        me = await directory.get("/me", **{"$select": "id,userPrincipalName,displayName"})
    except RefusedError as error:
        raise SetupError(f"The directory does not let you in: {error}", _LOGIN) from error
    if not me:
        raise SetupError("The directory does not know who is signed in.", _LOGIN)
    return Person(str(me["id"]), str(me.get("userPrincipalName") or me.get("displayName")))


async def check_may_create(directory: Directory, console: Console) -> None:
    """Checks whether the user may create app registrations.

    Raises:
        SetupError: They may not; it names the role.
    """
    try:
        roles = await directory.list_all(
            "/me/transitiveMemberOf/microsoft.graph.directoryRole", **{"$select": "roleTemplateId"}
        )
    except RefusedError:
        roles = []
    held = {_CREATES_APPLICATIONS.get(str(role.get("roleTemplateId"))) for role in roles} - {None}
    if held:
        console.ok(f"You may create app registrations: {', '.join(sorted(filter(None, held)))}.")
        return
    try:
        policy = await directory.get("/policies/authorizationPolicy") or {}
    except RefusedError:
        policy = {}
    allowed = (policy.get("defaultUserRolePermissions") or {}).get("allowedToCreateApps")
    if allowed is False:
        raise SetupError(
            "You may not create app registrations: the tenant does not let its members, and you lack the "
            "Entra role Application Developer.",
            "A Privileged Role Administrator assigns you the role Application Developer (or activate it, if "
            "you are eligible: Entra admin center, Roles & admins, My roles); then run it again.",
        )
    console.ok(
        "You may create app registrations, as every member of the tenant may."
        if allowed
        else "Whether you may create app registrations the tenant does not say; creating one will tell."
    )


async def _version() -> str:
    try:
        version = str((await az("version"))["azure-cli"])
        numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    except AzMissingError as error:
        raise SetupError(str(error), f"{_INSTALL}, then: {_LOGIN}") from error
    except (AzError, KeyError, TypeError) as error:
        raise SetupError(
            "The Azure CLI does not say its version, so it is too old or broken.", _INSTALL
        ) from error
    if numbers < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise SetupError(
            f"The Azure CLI {version} is too old: it takes {oldest}, the first that speaks Microsoft Graph.",
            "az upgrade (or https://aka.ms/install-azure-cli)",
        )
    return version


def _sign_in(account: dict[str, object], cloud: dict[str, object]) -> SignIn:
    endpoints, user = cloud["endpoints"], account["user"]
    if not isinstance(endpoints, dict) or not isinstance(user, dict):
        raise TypeError("az account show, az cloud show")
    authority = str(endpoints["activeDirectory"]).rstrip("/")
    graph = str(endpoints["microsoftGraphResourceId"]).rstrip("/")
    known = _CLOUDS.get(str(cloud["name"]))
    if known is None:
        settings = {"AZURE_AUTHORITY_HOST": authority, "GRAPH_ENDPOINT": graph}
    else:
        settings = {"AZURE_CLOUD": known} if known else {}
    tenant_id = str(account["tenantId"]).lower()
    names = [str(account[name]) for name in ("tenantDisplayName", "tenantDefaultDomain") if account.get(name)]
    return SignIn(
        tenant_id,
        f"the tenant {' '.join([*names, tenant_id])}",
        str(user["name"]),
        authority,
        graph,
        settings,
    )


def _login(tenant: str) -> str:
    return f"az login --tenant {tenant} --allow-no-subscriptions" if tenant else _LOGIN
