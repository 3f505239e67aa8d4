"""Removes what `azd down` leaves behind in Entra: application, service principal and group, for good.

It prompts for nothing: `azd down` has done so. A registration made before (ENTRA_MODE existing) stays.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import entra
from choices import Choices
from commands import CommandError
from report import Finding, say, show

# How long a deleted object may take to appear among the deleted ones.
_PATIENCE_SECONDS = 60.0


def main(environ: Mapping[str, str]) -> int:
    """Removes the Entra objects of the environment; returns 1 if something stayed."""
    choices = Choices.of(environ)
    if not choices.creates_application:
        say("Entra: the application was there before this deployment (ENTRA_MODE existing); it stays.")
        return 0
    if not (choices.environment and choices.subscription):
        problem = (
            "AZURE_ENV_NAME or AZURE_SUBSCRIPTION_ID is not set: nothing is known to be this deployment's"
        )
        show("Entra", [Finding(problem, "azd hooks run postdown, in the environment that was removed")])
        return 1
    steps = 0
    try:
        for step in entra.remove(choices, float(environ.get("POSTDOWN_SECONDS") or _PATIENCE_SECONDS)):
            say(f"Entra: {step}.")
            steps += 1
    except CommandError as error:
        cure = "sign in with an account that may (az login), then: azd hooks run postdown"
        show("Entra", [Finding(f"{choices.application_name} could not be removed entirely: {error}", cure)])
        return 1
    if not steps:
        say(f"Entra: nothing of {choices.application_name} was left.")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
