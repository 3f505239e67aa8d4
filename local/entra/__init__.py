"""Runs a local Microsoft Entra ID: one tenant that signs users in and exchanges tokens.

It checks what the real one checks and refuses in the same words; what it does not have is
passwords, sessions and other tenants.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from local.control import Control
from local.entra import pages
from local.entra.admin_consent import AdminConsentEndpoint
from local.entra.authority import Authority
from local.entra.authorize import AuthorizationEndpoint
from local.entra.controls import Controls
from local.entra.keys import SigningKeys
from local.entra.metadata import Metadata
from local.entra.token_endpoint import TokenEndpoint
from local.layout import Layout


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """Serves one tenant at two addresses: https for MSAL, http for MCP clients."""
    control = Control()
    authority = Authority(layout, control, SigningKeys(layout.signing_keys_file))
    addresses = (layout.entra, layout.entra_http)
    return {address: control.wrap(application(authority, address)) for address in addresses}


def application(authority: Authority, base_url: str) -> ASGIApp:
    """Returns Entra's application at one address."""
    metadata = Metadata(authority, base_url)
    authorization = AuthorizationEndpoint(authority, base_url)
    token = TokenEndpoint(authority, base_url)
    consent = AdminConsentEndpoint(authority, base_url)
    routes = [
        Route("/{tenant}/v2.0/.well-known/openid-configuration", metadata.configuration),
        Route("/{tenant}/discovery/v2.0/keys", metadata.keys),
        Route("/{tenant}/oauth2/v2.0/authorize", authorization.handle, methods=["GET", "POST"]),
        Route("/{tenant}/oauth2/v2.0/token", token.handle, methods=["POST"]),
        Route("/error", _explain),
        *Controls(authority).routes(),
    ]
    for path in ("/{tenant}/adminconsent", "/{tenant}/v2.0/adminconsent"):
        routes.append(Route(path, consent.show, methods=["GET"]))
        routes.append(Route(path, consent.decide, methods=["POST"]))
    return Starlette(routes=routes)


async def _explain(request: Request) -> Response:
    """Serves the page that an `error_uri` names."""
    return pages.notice("Error", f"AADSTS{request.query_params.get('code', '')}")
