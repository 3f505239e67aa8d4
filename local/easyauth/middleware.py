"""Authenticates requests before they reach the app."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.easyauth.access_tokens import AccessTokens, ForbiddenError, ProviderError, UnauthenticatedError
from local.easyauth.config import EasyAuthConfig
from local.easyauth.journal import Journal
from local.easyauth.principal import principal_headers, without_principal

_PRM_PATH = "/.well-known/oauth-protected-resource"

# RFC 3986, 3.2.2, without percent-encoding: the front end routes by this name and knows no other.
_HOST = re.compile(r"([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")

# RFC 3986, 3.3: what may stand in a path as it is; a quote or a backslash may not.
_PATH_SAFE = "/-._~!$&'()*+,;=:@%"


class EasyAuth:
    """Forwards authenticated requests with the caller's identity in their headers, and refuses others.

    Anonymous are the excluded paths and the protected resource metadata. All else needs a valid
    token, before any look at route or method.
    """

    def __init__(self, app: ASGIApp, config: EasyAuthConfig, journal: Journal) -> None:
        self._app = app
        self._config = config
        self._tokens = AccessTokens(config)
        self._excluded = {path.casefold() for path in config.excluded_paths}
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; connections other than HTTP go to the app unchecked."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not _HOST.fullmatch(request.headers.get("host", "")):
            await Response(status_code=400)(scope, receive, send)
        elif self._is_metadata(request):
            await self._metadata(request)(scope, receive, send)
        elif request.url.path.casefold() in self._excluded:
            await self._app({**scope, "headers": without_principal(scope["headers"])}, receive, send)
        else:
            await self._authenticated(request, scope, receive, send)

    async def _authenticated(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            claims = await self._tokens.validate(request.headers.getlist("authorization"))
        except UnauthenticatedError as error:
            self._record(request, 401, reason=str(error))
            challenge = {"WWW-Authenticate": self._challenge(request)}
            await Response(status_code=401, headers=challenge)(scope, receive, send)
            return
        except (ForbiddenError, ProviderError) as error:
            status = 403 if isinstance(error, ForbiddenError) else 500
            self._record(request, status, reason=str(error))
            await Response(status_code=status)(scope, receive, send)
            return
        self._record(request, "ok", client=claims.get("azp") or claims.get("appid"))
        headers = without_principal(scope["headers"]) + principal_headers(claims)
        await self._app({**scope, "headers": headers}, receive, send)

    def _is_metadata(self, request: Request) -> bool:
        path = request.url.path
        return (
            bool(self._config.prm_scope)
            and request.method in ("GET", "HEAD")
            and (path == _PRM_PATH or path.startswith(f"{_PRM_PATH}/"))
        )

    def _metadata(self, request: Request) -> Response:
        """Returns the protected resource metadata (RFC 9728); the path's end is the resource's path."""
        return JSONResponse(
            {
                "resource": _origin(request) + _path(request).removeprefix(_PRM_PATH).rstrip("/"),
                "authorization_servers": [self._config.authorization_server],
                "scopes_supported": [self._config.prm_scope],
            }
        )

    def _challenge(self, request: Request) -> str:
        """Returns the `WWW-Authenticate` of a 401, its parameters separated by spaces as on the platform."""
        parameters = {
            "realm": request.headers["host"],
            "authorization_uri": self._config.authorization_uri,
            "resource_id": self._config.client_id,
        }
        if self._config.prm_scope:
            # RFC 9728, 3.1: the path of the resource comes after the well-known one.
            parameters["scope"] = self._config.prm_scope
            parameters["resource_metadata"] = _origin(request) + _PRM_PATH + _path(request).rstrip("/")
        return "Bearer " + " ".join(f'{name}="{value}"' for name, value in parameters.items())

    def _record(self, request: Request, outcome: int | str, **facts: str | None) -> None:
        self._journal.record("easy_auth", outcome=outcome, path=request.url.path, **facts)


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}"


def _path(request: Request) -> str:
    """Returns the path as it was sent, escaped for a quoted string."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return quote(raw.partition(b"?")[0], safe=_PATH_SAFE)
