"""Checks that `az` and `azd` are signed in as one account, in one tenant and subscription."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clouds import BY_NAME
from commands import CommandError, az, azd, claims
from report import Finding


@dataclass(frozen=True)
class Account:
    """Holds the account that deploys."""

    object_id: str
    tenant: str
    is_person: bool


def account(environ: Mapping[str, str]) -> tuple[Account | None, list[Finding]]:
    """Returns the account that deploys to the subscription of the environment; None where nobody can."""
    try:
        shown = az("account", "show")
        of_az = claims(az("account", "get-access-token")["accessToken"])
    except CommandError as error:
        return None, [Finding(f"the Azure CLI is not signed in ({error})", "az login")]
    tenant = shown["tenantId"]
    try:
        of_azd = claims(azd("auth", "token")["token"])
    except CommandError as error:
        cure = f"azd auth login --tenant-id {tenant}"
        return None, [Finding(f"azd is not signed in ({error})", cure)]
    found = [
        *_place(environ, subscription=shown["id"], tenant=tenant, cloud=shown["environmentName"]),
        *_same(of_az, of_azd),
    ]
    return Account(of_az["oid"], tenant, shown["user"]["type"] == "user"), found


def _place(environ: Mapping[str, str], *, subscription: str, tenant: str, cloud: str) -> list[Finding]:
    found = []
    wanted = environ.get("AZURE_SUBSCRIPTION_ID", "")
    if not wanted:
        cure = f"azd env set AZURE_SUBSCRIPTION_ID {subscription}   (or call azd up, which asks)"
        found.append(Finding("no subscription is chosen (AZURE_SUBSCRIPTION_ID)", cure))
    elif wanted.casefold() != subscription.casefold():
        problem = f"the Azure CLI works in the subscription {subscription}, azd deploys to {wanted}"
        found.append(Finding(problem, f"az account set --subscription {wanted}"))
    wanted = environ.get("AZURE_TENANT_ID", "")
    if wanted and wanted.casefold() != tenant.casefold():
        problem = f"the Azure CLI is signed in to the tenant {tenant}, the environment is of {wanted}"
        found.append(Finding(problem, f"az login --tenant {wanted}"))
    if cloud not in BY_NAME:
        problem = f"the Azure CLI is set to {cloud}; this server can be deployed to {', '.join(BY_NAME)}"
        found.append(Finding(problem, "az cloud set --name AzureCloud, then az login"))
    elif cloud != "AzureCloud" and environ.get("ENTRA_MODE") != "existing":
        problem = f"in {cloud} a deployment cannot make Entra objects; only in AzureCloud it can"
        cure = "make the registration by hand and set ENTRA_MODE=existing, or az cloud set --name AzureCloud"
        found.append(Finding(problem, cure))
    return found


def _same(of_az: Mapping[str, str], of_azd: Mapping[str, str]) -> list[Finding]:
    if of_az.get("tid") != of_azd.get("tid"):
        problem = f"azd is signed in to the tenant {of_azd.get('tid')}, the Azure CLI to {of_az.get('tid')}"
        return [Finding(problem, f"azd auth login --tenant-id {of_az.get('tid')}")]
    if of_az.get("oid") != of_azd.get("oid"):
        return [
            Finding(
                f"azd and the Azure CLI are signed in as different accounts (object ids {of_azd.get('oid')} "
                f"and {of_az.get('oid')}), so the rights of one say nothing of the other",
                "azd auth login, or az login, with the account that is to deploy",
            )
        ]
    return []
