"""Serves the managed identity endpoint of App Service: `GET /msi/token`, for one user-assigned identity."""

from __future__ import annotations

import contextlib
import hmac
import ssl
import time
import uuid
from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from local.control import Control
from local.decoded_token import decoded
from local.layout import Layout
from local.organisation import organisation

_API_VERSION = "2019-08-01"
_RESOURCES = {"api://AzureADTokenExchange", "https://storage.azure.com", "https://storage.azure.com/"}
_UNKNOWN_IDENTITY = (
    "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
)
# How a caller may name the identity ("Connect to Azure services in app code", REST endpoint reference).
_NAMES = {"client_id": "client_id", "principal_id": "principal_id", "object_id": "principal_id"}


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """Serves the endpoint, with tokens from the local Entra."""
    context = ssl.create_default_context(cafile=str(layout.ca_file))
    control = Control()
    entra = httpx.AsyncClient(base_url=layout.entra, verify=context, trust_env=False)
    return {layout.identity: control.wrap(application(layout, control, entra))}


def application(layout: Layout, control: Control, entra: httpx.AsyncClient) -> ASGIApp:
    """Returns the endpoint, which fetches tokens through the given client and closes it at shutdown."""
    endpoint = IdentityEndpoint(layout.secret("identity_header"), control, entra)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with entra:
            yield

    return Starlette(routes=[Route("/msi/token", endpoint.token)], lifespan=lifespan)


class IdentityEndpoint:
    """Issues tokens of the identity to callers that send the environment's secret."""

    def __init__(self, secret: str, control: Control, entra: httpx.AsyncClient) -> None:
        self._secret = secret
        self._control = control
        self._entra = entra

    async def token(self, request: Request) -> Response:
        """Returns a token for the requested resource, or an error in App Service's form."""
        query = request.query_params
        shown = request.headers.get("x-identity-header", "")
        if not hmac.compare_digest(shown.encode(), self._secret.encode()):
            return self._refuse(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if query.get("api-version") != _API_VERSION:
            return self._refuse(400, f"The api-version must be {_API_VERSION}.")
        if not query.get("resource"):
            return self._refuse(400, "The parameter 'resource' is missing.")
        if not _names_identity(query.multi_items()):
            return self._refuse(400, _UNKNOWN_IDENTITY)
        if query["resource"] not in _RESOURCES:
            return self._refuse(
                400, f"AADSTS500011: The resource '{query['resource']}' was not found in the tenant."
            )
        return await self._fetch(query["resource"])

    async def _fetch(self, resource: str) -> Response:
        began = time.time()
        try:
            response = await self._entra.post(
                "/_control/entra/managed-identity-token",
                json={"resource": resource},
                headers={"X-IDENTITY-HEADER": self._secret},
            )
            response.raise_for_status()
        except httpx.HTTPError as error:
            return self._refuse(500, f"Entra gave no token: {type(error).__name__}.")
        issued = response.json()
        client_id = organisation().document["managed_identity"]["client_id"]
        self._control.record("token_issued", client_id=client_id, resource=resource)
        self._control.observe("identity_token", began=began, token=decoded(issued["access_token"]))
        return JSONResponse(
            {
                "access_token": issued["access_token"],
                "expires_on": str(issued["expires_on"]),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": client_id,
            },
            headers={"Cache-Control": "no-store"},
        )

    def _refuse(self, status: int, message: str) -> Response:
        self._control.record("token_refused", status=status, message=message)
        content = {"statusCode": status, "message": message, "correlationId": str(uuid.uuid4())}
        return JSONResponse(content, status)


def _names_identity(parameters: list[tuple[str, str]]) -> bool:
    """Tells whether the one user-assigned identity is named: without a name the system-assigned is meant."""
    identity = organisation().document["managed_identity"]
    named = [(_NAMES[name], value.casefold()) for name, value in parameters if name in _NAMES]
    return bool(named) and all(identity[name] == value for name, value in named)
