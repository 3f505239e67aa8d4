"""Describes the sign-in proxy of the target, by its app settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from local.doctor.check_result import CannotCheckError

ENDPOINTS = ("register", "authorize", "consent", "callback", "token", "revoke")
"""What the proxy serves below `/oauth/`."""
SERVER_METADATA = "/.well-known/oauth-authorization-server"
RESOURCE_METADATA = (
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/runtime/webhooks/mcp",
)
_HEALTH = "/api/health"

type Mode = Literal["", "metadata", "app", "gateway"]


@dataclass(frozen=True)
class SignInProxy:
    """Holds what others have to agree with; empty where a setting is not there."""

    mode: Mode
    client_id: str = ""
    origin: str = ""
    table_url: str = ""
    registers: bool = False
    advertised_by_platform: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> SignInProxy:
        """Returns the proxy that these app settings switch on.

        A mode that the app does not know counts as none: the app refuses it, as the check of the settings
        says.
        """

        def value(name: str) -> str:
            return str(settings.get(name) or "").strip()

        modes: dict[str, Mode] = {"metadata": "metadata", "app": "app", "gateway": "gateway"}
        return cls(
            modes.get(value("SIGN_IN_PROXY").casefold(), ""),
            client_id=value("SIGN_IN_CLIENT_ID").casefold(),
            origin=value("SIGN_IN_ORIGIN").casefold(),
            table_url=value("SIGN_IN_TABLE_URL"),
            registers=value("SIGN_IN_REGISTRATION").casefold() == "true",
            advertised_by_platform=bool(value("WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES")),
        )

    @property
    def signs_in(self) -> bool:
        """Tells whether it signs people in itself, by a registration of its own."""
        return self.mode in ("app", "gateway")

    def is_at(self, origin: str) -> bool:
        """Tells whether clients that use this address of the server are led to it."""
        return bool(self.mode) and self.origin == origin.casefold()

    def registration(self) -> str:
        """Returns the client id of its registration.

        Raises:
            CannotCheckError: The settings do not say.
        """
        if not self.client_id:
            raise CannotCheckError(
                "Which registration the sign-in proxy has is not known: SIGN_IN_CLIENT_ID is not set.",
                "azd provision sets it; with ENTRA_MODE existing: azd env set SIGN_IN_CLIENT_ID <client id>",
            )
        return self.client_id

    def open_paths(self, origin: str) -> frozenset[str]:
        """Returns the paths that Easy Auth has to let strangers through to, at this address of the app."""
        found = {_HEALTH}
        if self.mode:
            found.add(SERVER_METADATA)
        if self.mode == "app" or (self.mode == "metadata" and self.is_at(origin)):
            found.update(RESOURCE_METADATA)
        if self.signs_in:
            found.update(f"/oauth/{name}" for name in ENDPOINTS)
        return frozenset(found)
