"""Calls tools for the trace page as one of the organisation's users, through the official MCP client."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp_types import CallToolResult, TextContent

from local.failures import OF_CLIENT, expected, line
from local.layout import Layout
from local.mcp_client import Journey, connected, journey_of
from local.organisation import User, organisation

_CATALOGUE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "catalogue.json"


class CallError(Exception):
    """Raised when a user cannot sign in or be connected; the text says why in one line."""


class Sessions:
    """Holds the sign-in of each user: the next call of the same user goes on with the same Token A.

    The calls of one user come one after the other.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._journeys: dict[str, Journey] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def tools(self, alias: str) -> list[dict[str, Any]]:
        """Returns the tools as a user's client lists them; `writes` is None for undeclared ones.

        Raises:
            CallError: The user cannot sign in.
            KeyError: There is no such user.
        """
        declared = {tool["name"]: tool["writes"] for tool in json.loads(_CATALOGUE.read_text())["tools"]}
        async with self._connected(organisation().user(alias)) as client:
            listed = (await client.list_tools()).tools
        return [
            {
                "name": tool.name,
                "description": tool.description or "",
                "schema": tool.input_schema,
                "writes": declared.get(tool.name),
            }
            for tool in listed
        ]

    async def call(self, alias: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Returns the result of a call: `{"failed", "text", "structured"}`.

        Raises:
            CallError: The user cannot sign in, or the server has no result.
            KeyError: There is no such user.
        """
        async with self._connected(organisation().user(alias)) as client:
            return _shown(await client.call_tool(tool, arguments))

    async def sign_in(self, alias: str) -> None:
        """Signs a user in anew, and gives the earlier Token A up.

        Raises:
            CallError: The user cannot sign in.
            KeyError: There is no such user.
        """
        user = organisation().user(alias)
        self._journeys.pop(user.alias, None)
        async with self._connected(user):
            pass

    @asynccontextmanager
    async def _connected(self, user: User) -> AsyncIterator[Client]:
        async with self._locks[user.alias]:
            journey = self._journeys.setdefault(user.alias, journey_of(self._layout, user))
            try:
                async with connected(self._layout, user, journey) as (client, _):
                    yield client
            except (Exception, BaseExceptionGroup) as error:
                told = expected(error, OF_CLIENT)
                if told is None:
                    raise
                raise CallError(line(told)) from error


def _shown(result: CallToolResult) -> dict[str, Any]:
    texts = (block.text for block in result.content if isinstance(block, TextContent))
    return {
        "failed": bool(result.is_error),
        "text": "\n".join(texts),
        "structured": result.structured_content,
    }
