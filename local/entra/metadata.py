"""Serves the OpenID Connect metadata and the key set."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.entra import errors
from local.entra.authority import Authority
from local.entra.errors import EntraError
from local.entra.scopes import OPENID_SCOPES
from local.organisation import organisation

_PUBLIC = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, OPTIONS"}


class Metadata:
    """Serves the metadata of one address, which names endpoints at that address."""

    def __init__(self, authority: Authority, base_url: str) -> None:
        self._authority = authority
        self._base_url = base_url
        # People's browsers do not know the throw-away CA; to them, another name is another site than the
        # server's, as Entra is in Azure.
        self._browsers = authority.layout.entra_http.replace("//localhost", "//127.0.0.1")

    async def configuration(self, request: Request) -> Response:
        """Returns the OpenID Connect discovery document of a tenant, or of any tenant."""
        tenant = request.path_params["tenant"]
        try:
            self._authority.check_tenant(tenant)
        except EntraError as refusal:
            refusal.error = "invalid_tenant"
            return self._refuse(refusal)
        return JSONResponse(self._document(tenant), headers={**_PUBLIC, "Cache-Control": "max-age=86400"})

    async def keys(self, request: Request) -> Response:
        """Returns the JSON Web Key Set."""
        try:
            self._authority.check_tenant(request.path_params["tenant"])
        except EntraError as refusal:
            return self._refuse(refusal)
        return JSONResponse(self._authority.keys.published(self._authority.issuer), headers=_PUBLIC)

    def _refuse(self, refusal: EntraError) -> Response:
        content = errors.body(refusal, base_url=self._base_url, correlation_id=str(uuid.uuid4()))
        return JSONResponse(content, refusal.status, _PUBLIC)

    def _document(self, tenant: str) -> dict[str, Any]:
        issuer_tenant = organisation().tenant_id
        if tenant.casefold() in ("common", "organizations"):
            issuer_tenant = "{tenantid}"
        else:
            tenant = issuer_tenant
        endpoints = f"{self._base_url}/{tenant}"
        return {
            "token_endpoint": f"{endpoints}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{endpoints}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": list(OPENID_SCOPES),
            "issuer": f"{self._base_url}/{issuer_tenant}/v2.0",
            "request_uri_parameter_supported": False,
            "authorization_endpoint": f"{self._browsers}/{tenant}/oauth2/v2.0/authorize",
            "claims_supported": [
                "sub",
                "iss",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "acr",
                "nonce",
                "preferred_username",
                "name",
                "tid",
                "ver",
            ],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "localhost",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        }
