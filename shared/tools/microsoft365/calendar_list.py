"""Lists calendars, the signed-in user's own and those of others. The tool is of the calendar's family."""

from pydantic import AliasPath, BaseModel, Field

from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.text.content import Line
from shared.tools.microsoft365.calendar import SHARED
from shared.tools.microsoft365.mailboxes import Mailbox, explain_shared_mailbox

toolset = Toolset("calendar")

MOST_CALENDARS = 200
"""How many calendars are listed."""


class CalendarSummary(GraphModel):
    """A calendar, and what the signed-in user may do in it."""

    id: str
    name: Line | None = None
    owner: Line | None = Field(None, validation_alias=AliasPath("owner", "address"))
    is_default_calendar: bool | None = None
    can_edit: bool | None = Field(None, description="Whether events can be created in it.")
    can_view_private_items: bool | None = Field(None, description="If not, private events have no subject.")


class Calendars(BaseModel):
    """The calendars somebody has."""

    items: list[CalendarSummary]
    complete: bool = Field(description="Whether these are all.")
    note: str | None = Field(None, description="Why these are not all.")


@toolset.tool(scopes=["Calendars.Read"], optional_scopes=[SHARED])
async def graph_list_calendars(caller: Caller, mailbox: Mailbox = None) -> Calendars:
    """List the signed-in user's calendars, with those others share, or the calendars of another's mailbox.

    Not those of groups.
    """
    with explain_shared_mailbox(mailbox):
        found, is_all = await caller.in_mailbox(mailbox, SHARED).graph.list_all(
            CalendarSummary, "/me/calendars", most=MOST_CALENDARS
        )
    note = None if is_all else f"Only the first {MOST_CALENDARS} are listed."
    return Calendars(items=found, complete=is_all, note=note)
