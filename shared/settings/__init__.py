"""Parses the app settings, typed and validated."""

from shared.settings.app_settings import CREDENTIAL_SETTINGS, CredentialKind, Settings
from shared.settings.clouds import CLOUDS, DEVOPS_RESOURCE, FILE_HOSTS, PUBLIC_AUTHORITIES

__all__ = [
    "CLOUDS",
    "CREDENTIAL_SETTINGS",
    "DEVOPS_RESOURCE",
    "FILE_HOSTS",
    "PUBLIC_AUTHORITIES",
    "CredentialKind",
    "Settings",
]
