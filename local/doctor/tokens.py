"""Defines where the doctor's tokens come from."""

from __future__ import annotations

from typing import Protocol


class Tokens(Protocol):
    """Gets tokens of whoever runs the doctor. Both raise CannotCheckError where it gives no token."""

    async def graph_token(self) -> str:
        """Returns an access token for Microsoft Graph."""
        ...

    async def server_token(self, scope: str) -> str:
        """Returns an access token for the server, of this scope."""
        ...
