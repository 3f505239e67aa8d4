"""Derives the configuration of Easy Auth from the settings of the app behind it."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.easyauth.config import EXCLUDED_PATHS, SERVES_RESOURCE_METADATA, EasyAuthConfig
from local.easyauth.errors import FrontError

AUTHORITIES = {
    "public": "https://login.microsoftonline.com",
    "usgov": "https://login.microsoftonline.us",
    "china": "https://login.partner.microsoftonline.cn",
}
"""The sign-in host of each cloud ("National clouds", Microsoft identity platform)."""

_PORT = 7071
"""The port of Core Tools where none is set."""
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PLACEHOLDER = re.compile(r"<.*>")
_SEPARATOR = re.compile(r"[,;\s]+")

# What a value must look like, and what it is; Entra's own names for where to find it.
_FORMS: Mapping[str, tuple[str, str]] = {
    "AZURE_TENANT_ID": (_GUID, "a GUID, the directory (tenant) id: Entra admin center, Overview"),
    "AZURE_CLIENT_ID": (_GUID, "a GUID, the application (client) id: App registrations, Overview"),
    "REQUIRED_SCOPE": (r"[^\s/]+", "the scope's name alone, such as access_as_user: Expose an API"),
    "ALLOWED_CLIENT_IDS": (
        rf"[,;\s]*{_GUID}([,;\s]+{_GUID})*[,;\s]*",
        "GUIDs with commas between them, the application ids of clients",
    ),
    "AZURE_AUTHORITY_HOST": (
        r"(https://)?[A-Za-z0-9.-]+(:[0-9]{1,5})?/?",
        "a sign-in host such as https://login.microsoftonline.com",
    ),
    "SIGN_IN_PROXY": ("|".join(filter(None, EXCLUDED_PATHS)), "app, gateway or metadata"),
    "AZURE_CLOUD": (rf"(?i:{'|'.join(AUTHORITIES)})", f"one of {', '.join(AUTHORITIES)}"),
}
_REQUIRED = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")


def read_port(file: Path) -> int:
    """Returns the port on which Core Tools serve the app of a `local.settings.json`.

    Raises:
        FrontError: The file cannot be read, or the port is no port.
    """
    document = _read(file)
    host = document.get("Host") if isinstance(document, dict) else None
    port = host.get("LocalHttpPort", _PORT) if isinstance(host, dict) else _PORT
    if not str(port).isascii() or not str(port).isdigit() or not 0 < int(port) < 65536:
        raise FrontError(f"Host.LocalHttpPort in {file} must be a port such as {_PORT}.")
    return int(port)


def read_values(file: Path) -> dict[str, str]:
    """Returns the app settings (`Values`) of a `local.settings.json`; none if there is no such file.

    Raises:
        FrontError: The file cannot be read, or is not what Functions Core Tools write.
    """
    document = _read(file)
    if document is None:
        return {}
    values = document.get("Values") if isinstance(document, dict) else None
    if not isinstance(values, dict):
        raise FrontError(f'{file} has no object "Values": see local.settings.json.example.')
    if document.get("IsEncrypted"):
        raise FrontError(f"{file} is encrypted: decrypt it with `func settings decrypt`.")
    wrong = [name for name, value in values.items() if not isinstance(value, str)]
    if wrong:
        raise FrontError("\n".join(f"{name} in {file} must be text, in quotes." for name in wrong))
    return values


def configuration(settings: Mapping[str, str], identifier_uri: str = "") -> EasyAuthConfig:
    """Returns the configuration for an app with these settings; an empty one counts as not set.

    `identifier_uri` is what the scope's full name begins with, `api://<client id>` unless given.

    Raises:
        FrontError: Some are missing or wrong; a line for each, never with a value.
    """
    given = {name: value.strip() for name, value in settings.items() if value.strip()}
    problems = [*_problems(given)]
    if identifier_uri and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"]+[^\s\"/]", identifier_uri):
        problems.append("--identifier-uri must be an application ID URI such as api://<client id>.")
    if problems:
        raise FrontError("\n".join(problems))
    tenant_id, client_id = given["AZURE_TENANT_ID"].lower(), given["AZURE_CLIENT_ID"].lower()
    resource = identifier_uri or f"api://{client_id}"
    allowed = given.get("ALLOWED_CLIENT_IDS", "").lower()
    proxy = given.get("SIGN_IN_PROXY", "")
    scope = f"{resource}/{given.get('REQUIRED_SCOPE', 'access_as_user')}"
    return EasyAuthConfig(
        client_id=client_id,
        issuer=f"{_authority(given)}/{tenant_id}/v2.0",
        ca_file=Path(given["SSL_CERT_FILE"]) if "SSL_CERT_FILE" in given else None,
        allowed_audiences=frozenset({resource}),
        allowed_applications=frozenset(filter(None, _SEPARATOR.split(allowed))),
        allowed_tenants=frozenset({tenant_id}),
        excluded_paths=EXCLUDED_PATHS[proxy],
        prm_scope="" if proxy in SERVES_RESOURCE_METADATA else scope,
    )


def _read(file: Path) -> Any:
    """Returns the JSON of a file; None if there is no such file."""
    try:
        # Some editors on Windows begin a file with a byte order mark.
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FrontError(f"{file} cannot be read as JSON: {error}") from error


def _problems(given: Mapping[str, str]) -> list[str]:
    found = [
        f"{name} is missing: copy local.settings.json.example to local.settings.json and fill it in, "
        "or see --help for the options."
        for name in _REQUIRED
        if name not in given
    ]
    for name, value in given.items():
        form, meaning = _FORMS.get(name, (".*", ""))
        if _PLACEHOLDER.fullmatch(value):
            found.append(f"{name} still has the placeholder of local.settings.json.example: fill it in.")
        elif not re.fullmatch(form, value, re.DOTALL):
            found.append(f"{name} must be {meaning}.")
        elif name == "SSL_CERT_FILE" and not _has_certificates(Path(value)):
            found.append(f"{name} must be a PEM file with the certificates of authorities.")
    return found


def _authority(given: Mapping[str, str]) -> str:
    """Returns the sign-in host with its scheme; its own setting takes precedence over the cloud's."""
    host = given.get("AZURE_AUTHORITY_HOST") or AUTHORITIES[given.get("AZURE_CLOUD", "public").lower()]
    return f"https://{host.removeprefix('https://').rstrip('/')}"


def _has_certificates(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=str(file))
    except OSError:
        return False
    return True
