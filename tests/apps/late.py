"""A server that is slow with one answer, to see what a page does meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.apps.browser import Result, Server


class Late:
    """A server that answers the first call of one tool when it is released, and all others at once."""

    def __init__(self, server: Server, tool: str) -> None:
        self._server = server
        self._tool: str | None = tool
        self._held = asyncio.Event()
        self.release = asyncio.Event()

    async def __call__(self, name: str, arguments: dict[str, Any]) -> Result:
        if name == self._tool:
            self._tool = None
            self._held.set()
            await self.release.wait()
        return await self._server(name, arguments)

    async def asked(self) -> None:
        """Waits until the call that is held back was made."""
        async with asyncio.timeout(10):
            await self._held.wait()
