"""The path every request takes: sign-in, place, operation, version, scope, answer."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.bearer import AccessToken, RefusedError
from local.control import Control
from local.devops import api_version
from local.devops.call import Call, Operation
from local.devops.errors import (
    RefusalError,
    missing_project,
    no_such_resource,
    not_authorized,
    scope_missing,
    wrapped,
)
from local.devops.people import Identity
from local.devops.seed import fresh_store
from local.devops.sign_in import SignIn
from local.devops.store import Organization, Project, Store, Team
from local.organisation import User, organisation

# A scope and those it includes (Azure DevOps documentation, "Authorize access with scopes").
_INCLUDES = {
    "vso.project_write": {"vso.project"},
    "vso.work_write": {"vso.work"},
    "vso.work_full": {"vso.work", "vso.work_write"},
    "vso.build_execute": {"vso.build"},
    "vso.wiki_write": {"vso.wiki"},
    "vso.code_write": {"vso.code"},
}


class Service:
    """The state of the local Azure DevOps, shared by its hosts, and how requests reach it."""

    def __init__(
        self, base_url: str, sign_in: SignIn, control: Control, clock: Callable[[], datetime]
    ) -> None:
        self.sign_in = sign_in
        self.control = control
        self.clock = clock
        self.throttling: dict[str, str] = {}
        self.store: Store = fresh_store(base_url, clock())
        self._base_url = base_url

    def reset(self) -> None:
        """Forget all writes, revocations and throttling."""
        self.store = fresh_store(self._base_url, self.clock())
        self.sign_in.forget()
        self.throttling = {}

    def app(self, operations: Sequence[Operation], *, organization_in_path: bool) -> ASGIApp:
        """One host: the operations it offers, and whether paths start with an organization."""
        table = [(_pattern(operation.path), operation) for operation in operations]

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            if request.url.path.startswith("/_control/devops/"):
                response = await self._steer(request)
            elif request.url.path == "/_signin":
                response = self._sign_in_page(request)
            else:
                response = await self._respond(request, table, organization_in_path)
            await response(scope, receive, send)

        return serve

    async def _respond(
        self, request: Request, table: list[tuple[re.Pattern[str], Operation]], organization_in_path: bool
    ) -> Response:
        activity = str(uuid.uuid4())
        try:
            response = await self._answer(request, table, organization_in_path)
        except RefusalError as refusal:
            response = refusal.response()
            self.control.record("refused", path=request.url.path, status=refusal.status, body=refusal.body)
        response.headers["activityid"] = activity
        response.headers["x-vss-e2eid"] = request.headers.get("x-vss-e2eid", activity)
        response.headers["cache-control"] = "no-cache, no-store, must-revalidate"
        response.headers.update(self.throttling)
        return response

    async def _answer(
        self, request: Request, table: list[tuple[re.Pattern[str], Operation]], organization_in_path: bool
    ) -> Response:
        try:
            token = await self.sign_in.verify(request.headers.get("authorization"))
        except RefusedError as error:
            self.control.record("sign-in refused", path=request.url.path, reason=str(error))
            return self.sign_in.refuse(request.method, request.url, request.headers)
        if (challenge := self.sign_in.challenge(token)) is not None:
            self.control.record("claims challenge", user=token.user, path=request.url.path)
            return challenge
        user, identity = self._member(token)

        prefix, resource = _segments(request)
        if len(prefix) > (3 if organization_in_path else 0) or (organization_in_path and not prefix):
            raise no_such_resource(request.url.path)
        organization, project, team = self._place(prefix, user)
        operation, parts = _operation(table, request.method, resource)
        self.control.record(
            "request",
            user=user.alias,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            scopes=sorted(token.scopes),
        )
        _check_scope(token, operation.scopes)
        api_version.check(
            api_version.asked_for(request.query_params, request.headers), request.method, operation.preview
        )
        return operation.answer(
            Call(
                query=request.query_params,
                headers=request.headers,
                body=await request.body(),
                parts=parts,
                user=identity,
                store=self.store,
                now=self.clock(),
                organization_or_none=organization,
                project_or_none=project,
                team_or_none=team,
            )
        )

    def _member(self, token: AccessToken) -> tuple[User, Identity]:
        try:
            user = organisation().user(token.user)
            return user, self.store.people.named(user.alias)
        except KeyError:
            raise not_authorized() from None

    def _place(
        self, prefix: list[str], user: User
    ) -> tuple[Organization | None, Project | None, Team | None]:
        """What the path's first segments name; an unknown organization looks like a forbidden one."""
        if not prefix:
            return None, None, None
        organization = self.store.organizations.get(prefix[0].casefold())
        if organization is None or organization.name not in user.devops_organizations:
            raise not_authorized()
        if len(prefix) == 1:
            return organization, None, None
        project = organization.project(prefix[1])
        if project is None:
            raise missing_project(prefix[1])
        if len(prefix) == 2:
            return organization, project, None
        team = project.team(prefix[2])
        if team is None:
            raise wrapped(404, "TeamNotFoundException", f"The team '{prefix[2]}' is not in {project.name}.")
        return organization, project, team

    def _sign_in_page(self, request: Request) -> Response:
        carried = "authorization" in request.headers
        self.control.record("sign-in page", with_token=carried)
        return self.sign_in.refuse("GET", request.url, request.headers)

    async def _steer(self, request: Request) -> Response:
        """Controls of this service alone: reset, cae, sign-in, throttling."""
        match request.method, request.url.path.removeprefix("/_control/devops/"):
            case "POST", "reset":
                self.reset()
            case "PUT", "cae":
                user = organisation().user((await request.json())["user"])
                self.sign_in.revoke(user.object_id, int(time.time()))
            case "PUT", "sign-in":
                self.sign_in.refusal = (await request.json())["refusal"]
            case "PUT", "throttling":
                self.throttling = {name: str(value) for name, value in (await request.json()).items()}
            case _:
                return JSONResponse({"error": "no such control"}, 404)
        return Response(status_code=204)


