"""Finds which permissions the wanted tools need, and what the tenant calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local.doctor.app_description import AppDescription, describe
from local.doctor.check_result import CannotCheckError
from local.doctor.target import API_NAMES, APP_IDS
from local.setup.console import Console
from local.setup.directory import Directory
from local.setup.errors import SetupError

# Whoever holds it has all that a user may do in Azure DevOps, whatever else a token names.
_WIDENING = "user_impersonation"
# Everybody's: the exchange is proved by it, and members of many groups are looked up with it.
_ALWAYS = ("graph", "User.Read")


@dataclass(frozen=True)
class Api:
    """Holds what is wanted of one API.

    Attributes:
        app_id: Its client id.
        name: What people call it.
        principal_id: The object id of its service principal in the tenant.
        scopes: The ids of the wanted permissions by their names.
    """

    app_id: str
    name: str
    principal_id: str
    scopes: Mapping[str, str]


async def described(values: Mapping[str, str]) -> AppDescription:
    """Returns what the app says of itself under the app settings that it will have.

    Raises:
        SetupError: It does not run, or some of the settings are wrong.
    """
    try:
        app = await describe({"WEBSITE_HOSTNAME": "localhost", **values})
    except CannotCheckError as error:
        raise SetupError(str(error), error.cure) from error
    if app.problems:
        raise SetupError(
            f"The app would not start: {' '.join(app.problems)}", "Change this in local.settings.json first."
        )
    return app


def scopes_of(app: AppDescription) -> dict[str, set[str]]:
    """Returns the names of the permissions that the offered tools may need, by API.

    Raises:
        SetupError: Among them is the one that is never asked for.
    """
    needed: dict[str, set[str]] = {api: set() for api in APP_IDS}
    for tool in app.tools or ():
        for api in APP_IDS:
            needed[api] |= app.scopes(tool, api)
    needed[_ALWAYS[0]].add(_ALWAYS[1])
    if _WIDENING in needed["devops"]:
        raise SetupError(
            f"A tool asks for Azure DevOps {_WIDENING}, which gives every token all a user may do.",
            "Declare narrower scopes for it.",
        )
    return needed


async def apis(directory: Directory, needed: Mapping[str, set[str]], console: Console) -> list[Api]:
    """Returns the APIs of which something is needed, as the tenant has them.

    Raises:
        RefusedError: The directory does not let them be read.
        SetupError: It cannot be asked.
    """
    found = []
    for key, names in needed.items():
        if not names:
            continue
        principal = await directory.get(
            f"/servicePrincipals(appId='{APP_IDS[key]}')", **{"$select": "id,appId,oauth2PermissionScopes"}
        )
        if principal is None:
            console.note(
                f"{API_NAMES[key]} is not in this tenant, so its permissions are left out. Connect an "
                "organization to the tenant and run it again, or leave its tools out: --tools mail,calendar,…"
            )
            continue
        known = {
            str(each["value"]): str(each["id"])
            for each in principal.get("oauth2PermissionScopes") or []
            if each.get("isEnabled", True)
        }
        if missing := sorted(names - known.keys()):
            console.note(f"{API_NAMES[key]} of this tenant has no permission {', '.join(missing)}.")
        scopes = {name: known[name] for name in sorted(names & known.keys())}
        found.append(Api(APP_IDS[key], API_NAMES[key], str(principal["id"]), scopes))
    return found
