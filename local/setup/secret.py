"""Gives the registration a client secret for this machine, and writes it where the app reads it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

from local.setup.console import Console
from local.setup.directory import Directory, Object, RefusedError
from local.setup.errors import SetupError
from local.setup.registration import SECRET_NAME
from local.setup.settings_file import SettingsFile

SETTING = "AZURE_CLIENT_SECRET"
_LIFETIME = timedelta(days=30)
_RENEWED_BEFORE = timedelta(days=2)


async def put(
    directory: Directory, application: Object, file: SettingsFile, console: Console, *, dry_run: bool
) -> None:
    """Makes sure that the file has a secret of the registration that holds for some days yet.

    A new secret goes from the directory's answer into the file and nowhere else. The older ones of this
    machine are removed then, also those that an interrupted run left.

    Raises:
        SetupError: The tenant's policy does not allow secrets, or the file cannot be written.
        RefusedError: The directory refuses it.
    """
    name = f"{SECRET_NAME} on {socket.gethostname()}"
    held = [each for each in application.get("passwordCredentials") or [] if each.get("displayName") == name]
    value = file.values().get(SETTING, "")
    current = next((each for each in held if _is_of(each, value)), None)
    if current is not None and _ends(current) - datetime.now(UTC) > _RENEWED_BEFORE:
        console.ok(f"The client secret holds until {_ends(current):%Y-%m-%d}.")
    else:
        current = await _new(directory, application, name, file, dry_run=dry_run)
        console.done(f"make a client secret of {_LIFETIME.days} days and write it into {file.name}")
    for old in held:
        if old["keyId"] != current.get("keyId"):
            path = f"/applications/{application['id']}/removePassword"
            await directory.change("post", path, {"keyId": old["keyId"]})
            console.done("remove an older secret of this machine")


async def _new(
    directory: Directory, application: Object, name: str, file: SettingsFile, *, dry_run: bool
) -> Object:
    path = f"/applications/{application['id']}"
    ends = (datetime.now(UTC) + _LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = {"passwordCredential": {"displayName": name, "endDateTime": ends}}
    try:
        made = await directory.change("post", f"{path}/addPassword", wanted)
    except RefusedError as error:
        if "Policy" not in error.code and "policy" not in str(error):
            raise
        raise SetupError(
            f"A policy of the tenant does not allow this secret: {error}",
            "An administrator exempts the registration from the app management policy (Entra admin center, "
            "Enterprise applications, Application policies), or you use the local tenant: make run",
        ) from error
    if dry_run:
        return made
    try:
        file.put({SETTING: str(made["secretText"])})
    except SetupError:
        # Nobody has seen it, and nobody will.
        await directory.change("post", f"{path}/removePassword", {"keyId": made["keyId"]})
        raise
    return {name: value for name, value in made.items() if name != "secretText"}


def _is_of(credential: Object, secret: str) -> bool:
    """Tells whether a secret is that of a credential, of which the directory shows three characters."""
    hint = str(credential.get("hint") or "")
    return bool(hint) and secret.startswith(hint)


def _ends(credential: Object) -> datetime:
    return datetime.fromisoformat(str(credential["endDateTime"]))
