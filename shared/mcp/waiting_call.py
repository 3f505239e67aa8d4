"""Answers a call of a tool that has to wait: with what it would do, until a person confirms it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.confirmation import CONFIRMATION_KEY, Review, WaitingWrite, too_long_to_wait
from shared.mcp.dispatch import AuthenticatedCall
from shared.mcp.invocation import failure, success
from shared.mcp.operation import result_schema
from shared.mcp.schemas import Schemas
from shared.mcp.tool import Tool
from shared.mcp.tool_call import render_within, structure

type Reviewer = Callable[[str, Caller, Mapping[str, Any]], Awaitable[Review | None]]
"""Returns what a person has to see of a write, by tool, caller and parsed arguments."""

DESCRIPTION = "Nothing is done at once: it waits until the user confirms it in the app that is shown."
_NOTE = (
    "Not carried out yet. The user confirms it in the app that their client shows; you cannot. In a client "
    "that shows no apps it cannot be confirmed: the user then does it without this server."
)


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """Answers the calls of one tool that waits."""

    tool: Tool
    """As clients see it: `waiting`."""
    review: Reviewer
    kind: Literal["tool"] = "tool"

    @property
    def name(self) -> str:
        """Returns the tool's name."""
        return self.tool.name

    @property
    def writes(self) -> bool:
        """Tells that the tool changes something, once it is confirmed."""
        return self.tool.writes

    async def answer(self, call: AuthenticatedCall) -> str:
        """Authorizes and validates the call; returns the envelope of the waiting write.

        Raises:
            ToolError: The caller may not use the tool, an argument is wrong, or what it is about could not
                be read, or is too long for a person to see it whole.
        """
        await call.authorize(self.tool)
        operation = await self.tool.ready()
        given = call.invocation.arguments
        arguments = operation.parse(given)
        review = await self.review(self.tool.name, call.caller(self.tool), arguments)
        confirmation, expires = call.access.confirmations.seal(call.principal, self.tool.name, given)
        waiting = WaitingWrite(
            tool=self.tool.name, arguments=dict(given), review=review, expires=expires, note=_NOTE
        )
        # The model's own words, and those of a draft the user has written.
        structured = structure(waiting, keep_lines=True)
        try:
            text = render_within(structured, call.access.limit_characters)
        except ToolError as error:
            raise too_long_to_wait() from error
        return success(text, structured, meta={CONFIRMATION_KEY: confirmation})

    def failure(self, error: ToolError) -> str:
        """Renders a failure as a result with `isError`."""
        return failure(error)


def waiting(tool: Tool) -> Tool:
    """Returns the declaration of a tool as clients see it where it waits."""
    schemas = Schemas(tool.schemas.arguments, result_schema(WaitingWrite), tool.schemas.properties)
    return replace(tool, description=f"{tool.description}\n\n{DESCRIPTION}", describe=lambda: schemas)
