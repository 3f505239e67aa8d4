"""Checks that the deployed server, once warm, responds as it must to a client and to an intruder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from urllib.parse import urlsplit

from addresses import through_gateway
from choices import Choices
from commands import CommandError, az
from endpoint import Endpoint, UnreachableError
from report import Finding, say, show, show_unchecked
from sign_in import signs_in
from smoke_checks import CHECKS, SIGNED_IN_CHECKS, Deployed, WrongError
from smoke_sign_in import METADATA_CHECKS, SIGN_IN_CHECKS

# A first start loads host, extension bundle and worker; settings of authentication take minutes to spread.
_PATIENCE_SECONDS = 300.0
_NEEDED = ("MCP_URL", "MCP_SCOPE", "AZURE_TENANT_ID")
_ALL = CHECKS.keys() | SIGN_IN_CHECKS.keys() | SIGNED_IN_CHECKS.keys()
# What infra/modules/gateway.bicep lets through.
_AT_GATEWAY = {
    *("challenge", "metadata", "spoofed caller", "forged token", "session", "tools"),
    *SIGN_IN_CHECKS,
}


def main(environ: Mapping[str, str]) -> int:
    """Checks the server of the environment; returns 1 if anything stays wrong until the time is over."""
    missing = [name for name in _NEEDED if not environ.get(name)]
    if missing:
        show("environment", [Finding(f"{', '.join(missing)} is not known", "azd provision, which writes it")])
        return 1
    if urlsplit(environ["MCP_URL"]).scheme not in {"https", "http"}:
        problem = "MCP_URL is not the URL of a web server"
        show("environment", [Finding(problem, "azd provision, which writes it")])
        return 1
    patience_seconds = float(environ.get("SMOKE_SECONDS") or _PATIENCE_SECONDS)
    token, why_not = _token(environ["MCP_SCOPE"])
    failures = _check(_server(environ, environ["MCP_URL"]), _ALL, token, patience_seconds)
    if through_gateway(environ):
        at_gateway = _server(environ, through_gateway(environ))
        failures += _check(at_gateway, _AT_GATEWAY, token, patience_seconds)
    if not token:
        for name in SIGNED_IN_CHECKS:
            show_unchecked(name, why_not)
    return 1 if failures else 0


def _server(environ: Mapping[str, str], url: str) -> Deployed:
    tools = frozenset(tool["name"] for tool in Choices.of(environ).offered)
    endpoint = Endpoint(url)
    # With a gateway there are two addresses, and the proxy is at one of them.
    issuer = environ.get("MCP_SIGN_IN_ORIGIN", "")
    is_there = bool(issuer) and issuer == endpoint.origin
    at_gateway = url == through_gateway(environ)
    registers = environ.get("SIGN_IN_REGISTRATION", "").strip().casefold() == "true"
    return Deployed(
        endpoint,
        environ["MCP_SCOPE"],
        environ["AZURE_TENANT_ID"],
        tools,
        issuer=issuer if is_there else "",
        signs_in=is_there and signs_in(environ),
        registers=is_there and signs_in(environ) and registers,
        challenges=at_gateway or not is_there,
    )


def _check(server: Deployed, names: Collection[str], token: str, patience_seconds: float) -> int:
    """Checks a server, also as a signed-in user if there is a token; returns how many checks failed."""
    say(f"The server at {server.endpoint.url}:")
    of_proxy = SIGN_IN_CHECKS if server.signs_in else METADATA_CHECKS if server.issuer else {}
    checks: dict[str, Callable[[], None]] = {
        name: partial(check, server) for name, check in {**CHECKS, **of_proxy}.items()
    }
    if token:
        checks |= {name: partial(check, server, token) for name, check in SIGNED_IN_CHECKS.items()}
    return _run({name: check for name, check in checks.items() if name in names}, patience_seconds)


def _run(checks: Mapping[str, Callable[[], None]], patience_seconds: float) -> int:
    """Runs the checks, the failing ones again until the time is over; returns how many failed to the end."""
    give_up = time.monotonic() + patience_seconds
    pause = 0.5
    found: dict[str, Finding | None] = {name: _outcome(check) for name, check in checks.items()}
    if any(found.values()) and time.monotonic() + pause < give_up:
        failing = ", ".join(name for name, finding in found.items() if finding)
        say(f"  ..      not yet right: {failing}; waiting up to {patience_seconds:g} s")
    while any(found.values()) and time.monotonic() + pause < give_up:
        time.sleep(pause)
        pause = min(2 * pause, 10)
        found |= {name: _outcome(checks[name]) for name, finding in found.items() if finding}
    for name, finding in found.items():
        show(name, [finding] if finding else [])
    return sum(finding is not None for finding in found.values())


def _outcome(check: Callable[[], None]) -> Finding | None:
    try:
        check()
    except WrongError as wrong:
        return wrong.finding
    except UnreachableError as error:
        return Finding(
            f"no answer ({error})", "azd deploy; if it stays so: is the name known, the app running?"
        )
    return None


def _token(scope: str) -> tuple[str, str]:
    """Returns a token for the server of the person `az` is signed in as, or the reason why there is none."""
    try:
        if az("account", "show")["user"]["type"] != "user":
            return "", "as a pipeline cannot sign in as a user"
        return str(az("account", "get-access-token", "--scope", scope)["accessToken"]), ""
    except (CommandError, KeyError, TypeError) as error:
        return "", f"as the Azure CLI gave no token for the server ({error})"


if __name__ == "__main__":
    sys.exit(main(os.environ))
