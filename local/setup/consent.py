"""Makes the service principal of the registration, and consents to the permissions."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from local.setup.console import Console
from local.setup.directory import Directory, Object, RefusedError
from local.setup.errors import SetupError
from local.setup.permissions import Api
from local.setup.registration import REDIRECT_URI
from local.setup.sign_in import Person, SignIn

# OpenID Connect Core 1.0, 5.4 and 11: a browser's consent has them too, and they open nothing.
_SIGN_IN = {"openid", "profile", "email", "offline_access"}


async def service_principal(directory: Directory, client_id: str, console: Console) -> Object:
    """Returns the service principal of the registration, made or enabled if need be, once it is known.

    Raises:
        SetupError: The directory does not know it after a minute.
        RefusedError: The directory refuses it.
    """
    path = f"/servicePrincipals(appId='{client_id}')"
    found = await directory.get(path, **{"$select": "id,appId,accountEnabled"})
    if found is None:
        made = await directory.change("post", "/servicePrincipals", {"appId": client_id})
        found = {"id": "<service-principal-id>", **made}
        console.done("create its service principal")
        if not await directory.known(f"/servicePrincipals/{found['id']}"):
            raise SetupError(
                "The directory does not know the new service principal after a minute.",
                "Run it again in some minutes; it goes on from here.",
            )
    elif found.get("accountEnabled") is False:
        await directory.change("patch", f"/servicePrincipals/{found['id']}", {"accountEnabled": True})
        console.done("enable its service principal, which was disabled")
    return found


async def grant(
    directory: Directory,
    principal: Object,
    person: Person,
    apis: Sequence[Api],
    *,
    for_all: bool,
    console: Console,
) -> bool:
    """Consents to the permissions, for the person alone or for everybody; returns whether that was allowed.

    What was consented to for everybody is not repeated for the person. The person's own consent is as wide
    as the tools need, and no wider.

    Raises:
        RefusedError: The directory refuses it for another reason than a lacking right.
    """
    grants = await grants_to(directory, str(principal["id"]))
    try:
        for api in apis:
            await _grant_one(directory, principal, person, api, grants, for_all=for_all, console=console)
    except RefusedError as error:
        if not error.denied:
            raise
        return False
    return True


def consent_link(sign_in: SignIn, client_id: str, *, for_all: bool) -> str:
    """Returns where a person consents to all that the registration lists, for themselves or for everybody."""
    # `.default` means the permissions in the registration, of every API in it.
    asked = {"client_id": client_id, "redirect_uri": REDIRECT_URI, "scope": f"{sign_in.graph}/.default"}
    base = f"{sign_in.authority}/{sign_in.tenant_id}"
    if for_all:
        return f"{base}/v2.0/adminconsent?{urlencode(asked)}"
    return (
        f"{base}/oauth2/v2.0/authorize?{urlencode({**asked, 'response_type': 'code', 'prompt': 'consent'})}"
    )


async def grants_to(directory: Directory, principal_id: str) -> Sequence[Object]:
    """Returns the consents to the registration; the person's own, where no others may be read.

    Raises:
        RefusedError: The directory does not let even these be read.
    """
    try:
        return await directory.list_all(
            "/oauth2PermissionGrants", **{"$filter": f"clientId eq '{principal_id}'"}
        )
    except RefusedError as error:
        if not error.denied:
            raise
        own = await directory.list_all("/me/oauth2PermissionGrants")
        return [each for each in own if each.get("clientId") == principal_id]


async def _grant_one(
    directory: Directory,
    principal: Object,
    person: Person,
    api: Api,
    grants: Sequence[Object],
    *,
    for_all: bool,
    console: Console,
) -> None:
    of_api = [each for each in grants if each.get("resourceId") == api.principal_id]
    everybodys = next((each for each in of_api if each.get("consentType") == "AllPrincipals"), None)
    own = next((each for each in of_api if each.get("principalId") == person.id), None)
    covered = _scopes(everybodys)
    wanted = set(api.scopes)
    if for_all:
        await _put(directory, everybodys, wanted | covered, _new(principal, api, None), console)
        return
    lacking = wanted - covered
    if own is None and not lacking:
        console.ok(f"Everybody in the tenant has consented to {api.name}.")
        return
    await _put(directory, own, lacking, _new(principal, api, person), console)


async def _put(
    directory: Directory, there: Object | None, wanted: set[str], new: Object, console: Console
) -> None:
    """Makes a consent as wide as wanted: a new one, a changed one, or none if it would say nothing."""
    scope = " ".join(sorted(wanted))
    whose = "everybody" if new["consentType"] == "AllPrincipals" else "you alone"
    if there is None:
        await directory.change("post", "/oauth2PermissionGrants", {**new, "scope": scope})
        console.done(f"consent for {whose}: {scope}")
    elif not wanted:
        await directory.change("delete", f"/oauth2PermissionGrants/{there['id']}")
        console.done("remove your own consent, which that of everybody covers")
    elif _scopes(there) - _SIGN_IN != wanted:
        try:
            await directory.change("patch", f"/oauth2PermissionGrants/{there['id']}", {"scope": scope})
        except RefusedError as error:
            if not (error.denied and wanted <= _scopes(there)):
                raise
            console.note(f"The consent for {whose} is wider than needed, and you may not narrow it.")
        else:
            console.done(f"change the consent for {whose} to: {scope}")


def _new(principal: Object, api: Api, person: Person | None) -> Object:
    new: Object = {"clientId": principal["id"], "resourceId": api.principal_id}
    if person is None:
        return {**new, "consentType": "AllPrincipals"}
    return {**new, "consentType": "Principal", "principalId": person.id}


def _scopes(grant: Object | None) -> set[str]:
    return set(str(grant.get("scope") or "").split()) if grant else set()