def _pattern(path: str) -> re.Pattern[str]:
    """A template as a pattern over decoded segments joined by a newline, which no segment holds."""
    escaped = re.escape(path).replace("/", "\n")
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^\n]+)", escaped), re.IGNORECASE)


def _segments(request: Request) -> tuple[list[str], str]:
    """The decoded segments before `_apis`, and those after it in the form `_pattern` takes.

    Split before decoding: an encoded slash belongs to its segment.
    """
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    segments = [unquote(segment) for segment in raw.decode("ascii").partition("?")[0].strip("/").split("/")]
    folded = [segment.casefold() for segment in segments]
    if "_apis" not in folded:
        raise no_such_resource(request.url.path)
    cut = folded.index("_apis")
    return segments[:cut], "\n".join(segments[cut + 1 :])


def _operation(
    table: list[tuple[re.Pattern[str], Operation]], method: str, resource: str
) -> tuple[Operation, dict[str, str]]:
    methods = set()
    for pattern, operation in table:
        match = pattern.fullmatch(resource)
        if match and operation.method == method:
            return operation, match.groupdict()
        if match:
            methods.add(operation.method)
    if methods:
        body = {
            "count": 1,
            "value": {"Message": f"The requested resource does not support http method '{method}'."},
        }
        raise RefusalError(405, body, {"allow": ", ".join(sorted(methods))})
    raise no_such_resource(resource.replace("\n", "/"))


def _check_scope(token: AccessToken, wanted: tuple[str, ...]) -> None:
    granted = set(token.scopes)
    for scope in token.scopes:
        granted |= _INCLUDES.get(scope, set())
    if "user_impersonation" not in granted and granted.isdisjoint(wanted):
        raise scope_missing(wanted)
