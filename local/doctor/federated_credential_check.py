"""Checks whether Entra accepts the managed identity's assertion for the app's own."""

from __future__ import annotations

import json
from typing import Any

from local.doctor.check_result import CannotCheckError, CheckResult, ok, wrong
from local.doctor.target import Target

_NAME = "function-app-identity"


async def federated_credential(target: Target) -> CheckResult:
    """Checks whether a federated credential has the issuer, subject and audience of the managed identity."""
    wanted = await wanted_credential(target)
    if isinstance(wanted, CheckResult):
        return wanted
    directory = await target.directory()
    settings = target.app.settings
    await directory.application()
    found = await directory.federated_credentials()
    differing = [differences(each, wanted) for each in found]
    if [] in differing:
        return ok("The federated credential trusts the managed identity.")
    if not found:
        return wrong(
            "The registration has no federated credential, so the app cannot prove itself.",
            creation(directory.client_id, wanted),
        )
    nearest = min(range(len(found)), key=lambda number: len(differing[number]))
    named = [_told(found[nearest], wanted, part, settings) for part in differing[nearest]]
    return wrong(
        f'The federated credential "{found[nearest].get("name")}" does not fit: {"; ".join(named)}.',
        f"az ad app federated-credential update --id {directory.client_id} --federated-credential-id "
        f"{found[nearest].get('id')} --parameters "
        f"'{json.dumps({'name': found[nearest].get('name'), **wanted})}' (it works some minutes later)",
    )


async def wanted_credential(target: Target) -> dict[str, Any] | CheckResult:
    """Returns what a federated credential must say; or the result, where it needs none or has no identity.

    Raises:
        CannotCheckError: Which identity proves the app is not known.
    """
    settings = target.app.settings
    if settings is None:
        raise CannotCheckError(
            "Which identity proves the app is not known, as its settings are not.",
            "Mend the check of the settings first.",
        )
    if settings.credential != "managed_identity" or settings.managed_identity_client_id is None:
        return ok(f"Not needed: the app proves itself by a {settings.credential.replace('_', ' ')}.")
    identity = await (await target.directory()).service_principal(settings.managed_identity_client_id)
    if identity is None:
        return wrong(
            f"The tenant has no managed identity with the client id {settings.managed_identity_client_id}.",
            "Set AZURE_MI_CLIENT_ID to the one the app has: az identity list --query "
            '"[].{name:name, clientId:clientId}" -o table',
        )
    return {
        "issuer": f"{settings.authority_host}/{settings.tenant_id}/v2.0",
        "subject": str(identity["id"]),
        "audiences": [settings.token_exchange_audience],
    }


def creation(client_id: str, wanted: dict[str, Any]) -> str:
    """Returns the command that gives a registration a federated credential."""
    return (
        f"az ad app federated-credential create --id {client_id} --parameters "
        f"'{json.dumps({'name': _NAME, **wanted})}'"
    )


def differences(credential: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Returns the parts of a credential that are not as wanted."""
    # Entra compares them letter by letter ("Workload identity federation considerations").
    return [part for part, value in wanted.items() if credential.get(part) != value]


def _told(credential: dict[str, Any], wanted: dict[str, Any], part: str, settings: Any) -> str:
    is_, must = _text(credential.get(part)), _text(wanted[part])
    if part == "subject" and is_ == settings.managed_identity_client_id:
        return f"its subject is the identity's client id {is_}, and must be its object id {must}"
    return f"its {part.removesuffix('s')} is {is_ or 'missing'}, and must be {must}"


def _text(value: Any) -> str:
    return " and ".join(value) if isinstance(value, list) else str(value or "")
