"""Processes every request: authentication, routing, operation, version, scope, response."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.bearer import AccessToken, RefusedError
from local.control import Control
from local.devops import api_version
from local.devops.call import Call
from local.devops.errors import (
    RefusalError,
    missing_project,
    not_authorized,
    scope_missing,
    wrapped,
)
from local.devops.made_answers import is_preview, made_answer, published_read
from local.devops.people import Identity
from local.devops.routing import Host
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
    """Holds the state of the local Azure DevOps, and processes requests of all its hosts."""

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
        """Forgets all writes, revocations and throttling."""
        self.store = fresh_store(self._base_url, self.clock())
        self.sign_in.forget()
        self.throttling = {}

    def app(self, host: Host) -> ASGIApp:
        """Returns the app of one host."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            if request.url.path.startswith("/_control/devops/"):
                response = await self._steer(request)
            elif request.url.path == "/_signin":
                response = self._sign_in_page(request)
            else:
                response = await self._respond(request, host)
            await response(scope, receive, send)

        return serve

    async def _respond(self, request: Request, host: Host) -> Response:
        activity = str(uuid.uuid4())
        try:
            response = await self._answer(request, host)
        except RefusalError as refusal:
            response = refusal.response()
            self.control.record("refused", path=request.url.path, status=refusal.status, body=refusal.body)
        response.headers["activityid"] = activity
        response.headers["x-vss-e2eid"] = request.headers.get("x-vss-e2eid", activity)
        response.headers["cache-control"] = "no-cache, no-store, must-revalidate"
        response.headers.update(self.throttling)
        return response

    async def _answer(self, request: Request, host: Host) -> Response:
        try:
            token = await self.sign_in.verify(request.headers.get("authorization"))
        except RefusedError as error:
            self.control.record("sign-in refused", path=request.url.path, reason=str(error))
            return self.sign_in.refuse(request.method, request.url, request.headers)
        if self.sign_in.rejects(request.headers):
            return self.sign_in.refuse(request.method, request.url, request.headers)
        if (challenge := self.sign_in.challenge(token)) is not None:
            self.control.record("claims challenge", user=token.user, path=request.url.path)
            return challenge
        user, identity = self._member(token)

        try:
            places, resource = host.split(request)
            organization, project, team = self._place(places, user)
            operation, parts = host.operation(request.method, resource)
        except RefusalError as refusal:
            # Without a name of its own a host has no operations, and paths begin with another's name.
            unknown = refusal.status == 404 or not host.name
            if unknown and (made := self._made(request, host, token, user)) is not None:
                return made
            raise
        self.control.record(
            "request",
            user=user.alias,
            client_id=token.client_id,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            scopes=sorted(token.scopes),
            audience=token.claims["aud"],
        )
        if not _grants(token, operation.scopes):
            raise scope_missing(host.scope_refusal, operation.scopes)
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

    def _made(self, request: Request, host: Host, token: AccessToken, user: User) -> Response | None:
        """Answers a published read that nothing here has data for; None where there is none."""
        raw = request.scope["raw_path"].decode("ascii").partition("?")[0]
        name = host.name
        if not name:
            name, _, raw = raw.removeprefix("/").partition("/")
            raw = f"/{raw}"
        read = published_read(name, raw) if request.method == "GET" else None
        if read is None:
            return None
        places = read.template.partition("/_apis")[0].count("/")
        self._place([unquote(each) for each in raw.strip("/").split("/")[:places]], user)
        if not _grants(token, read.scopes):
            raise scope_missing(host.scope_refusal, read.scopes)
        asked = api_version.asked_for(request.query_params, request.headers)
        api_version.check(asked, "GET", "7.1-preview.1" if is_preview(read) else None)
        return made_answer(read, request.query_params)

    def _member(self, token: AccessToken) -> tuple[User, Identity]:
        try:
            user = organisation().user(token.user)
            return user, self.store.people.named(user.alias)
        except KeyError:
            raise not_authorized() from None

    def _place(
        self, prefix: list[str], user: User
    ) -> tuple[Organization | None, Project | None, Team | None]:
        """Returns what the path's first segments name; an unknown organization looks like a forbidden one."""
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
        return self.sign_in.page(200)

    async def _steer(self, request: Request) -> Response:
        """Serves the controls of this service alone: reset, cae, sign-in, throttling."""
        control = request.method, request.url.path.removeprefix("/_control/devops/")
        try:
            wanted = await request.json() if request.method == "PUT" else {}
            match control:
                case "POST", "reset":
                    self.reset()
                case "PUT", "cae":
                    self.sign_in.revoke(organisation().user(wanted["user"]).object_id, int(time.time()))
                case "PUT", "sign-in":
                    self.sign_in.refuse_with(wanted["refusal"])
                case "PUT", "throttling":
                    self.throttling = {name: str(value) for name, value in wanted.items()}
                case _:
                    return JSONResponse({"error": "no such control"}, 404)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(status_code=204)


def _grants(token: AccessToken, wanted: tuple[str, ...]) -> bool:
    """Tells whether the token holds one of the scopes, itself or within a wider one."""
    granted = set(token.scopes)
    for scope in token.scopes:
        granted |= _INCLUDES.get(scope, set())
    return "user_impersonation" in granted or not granted.isdisjoint(wanted)
