"""The Functions host: one function app, its HTTP triggers and its MCP webhook, as an ASGI app."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.control import Control
from local.host import declarations, http_triggers
from local.host.catalogue import Catalogue
from local.host.configuration import HostConfiguration
from local.host.errors import StartupError
from local.host.extension_version import CURRENT, ExtensionVersion
from local.host.http_triggers import HttpTriggers
from local.host.invocations import Invocations
from local.host.keys import Keys
from local.host.mcp_extension import PATH, McpExtension
from local.host.mcp_server import McpServer
from local.host.observed_calls import ObservedCalls
from local.host.worker import Function, load_functions

REPOSITORY = Path(__file__).resolve().parents[2]


class FunctionsHost:
    """Serves the functions of one app; nothing in it knows who stands in front.

    Raises:
        StartupError: The real host would not start this app, or leave a function out.
    """

    def __init__(
        self,
        functions: list[Function],
        configuration: HostConfiguration,
        control: Control,
        keys: Keys | None = None,
        version: ExtensionVersion = CURRENT,
    ) -> None:
        keys = keys or Keys()
        for function in functions:
            kind = function.trigger["type"]
            if kind.casefold() not in declarations.TRIGGERS | {http_triggers.TRIGGER}:
                raise StartupError(f"function {function.name!r}: the local host does not run a {kind}")
        catalogue = Catalogue.declared(functions, configuration.bundle)
        invocations = Invocations(control, configuration.function_timeout)
        server = ObservedCalls(McpServer(configuration, catalogue, invocations, version), control)
        self._mcp = McpExtension(server, configuration.webhook_authorization_level, keys, control, version)
        self._http = HttpTriggers(functions, configuration.route_prefix, invocations, keys, control)

    @classmethod
    def load(
        cls, control: Control, app_folder: Path = REPOSITORY, version: ExtensionVersion = CURRENT
    ) -> FunctionsHost:
        """Loads the app in this folder, with the configuration that stands beside it.

        Raises:
            StartupError: The app or its configuration cannot be loaded, or would be refused.
        """
        functions = load_functions(app_folder)
        return cls(functions, HostConfiguration.load(app_folder), control, version=version)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other kinds of connection are ended at once."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = request.url.path.casefold()
        if not _are_utf8(scope["headers"]):
            # The web server refuses these before the host sees the request, and hangs up.
            response = Response(status_code=400, headers={"Connection": "close"})
        elif path == PATH or path.startswith(f"{PATH}/"):
            response = await self._mcp.respond(request)
        else:
            response = await self._http.respond(request)
        await response(scope, receive, send)


def _are_utf8(headers: list[tuple[bytes, bytes]]) -> bool:
    try:
        for _, value in headers:
            value.decode()
    except UnicodeDecodeError:
        return False
    return True
