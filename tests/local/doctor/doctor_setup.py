"""A tenant within this process to examine: its Entra, its Graph, and whatever stands for the server."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from local.bearer import BearerCheck
from local.control import Control
from local.doctor.app_description import AppDescription
from local.doctor.examination import (
    ADDRESS,
    DIRECTORY,
    EASY_AUTH,
    PROXY_DIRECTORY,
    PROXY_SERVER,
    PROXY_SETTINGS,
    SERVER,
    SETTINGS,
    Finding,
    run,
)
from local.doctor.local_sign_in import LocalSignIn
from local.doctor.target import Target
from local.doctor.tokens import Tokens
from local.easyauth import EasyAuth, EasyAuthConfig
from local.entra import application
from local.entra.authority import Authority
from local.entra.keys import SigningKeys
from local.graph import people
from local.graph.directory import Directory
from local.graph.service import Graph
from local.graph.store import Tenant
from local.layout import Layout
from local.organisation import organisation

CHECKS = {check.name: check for check in (*SETTINGS, *DIRECTORY, ADDRESS, *SERVER)}
"""Those of every server; those of Azure's own description of Easy Auth come on top for a deployment."""
_FURTHER = {check.name: check for check in (*EASY_AUTH, *PROXY_SETTINGS, *PROXY_DIRECTORY, *PROXY_SERVER)}


def layout_at(folder: Any) -> Layout:
    """Where the services of the tenant are, for the clients of a setup."""
    names = (
        "entra", "entra_http", "identity", "graph", "graph_files",
        "devops", "devops_profile", "devops_search", "devops_identities", "devops_releases",
        "devops_security",
    )  # fmt: skip
    hosts = {name: f"https://{name.replace('_', '-')}.test" for name in names}
    return Layout(folder=folder, host="https://mcp.test", **hosts)


class DoctorSetup:
    """One tenant, healthy until a test changes it.

    Args:
        app: What the app says of itself with the tenant's settings.
    """

    def __init__(self, layout: Layout, keys: SigningKeys, app: AppDescription) -> None:
        self.layout = layout
        self.app = app
        self.user = organisation().user("ana")
        self.alter: Callable[[dict[str, Any]], object] = lambda _: None
        """What a test changes in the directory that the local Entra knows no such mistake of."""
        self.control = Control()
        self.server: ASGIApp = EasyAuth(behind_easy_auth(), self.easy_auth(), self.control)
        self._authority = Authority(layout, Control(), keys)
        self._entra = application(self._authority, layout.entra)
        graph = Graph(
            layout.graph,
            BearerCheck("graph", self._keys),
            Control(),
            [*people.area.operations, *Directory(self._directory).area.operations],
            # Nobody has mail here: all that is read is the directory.
            lambda: Tenant(lambda: datetime.now(UTC), layout.graph_files),
        )
        apps = {layout.entra: self._entra, layout.graph: graph, layout.host: self._serve}
        self.http = httpx.AsyncClient(
            mounts={url: httpx.ASGITransport(app) for url, app in apps.items()},
            transport=httpx.MockTransport(_nobody),
            trust_env=False,
        )

    def easy_auth(self, **changes: Any) -> EasyAuthConfig:
        """How Easy Auth is set up, with something changed."""
        return replace(EasyAuthConfig.local(self.layout), **changes)

    async def change(self, **registration: Any) -> None:
        """Change the server's app registration."""
        await self._control("registration", registration)

    async def consent(self, **consent: Any) -> None:
        """Grant or take back consents."""
        await self._control("consent", consent)

    def target(self, *, sign_in: Tokens | None = None, **changes: Any) -> Target:
        """The tenant as one to be examined."""
        tokens = sign_in or LocalSignIn(self.layout, self.user, self.http)
        usual = {
            "mcp_url": self.layout.mcp_url,
            "graph_endpoint": self.layout.graph,
            "advertised_issuers": (f"{self.layout.entra_http}/{organisation().tenant_id}/v2.0",),
        }
        app = changes.pop("app", self.app)
        return Target("the setup's", app, self.http, lambda _: tokens, **{**usual, **changes})

    def unknown(self) -> AppDescription:
        """The app's code, whose settings nobody could read."""
        return replace(self.app, settings=None, tools=None)

    async def found(self, check: str, target: Target | None = None) -> Finding:
        """How one check comes out."""
        return await run({**CHECKS, **_FURTHER}[check], target or self.target())

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self.server(scope, receive, send)

    async def _control(self, name: str, body: Mapping[str, Any]) -> None:
        url = f"{self.layout.entra}/_control/entra/{name}"
        (await self.http.post(url, json=body)).raise_for_status()

    async def _keys(self) -> dict[str, Any]:
        url = f"{self.layout.entra}/{organisation().tenant_id}/discovery/v2.0/keys"
        return dict((await self.http.get(url)).raise_for_status().json())

    async def _directory(self) -> dict[str, Any]:
        response = await self.http.get(f"{self.layout.entra}/_control/entra/directory")
        objects = dict(response.raise_for_status().json())
        self.alter(objects)
        return objects


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"nobody is at {request.url.host}", request=request)


def behind_easy_auth(health: Response | None = None) -> ASGIApp:
    """An app whose health is this, and which answers everything else as if the caller were signed in."""

    async def answer_health(_: Request) -> Response:
        return health or JSONResponse({"status": "ok"})

    async def answer(_: Request) -> Response:
        return JSONResponse({"jsonrpc": "2.0", "id": 1, "result": {"tools": []}})

    return Starlette(
        routes=[
            Route("/api/health", answer_health),
            Route("/runtime/webhooks/mcp", answer, methods=["GET", "POST"]),
        ]
    )


def answering(status: int, body: str = "", **headers: str) -> ASGIApp:
    """An app that has one answer for everything."""
    return Response(body, status, {name.replace("_", "-"): value for name, value in headers.items()})
