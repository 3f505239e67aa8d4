"""The MCP server of one request: what each JSON-RPC method answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.datastructures import Headers

from local.host import call_context, results
from local.host.configuration import HostConfiguration
from local.host.errors import InvocationError
from local.host.invocations import Invocations
from local.host.json_rpc import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError
from local.host.tools import Tool
from local.host.worker import datum

PROTOCOL_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18")


class McpServer:
    """Answers from the app's tools. It keeps nothing between requests, as the extension does."""

    def __init__(
        self, configuration: HostConfiguration, tools: Mapping[str, Tool], invocations: Invocations
    ) -> None:
        self._configuration = configuration
        self._tools = tools
        self._invocations = invocations

    async def answer(self, method: str, params: Any, headers: Headers) -> dict[str, Any]:
        """The result of a request.

        Raises:
            ProtocolError: The method, the tool or a required argument is missing.
        """
        if params is not None and not isinstance(params, dict):
            raise ProtocolError(INTERNAL_ERROR, "An error occurred.")
        given: dict[str, Any] = params or {}
        if method == "tools/call":
            return await self._call(given, headers)
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "initialize": self._initialize,
            "ping": lambda _: {},
            "logging/setLevel": lambda _: {},
            "tools/list": lambda _: {"tools": [tool.listing() for tool in self._tools.values()]},
            # Advertised by the extension whether the app has any or not.
            "prompts/list": lambda _: {"prompts": []},
            "resources/list": lambda _: {"resources": []},
            "resources/templates/list": lambda _: {"resourceTemplates": []},
            "prompts/get": lambda given: _unknown("prompt", given, "name"),
            "resources/read": lambda given: _unknown("resource", given, "uri"),
        }
        if method not in answers:
            raise ProtocolError(METHOD_NOT_FOUND, f"Method '{method}' is not available.")
        return answers[method](given)

    def _initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = _text(params, "protocolVersion")
        answer: dict[str, Any] = {
            "protocolVersion": wanted if wanted in PROTOCOL_VERSIONS else PROTOCOL_VERSIONS[-1],
            "capabilities": {"logging": {}, "prompts": {}, "resources": {}, "tools": {}},
            "serverInfo": {
                "name": self._configuration.server_name,
                "version": self._configuration.server_version,
            },
        }
        if self._configuration.instructions:
            answer["instructions"] = self._configuration.instructions
        return answer

    async def _call(self, params: dict[str, Any], headers: Headers) -> dict[str, Any]:
        name, arguments = _text(params, "name"), params.get("arguments")
        if arguments is not None and not isinstance(arguments, dict):
            raise ProtocolError(INTERNAL_ERROR, "An error occurred.")
        tool = self._tools.get(name)
        if tool is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown tool: '{name}'")
        missing = tool.missing(arguments or {})
        if missing:
            raise ProtocolError(
                INVALID_PARAMS,
                "One or more required tool properties are missing values. "
                f"Please provide: {', '.join(missing)}",
            )
        argument = datum("string", call_context.render(name, arguments, headers))
        decode = partial(results.tool_result, envelope=tool.returns_envelope)
        try:
            return await self._invocations.run(tool.function, argument, headers, decode)
        except InvocationError:
            return results.masked(name)


def _text(params: dict[str, Any], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise ProtocolError(INTERNAL_ERROR, "An error occurred.")
    return value


def _unknown(kind: str, params: dict[str, Any], key: str) -> dict[str, Any]:
    raise ProtocolError(INVALID_PARAMS, f"Unknown {kind}: '{_text(params, key)}'")
