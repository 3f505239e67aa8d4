"""Reads what was chosen for a deployment: the azd environment, as far as the hooks need it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sign_in import signs_in

_CORES = {512: 0.25, 2048: 1.0, 4096: 2.0}
# The family of what confirms writes: it is offered where some wait, whatever is chosen.
_CONFIRMING = "confirmation"


@dataclass(frozen=True)
class Choices:
    """Holds the choices of one azd environment. What is not set has the default of `main.parameters.json`."""

    environment: str
    subscription: str
    location: str
    creates_application: bool
    creates_group: bool
    grants_consent: bool
    network: bool
    gateway: bool
    budget: bool
    writes: bool
    devops: bool
    confirmed: str
    tools: frozenset[str]
    read_apis: frozenset[str]
    read_scopes: frozenset[str]
    asks_for_groups: bool
    signs_in: bool
    always_ready: int
    cores_per_instance: float

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Choices:
        """Reads the choices from these variables.

        What cannot be read counts as not set; `parameters` reports it.
        """
        return cls(
            environment=environ.get("AZURE_ENV_NAME", ""),
            subscription=environ.get("AZURE_SUBSCRIPTION_ID", ""),
            location=environ.get("AZURE_LOCATION", ""),
            creates_application=environ.get("ENTRA_MODE", "") != "existing",
            creates_group=_switch(environ, "ENTRA_CREATE_GROUP", default=True),
            grants_consent=_switch(environ, "ENTRA_GRANT_CONSENT", default=False),
            network=_switch(environ, "ENABLE_NETWORK", default=False),
            gateway=_switch(environ, "ENABLE_GATEWAY", default=False),
            budget=_number(environ, "BUDGET_AMOUNT", default=0) > 0,
            writes=_switch(environ, "ENABLE_WRITE_TOOLS", default=False),
            devops=_switch(environ, "INCLUDE_DEVOPS", default=True),
            confirmed=environ.get("CONFIRM_WRITES", "") or "none",
            tools=_names(environ.get("TOOLS", "")),
            read_apis=_read_apis(environ.get("READ_MORE", "")),
            read_scopes=_names(environ.get("READ_MORE_SCOPES", "") if environ.get("READ_MORE") else ""),
            asks_for_groups='"groups"' in environ.get("TOOL_POLICY", ""),
            signs_in=signs_in(environ),
            always_ready=_number(environ, "ALWAYS_READY_INSTANCES", default=0),
            cores_per_instance=_CORES.get(_number(environ, "INSTANCE_MEMORY_MB", default=2048), 1.0),
        )

    @property
    def application_name(self) -> str:
        """Returns the unique name of the app registration.

        Bicep makes the same one of the same parts: it must be known before the first deployment, when
        there are no outputs, and after the last, when azd has removed them.
        """
        return f"m365-devops-mcp-{self.environment}-{self.subscription[:8]}"

    @property
    def sign_in_name(self) -> str:
        """Returns the unique name of the registration of the sign-in proxy."""
        return f"{self.application_name}-sign-in"

    @property
    def group_name(self) -> str:
        """Returns the unique name of the group of users."""
        return f"{self.application_name}-users"

    @property
    def offered(self) -> list[dict[str, Any]]:
        """Returns the tools that the deployed server offers, by the rule of `main.bicep`."""
        wanted = self.tools or {str(permissions()["defaultPreset"])}
        chosen = [
            tool
            for tool in declared_tools()
            if (self.writes or not tool["writes"])
            and (tool["reads"] is None or tool["reads"] in self.read_apis)
            and not {tool["name"], tool["family"], *tool["presets"]}.isdisjoint(wanted)
            and (self.devops or not _is_of_devops(tool))
            and tool["family"] != _CONFIRMING
        ]
        waiting = {"none": None, "others": "others", "all": "writes"}.get(self.confirmed)
        if waiting and any(tool[waiting] for tool in chosen):
            chosen += [tool for tool in declared_tools() if tool["family"] == _CONFIRMING]
        return chosen

    @property
    def scopes(self) -> frozenset[str]:
        """Returns the delegated permissions that the deployed server needs."""
        # Members of more groups than a token holds are looked up in Graph.
        for_groups = {str(permissions()["groupsScope"])} if self.asks_for_groups else set()
        of_tools = frozenset(scope for tool in self.offered for scope in tool["scopes"])
        return of_tools | self.read_scopes | for_groups


def declared_tools() -> list[dict[str, Any]]:
    """Returns all tools there are, each with its name, its family, whether it writes, and its scopes."""
    tools: list[dict[str, Any]] = permissions()["tools"]
    return tools


def permissions() -> dict[str, Any]:
    """Returns the tools and the scopes they need, made from the tools' declarations."""
    path = Path(__file__).parent.parent / "permissions.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _is_of_devops(tool: Mapping[str, Any]) -> bool:
    return tool["reads"] == "devops" or any(scope.startswith("vso.") for scope in tool["scopes"])


def _read_apis(value: str) -> frozenset[str]:
    """Returns the APIs of which something more may be read, such as `graph:mail;devops:*`."""
    entries = (entry.partition(":")[0].strip().casefold() for entry in value.split(";"))
    return frozenset(entry for entry in entries if entry)


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name, "").strip().casefold()
    return value == "true" if value in {"true", "false"} else default


def _number(environ: Mapping[str, str], name: str, *, default: int) -> int:
    value = environ.get(name, "").strip()
    return int(value) if value.isdecimal() else default


def _names(text: str) -> frozenset[str]:
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return frozenset()
    return (
        frozenset(name for name in value if isinstance(name, str)) if isinstance(value, list) else frozenset()
    )
