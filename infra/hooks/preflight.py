"""Checks everything before anything is created, and reports all problems at once, each with its remedy."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping

import entra
import region
import rights
from choices import Choices
from commands import CommandError, az, azd
from login import Account, account
from parameters import wrong_parameters
from report import Finding, say, show, show_unchecked

# Of November 2024, when Flex Consumption became generally available.
_AZ = (2, 67, 0)
# The first azd that runs Python hooks and knows all kinds of hooks.
_AZD = (1, 24, 0)
# The oldest Python that is still maintained.
_PYTHON = (3, 11)

_HOW = {"az": "install-azure-cli", "azd": "install-azd"}

# What reading a response raises that has another shape than the documented one.
_OTHER_SHAPE = (AttributeError, KeyError, TypeError)

Check = Callable[[], "list[Finding] | None"]


def main(environ: Mapping[str, str]) -> int:
    """Checks everything that can be checked; returns 1 if anything is wrong."""
    say("Before anything is created:")
    failures = _report("tools", tools) + _report("parameters", lambda: wrong_parameters(environ))
    who, wrong = _signed_in(environ)
    show("sign-in", wrong)
    failures += len(wrong)
    choices = Choices.of(environ)
    skipped = set(environ.get("PREFLIGHT_SKIP", "").split())
    for check, findings in _checks(who, choices).items():
        if check in skipped:
            show_unchecked(check, "as PREFLIGHT_SKIP says")
        elif wrong:
            show_unchecked(check, "for want of the right sign-in")
        else:
            failures += _report(check, findings)
    if failures:
        say(f"\n{failures} to mend before anything is created. Then call azd again.")
    return 1 if failures else 0


def tools() -> list[Finding]:
    """Returns the tools that are missing or too old."""
    found = []
    if sys.version_info < _PYTHON:
        problem = f"Python {sys.version.split()[0]} is too old for these scripts"
        found.append(Finding(problem, f"install Python {'.'.join(map(str, _PYTHON))} or newer"))
    asked: tuple[tuple[str, tuple[int, ...], Callable[[], str]], ...] = (
        ("az", _AZ, lambda: str(az("version")["azure-cli"])),
        ("azd", _AZD, lambda: str(azd("version")["azd"]["version"])),
    )
    for name, least, ask in asked:
        wanted = ".".join(map(str, least))
        cure = f"install {name} {wanted} or newer: https://aka.ms/{_HOW[name]}"
        try:
            version = ask()
        except CommandError as error:
            found.append(Finding(str(error), cure))
            continue
        if tuple(int(part) for part in re.findall(r"\d+", version)[:3]) < least:
            found.append(Finding(f"{name} {version} is too old", cure))
    return found


def _checks(who: Account | None, choices: Choices) -> Mapping[str, Check]:
    """Returns the checks that need a sign-in, by the names PREFLIGHT_SKIP takes."""
    return {
        "rights": lambda: rights.in_subscription(who, choices) if who else None,
        "entra-rights": lambda: rights.in_entra(who, choices) if who else None,
        "providers": lambda: region.providers(choices),
        "region": lambda: region.plan(choices),
        "quota": lambda: region.quota(choices),
        "names": lambda: entra.name_clashes(choices),
    }


def _signed_in(environ: Mapping[str, str]) -> tuple[Account | None, list[Finding]]:
    try:
        return account(environ)
    except _OTHER_SHAPE as error:
        return None, [Finding(f"the answer of az or azd is not understood ({error!r})", "az login")]


def _report(check: str, findings: Check) -> int:
    skip = f"or leave the check out: azd env set PREFLIGHT_SKIP {check}"
    try:
        found = findings()
    except CommandError as error:
        found = [Finding(f"it could not be checked ({error})", f"mend what it says, {skip}")]
    except _OTHER_SHAPE as error:
        found = [Finding(f"Azure's answer is not understood ({error!r})", f"update az and azd, {skip}")]
    if found is None:
        show_unchecked(check, "Azure does not tell")
        return 0
    show(check, found)
    return len(found)


if __name__ == "__main__":
    sys.exit(main(os.environ))
