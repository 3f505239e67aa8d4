"""What the host reads from `host.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.errors import StartupError

_DEFAULT_TIMEOUT = 30 * 60.0
_TIMEOUT = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")
_LOWER_BOUND = re.compile(r"[\[(]\s*(\d+)(?:\.(\d+|\*))?(?:\.(\d+))?")

type Version = tuple[int, int, int]


@dataclass(frozen=True)
class HostConfiguration:
    """The settings of `host.json` that a client can notice, with the platform's defaults.

    `function_timeout` is in seconds, None when unbounded. `bundle` is the oldest extension
    bundle the file allows, None when it names no bundle.
    """

    server_name: str = "Azure Functions MCP server"
    server_version: str = "1.0.0"
    instructions: str | None = None
    webhook_authorization_level: str = "System"
    route_prefix: str = "api"
    function_timeout: float | None = _DEFAULT_TIMEOUT
    bundle: Version | None = None

    @classmethod
    def load(cls, app_folder: Path) -> HostConfiguration:
        """The configuration of the app in this folder.

        Raises:
            StartupError: The file is missing, is not JSON, or holds a value the host refuses.
        """
        try:
            document = json.loads((app_folder / "host.json").read_text())
        except (OSError, ValueError) as error:
            raise StartupError(f"host.json of {app_folder} cannot be read: {error}") from error
        if not isinstance(document, dict) or document.get("version") != "2.0":
            raise StartupError('host.json must be an object with "version": "2.0"')
        try:
            return cls.parse(document)
        except (AttributeError, TypeError) as error:
            raise StartupError(f"host.json has a value of the wrong kind: {error}") from error

    @classmethod
    def parse(cls, document: dict[str, Any]) -> HostConfiguration:
        """The configuration of a parsed `host.json`. Raises StartupError for a value the host refuses."""
        extensions = document.get("extensions", {})
        mcp = extensions.get("mcp", {})
        level = str(mcp.get("system", {}).get("webhookAuthorizationLevel", "System"))
        if level.casefold() not in ("system", "anonymous"):
            raise StartupError(
                f"host.json: webhookAuthorizationLevel {level!r} is neither System nor Anonymous"
            )
        return cls(
            server_name=mcp.get("serverName", cls.server_name),
            server_version=mcp.get("serverVersion", cls.server_version),
            instructions=mcp.get("instructions"),
            webhook_authorization_level=level.capitalize(),
            route_prefix=extensions.get("http", {}).get("routePrefix", cls.route_prefix).strip("/"),
            function_timeout=_timeout(document.get("functionTimeout")),
            bundle=_oldest_bundle(document.get("extensionBundle")),
        )


def _timeout(text: str | None) -> float | None:
    if text is None:
        return _DEFAULT_TIMEOUT
    if text in ("-1", "-00:00:00.0010000"):
        return None
    match = _TIMEOUT.fullmatch(text)
    if match is None:
        raise StartupError(f"host.json: functionTimeout {text!r} is not hh:mm:ss")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _oldest_bundle(bundle: dict[str, Any] | None) -> Version | None:
    if bundle is None:
        return None
    match = _LOWER_BOUND.match(str(bundle.get("version", "")))
    if match is None or bundle.get("id") != "Microsoft.Azure.Functions.ExtensionBundle":
        raise StartupError(
            "host.json: extensionBundle needs the id of Microsoft's bundle and a version range"
        )
    major, minor, patch = (int(part) if part and part != "*" else 0 for part in match.groups())
    return major, minor, patch
