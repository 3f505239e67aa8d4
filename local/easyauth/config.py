"""Configures App Service Authentication for one app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.layout import Layout
from local.organisation import organisation

_HEALTH = "/api/health"
_RESOURCE_METADATA = (
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/runtime/webhooks/mcp",
)
_SERVER_METADATA = "/.well-known/oauth-authorization-server"
_ENDPOINTS = tuple(
    f"/oauth/{name}" for name in ("register", "authorize", "consent", "callback", "token", "revoke")
)

EXCLUDED_PATHS: Mapping[str, frozenset[str]] = {
    "": frozenset({_HEALTH}),
    "metadata": frozenset({_HEALTH, *_RESOURCE_METADATA, _SERVER_METADATA}),
    "app": frozenset({_HEALTH, *_RESOURCE_METADATA, _SERVER_METADATA, *_ENDPOINTS}),
    "gateway": frozenset({_HEALTH, *_RESOURCE_METADATA, _SERVER_METADATA, *_ENDPOINTS}),
}
"""What is reached without a token, for each value of the app setting `SIGN_IN_PROXY`."""
SERVES_RESOURCE_METADATA = frozenset({"metadata", "app"})
"""The values with which the app describes itself, and the PRM setting is left out: else Easy Auth answers."""


@dataclass(frozen=True)
class EasyAuthConfig:
    """Holds the parts of `authsettingsV2` that concern bearer tokens.

    An empty `allowed_...` allows everybody the other checks let through. `prm_scope` is the app
    setting `WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES`; empty means no protected resource metadata.
    `advertised_authorization_server` is what clients are sent to, the issuer unless they cannot
    reach that; `metadata_url` is where the issuer describes itself, and `ca_file` whom to trust there.
    """

    client_id: str
    issuer: str
    metadata_url: str = ""
    ca_file: Path | None = None
    allowed_audiences: frozenset[str] = frozenset()
    allowed_applications: frozenset[str] = frozenset()
    allowed_tenants: frozenset[str] = frozenset()
    allowed_identities: frozenset[str] = frozenset()
    excluded_paths: frozenset[str] = EXCLUDED_PATHS[""]
    prm_scope: str = ""
    advertised_authorization_server: str = ""

    @classmethod
    def local(cls, layout: Layout, sign_in_proxy: str = "") -> EasyAuthConfig:
        """Returns the configuration of the local tenant's function app, like that of the deployed one.

        Clients are sent to Entra's plain address: they do not know the throw-away CA. `sign_in_proxy` is
        the app's setting `SIGN_IN_PROXY`; one that the app refuses changes nothing here.
        """
        tenant = organisation()
        server = tenant.document["server"]
        allowed = {client["client_id"] for client in tenant.document["clients"] if client["pre_authorized"]}
        if sign_in_proxy in ("app", "gateway"):
            allowed.add(tenant.document["sign_in_proxy"]["client_id"])
        scope = f"api://{tenant.server_client_id}/{server['scope']}"
        return cls(
            client_id=tenant.server_client_id,
            issuer=f"{layout.entra}/{tenant.tenant_id}/v2.0",
            ca_file=layout.ca_file,
            allowed_audiences=frozenset(server["identifier_uris"]),
            allowed_applications=frozenset(allowed),
            allowed_tenants=frozenset({tenant.tenant_id}),
            excluded_paths=EXCLUDED_PATHS.get(sign_in_proxy, EXCLUDED_PATHS[""]),
            prm_scope="" if sign_in_proxy in SERVES_RESOURCE_METADATA else scope,
            advertised_authorization_server=f"{layout.entra_http}/{tenant.tenant_id}/v2.0",
        )

    @property
    def authorization_server(self) -> str:
        """Returns the authorization server that the protected resource metadata names."""
        return self.advertised_authorization_server or self.issuer

    @property
    def authorization_uri(self) -> str:
        """Returns the authorization URI in the challenge of a 401."""
        return f"{self.authorization_server.removesuffix('/v2.0')}/oauth2/v2.0/authorize"

    @property
    def openid_configuration(self) -> str:
        """Returns the address of the issuer's metadata."""
        return self.metadata_url or f"{self.issuer}/.well-known/openid-configuration"
