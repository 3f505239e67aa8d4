"""The function app: every tool as an MCP tool trigger, and the health probe.

Importing this reads settings and declares triggers, no more: what a call needs is made on the
first one, as import time is cold-start time.
"""

import logging
import os
from functools import cache
from typing import TYPE_CHECKING

import azure.functions as func

from shared.errors import SettingsError, ToolError
from shared.mcp.dispatch import dispatch
from shared.mcp.tool import Tool
from shared.settings import Settings
from shared.tools import CATALOGUE, offered

if TYPE_CHECKING:
    from shared.server import Server

_LOGGER = logging.getLogger(__name__)

# At INFO and below these write of each request: its whole address, with ids and search words of users, and
# its answer's headers, with the addresses of files that need no token.
for _chatty in ("httpx", "httpcore", "azure", "msal"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def start() -> tuple[Settings | SettingsError, list[Tool]]:
    """The settings and the tools they offer; or what is wrong with them, logged a line each.

    With wrong settings the tools that change nothing are declared, to tell callers what is wrong.
    """
    try:
        settings = Settings.from_environ(os.environ)
        tools = offered(settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            _LOGGER.error("%s", line)  # noqa: TRY400 - a line for people, not a traceback
        return error, [tool for tool in CATALOGUE if not tool.writes]
    _LOGGER.info("the app proves itself to Entra by %s", settings.credential_kind)
    return settings, tools


SETTINGS, TOOLS = start()


@cache
def server() -> "Server":
    """Who lets callers in; made on the first call, with all it needs.

    Raises:
        ToolError: `misconfigured`: the settings are not right, so nobody is let in.
    """
    if isinstance(SETTINGS, SettingsError):
        raise ToolError(
            "misconfigured",
            f"The server is not set up: {str(SETTINGS).splitlines()[0]}",
            "The administrator mends its app settings and restarts it.",
        )
    from shared.server import Server  # noqa: PLC0415 - loads MSAL, cryptography and httpx

    return Server.open(SETTINGS, TOOLS)


def can_serve() -> bool:
    """Whether a call might succeed, as far as is known without asking anybody."""
    if isinstance(SETTINGS, SettingsError):
        return False
    return not server.cache_info().currsize or server().can_serve


def trace_headers(context: func.Context) -> dict[str, str]:
    """The W3C headers of the trace to which the host says a call belongs."""
    trace = context.trace_context
    return {"traceparent": trace.trace_parent or "", "tracestate": trace.trace_state or ""}


def register(tool: Tool) -> None:
    """Declare the trigger of a tool: schemas of our own, results in the extension's envelope."""

    @app.function_name(tool.name)
    @app.mcp_tool_trigger(
        arg_name="invocation",
        tool_name=tool.name,
        description=tool.description,
        # For a host whose extension predates `inputSchema`.
        tool_properties=tool.schemas.properties,
        use_result_schema=True,
        useWorkerInputSchema=True,
        inputSchema=tool.schemas.arguments,
        outputSchema=tool.schemas.result,
    )
    async def run(invocation: str, context: func.Context) -> str:
        return await dispatch(tool, invocation, server, trace=trace_headers(context))


for _tool in TOOLS:
    register(_tool)


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the worker binds by name
    """Whether the app can serve at all: 200, or 503 while no call can succeed.

    That is: the settings are not right, the app has nothing to prove itself with, or the keys to check
    tokens were needed and never had. It asks nobody, so it costs nothing.
    """
    if not can_serve():
        return func.HttpResponse('{"status":"unavailable"}', status_code=503, mimetype="application/json")
    return func.HttpResponse('{"status":"ok"}', mimetype="application/json")
