"""Authenticates and authorizes requests to the local Graph, and routes them to their operations."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from local.bearer import AccessToken, BearerCheck, RefusedError
from local.control import Control
from local.graph.errors import GraphError, bad_request, directory_not_found
from local.graph.made_answers import made_answer
from local.graph.odata import Query
from local.graph.operations import Call, Operation
from local.graph.revocation import Revocations, unauthenticated
from local.graph.store import Tenant
from local.organisation import organisation
from local.published_reads import published_reads

_VERSION = "/v1.0"
_REFUSALS = {
    "no bearer token": "Access token is empty.",
    "ExpiredSignatureError": "Lifetime validation failed, the token is expired.",
    "ImmatureSignatureError": "Lifetime validation failed, the token is not yet valid.",
    "InvalidAudienceError": "Access token validation failure. Invalid audience.",
    "InvalidIssuerError": "Access token validation failure. Invalid issuer.",
    "DecodeError": "CompactToken parsing failed with error code: 80049217",
}


class Graph:
    """Serves the operations it is given, as an ASGI app.

    Every answer carries `request-id` and `client-request-id`. Paths are matched as sent, so that an
    encoded slash never becomes a separator.
    """

    def __init__(  # everything is handed in
        self,
        base_url: str,
        check: BearerCheck,
        control: Control,
        operations: list[Operation],
        make_tenant: Callable[[], Tenant],
    ) -> None:
        self._base_url = base_url
        self._check = check
        self._control = control
        self._operations = operations
        self._make_tenant = make_tenant
        self.tenant = make_tenant()
        self._revocations = Revocations()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        request = Request(scope, receive)
        request_id = str(uuid.uuid4())
        client_request_id = request.headers.get("client-request-id", request_id)
        try:
            response = await self._answer(request)
        except GraphError as error:
            response = JSONResponse(error.body(request_id, client_request_id), error.status, error.headers)
        if asked_by := getattr(request.state, "asked_by", None):
            facts = {"method": request.method, "path": request.url.path, "status": response.status_code}
            self._control.record("answered", **facts, **asked_by)
        response.headers["request-id"] = request_id
        response.headers["client-request-id"] = client_request_id
        response.headers["x-ms-ags-diagnostic"] = (
            '{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"1"}}'
        )
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii", "replace")
        if path.startswith("/_control/"):
            return await self._controlled(request, path)
        version, _, _ = path.removeprefix("/").partition("/")
        if f"/{version}" != _VERSION:
            raise bad_request(f"Invalid version: {version}.")
        token = await self._authenticated(request)
        where = path.removeprefix(_VERSION).rstrip("/")
        try:
            operation, arguments = self._find(request.method, where)
        except GraphError:
            read = published_reads("graph").find(where) if request.method == "GET" else None
            if read is None:
                raise
            return made_answer(read, Query.parse(request.url.query), request, token, self._base_url + path)
        try:
            user = organisation().user(token.user)
        except KeyError as error:
            raise directory_not_found(token.user) from error
        request.state.asked_by = {"user": user.alias, "audience": token.claims["aud"]}
        call = Call(
            request=request,
            token=token,
            user=user,
            tenant=self.tenant,
            base_url=self._base_url,
            query=Query.parse(request.url.query),
            arguments=arguments,
            denial=operation.denial,
        )
        call.require(*operation.permissions)
        return await operation.handler(call)

    async def _authenticated(self, request: Request) -> AccessToken:
        try:
            token = await self._check.verify(request.headers.get("authorization"))
        except RefusedError as error:
            self._control.record("refused", reason=str(error))
            message = next((text for start, text in _REFUSALS.items() if str(error).startswith(start)), None)
            raise unauthenticated(message or "Access token validation failure.") from error
        self._revocations.check(token)
        if not token.claims.get("scp"):
            raise bad_request("/me request is only valid with delegated authentication flow.")
        return token

    def _find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        allowed = False
        for operation in self._operations:
            arguments = operation.arguments(path)
            if arguments is None:
                continue
            if operation.method == method:
                return operation, arguments
            allowed = True
        if allowed:
            raise GraphError(
                405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."
            )
        raise bad_request(f"Resource not found for the segment '{path.rpartition('/')[2]}'.")

    async def _controlled(self, request: Request, path: str) -> Response:
        match request.method, path:
            case "POST", "/_control/graph/reset":
                self.tenant = self._make_tenant()
                self._revocations.clear()
                return Response(status_code=204)
            case "PUT", "/_control/graph/cae":
                try:
                    user = organisation().user(str((await request.json())["user"]))
                except (KeyError, TypeError, ValueError) as error:
                    return JSONResponse({"error": str(error)}, 400)
                self._revocations.revoke(user.object_id)
                return Response(status_code=204)
        return JSONResponse({"error": "no such control"}, 404)
