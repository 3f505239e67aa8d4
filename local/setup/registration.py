"""Finds the app registration that the setup made, makes it, and repairs it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.easyauth.command import PORT as FRONT_PORT
from local.setup.choices import is_guid
from local.setup.console import Console
from local.setup.directory import Directory, Object, RefusedError
from local.setup.errors import SetupError
from local.setup.settings_file import SettingsFile
from local.setup.sign_in import Person

TAG = "m365-devops-mcp-setup"
"""What marks the registrations that the setup made."""
REDIRECT_URI = f"http://localhost:{FRONT_PORT}/.auth/login/aad/callback"
"""Where Entra returns whoever has followed a link to consent; nobody signs in there."""
SECRET_NAME = "m365-devops-mcp setup"  # noqa: S105 - a name
"""What the setup calls its secrets; the machine's name follows."""
_SELECT = (
    "id,appId,displayName,tags,createdDateTime,signInAudience,identifierUris,api,requiredResourceAccess,web,"
    "spa,publicClient,passwordCredentials,keyCredentials"
)


@dataclass(frozen=True)
class Wanted:
    """Says what the registration has to hold.

    Attributes:
        scope: The name of the scope it exposes.
        clients: The client ids whose users need not consent to it.
        identifier_uris: Application ID URIs besides `api://<client id>`.
        permissions: The ids of the delegated permissions, by the client id of their API.
    """

    scope: str
    clients: tuple[str, ...]
    identifier_uris: tuple[str, ...]
    permissions: Mapping[str, tuple[str, ...]]


async def find(
    directory: Directory, person: Person, configured: str, file: SettingsFile, console: Console
) -> Object | None:
    """Returns the registration that the setup made for this person; None if there is none.

    `configured` is the client id that the settings file names; empty for none. Where it has just been
    written, as by a run that was interrupted, the directory is given time to know it.

    Raises:
        SetupError: There are several, or the file names one that is not the setup's or not this person's.
        RefusedError: The directory does not let it be looked for.
    """
    if is_guid(configured):
        path = f"/applications(appId='{configured.strip().lower()}')"
        if file.was_just_written():
            await directory.known(path)
        named = await directory.get(path, **{"$select": _SELECT})
        if named is not None:
            return await _of_file(directory, person, named, file.name)
        console.note(f"{file.name} names the registration {configured}, which the tenant does not have.")
    tagged = await directory.list_all(
        "/applications", **{"$filter": f"tags/any(t:t eq '{TAG}')", "$select": _SELECT}
    )
    own = [each for each in tagged if await _owners(directory, each) == [person.id]]
    if len(own) > 1:
        listed = ", ".join(f"{each['appId']} (made {each.get('createdDateTime')})" for each in own)
        raise SetupError(
            f"{len(own)} registrations of yours carry the tag {TAG}: {listed}.",
            "Delete all but one (az ad app delete --id <client id>), or write the one to use into "
            f"{file.name} as AZURE_CLIENT_ID.",
        )
    if not own:
        return None
    await _check_untouched(directory, own[0])
    return own[0]


async def create(directory: Directory, person: Person, console: Console) -> Object:
    """Makes a registration: single tenant, and with tokens of version 2 from its first moment.

    Raises:
        SetupError: The person may not.
        RefusedError: The directory refuses it.
    """
    name = f"m365-devops-mcp of {person.name}"
    try:
        made = await directory.change(
            "post",
            "/applications",
            {
                "displayName": name,
                "signInAudience": "AzureADMyOrg",
                "tags": [TAG],
                "api": {"requestedAccessTokenVersion": 2},
                "web": {"redirectUris": [REDIRECT_URI]},
            },
        )
    except RefusedError as error:
        if not error.denied:
            raise
        raise SetupError(
            f"You may not create app registrations: {error}",
            "A Privileged Role Administrator assigns you the Entra role Application Developer; then run it "
            "again.",
        ) from error
    made = {"id": "<object-id>", "appId": "<client-id>", **made}
    console.done(f'create the registration "{name}" (client id {made["appId"]})')
    return made


