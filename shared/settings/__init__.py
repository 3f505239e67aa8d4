"""The app settings, typed and validated."""

from shared.settings.app_settings import (
    CLOUDS,
    CREDENTIAL_SETTINGS,
    DEVOPS_RESOURCE,
    PUBLIC_AUTHORITIES,
    CredentialKind,
    Settings,
)

__all__ = [
    "CLOUDS",
    "CREDENTIAL_SETTINGS",
    "DEVOPS_RESOURCE",
    "PUBLIC_AUTHORITIES",
    "CredentialKind",
    "Settings",
]
