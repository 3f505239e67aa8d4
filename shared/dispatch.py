"""Runs one call from trigger to result. The only place where failures become results."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from shared.caller import Caller
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.invocation import Invocation, failure, parse_invocation, success
from shared.rendering import render
from shared.toolset import Tool

_LOGGER = logging.getLogger(__name__)


class Entrance(Protocol):
    """Who is let in, and what they are given for a tool."""

    limit_characters: int
    """The size of the largest result."""

    async def sign_in(self, invocation: Invocation) -> tuple[Principal, str]:
        """The caller of an invocation, and the token that says so.

        Raises:
            ToolError: Nobody this server knows is calling.
        """
        ...

    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        """The caller with the API clients the tool may use."""
        ...


async def dispatch(tool: Tool, context: str, entrance: Callable[[], Entrance]) -> str:
    """The result envelope of one call.

    Args:
        tool: What is called.
        context: The MCP extension's JSON.
        entrance: Makes or finds who lets callers in.
    """
    started = time.perf_counter()
    outcome = "ok"
    try:
        return await _run(tool, context, entrance)
    except asyncio.CancelledError:
        outcome = "cancelled"
        raise
    except ToolError as error:
        outcome = error.code
        _LOGGER.warning("%s: %s", tool.name, error.reason)
        return failure(error)
    except Exception:
        outcome = "internal_error"
        reference = str(uuid.uuid4())
        _LOGGER.exception("%s failed unexpectedly, reference %s", tool.name, reference)
        return failure(_bug(reference))
    finally:
        _LOGGER.info("%s: %s after %.0f ms", tool.name, outcome, 1000 * (time.perf_counter() - started))


async def _run(tool: Tool, context: str, find_entrance: Callable[[], Entrance]) -> str:
    invocation = parse_invocation(context)
    entrance = find_entrance()
    principal, token = await entrance.sign_in(invocation)
    arguments = tool.parse(invocation.arguments)
    result = await tool.function(entrance.caller(principal, token, tool), **arguments)
    structured = result.model_dump(mode="json")
    text = render(structured)
    if len(text) > entrance.limit_characters:
        raise ToolError(
            "upstream_error",
            f"The result has {len(text):,} characters; {entrance.limit_characters:,} is the limit.",
            "Ask for less: a smaller limit, fewer fields, or a part of the text.",
        )
    return success(text, structured)


def _bug(reference: str) -> ToolError:
    return ToolError(
        "internal_error",
        "Something went wrong in the server.",
        "Report it to the people who run this server, with the reference.",
        details={"reference": reference},
    )
