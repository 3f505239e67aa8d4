"""Tells who is in a chat of Microsoft Teams, and whether people are there; of the family of chats."""

import uuid
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from shared.apis.graph.directory_people import SCOPE, find_people
from shared.apis.graph.teams_addresses import parse_chat
from shared.apis.graph.teams_chats import chat_members
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap, error_from_gaps
from shared.text.content import Line
from shared.tools.microsoft365.chats import Colleague, OneChat
from shared.tools.params import Cursor, PageSize

toolset = Toolset("chats")


class PersonPresence(BaseModel):
    """Somebody, and how available they are."""

    id: str | None
    name: Line | None
    address: Line | None
    is_external: bool = Field(False, description="Whether they are of another organization.")
    availability: str | None = Field(
        None, description="Available, Busy, DoNotDisturb, Away, BeRightBack, Offline; null if not known."
    )
    activity: str | None = Field(None, description="Such as InAMeeting, InACall, Presenting, OutOfOffice.")


class Presences(Page[PersonPresence]):
    """People; `gaps` names what could not be read."""

    gaps: list[Gap] = Field(description="What is missing, and why.")


_NOT_KNOWN = "PresenceUnknown"
Known = Annotated[str | None, AfterValidator(lambda value: None if value == _NOT_KNOWN else value)]


class _Presence(GraphModel):
    id: str
    availability: Known = None
    activity: Known = None


class _PresenceList(GraphModel):
    value: list[_Presence] = []


@toolset.tool(scopes=["Presence.Read.All"], optional_scopes=["Chat.ReadBasic", "User.ReadBasic.All"])
async def graph_get_presence(
    caller: Caller,
    people: Annotated[Sequence[Colleague], Field(max_length=50, description="Email addresses.")] = (),
    chat_id: OneChat = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Presences:
    """Get how available people are in Teams now: those named, or everybody in a chat.

    It also shows who is in a chat. For free times in calendars use graph_find_meeting_times.
    """
    if bool(people) == bool(chat_id):
        problem = "people: is given besides chat_id." if people else "people: is missing."
        raise ToolError("invalid_argument", problem, "Give either people or chat_id.")
    everybody = await (_in_chat(caller, chat_id) if chat_id else _named(caller, people))
    of = f"presence of {chat_id or sorted(people)}"
    page = caller.graph.paginate(everybody, of, limit=limit, cursor=cursor)
    found = await capture_gap("presence", _presences(caller, page.items))
    if isinstance(found, Gap) and not chat_id:
        raise error_from_gaps([found])
    known = {} if isinstance(found, Gap) else found
    items = [each.model_copy(update=known.get((each.id or "").casefold(), {})) for each in page.items]
    gaps = [found] if isinstance(found, Gap) else []
    return Presences(**{**dict(page), "items": items}, gaps=gaps)


async def _in_chat(caller: Caller, chat_id: str) -> list[PersonPresence]:
    members = await chat_members(caller.with_scopes("Chat.ReadBasic").graph, parse_chat(chat_id).thread)
    return [
        PersonPresence(
            id=each.user_id,
            name=each.display_name,
            address=each.email,
            is_external=each.is_outside(caller.principal.tenant_id),
        )
        for each in members
    ]


async def _named(caller: Caller, people: Sequence[str]) -> list[PersonPresence]:
    found = await find_people(caller.with_scopes(SCOPE).graph, people, "people")
    return [PersonPresence(id=person.id, name=person.name, address=address) for address, person in found]


async def _presences(caller: Caller, people: Sequence[PersonPresence]) -> dict[str, dict[str, str | None]]:
    """Returns availability and activity by id; whom the service does not know is left out."""
    ids = [each.id for each in people if each.id and not each.is_external and _is_guid(each.id)]
    ids = [*dict.fromkeys(ids)]
    if not ids:
        return {}
    # A page is shorter than the 650 ids that one request may have.
    path = "/communications/getPresencesByUserId"
    graph = caller.with_scopes("Presence.Read.All").graph
    found = await graph.post(_PresenceList, path, body={"ids": ids}, reads=True)
    return {each.id.casefold(): each.model_dump(exclude={"id"}) for each in found.value}


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
