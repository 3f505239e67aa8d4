"""Asks for prompts as the host would."""

from collections.abc import Mapping
from typing import Any

from shared.mcp.dispatch import dispatch
from shared.mcp.prompt import PromptGet
from shared.server import Server
from tests.shared.calls import context
from tests.shared.issuer import Issuer


async def asked(target: PromptGet, server: Server, headers: Mapping[str, Any], arguments: Any = None) -> str:
    """What the extension gets for these headers."""
    return await dispatch(target, context(headers, arguments), lambda: server)


async def text_of(target: PromptGet, server: Server, issuer: Issuer, **claims: Any) -> str:
    """A prompt as a caller with these claims gets it."""
    return await asked(target, server, {"Authorization": f"Bearer {issuer.token(**claims)}"})
