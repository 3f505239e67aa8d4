"""A sign-in proxy in the tenant to examine: its registration in the directory, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.doctor.sign_in_proxy import Mode, SignInProxy
from local.doctor.target import Target
from local.easyauth import EasyAuth
from local.organisation import organisation
from tests.local.doctor.doctor_setup import DoctorSetup

PROXY = "7d6c5b4a-3f2e-4d1c-8b0a-9f8e7d6c5b4a"
ORIGIN = "https://mcp.test"
TABLE = "https://larkspur.table.core.windows.net/signin"
_SERVER = organisation().server_client_id
_TENANT = organisation().tenant_id
_APPLICATION = "5e0f7a51-1c2d-4b3e-9f40-a1b2c3d4e5f6"
_RESOURCE = "/.well-known/oauth-protected-resource"
_ENDPOINT = "/runtime/webhooks/mcp"
_AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"


def proxy(mode: Mode = "app", **changes: Any) -> SignInProxy:
    """The proxy as the deployment sets it up, with something changed."""
    usual = SignInProxy(mode, client_id=PROXY, origin=ORIGIN, table_url=TABLE)
    return replace(usual, **changes)


class SignInSetup:
    """A tenant with a sign-in proxy, healthy until a test changes it.

    Attributes:
        application: The proxy's registration.
        principal: Its service principal; None for none.
        credential: Its federated credential; None for none.
        pre_authorized: Whether the server's registration knows it.
        documents: What is answered at the paths of metadata.
        answers: What is answered at other paths.
    """

    def __init__(self, setup: DoctorSetup, mode: Mode = "app") -> None:
        self._setup = setup
        self.application: dict[str, Any] | None = {
            "id": _APPLICATION,
            "appId": PROXY,
            "displayName": "the sign-in proxy",
            "signInAudience": "AzureADMyOrg",
            "isFallbackPublicClient": False,
            "web": {"redirectUris": [f"{ORIGIN}/oauth/callback"]},
            "requiredResourceAccess": [],
        }
        self.principal: dict[str, Any] | None = {
            "id": "6f1a8b62-2d3e-4c4f-8a51-b2c3d4e5f607",
            "appId": PROXY,
            "displayName": "the sign-in proxy",
            "accountEnabled": True,
        }
        self.credential: dict[str, Any] | None = {}
        self.pre_authorized = True
        authority = f"https://entra.test/{_TENANT}/oauth2/v2.0"
        below = authority if mode == "metadata" else f"{ORIGIN}/oauth"
        scopes = [f"api://{_SERVER}/access_as_user"]
        self.documents: dict[str, dict[str, Any]] = {
            f"{_RESOURCE}{path}": {
                "resource": f"{ORIGIN}{path}",
                "authorization_servers": [ORIGIN],
                "scopes_supported": scopes,
            }
            for path in ("", _ENDPOINT)
        }
        self.documents[_AUTHORIZATION_SERVER] = {
            "issuer": ORIGIN,
            "authorization_endpoint": f"{below}/authorize",
            "token_endpoint": f"{below}/token",
            "code_challenge_methods_supported": ["S256"],
        }
        self.answers: Mapping[str, Response] = {}
        self._open = {"/api/health", *self.documents, "/oauth/authorize", "/oauth/callback"}
        setup.alter = self._alter
        self.opens(*self._open)

    def opens(self, *paths: str) -> None:
        """Let Easy Auth ask for no token at these paths."""
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        config = self._setup.easy_auth(excluded_paths=frozenset(paths), prm_scope="")
        self._setup.server = EasyAuth(app, config, self._setup.control)

    def guards(self, *paths: str) -> None:
        """Let Easy Auth ask for a token at these paths, which the app would answer."""
        self.opens(*(self._open - {*paths}))

    def target(self, mode: Mode = "app", **changes: Any) -> Target:
        """The tenant as one to be examined, with a proxy that these changes are made to."""
        return self._setup.target(proxy=proxy(mode, **changes))

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path in self.answers:
            return self.answers[path]
        if path in self.documents:
            return JSONResponse(self.documents[path])
        if path == "/api/health":
            return JSONResponse({"status": "ok"})
        refused = path.startswith("/oauth/")
        return (
            Response(status_code=400) if refused else JSONResponse({"jsonrpc": "2.0", "id": 1, "result": {}})
        )

    def _alter(self, objects: dict[str, Any]) -> None:
        server = objects["applications"][0]
        own = next(each for each in objects["federatedIdentityCredentials"])
        scope = server["api"]["oauth2PermissionScopes"][0]["id"]
        if self.pre_authorized:
            server["api"]["preAuthorizedApplications"].append(
                {"appId": PROXY, "delegatedPermissionIds": [scope]}
            )
        if self.application is not None:
            asked = [{"resourceAppId": _SERVER, "resourceAccess": [{"id": scope, "type": "Scope"}]}]
            wanted = self.application["requiredResourceAccess"] or asked
            objects["applications"].append({**self.application, "requiredResourceAccess": wanted})
        if self.principal is not None:
            objects["servicePrincipals"].append(self.principal)
        if self.credential is not None:
            objects["federatedIdentityCredentials"].append(
                {**own, "id": "credential", "applicationId": _APPLICATION, **self.credential}
            )
