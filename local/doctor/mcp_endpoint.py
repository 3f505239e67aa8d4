"""Sends requests to the server's MCP endpoint, and parses its responses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from local.doctor.http_responses import Response, UnreadableError, send

_METADATA = "/.well-known/oauth-protected-resource"
_ACCEPTED = {"Accept": "application/json, text/event-stream"}
_PROTOCOL = "2025-06-18"
_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*"([^"]*)"')


@dataclass(frozen=True)
class Challenge:
    """Holds the parameters of a `WWW-Authenticate: Bearer` header; commas or spaces lie between them."""

    parameters: dict[str, str]

    @classmethod
    def of(cls, response: Response) -> Challenge | None:
        """Returns the challenge of a response; None if it has none."""
        for header in response.headers.get_list("www-authenticate"):
            scheme, _, rest = header.strip().partition(" ")
            if scheme.casefold() == "bearer":
                return cls(dict(_PARAMETER.findall(rest)))
        return None

    def get(self, name: str) -> str:
        """Returns a parameter's value; empty if it is not there."""
        return self.parameters.get(name, "")


class McpEndpoint:
    """Sends requests to an MCP server over streamable HTTP.

    Args:
        http: Trusts whoever answers there.
        url: Of the MCP endpoint, as a client is given it.
    """

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        address = urlsplit(url)
        self.url = url
        self.host = address.netloc
        self.origin = f"{address.scheme}://{address.netloc}"
        self.health_url = f"{self.origin}/api/health"
        self.root_metadata_url = f"{self.origin}{_METADATA}"
        # RFC 9728, 3.1: the path of the resource comes after the well-known one.
        self.metadata_url = f"{self.root_metadata_url}{address.path}"
        self.http = http

    async def get(self, url: str, token: str = "") -> Response:
        """Returns the response to a GET.

        Raises:
            UnreachableError: There is none.
        """
        return await send(self.http, "GET", url, headers={**_ACCEPTED, **_bearer(token)})

    async def initialize(self, token: str = "", headers: dict[str, str] | None = None) -> Response:
        """Returns the response to the first message of a client.

        Raises:
            UnreachableError: There is none.
        """
        client = {"name": "m365-devops-mcp doctor", "version": "1"}
        parameters = {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": client}
        return await self._post("initialize", parameters, token, headers or {})

    async def list_tools(self, token: str) -> Response:
        """Returns the response to `tools/list`.

        Raises:
            UnreachableError: There is none.
        """
        return await self._post("tools/list", {}, token, {"MCP-Protocol-Version": _PROTOCOL})

    async def _post(
        self, method: str, parameters: dict[str, Any], token: str, headers: dict[str, str]
    ) -> Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        given = {**_ACCEPTED, **headers, **_bearer(token)}
        return await send(self.http, "POST", self.url, headers=given, body=message)


def result_of(response: Response) -> dict[str, Any]:
    """Returns the result in a JSON-RPC response, which comes as JSON or as an event of a stream.

    Raises:
        UnreadableError: There is none.
    """
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        data = [line[5:].strip() for line in response.text.splitlines() if line.startswith("data:")]
        try:
            message = json.loads("".join(data))
        except ValueError as error:
            raise UnreadableError(f"{response.status} with an event stream that holds no message") from error
    else:
        message = response.document()
    result = message.get("result") if isinstance(message, dict) else None
    if not isinstance(result, dict):
        raise UnreadableError(f"{response.status} with a message that holds no result")
    return result


def tool_names(result: dict[str, Any]) -> tuple[str, ...]:
    """Returns the names in the result of `tools/list`."""
    listed = result.get("tools")
    tools = listed if isinstance(listed, list) else []
    return tuple(str(each.get("name")) for each in tools if isinstance(each, dict))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
