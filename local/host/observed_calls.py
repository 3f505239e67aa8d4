"""Observes calls of tools, reads of resources and prompts: which began, and how they ended."""

from __future__ import annotations

from typing import Any, Protocol

from local.control import Control
from local.host.call_context import Origin
from local.host.json_rpc import ProtocolError

_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Answering(Protocol):
    """Describes what answers the requests of MCP."""

    async def answer(self, method: str, params: Any, origin: Origin) -> dict[str, Any]:
        """Returns the result of a request. Raises ProtocolError when it has none."""
        ...


class ObservedCalls:
    """Answers as another does, and observes `call_begun` and `call_ended`.

    Neither holds an argument or a result; a failure is observed with what the result states for programs.
    """

    def __init__(self, server: Answering, control: Control) -> None:
        self._server = server
        self._control = control

    async def answer(self, method: str, params: Any, origin: Origin) -> dict[str, Any]:
        """Returns the result of a request. Raises ProtocolError when it has none."""
        if method not in _NAMED_BY:
            return await self._server.answer(method, params, origin)
        name = params.get(_NAMED_BY[method]) if isinstance(params, dict) else None
        self._control.observe("call_begun", method=method, name=name if isinstance(name, str) else None)
        try:
            result = await self._server.answer(method, params, origin)
        except ProtocolError as error:
            self._control.observe("call_ended", ok=False, error={"message": error.message})
            raise
        failed = result.get("isError") is True
        self._control.observe("call_ended", ok=not failed, error=_error(result) if failed else None)
        return result


def _error(result: dict[str, Any]) -> dict[str, Any]:
    """Returns the texts of the failure as the app states it in `_meta`; empty where it states none."""
    stated = next((each for each in (result.get("_meta") or {}).values() if isinstance(each, dict)), {})
    details = stated.get("details")
    return {
        **{name: stated[name] for name in ("code", "message", "remedy") if isinstance(stated.get(name), str)},
        "details": {name: each for name, each in details.items() if isinstance(each, str)}
        if isinstance(details, dict)
        else {},
    }
