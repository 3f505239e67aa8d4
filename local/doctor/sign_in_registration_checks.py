"""Checks the registration of the sign-in proxy: whether Entra knows and trusts it, and sends people back."""

from __future__ import annotations

from typing import Any

from local.doctor.check_result import CannotCheckError, CheckResult, ok, wrong
from local.doctor.federated_credential_check import creation, differences, wanted_credential
from local.doctor.target import Target

_PORTAL = "Entra admin center, App registrations, the sign-in proxy's"


async def sign_in_registration(target: Target) -> CheckResult:
    """Checks whether the proxy is registered as a confidential client of this tenant, without a secret."""
    client_id, found = await _registered(target)
    directory = await target.directory()
    if client_id == directory.client_id:
        return wrong(
            "The sign-in proxy has the registration of the server: Entra gives no client a token for itself "
            "(AADSTS90009), and the server's would take codes.",
            "Give it one of its own: azd provision makes it, or set SIGN_IN_CLIENT_ID.",
        )
    if found is None:
        return wrong(
            f"The directory has no app registration with the client id {client_id}: sign-in ends with "
            "AADSTS700016.",
            "azd provision makes it; by hand: python infra/registration.py <server's client id> sign-in "
            "--origin <https://host>",
        )
    principal = await directory.service_principal(client_id)
    if principal is None or principal.get("accountEnabled") is False:
        fault = "has no enterprise application" if principal is None else "is disabled"
        return wrong(
            f'The registration of the sign-in proxy "{found.get("displayName")}" {fault}.',
            f"az ad sp create --id {client_id}"
            if principal is None
            else f"az ad sp update --id {client_id} --set accountEnabled=true",
        )
    if found.get("isFallbackPublicClient") or _addresses(found, "publicClient") or _addresses(found, "spa"):
        return wrong(
            "The registration of the sign-in proxy is also a public client: any program that knows its "
            "client id could have codes sent to it.",
            f"{_PORTAL}, Authentication: no platform but Web, and Allow public client flows: No.",
        )
    if found.get("passwordCredentials") or found.get("keyCredentials"):
        return wrong(
            "The registration of the sign-in proxy has a secret or a certificate; the managed identity alone "
            "is to prove it.",
            f"{_PORTAL}, Certificates & secrets: delete them.",
        )
    return ok(f'"{found.get("displayName")}" is a confidential client without a secret.')


async def sign_in_credential(target: Target) -> CheckResult:
    """Checks whether the proxy's registration trusts the managed identity too."""
    client_id, _ = await _registration(target)
    wanted = await wanted_credential(target)
    if isinstance(wanted, CheckResult):
        return wanted
    directory = await target.directory()
    page = await directory.find(f"/applications(appId='{client_id}')/federatedIdentityCredentials") or {}
    credentials = page.get("value") or []
    if any(not differences(each, wanted) for each in credentials):
        return ok("The sign-in proxy's federated credential trusts the managed identity.")
    fault = "has no federated credential" if not credentials else "trusts another identity"
    return wrong(
        f"The registration of the sign-in proxy {fault}: no code is redeemed (AADSTS70021, AADSTS700213).",
        f"{creation(client_id, wanted)} (it works some minutes later)",
    )


async def sign_in_consent(target: Target) -> CheckResult:
    """Checks whether users are let through the proxy without a consent that Entra would ask for."""
    client_id, found = await _registration(target)
    server = await (await target.directory()).application()
    api = server.get("api") or {}
    scope = (await target.identity()).scope
    ids = {each["id"] for each in api.get("oauth2PermissionScopes") or [] if each["value"] == scope}
    allowed = {
        str(each["appId"]).casefold()
        for each in api.get("preAuthorizedApplications") or []
        if ids & set(each.get("delegatedPermissionIds") or [])
    }
    if client_id not in allowed:
        return wrong(
            f"The sign-in proxy ({client_id}) is not pre-authorized for {scope}: its users are refused with "
            "AADSTS65001.",
            "Entra admin center, App registrations, the server's, Expose an API, Add a client application: "
            f"that id, with the scope {scope}. With azd: azd provision.",
        )
    asked = {
        str(access["id"])
        for each in found.get("requiredResourceAccess") or []
        for access in each["resourceAccess"]
    }
    if asked - ids:
        return wrong(
            "The registration of the sign-in proxy asks for other permissions than the server's scope.",
            f"{_PORTAL}, API permissions: remove all but {scope} of the server.",
        )
    return ok(f"The sign-in proxy is pre-authorized for {scope}, and asks for nothing else.")


async def sign_in_redirect(target: Target) -> CheckResult:
    """Checks whether Entra sends people back to the proxy, and to nothing else."""
    client_id, found = await _registration(target)
    wanted = f"{target.proxy.origin}/oauth/callback"
    addresses = _addresses(found, "web")
    cure = f"az ad app update --id {client_id} --web-redirect-uris {wanted}"
    if wanted not in addresses:
        said = f"only {', '.join(addresses)}" if addresses else "none"
        return wrong(
            f"{wanted} is no redirect address of the sign-in proxy, which has {said}: AADSTS50011.", cure
        )
    if len(addresses) > 1:
        others = ", ".join(each for each in addresses if each != wanted)
        return wrong(f"Codes of the sign-in proxy can also be sent to {others}.", cure)
    return ok(f"Entra sends people back to {wanted} alone.")


async def _registered(target: Target) -> tuple[str, dict[str, Any] | None]:
    """Returns the client id of the proxy's registration, and the registration if the directory has it."""
    client_id = target.proxy.registration()
    return client_id, await (await target.directory()).find(f"/applications(appId='{client_id}')")


async def _registration(target: Target) -> tuple[str, dict[str, Any]]:
    """Returns the registration there is, with its client id.

    Raises:
        CannotCheckError: The directory has none.
    """
    client_id, found = await _registered(target)
    if found is None:
        raise CannotCheckError(
            "The directory has no registration of the sign-in proxy.",
            "Mend the check of its registration first.",
        )
    return client_id, found


def _addresses(application: dict[str, Any], platform: str) -> list[str]:
    return [str(each) for each in (application.get(platform) or {}).get("redirectUris") or []]
