"""The MCP server of one request: what each JSON-RPC method answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from local.host import call_context, results
from local.host.call_context import Origin
from local.host.catalogue import Catalogue
from local.host.configuration import HostConfiguration
from local.host.declarations import caseless
from local.host.dotnet_json import Number, has_lone_surrogate
from local.host.errors import InvocationError
from local.host.extension_version import CURRENT, ExtensionVersion
from local.host.invocations import Invocations
from local.host.json_rpc import INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError
from local.host.prompts import Prompt
from local.host.resources import Resource, UriError
from local.host.tools import Tool
from local.host.worker import datum

_LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class McpServer:
    """Answers from what the app declares. It keeps nothing between requests, as the extension does."""

    def __init__(
        self,
        configuration: HostConfiguration,
        catalogue: Catalogue,
        invocations: Invocations,
        version: ExtensionVersion = CURRENT,
    ) -> None:
        self._configuration = configuration
        self._catalogue = catalogue
        self._invocations = invocations
        self._version = version
        resources = catalogue.resources
        self._answers: dict[str, Callable[[dict[str, Any] | None], dict[str, Any]]] = {
            "initialize": self._initialize,
            "ping": lambda _: {},
            "logging/setLevel": _set_level,
            # Answered whether anything ever changes or not; no notification follows.
            "resources/subscribe": _subscribe,
            "resources/unsubscribe": _subscribe,
            "tools/list": lambda _: {"tools": _listed(list(catalogue.tools.values()))},
            "prompts/list": lambda _: {"prompts": _listed(list(catalogue.prompts.values()))},
            "resources/list": lambda _: {"resources": _listed(list(resources.static.values()))},
            "resources/templates/list": lambda _: {
                "resourceTemplates": _listed(list(resources.templates.values()))
            },
        }

    async def answer(self, method: str, params: Any, origin: Origin) -> dict[str, Any]:
        """Returns the result of a request.

        Raises:
            ProtocolError: There is no such method, tool, resource or prompt, or an argument is missing.
        """
        calls = {"tools/call": self._call, "prompts/get": self._get, "resources/read": self._read}
        if method not in calls and method not in self._answers:
            raise ProtocolError(METHOD_NOT_FOUND, f"Method '{method}' is not available.")
        if not isinstance(params, dict | None) or has_lone_surrogate(params):
            raise ProtocolError.internal()
        if method in calls:
            return await calls[method](params or {}, origin)
        return self._answers[method](params)

    def _initialize(self, params: dict[str, Any] | None) -> dict[str, Any]:
        wanted = None if params is None else _protocol_version(params)
        answer: dict[str, Any] = {
            "protocolVersion": wanted if wanted in self._version.protocols else self._version.protocols[-1],
            "capabilities": {"logging": {}, "prompts": {}, "resources": {}, "tools": {}},
            "serverInfo": {
                "name": self._configuration.server_name,
                "version": self._configuration.server_version,
            },
        }
        if self._configuration.instructions:
            answer["instructions"] = self._configuration.instructions
        return answer

    async def _call(self, params: dict[str, Any], origin: Origin) -> dict[str, Any]:
        name, arguments = _text(params, "name"), _arguments(params)
        tool = self._catalogue.tools.get(caseless(name))
        if tool is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown tool: '{name}'")
        _require(tool.missing(arguments or {}), "tool properties")
        context = call_context.render({"name": name, "arguments": arguments}, origin)
        decode = partial(results.tool_result, envelope=tool.returns_envelope, version=self._version)
        try:
            return await self._invocations.run(
                tool.function, datum("string", context), origin.headers, decode
            )
        except InvocationError:
            return results.masked(name)

    async def _get(self, params: dict[str, Any], origin: Origin) -> dict[str, Any]:
        name, arguments = _text(params, "name"), _arguments(params)
        prompt = self._catalogue.prompts.get(caseless(name))
        if prompt is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown prompt: '{name}'")
        _require(prompt.missing(arguments or {}), "prompt arguments")
        context = call_context.render({"name": name, "arguments": arguments}, origin)
        decode = partial(prompt.result, version=self._version)
        return await self._unmasked(prompt, context, origin, decode)

    async def _read(self, params: dict[str, Any], origin: Origin) -> dict[str, Any]:
        uri = _text(params, "uri")
        try:
            resource = self._catalogue.resources.find(uri)
        except UriError as error:
            raise ProtocolError.internal() from error
        if resource is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown resource: '{uri}'")
        context = call_context.render({"uri": uri}, origin)
        decode = partial(resource.result, uri=uri, version=self._version)
        return await self._unmasked(resource, context, origin, decode)

    async def _unmasked(
        self, declared: Prompt | Resource, context: str, origin: Origin, decode: Callable[..., dict[str, Any]]
    ) -> dict[str, Any]:
        """Runs a function whose failure is an error of the protocol: only tools have `isError`."""
        try:
            return await self._invocations.run(
                declared.function, datum("string", context), origin.headers, decode
            )
        except InvocationError as error:
            raise ProtocolError.internal() from error


def _listed(declared: Sequence[Tool | Prompt | Resource]) -> list[dict[str, Any]]:
    return [each.listing() for each in declared]


def _protocol_version(params: dict[str, Any]) -> str | None:
    """Returns the version a client asks for; the members the SDK requires may be null, but not be absent."""
    client = params.get("clientInfo")
    complete = (
        "protocolVersion" in params
        and isinstance(params["protocolVersion"], str | None)
        and isinstance(params.get("capabilities"), dict | None)
        and "clientInfo" in params
        and isinstance(client, dict | None)
        and all(
            client is None or (name in client and isinstance(client[name], str | None))
            for name in ("name", "version")
        )
    )
    if not complete:
        raise ProtocolError.internal()
    version: str | None = params["protocolVersion"]
    return version


def _set_level(params: dict[str, Any] | None) -> dict[str, Any]:
    level = "info" if params is None else params.get("level")
    if not isinstance(level, Number) and not (isinstance(level, str) and level.casefold() in _LEVELS):
        raise ProtocolError.internal()
    return {}


def _subscribe(params: dict[str, Any] | None) -> dict[str, Any]:
    if not isinstance((params or {}).get("uri"), str | None):
        raise ProtocolError.internal()
    return {}


def _text(params: dict[str, Any], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise ProtocolError.internal()
    return value


def _arguments(params: dict[str, Any]) -> dict[str, Any] | None:
    arguments = params.get("arguments")
    if not isinstance(arguments, dict | None):
        raise ProtocolError.internal()
    return arguments


def _require(missing: list[str], what: str) -> None:
    if missing:
        raise ProtocolError(
            INVALID_PARAMS,
            f"One or more required {what} are missing values. Please provide: {', '.join(missing)}",
        )
