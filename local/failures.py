"""Tells in a line what a service, Entra or a tool may refuse: no mistake of this program."""

from __future__ import annotations

import httpx2
from mcp.client.auth import OAuthFlowError
from mcp.shared.exceptions import MCPError

from local.browser import BrowserError
from local.mcp_client import SignInError

OF_CLIENT = (SignInError, BrowserError, MCPError, OAuthFlowError, httpx2.HTTPError)
"""What a sign-in or a call through the MCP client may fail with."""
_SHOWN = 1000


def expected(error: BaseException, kinds: tuple[type[Exception], ...]) -> BaseException | None:
    """Returns the error itself, or the first of a group, if it is of these kinds and nothing else is in it.

    The MCP client runs its transport in task groups, which wrap what ends them.
    """
    if isinstance(error, kinds):
        return error
    if not isinstance(error, BaseExceptionGroup):
        return None
    found, rest = error.split(kinds)
    if found is None or rest is not None:
        return None
    first: BaseException = found
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def line(error: BaseException) -> str:
    """Renders an error in one line; some quote a whole response, and some have no words."""
    return " ".join(str(error).split())[:_SHOWN] or type(error).__name__
