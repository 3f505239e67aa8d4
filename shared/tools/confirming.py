"""Carries out writes that a person has confirmed."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.mcp.confirmation import LONGEST_CONFIRMATION
from shared.mcp.toolset import Toolset
from shared.tools.waiting import FAMILY

toolset = Toolset(FAMILY)


class ConfirmedWrite(BaseModel):
    """A write that was carried out, with the result of its tool."""

    tool: str
    result: dict[str, Any]


@toolset.tool(scopes=[], writes=True)
async def confirm_write(
    caller: Caller,
    confirmation: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_CONFIRMATION,
            description="Only the app that shows the write has it.",
        ),
    ],
) -> ConfirmedWrite:
    """Run a write that waited, after the user has confirmed it in the app that shows it.

    Called by that app alone.
    """
    tool, result = await caller.confirm(confirmation)
    return ConfirmedWrite(tool=tool, result=result)
