"""Defines what a person asks of the setup, and parses it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.setup.errors import SetupError

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
CLIENTS: Mapping[str, str] = {
    "vscode": "aebc6443-996d-45c2-90f0-388ff96faa56",
    "cli": AZURE_CLI,
}
"""The clients that every tenant knows, by the names of `--clients`."""
ALL_TOOLS = "all"

_PERMISSIONS = Path(__file__).resolve().parents[2] / "infra" / "permissions.json"
_SEPARATOR = re.compile(r"[,;\s]+")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IDENTIFIER_URI = re.compile(r"(api|https)://[^\s\"'?#%/]+(/[^\s\"'?#%/]+)*")


@dataclass(frozen=True)
class Choices:
    """Holds what was asked for; what was not is as `local.settings.json` has it, or else the usual.

    Attributes:
        settings_file: The `local.settings.json` to keep.
        tenant: The directory (tenant) id it has to be; empty for the one `az` is signed in to.
        clients: The client ids to pre-authorize; None where not given.
        tools: The tools and families to offer, none for all; None where not given.
        writes: Whether tools that change things are offered; None where not given.
        identifier_uris: Application ID URIs besides `api://<client id>`.
        admin_consent: Whether to consent for everybody in the tenant.
        yes: Whether every question is answered with yes.
        dry_run: Whether to say what would be done and change nothing.
    """

    settings_file: Path
    tenant: str = ""
    clients: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    writes: bool | None = None
    identifier_uris: tuple[str, ...] = ()
    admin_consent: bool = False
    yes: bool = False
    dry_run: bool = False


def client_ids(text: str) -> tuple[str, ...]:
    """Returns the client ids that a list of names and ids means.

    Raises:
        SetupError: Something in it is neither.
    """
    names = _parts(text)
    unknown = [name for name in names if name not in CLIENTS and not _GUID.fullmatch(name)]
    if unknown or not names:
        raise SetupError(
            f"--clients: {_quoted(unknown)} is no known client." if unknown else "--clients names no client.",
            f"Give {', '.join(CLIENTS)} or the application (client) ids of clients, commas between.",
        )
    return tuple(dict.fromkeys(CLIENTS.get(name, name) for name in names))


def tool_names(text: str) -> tuple[str, ...]:
    """Returns the tools and families that a list names; none for the word `all`.

    Raises:
        SetupError: Something in it is neither a tool nor a family.
    """
    names = _parts(text)
    if names == [ALL_TOOLS]:
        return ()
    published = json.loads(_PERMISSIONS.read_text(encoding="utf-8"))["tools"]
    families = sorted({tool["family"] for tool in published})
    known = {tool["name"] for tool in published} | set(families)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise SetupError(
            f"--tools: {_quoted(unknown)} is neither a tool nor a family."
            if unknown
            else "--tools names no tool.",
            f"Give tools of docs/tools.md, or families: {', '.join(families)}; {ALL_TOOLS} means all.",
        )
    return tuple(dict.fromkeys(names))


def tenant_id(text: str) -> str:
    """Returns a tenant's id in lower case.

    Raises:
        SetupError: It is no GUID.
    """
    if not _GUID.fullmatch(text.strip().lower()):
        raise SetupError(
            "--tenant is not a directory (tenant) id.",
            "Give the GUID: az account show --query tenantId (or Entra admin center, Overview).",
        )
    return text.strip().lower()


def identifier_uri(text: str) -> str:
    """Returns an application ID URI.

    Raises:
        SetupError: It is none that Entra could take.
    """
    if not _IDENTIFIER_URI.fullmatch(text):
        raise SetupError(
            "--identifier-uri is no application ID URI.",
            "Give one such as https://mcp.contoso.com (a verified domain of the tenant), with no slash at "
            "its end, no query and no fragment.",
        )
    return text


def is_guid(text: str) -> bool:
    """Tells whether a text is a GUID."""
    return _GUID.fullmatch(text.strip().lower()) is not None


def _parts(text: str) -> list[str]:
    return [part for part in _SEPARATOR.split(text.strip().lower()) if part]


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
