"""Runs the checks, in the order in which one helps the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.doctor import (
    endpoint_checks,
    registration_checks,
    sign_in_endpoint_checks,
    sign_in_registration_checks,
    signed_in_checks,
)
from local.doctor.check_result import CannotCheckError, CheckResult, Outcome
from local.doctor.consent_check import consent
from local.doctor.easy_auth_check import easy_auth
from local.doctor.federated_credential_check import federated_credential
from local.doctor.http_responses import UnreachableError
from local.doctor.settings_check import settings
from local.doctor.target import Target
from local.doctor.unneeded_permissions import unneeded_permissions


@dataclass(frozen=True)
class Check:
    """Declares one check; `asks` is a function whose docstring says it."""

    name: str
    area: str
    asks: Callable[[Target], Awaitable[CheckResult]]


@dataclass(frozen=True)
class Finding:
    """Holds a check and its result."""

    check: str
    area: str
    outcome: Outcome
    what: str
    cure: str


def _checks(area: str, *questions: Callable[[Target], Awaitable[CheckResult]]) -> tuple[Check, ...]:
    return tuple(Check(asks.__name__, area, asks) for asks in questions)


SETTINGS = _checks("Settings", settings)
DIRECTORY = _checks(
    "App registration",
    registration_checks.registration,
    registration_checks.token_version,
    registration_checks.scope,
    registration_checks.clients,
    registration_checks.identifier_uris,
    registration_checks.devops_permission,
    federated_credential,
    consent,
    unneeded_permissions,
)
EASY_AUTH = _checks("Server", easy_auth, sign_in_endpoint_checks.open_paths)
PROXY_DIRECTORY = _checks(
    "Sign-in proxy",
    sign_in_registration_checks.sign_in_registration,
    sign_in_registration_checks.sign_in_credential,
    sign_in_registration_checks.sign_in_consent,
    sign_in_registration_checks.sign_in_redirect,
)
PROXY_SETTINGS = _checks(
    "Sign-in proxy", sign_in_endpoint_checks.sign_in_settings, sign_in_endpoint_checks.sign_in_address
)
PROXY_SERVER = _checks(
    "Sign-in proxy", sign_in_endpoint_checks.sign_in_metadata, sign_in_endpoint_checks.sign_in_endpoints
)
ADDRESS = Check("address", "Server", endpoint_checks.address)
SERVER = _checks(
    "Server",
    endpoint_checks.health,
    endpoint_checks.challenge,
    endpoint_checks.anonymous_get,
    endpoint_checks.audience,
    endpoint_checks.metadata,
    endpoint_checks.spoofed_principal,
    signed_in_checks.signed_in_get,
    signed_in_checks.tools,
)


async def examine(target: Target) -> list[Finding]:
    """Returns how every check came out that the target can be asked."""
    findings = [await run(check, target) for check in SETTINGS]
    if not target.mcp_url:
        checks = [*DIRECTORY, *_of_the_proxy(target)]
        return findings + [await run(check, target) for check in checks]
    reached = await run(ADDRESS, target)
    findings += [await run(check, target) for check in DIRECTORY]
    findings.append(reached)
    if target.easy_auth is not None:
        findings += [await run(check, target) for check in EASY_AUTH]
    server = [*SERVER, *(PROXY_SERVER if target.proxy.mode else ())]
    unasked = CannotCheckError("The server was not asked.", "Mend the check of the address first.")
    findings += [
        await run(check, target)
        if reached.outcome == "ok"
        else _finding(check, CheckResult("unknown", str(unasked), unasked.cure))
        for check in server
    ]
    return findings + [await run(check, target) for check in _of_the_proxy(target)]


def _of_the_proxy(target: Target) -> tuple[Check, ...]:
    """Returns the checks of the sign-in proxy that do not ask the server; none without one."""
    if not target.proxy.mode:
        return ()
    return PROXY_SETTINGS + (PROXY_DIRECTORY if target.proxy.signs_in else ())


async def run(check: Check, target: Target) -> Finding:
    """Returns how one check came out; what prevents it is part of that."""
    try:
        return _finding(check, await check.asks(target))
    except CannotCheckError as error:
        return _finding(check, CheckResult("unknown", str(error), error.cure))
    except UnreachableError as error:
        return _finding(check, CheckResult("wrong", str(error), error.cure))


def _finding(check: Check, result: CheckResult) -> Finding:
    return Finding(check.name, check.area, result.outcome, result.what, result.cure)
