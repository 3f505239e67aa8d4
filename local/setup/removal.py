"""Removes what the setup made."""

from __future__ import annotations

from collections.abc import Sequence

from local.setup.choices import is_guid
from local.setup.consent import grants_to
from local.setup.console import Console
from local.setup.directory import Directory, Object, RefusedError
from local.setup.errors import SetupError
from local.setup.secret import SETTING
from local.setup.settings_file import SettingsFile

KEYS = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    SETTING,
    "ALLOWED_CLIENT_IDS",
    "TOOLS",
    "ENABLE_WRITE_TOOLS",
)
"""The values of `local.settings.json` that belong to the registration, and go with it."""


async def remove(
    directory: Directory, application: Object | None, file: SettingsFile, console: Console, *, dry_run: bool
) -> None:
    """Removes the grants, the service principal, the registration and its values in the file.

    Raises:
        SetupError: The person does not want it, or the file cannot be changed.
        RefusedError: The directory refuses it.
    """
    there = [name for name in file.values() if name in KEYS]
    # Without a registration in the directory, what the file says of one is of no use either.
    names_one = is_guid(file.values().get("AZURE_CLIENT_ID", ""))
    if application is None and not names_one:
        console.ok("Nothing to do: there is no registration of yours, and no value of one in the file.")
        return
    if application is not None:
        console.confirm(
            f'Remove "{application.get("displayName")}" ({application["appId"]}) and its secrets?'
        )
        await _remove_from_directory(directory, application, console)
    else:
        console.confirm(f"Take {', '.join(there)} out of {file.name}?")
    if names_one:
        if not dry_run:
            file.drop(KEYS)
        console.done(f"take out of {file.name}: {', '.join(there)}")


async def _remove_from_directory(directory: Directory, application: Object, console: Console) -> None:
    client_id = application["appId"]
    principal = await directory.get(f"/servicePrincipals(appId='{client_id}')", **{"$select": "id"})
    if principal is not None:
        await _take_back(directory, await grants_to(directory, str(principal["id"])), console)
        await _delete(directory, f"/servicePrincipals/{principal['id']}")
        console.done("remove its service principal")
    for credential in application.get("passwordCredentials") or []:
        # A deleted registration can be restored for 30 days; its secrets are not to come back with it.
        path = f"/applications/{application['id']}/removePassword"
        await directory.change("post", path, {"keyId": credential["keyId"]})
    await _delete(directory, f"/applications/{application['id']}")
    console.done(f"remove the registration {client_id}")
    console.note(
        "Entra keeps it among the deleted ones for 30 days (Entra admin center, Deleted applications)."
    )


async def _take_back(directory: Directory, grants: Sequence[Object], console: Console) -> None:
    for grant in grants:
        try:
            await directory.change("delete", f"/oauth2PermissionGrants/{grant['id']}")
        except RefusedError as error:
            if not error.denied:
                raise
            console.note("You may not take back consents; they go with the service principal.")
            return
    if grants:
        console.done(f"take back {len(grants)} consents")


async def _delete(directory: Directory, path: str) -> None:
    try:
        await directory.change("delete", path)
    except RefusedError as error:
        if error.denied:
            raise SetupError(
                f"You may not remove it: {error}",
                "Somebody with the Entra role Application Administrator deletes the rest.",
            ) from error
        raise
