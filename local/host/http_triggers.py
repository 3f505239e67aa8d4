"""Functions with an `httpTrigger`: their routes, keys, requests and responses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum
from starlette.requests import Request
from starlette.responses import Response

from local.control import Control
from local.host import bodies
from local.host.errors import InvocationError, StartupError
from local.host.invocations import Invocations
from local.host.keys import Keys, refusal_status
from local.host.worker import Function, datum

TRIGGER = "httptrigger"
_PARAMETER = re.compile(r"\{(\*?)(\w+)\}")


@dataclass(frozen=True)
class Route:
    """Where one function is served, for which methods and to whom."""

    function: Function
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: str

    @classmethod
    def declared(cls, function: Function, prefix: str) -> Route:
        """The route of a function's trigger. Raises StartupError for a template with constraints."""
        trigger = function.trigger
        route = str(trigger.get("route") or function.name).strip("/")
        template = f"{prefix}/{route}" if prefix else route
        literals = _PARAMETER.split(template)
        if any("{" in text or "}" in text for text in literals[::3]):
            raise StartupError(
                f"function {function.name!r}: route {route!r} is more than the local host matches"
            )
        pattern = re.escape(literals[0])
        for star, name, text in zip(literals[1::3], literals[2::3], literals[3::3], strict=True):
            pattern += f"(?P<{name}>{'.*' if star else '[^/]+'})" + re.escape(text)
        methods = trigger.get("methods") or ()
        return cls(
            function,
            re.compile(f"/{pattern}/?", re.IGNORECASE),
            frozenset(str(method).upper() for method in methods),
            str(trigger.get("authlevel") or "function"),
        )


class HttpTriggers:
    """Invokes the function whose route and method a request has."""

    def __init__(
        self,
        functions: list[Function],
        route_prefix: str,
        invocations: Invocations,
        keys: Keys,
        control: Control,
    ) -> None:
        self._routes = [
            Route.declared(function, route_prefix)
            for function in functions
            if function.trigger["type"].casefold() == TRIGGER
        ]
        self._invocations = invocations
        self._keys = keys
        self._control = control

    async def respond(self, request: Request) -> Response:
        """What the function answers; 404 when none has this path and method, 500 when it fails."""
        for route in self._routes:
            match = route.pattern.fullmatch(request.url.path)
            if match is not None and (not route.methods or request.method in route.methods):
                return await self._invoke(route, request, match.groupdict())
        return self._refuse(404, "no function has this path and method")

    async def _invoke(self, route: Route, request: Request, parameters: dict[str, str]) -> Response:
        if not self._keys.opened_by(request, route.level):
            return self._refuse(refusal_status(request), f"no {route.level.lower()} key")
        try:
            body = await bodies.read(request)
        except bodies.TooLargeError:
            return self._refuse(413, "the body is too large")
        try:
            return await self._invocations.run(
                route.function, _argument(request, body, parameters), request.headers, _decode
            )
        except InvocationError:
            return Response(status_code=500)

    def _refuse(self, status: int, why: str) -> Response:
        self._control.record("refused", status=status, why=why)
        return Response(status_code=status)


def _argument(request: Request, body: bytes, parameters: dict[str, str]) -> Datum:
    """The request as the host hands it over: lower-case header names, repeated values joined."""
    return datum(
        "http",
        {
            "method": datum("string", request.method),
            "url": datum("string", str(request.url)),
            "headers": _texts({name: request.headers.getlist(name) for name in request.headers}),
            "params": _texts({name: [value] for name, value in parameters.items()}),
            "query": _texts({name: request.query_params.getlist(name) for name in request.query_params}),
            "body": datum("bytes", body),
        },
    )


def _texts(values: dict[str, list[str]]) -> dict[str, Datum]:
    return {name: datum("string", ",".join(several)) for name, several in values.items()}


def _decode(returned: Datum | None) -> Response:
    """The HTTP response of a returned value; a plain text becomes a 200."""
    if returned is None or returned.value is None:
        return Response(status_code=204)
    if returned.type != "http":
        return Response(str(returned.value), media_type="text/plain")
    try:
        return _decode_http(returned.value)
    except ValueError as error:
        raise InvocationError("the returned status or a header cannot be sent") from error


def _decode_http(value: dict[str, Any]) -> Response:
    response = Response(value["body"].value, int(value["status_code"].value))
    for name, text in value["headers"].items():
        response.headers[name] = text.value
    for cookie in value["cookies"] or ():
        for morsel in cookie.values():
            response.headers.append("Set-Cookie", morsel.OutputString())
    return response
