"""Registers tools, resources, prompts and pages of apps as MCP triggers, and the health probe.

Importing this reads settings and declares triggers, no more: what a call needs is made on the
first call, as import time is cold-start time.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import azure.functions as func

from shared.apps.declared_apps import REVIEW, offered_pages, page_of
from shared.errors import SettingsError, ToolError
from shared.mcp.app_resource import META, MIME_TYPE, AppPage, PageRead, tool_metadata
from shared.mcp.dispatch import Target, dispatch
from shared.mcp.prompt import Prompt, PromptGet
from shared.mcp.resource import Resource, ResourceRead
from shared.mcp.tool import Tool
from shared.mcp.tool_call import ToolCall, carry_out
from shared.prompts.declared_prompts import offered_prompts
from shared.resources.declared_resources import offered_resources
from shared.settings import Settings
from shared.tools import CATALOGUE, offered
from shared.tools.waiting import CONFIRM, waits

if TYPE_CHECKING:
    from shared.caller import Caller
    from shared.mcp.confirmation import Review
    from shared.server import Server
    from shared.settings.sign_in_settings import SignInSettings
    from shared.sign_in.routes import Route
    from shared.sign_in.sign_in_proxy import SignInProxy

_LOGGER = logging.getLogger(__name__)

# At INFO and below these log each request's whole address, with ids and search words of users, and each
# response's headers, with the addresses of files that need no token.
for _verbose in ("httpx", "httpcore", "azure", "msal"):
    logging.getLogger(_verbose).setLevel(logging.WARNING)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def start() -> tuple[Settings | SettingsError, "SignInSettings | None", list[Tool]]:
    """Reads the settings and returns the tools they offer; or logs each problem of the settings.

    With wrong settings the tools that change nothing are declared, to tell callers what is wrong.
    """
    try:
        settings, sign_in = read_settings()
        tools = offered(settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            _LOGGER.error("%s", line)  # noqa: TRY400 - a line for people, not a traceback
        return error, None, [tool for tool in CATALOGUE if not tool.writes]
    _LOGGER.info("the app authenticates to Entra by %s", settings.credential_kind)
    return settings, sign_in, tools


def read_settings() -> "tuple[Settings, SignInSettings | None]":
    """Returns the settings, with those of the sign-in proxy where it is switched on.

    Raises:
        SettingsError: Some are wrong, of either.
    """
    if not os.environ.get("SIGN_IN_PROXY", "").strip():
        return Settings.from_environ(os.environ), None
    from shared.settings.sign_in_settings import read  # noqa: PLC0415 - the proxy is off by default

    return read(os.environ)


SETTINGS, SIGN_IN, TOOLS = start()


@cache
def server() -> "Server":
    """Returns the server, which the first call opens.

    Raises:
        ToolError: `misconfigured`: the settings are wrong, so every call is refused.
    """
    if isinstance(SETTINGS, SettingsError):
        raise ToolError(
            "misconfigured",
            f"The server is not set up: {str(SETTINGS).splitlines()[0]}",
            "The administrator corrects its app settings and restarts it.",
        )
    from shared.server import Server  # noqa: PLC0415 - loads MSAL, cryptography and httpx

    return Server.open(SETTINGS, TOOLS)


def can_serve() -> bool:
    """Tells whether a call can succeed, as far as is known without a request."""
    if isinstance(SETTINGS, SettingsError):
        return False
    return not server.cache_info().currsize or server().can_serve


def trace_headers(context: func.Context) -> dict[str, str]:
    """Returns the W3C headers of the trace that the host assigns to a call."""
    trace = context.trace_context
    return {"traceparent": trace.trace_parent or "", "tracestate": trace.trace_state or ""}


def links(
    tool: Tool, caller: "Caller", arguments: Mapping[str, Any], structured: Mapping[str, Any]
) -> Sequence[Mapping[str, str]]:
    """Returns links to the resources a result is about."""
    from shared.resources.resource_links import resource_links  # noqa: PLC0415 - the first call needs it

    return resource_links(tool, caller, arguments, structured)


def register(tool: Tool) -> None:
    """Declares the trigger of a tool, with our own schemas and results in the extension's envelope."""
    if not isinstance(SETTINGS, SettingsError) and waits(tool, SETTINGS):
        from shared.mcp.waiting_call import waiting, waiting_call  # noqa: PLC0415 - only where writes wait

        seen = waiting(tool)
        declare_tool(seen, waiting_call(seen, review), REVIEW)
    else:
        declare_tool(tool, ToolCall(tool, partial(carry_out, links=links)), page_of(tool))


