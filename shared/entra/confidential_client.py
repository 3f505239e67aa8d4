"""Makes MSAL's confidential client, with both of its caches off."""

from collections.abc import Sequence
from typing import Any

import msal

from shared.entra.app_credential import client_credential
from shared.entra.msal_http import EntraHttp, NoHttpCache
from shared.errors import ToolError
from shared.settings import Settings


class _NoTokenCache(msal.TokenCache):  # type: ignore[misc]
    """Caches nothing: MSAL stores every token, and none of the calls made here reads one."""

    def add(self, event: Any, now: Any = None) -> None:
        """Discards the token."""


def confidential_client(
    settings: Settings,
    http: EntraHttp,
    *,
    client_id: str,
    tenant_id: str,
    credential: dict[str, Any] | str | None = None,
    exclude_scopes: Sequence[str],
    capabilities: Sequence[str] = (),
) -> msal.ConfidentialClientApplication:
    """Returns MSAL's client of an app registration that the app's own credential proves.

    Args:
        settings: The app settings.
        http: Sends its requests.
        client_id: The app registration.
        tenant_id: The tenant it signs in to.
        credential: What proves the app; without one, it is read.
        exclude_scopes: OpenID Connect scopes that MSAL would ask for by itself and is not to.
        capabilities: What the client can do, such as `cp1` for claims challenges.

    Raises:
        ToolError: `misconfigured`: there is no such tenant. Others: Entra could not be reached.
    """
    try:
        return msal.ConfidentialClientApplication(
            client_id,
            client_credential=client_credential(settings) if credential is None else credential,
            authority=f"{settings.authority_host}/{tenant_id}",
            instance_discovery=None if settings.instance_discovery else False,
            http_client=http,
            http_cache=NoHttpCache(),
            token_cache=_NoTokenCache(),
            exclude_scopes=list(exclude_scopes),
            client_capabilities=list(capabilities) or None,
            app_name="m365-devops-mcp",
        )
    except ValueError as error:
        # MSAL raises it for an authority without a usable metadata document.
        raise ToolError(
            "misconfigured",
            "Entra found no such tenant, or the sign-in host is not Entra.",
            "The administrator checks AZURE_TENANT_ID and AZURE_AUTHORITY_HOST.",
        ) from error
