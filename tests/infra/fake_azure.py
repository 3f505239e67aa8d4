"""Azure, as far as the hooks look at it: the answers of `az` and `azd`, and hooks run against them."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

HOOKS = Path(__file__).resolve().parents[2] / "infra" / "hooks"
TENANT = "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
SUBSCRIPTION = "0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11"
DEPLOYER = "8e5a2ca1-4d3f-4b6e-8c90-1b2d3f4e5a62"
ENVIRONMENT = {
    "AZURE_ENV_NAME": "dev",
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "AZURE_TENANT_ID": TENANT,
    "AZURE_LOCATION": "swedencentral",
}
APPLICATION_NAME = f"m365-devops-mcp-dev-{SUBSCRIPTION[:8]}"

_OWNER = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
_PROVIDERS = (
    "Microsoft.Web",
    "Microsoft.Storage",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "microsoft.insights",
)


# Answers from the rows below it, and writes down what it was asked. In shell, as it starts often.
_COMMAND = """#!/bin/sh
printf '%s\\037' "$@" | /bin/cat - "$0.end" >> "$0.asked"
line="$*"
has() { case "$line" in *"$1"*) return 0 ;; esac; return 1; }
"""
_NO_ANSWER = 'echo "ERROR: nothing answers $line" >&2; exit 97'


class FakeAzure:
    """A folder with an `az` and an `azd` in it, whose answers a test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: dict[str, list[str]] = {"az": [], "azd": []}
        self.answers("az", "cloud show", value={"name": "AzureCloud"})

    @property
    def path(self) -> str:
        """The PATH of a machine on which there is nothing but these commands."""
        return str(self.folder)

    def answers(self, command: str, *words: str, value: Any) -> None:
        """Answer a call that has all these words in its arguments with JSON; None is no answer at all."""
        self.says(command, *words, text="" if value is None else json.dumps(value))

    def says(self, command: str, *words: str, text: str) -> None:
        """Answer such a call with this text."""
        self._add(command, words, f"printf %s {shlex.quote(text)}; exit 0")

    def refuses(self, command: str, *words: str, complaint: str) -> None:
        """Let such a call fail."""
        self._add(command, words, f"printf 'ERROR: %s' {shlex.quote(complaint)} >&2; exit 1")

    def _add(self, command: str, words: tuple[str, ...], answer: str) -> None:
        condition = " && ".join(f"has {shlex.quote(word)}" for word in words)
        self._rows[command].append(f"if {condition}; then {answer}; fi")

    def is_without(self, command: str) -> None:
        """Take a command away."""
        del self._rows[command]

    def signs_in(self, *, kind: str = "user", tenant: str = TENANT, **graph_claims: Any) -> None:
        """Sign both commands in as the account that deploys."""
        account = {
            "id": SUBSCRIPTION,
            "tenantId": tenant,
            "environmentName": "AzureCloud",
            "user": {"name": "ana@larkspur.example", "type": kind},
        }
        self.answers("az", "account show", value=account)
        token = token_of(oid=DEPLOYER, tid=tenant)
        self.answers("az", "account get-access-token", value={"accessToken": token})
        graph_token = token_of(oid=DEPLOYER, tid=tenant, **graph_claims)
        self.answers(
            "az", "account get-access-token", "--resource-type ms-graph", value={"accessToken": graph_token}
        )
        self.answers("azd", "auth token", value={"token": token, "expiresOn": "2026-11-21T16:00:00Z"})

    def is_ready(self) -> None:
        """Let everything be as a deployment needs it."""
        self.answers("az", "version --output", value={"azure-cli": "2.80.0", "extensions": {}})
        self.answers("azd", "version --output", value={"azd": {"version": "1.24.3", "commit": "0"}})
        self.signs_in()
        self.has_roles(_OWNER)
        self.answers("az", "transitiveMemberOf", value={"value": [{"roleTemplateId": _GLOBAL_ADMINISTRATOR}]})
        self.answers("az", "provider list", value=list(_PROVIDERS))
        self.answers(
            "az", "list-flexconsumption-locations", value=[{"name": "swedencentral"}, {"name": "eastus"}]
        )
        self.answers("az", "list-flexconsumption-runtimes", value=[{"version": "3.12"}, {"version": "3.13"}])
        self.has_quota("Flex Consumption cores", current=10, limit=250)
        self.answers("az", "deletedItems/microsoft.graph.", value={"value": []})

    def has_roles(self, *definitions: str) -> None:
        """Let the account hold these roles in the subscription, and no other."""
        assignments = [{"properties": {"roleDefinitionId": definition}} for definition in definitions]
        self.answers("az", "roleAssignments", value={"value": assignments})

    def has_quota(self, name: str, *, current: int, limit: int) -> None:
        """Let the region tell this usage, and no other."""
        usage = {"name": {"value": name, "localizedValue": name}, "currentValue": current, "limit": limit}
        self.answers("az", "/usages", value={"value": [usage]})

    def run(self, hook: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a hook as azd does: in its folder, with the azd environment in its own."""
        for name, rows in self._rows.items():
            command = self.folder / name
            # The last answer that fits is given.
            command.write_text("\n".join([_COMMAND, *reversed(rows), _NO_ANSWER]))
            command.chmod(0o755)
            (self.folder / f"{name}.end").write_text("\n")
        return subprocess.run(
            # -S: without any package, as where azd finds a bare Python.
            [sys.executable, "-S", f"{hook}.py"],
            cwd=HOOKS,
            env={"PATH": self.path, "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "*", **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def asked(self, command: str) -> list[list[str]]:
        """What a command was asked, in order: the arguments of each call."""
        log = self.folder / f"{command}.asked"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.removesuffix("\x1f").split("\x1f") for line in lines]


def token_of(**claims: Any) -> str:
    """A token that says this of its holder, and that nobody signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".c2lnbmF0dXJl"


def failures(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The failed checks of a hook, each as one line with its cure."""
    lines = done.stdout.splitlines()
    return [
        f"{line.removeprefix('  FAILED  ')} | {lines[number + 1].strip()}"
        for number, line in enumerate(lines)
        if line.startswith("  FAILED  ")
    ]
