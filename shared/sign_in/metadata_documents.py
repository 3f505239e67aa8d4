"""Builds the metadata that clients read: of the resource (RFC 9728) and of the issuer (RFC 8414)."""

from typing import Any

from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.entra_endpoints import Endpoints


def resource_metadata(sign_in: SignInSettings, resource: str) -> dict[str, Any]:
    """Returns the metadata of a protected resource, which its own address names (RFC 9728, 3.3)."""
    return {
        "resource": resource,
        "authorization_servers": [sign_in.origin],
        "scopes_supported": [sign_in.scope_name],
        "bearer_methods_supported": ["header"],
    }


def proxy_metadata(sign_in: SignInSettings) -> dict[str, Any]:
    """Returns the metadata of the sign-in proxy.

    It lists no `offline_access`: clients that see it there ask Entra's users for consent at every sign-in.
    """
    origin = sign_in.origin
    return {
        "issuer": origin,
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        **({"registration_endpoint": f"{origin}/oauth/register"} if sign_in.registration else {}),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [sign_in.scope_name],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


def facade_metadata(sign_in: SignInSettings, entra: Endpoints) -> dict[str, Any]:
    """Returns metadata that names Entra's own endpoints, and says what Entra does and its metadata does not.

    Entra supports PKCE by S256 and does not list it, for which clients refuse it (MCP, authorization).
    """
    return {
        "issuer": sign_in.origin,
        "authorization_endpoint": entra.authorization,
        "token_endpoint": entra.token,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [sign_in.scope_name],
    }