def declare_tool(tool: Tool, target: Target, page: AppPage | None) -> None:
    """Declares the trigger of a tool, what answers its calls, and the page that shows its results."""
    metadata = tool_metadata(page, app_only=tool.name == CONFIRM)

    @app.function_name(tool.name)
    @app.mcp_tool_trigger(
        arg_name="invocation",
        tool_name=tool.name,
        description=tool.description,
        # For a host whose extension predates `inputSchema`.
        tool_properties=tool.schemas.properties,
        metadata=json.dumps(metadata) if metadata else None,
        use_result_schema=True,
        useWorkerInputSchema=True,
        inputSchema=tool.schemas.arguments,
        outputSchema=tool.schemas.result,
    )
    async def run(invocation: str, context: func.Context) -> str:
        return await dispatch(target, invocation, server, trace=trace_headers(context))


async def review(tool: str, caller: "Caller", arguments: Mapping[str, Any]) -> "Review | None":
    """Returns what a person has to see of a write that waits."""
    from shared.tools.reviews import review as shown  # noqa: PLC0415 - loads the tools of mail

    return await shown(tool, caller, arguments)


def register_resource(resource: Resource, tool: Tool) -> None:
    """Declares the trigger of a resource template, read with a tool."""
    target = ResourceRead(resource, tool)

    @app.function_name(f"resource_{resource.name}")
    @app.mcp_resource_trigger(
        arg_name="invocation",
        uri=resource.uri,
        resource_name=resource.name,
        title=resource.title,
        description=resource.description,
        mime_type=resource.mime_type,
    )
    async def run(invocation: str, context: func.Context) -> str:
        return await dispatch(target, invocation, server, trace=trace_headers(context))


def register_page(page: AppPage) -> None:
    """Declares the trigger of the page of an MCP App."""
    target = PageRead(page)

    @app.function_name(f"page_{page.name.replace('-', '_')}")
    @app.mcp_resource_trigger(
        arg_name="invocation",
        uri=page.uri,
        resource_name=page.name,
        title=page.title,
        description=page.description,
        mime_type=MIME_TYPE,
        # Hosts look here where what is read says nothing.
        metadata=json.dumps(META),
    )
    async def run(invocation: str, context: func.Context) -> str:
        return await dispatch(target, invocation, server, trace=trace_headers(context))


def register_prompt(prompt: Prompt) -> None:
    """Declares the trigger of a prompt."""
    target = PromptGet(prompt, {tool.name: tool for tool in TOOLS})

    @app.function_name(f"prompt_{prompt.name}")
    @app.mcp_prompt_trigger(
        arg_name="invocation",
        prompt_name=prompt.name,
        prompt_arguments=[
            func.PromptArgument(each.name, each.description, required=each.required)
            for each in prompt.arguments
        ],
        title=prompt.title,
        description=prompt.description,
    )
    async def run(invocation: func.PromptInvocationContext, context: func.Context) -> str:
        # The library parses what the extension sends, whatever type is asked for.
        sent = json.dumps({"arguments": invocation.arguments, "transport": invocation.transport})
        return await dispatch(target, sent, server, trace=trace_headers(context))


for _tool in TOOLS:
    register(_tool)
for _resource, _tool in offered_resources(TOOLS):
    register_resource(_resource, _tool)
for _page in offered_pages(TOOLS):
    register_page(_page)
for _prompt in offered_prompts(TOOLS):
    register_prompt(_prompt)


@cache
def sign_in_proxy() -> "SignInProxy":
    """Returns the sign-in proxy, which the first request to it opens."""
    from shared.sign_in.sign_in_proxy import SignInProxy  # noqa: PLC0415 - as above

    assert not isinstance(SETTINGS, SettingsError)  # noqa: S101 - else nothing of it is declared
    assert SIGN_IN is not None  # noqa: S101 - as above
    return SignInProxy.open(SETTINGS, SIGN_IN)


def register_sign_in(route: "Route") -> None:
    """Declares a function of the sign-in proxy."""

    @app.function_name(route.name)
    @app.route(route.path, methods=route.methods)
    async def run(req: func.HttpRequest) -> func.HttpResponse:
        return await sign_in_proxy().respond(route.name, req)


if SIGN_IN is not None:
    from shared.sign_in.routes import routes

    for _route in routes(is_proxy=SIGN_IN.is_proxy, registers=SIGN_IN.registration):
        register_sign_in(_route)


@app.route("api/health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the worker binds by name
    """Reports whether the app can serve: 200, or 503 while no call can succeed.

    No call can succeed while the settings are wrong, the app has no credential, or the signing keys
    were needed and could never be fetched. It sends no request, so it costs nothing.
    """
    if not can_serve():
        return func.HttpResponse('{"status":"unavailable"}', status_code=503, mimetype="application/json")
    return func.HttpResponse('{"status":"ok"}', mimetype="application/json")
