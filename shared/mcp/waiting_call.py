"""Answers calls of tools that have to wait: with what they would do, until a person confirms it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.confirmation import CONFIRMATION_KEY, Review, WaitingWrite, too_long_to_wait
from shared.mcp.dispatch import AuthenticatedCall
from shared.mcp.invocation import success
from shared.mcp.operation import Operation, result_schema
from shared.mcp.schemas import Schemas
from shared.mcp.tool import Tool
from shared.mcp.tool_call import ToolCall, render_within, structure

type Reviewer = Callable[[str, Caller, Mapping[str, Any]], Awaitable[Review | None]]
"""Returns what a person has to see of a write, by tool, caller and parsed arguments."""

DESCRIPTION = "Nothing is done at once: it waits until the user confirms it in the app that is shown."
_NOTE = (
    "Not carried out yet. The user confirms it in the app that their client shows; you cannot. In a client "
    "that shows no apps it cannot be confirmed: the user then does it without this server."
)


def waiting_call(tool: Tool, review: Reviewer) -> ToolCall:
    """Returns what answers the calls of a tool that waits.

    Args:
        tool: As clients see it: `waiting`.
        review: Shows more than the arguments.
    """
    return ToolCall(tool, partial(_wait, review))


async def _wait(
    review: Reviewer,
    call: AuthenticatedCall,
    tool: Tool,
    _: Operation,
    arguments: Mapping[str, Any],
) -> str:
    """Returns the envelope of the waiting write.

    Raises:
        ToolError: What it is about could not be read, or is too long for a person to see it whole.
    """
    given = call.invocation.arguments
    shown = await review(tool.name, call.caller(tool), arguments)
    confirmation, expires = call.access.confirmations.seal(call.principal, tool.name, given)
    write = WaitingWrite(tool=tool.name, arguments=dict(given), review=shown, expires=expires, note=_NOTE)
    # The model's own words, and those of a draft the user has written.
    structured = structure(write, keep_lines=True)
    try:
        text = render_within(structured, call.access.limit_characters)
    except ToolError as error:
        raise too_long_to_wait() from error
    return success(text, structured, meta={CONFIRMATION_KEY: confirmation})


def waiting(tool: Tool) -> Tool:
    """Returns the declaration of a tool as clients see it where it waits."""
    schemas = Schemas(tool.schemas.arguments, result_schema(WaitingWrite), tool.schemas.properties)
    return replace(tool, description=f"{tool.description}\n\n{DESCRIPTION}", describe=lambda: schemas)