async def own(directory: Directory, person: Person, application: Object, console: Console) -> None:
    """Makes the person its owner, which an administrator who creates one is not by that.

    Raises:
        RefusedError: The directory refuses it.
    """
    path = f"/applications/{application['id']}/owners"
    known = await directory.known(f"/applications/{application['id']}")
    if known and person.id in await _owners(directory, application):
        return
    reference = {"@odata.id": f"{directory.endpoint}/v1.0/directoryObjects/{person.id}"}
    try:
        await directory.change("post", f"{path}/$ref", reference)
    except RefusedError as error:
        # The list was late: the directory has made its creator the owner.
        if "already exist" not in str(error):
            raise
    else:
        console.done(f"make {person.name} its owner, where creating it did not")


async def repair(directory: Directory, application: Object, wanted: Wanted, console: Console) -> None:
    """Changes what differs from what is wanted, in an order that Entra takes.

    Tokens of version 2 come before any application ID URI, as Entra takes more of these with them; the scope
    comes before the clients that are pre-authorized for it. Scopes, URIs and redirect addresses that
    somebody added stay; clients and permissions are as wanted.

    Raises:
        SetupError: The tenant's policy does not take an application ID URI.
        RefusedError: The directory refuses something.
    """
    path = f"/applications/{application['id']}"

    async def change(what: str, **properties: Any) -> None:
        await directory.change("patch", path, properties)
        application.update(properties)
        console.done(what)

    if application.get("signInAudience") != "AzureADMyOrg":
        await change("let only users of this tenant sign in", signInAudience="AzureADMyOrg")
    # Sent whole: what is left out of a complex property may be taken for removed.
    api = {"oauth2PermissionScopes": [], "preAuthorizedApplications": [], **(application.get("api") or {})}
    scope = _scope(api, str(application["appId"]), wanted.scope)
    others = [each for each in api["oauth2PermissionScopes"] if each["value"] != wanted.scope]
    if api.get("requestedAccessTokenVersion") != 2 or scope not in api["oauth2PermissionScopes"]:
        api = {**api, "requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [*others, scope]}
        await change(f"ask for tokens of version 2 and expose the scope {wanted.scope}", api=api)
    await _put_identifier_uris(change, application, wanted)
    if _pre_authorized(api, str(scope["id"])) != set(wanted.clients):
        clients = [{"appId": each, "delegatedPermissionIds": [scope["id"]]} for each in wanted.clients]
        api = {**api, "preAuthorizedApplications": clients}
        await change(f"pre-authorize {len(clients)} clients for it, and no other", api=api)
    if _permissions(application) != {api_id: set(ids) for api_id, ids in wanted.permissions.items()}:
        access = [
            {"resourceAppId": api_id, "resourceAccess": [{"id": each, "type": "Scope"} for each in ids]}
            for api_id, ids in wanted.permissions.items()
        ]
        count = sum(map(len, wanted.permissions.values()))
        await change(f"list the {count} permissions that the tools need", requiredResourceAccess=access)
    web = application.get("web") or {}
    if REDIRECT_URI not in (web.get("redirectUris") or []):
        uris = [*(web.get("redirectUris") or []), REDIRECT_URI]
        await change("add the address to return to after consent", web={**web, "redirectUris": uris})


async def _put_identifier_uris(change: Any, application: Object, wanted: Wanted) -> None:
    def missing(needed: tuple[str, ...]) -> list[str]:
        present = {each.casefold() for each in application.get("identifierUris") or []}
        return [uri for uri in needed if uri.casefold() not in present]

    async def add(uris: list[str]) -> None:
        present = list(application.get("identifierUris") or [])
        await change(f"name it {' and '.join(uris)}", identifierUris=[*present, *uris])

    if usual := missing((f"api://{application['appId']}",)):
        await add(usual)
    if further := missing(wanted.identifier_uris):
        try:
            await add(further)
        except RefusedError as error:
            raise SetupError(
                f"The tenant does not take {' and '.join(further)} as application ID URI: {error}",
                "Leave --identifier-uri out, or name a domain that is verified in the tenant (Entra admin "
                "center, Custom domain names).",
            ) from error


async def _of_file(directory: Directory, person: Person, named: Object, file_name: str) -> Object:
    what = f'"{named.get("displayName")}" ({named["appId"]})'
    if TAG not in (named.get("tags") or []):
        raise SetupError(
            f"{file_name} names the registration {what}, which this command did not make.",
            "It is left alone: use another file (--settings FILE), or empty AZURE_CLIENT_ID in this one.",
        )
    owners = await _owners(directory, named)
    if not owners:
        # A run that was interrupted before it made an administrator the owner of what they had created.
        await _check_untouched(directory, named)
    elif owners != [person.id]:
        raise SetupError(
            f"{file_name} names the registration {what}, which is not yours alone.",
            "It is left alone: empty AZURE_CLIENT_ID in the file to get one of your own, or use another file "
            "(--settings FILE).",
        )
    return named


async def _owners(directory: Directory, application: Object) -> list[str]:
    """Returns the ids of its owners, each of whom could add a secret to it and act as it."""
    owners = await directory.list_all(f"/applications/{application['id']}/owners", **{"$select": "id"})
    return [str(each["id"]) for each in owners]


async def _check_untouched(directory: Directory, application: Object) -> None:
    """Refuses a registration found by its tag alone if somebody else could act as it.

    Raises:
        SetupError: It has credentials or redirect addresses that are not the setup's.
    """
    foreign = [
        str(each.get("displayName") or each.get("keyId"))
        for each in application.get("passwordCredentials") or []
        if not str(each.get("displayName") or "").startswith(SECRET_NAME)
    ]
    foreign += [str(each.get("keyId")) for each in application.get("keyCredentials") or []]
    federated = await directory.list_all(f"/applications/{application['id']}/federatedIdentityCredentials")
    foreign += [str(each.get("name")) for each in federated]
    foreign += [
        str(uri)
        for platform in ("web", "spa", "publicClient")
        for uri in (application.get(platform) or {}).get("redirectUris") or []
        if uri != REDIRECT_URI
    ]
    if foreign:
        raise SetupError(
            f"The registration {application['appId']} carries the tag {TAG}, but also credentials or "
            f"redirect addresses that this command did not make: {', '.join(foreign)}.",
            "If you know them, write its client id into local.settings.json as AZURE_CLIENT_ID; if not, "
            f"delete it: az ad app delete --id {application['appId']}",
        )


def _scope(api: Object, client_id: str, name: str) -> Object:
    """Returns the scope as it has to be: the one there is, enabled, or else a new one."""
    there = next((each for each in api["oauth2PermissionScopes"] if each["value"] == name), None)
    if there is not None:
        return {**there, "isEnabled": True}
    return {
        # Consent refers to it, so the same name has the same id.
        "id": str(uuid.uuid5(uuid.UUID(client_id), name)) if is_guid(client_id) else "<scope-id>",
        "value": name,
        "type": "User",
        "isEnabled": True,
        "adminConsentDisplayName": "Use the server as the signed-in user",
        "adminConsentDescription": "Lets the client app call the tools of this server as the signed-in user.",
        "userConsentDisplayName": "Use the server as you",
        "userConsentDescription": "Lets the client app call the tools of this server as you.",
    }


def _pre_authorized(api: Object, scope_id: str) -> set[str]:
    return {
        str(each["appId"]).lower()
        for each in api["preAuthorizedApplications"] or []
        if scope_id in (each.get("delegatedPermissionIds") or [])
    }


def _permissions(application: Object) -> dict[str, set[str]]:
    return {
        str(each["resourceAppId"]): {str(access["id"]) for access in each["resourceAccess"]}
        for each in application.get("requiredResourceAccess") or []
    }
