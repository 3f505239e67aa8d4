"""Checks whether Easy Auth is set up as the app needs it, where Azure says how it is set up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local.doctor.check_result import CannotCheckError, CheckResult, ok, wrong
from local.doctor.registration_checks import CLIENTS
from local.doctor.target import Target


async def easy_auth(target: Target) -> CheckResult:
    """Checks whether Easy Auth refuses strangers with 401, and takes this app's tokens from its clients."""
    if target.easy_auth is None:
        raise CannotCheckError("How Easy Auth is set up is known to Azure alone.", "az login")
    problems = [*_refusals(target.easy_auth), *await _tokens(target, target.easy_auth)]
    if not problems:
        return ok("Easy Auth is set up for this app, its issuer and its clients.")
    return wrong(
        "\n".join(["Easy Auth is not set up as the app needs it:", *(f"  {each}" for each in problems)]),
        "Azure portal, the function app, Authentication, Edit (and Microsoft, Edit). The deployment sets all "
        "of it: azd provision",
    )


def easy_auth_registration(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the app registration in a set-up of Easy Auth."""
    return _part(settings, "identityProviders", "azureActiveDirectory", "registration")


def _refusals(settings: Mapping[str, Any]) -> Iterator[str]:
    validation = _part(settings, "globalValidation")
    if not _part(settings, "platform").get("enabled"):
        yield "it is off (platform.enabled)"
    if not validation.get("requireAuthentication"):
        yield "it lets everybody in (globalValidation.requireAuthentication)"
    action = validation.get("unauthenticatedClientAction")
    if action != "Return401":
        yield f"unauthenticated clients get {action}, and must get Return401"


async def _tokens(target: Target, settings: Mapping[str, Any]) -> list[str]:
    identity = await target.identity()
    registration = easy_auth_registration(settings)
    validation = _part(settings, "identityProviders", "azureActiveDirectory", "validation")
    problems = []
    client_id = str(registration.get("clientId"))
    if client_id.casefold() != identity.client_id:
        problems.append(f"its client id is {client_id}, and must be {identity.client_id}")
    if registration.get("openIdIssuer") != identity.issuer:
        problems.append(f"its issuer is {registration.get('openIdIssuer')}, and must be {identity.issuer}")
    uris = await target.identifier_uris()
    own = {identity.client_id, f"api://{identity.client_id}", *(uri.casefold() for uri in uris)}
    foreign = [each for each in validation.get("allowedAudiences") or [] if str(each).casefold() not in own]
    if foreign:
        problems.append(
            f"it takes tokens for {', '.join(foreign)}, which are not this app's (allowedAudiences)"
        )
    allowed = _part(validation, "defaultAuthorizationPolicy").get("allowedApplications") or []
    barred = [f"{name} ({client})" for client, name in CLIENTS.items() if allowed and client not in allowed]
    if barred:
        problems.append(f"it answers 403 to {' and '.join(barred)} (allowedApplications)")
    return problems


def _part(settings: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Returns a nested object; empty where there is none."""
    for step in path:
        settings = settings.get(step) or {}
    return settings
