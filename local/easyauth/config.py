"""Configures App Service Authentication for one app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.layout import Layout
from local.organisation import organisation


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
    excluded_paths: frozenset[str] = frozenset({"/api/health"})
    prm_scope: str = ""
    advertised_authorization_server: str = ""

    @classmethod
    def local(cls, layout: Layout) -> EasyAuthConfig:
        """Returns the configuration of the local tenant's function app, like that of the deployed one.

        Clients are sent to Entra's plain address: they do not know the throw-away CA.
        """
        tenant = organisation()
        server = tenant.document["server"]
        return cls(
            client_id=tenant.server_client_id,
            issuer=f"{layout.entra}/{tenant.tenant_id}/v2.0",
            ca_file=layout.ca_file,
            allowed_audiences=frozenset(server["identifier_uris"]),
            allowed_applications=frozenset(
                client["client_id"] for client in tenant.document["clients"] if client["pre_authorized"]
            ),
            allowed_tenants=frozenset({tenant.tenant_id}),
            prm_scope=f"api://{tenant.server_client_id}/{server['scope']}",
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
