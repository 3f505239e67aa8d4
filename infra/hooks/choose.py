"""Puts a pipeline's variables into its azd environment: those that choose something, and only these.

An empty variable is no choice, but azd would take it for one: the variables cannot simply be its environment.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

from commands import CommandError, azd_does
from parameters import FREE_TEXT, RULES
from report import Finding, say, show


def main(environ: Mapping[str, str]) -> int:
    """Sets what `VARIABLES` chooses, a JSON object of all variables; returns 1 if azd refuses one."""
    variables = json.loads(environ.get("VARIABLES") or "{}")
    for name in sorted(variables.keys() & (RULES.keys() | FREE_TEXT)):
        value = str(variables[name]).strip()
        if not value:
            continue
        try:
            azd_does("env", "set", name, value)
        except CommandError as error:
            show("variables", [Finding(f"azd does not take {name} ({error})", "azd env new, before this")])
            return 1
        say(f"{name} is chosen.")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
