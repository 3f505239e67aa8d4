"""Finds rooms to meet in, by size, words and free time. The tool belongs to the calendar's family."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from shared.apis.graph.events import event_times
from shared.apis.graph.graph_times import ZonedTime
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.text.content import Line
from shared.text.time_zones import zone
from shared.text.times import Span
from shared.tools.microsoft365.availability import FREE, read_schedules
from shared.tools.params import DayOrTime, TimeZone

toolset = Toolset("calendar")

MOST_ROOMS = 500
"""How many rooms of the right size are looked at."""
_AT_ONCE = 20
"""How many schedules Graph gives in one request."""
_NAMED = 10


class Room(GraphModel):
    """A room that can be booked."""

    name: Line = Field("", validation_alias="displayName")
    address: Line | None = Field(None, validation_alias="emailAddress", description="What books it as room.")
    capacity: int | None = Field(None, description="How many people it is for.")
    building: Line | None = None
    floor: Line | None = Field(None, validation_alias="floorLabel")
    video: Line | None = Field(None, validation_alias="videoDeviceName")
    wheelchair: bool | None = Field(None, validation_alias="isWheelChairAccessible")
    tags: list[Line] | None = None


class _Place(Room):
    nickname: str | None = None
    address_parts: dict[str, Any] | None = Field(None, validation_alias="address")

    def has(self, words: Sequence[str]) -> bool:
        """Tells whether every word is in what is said of the room."""
        parts = (each for each in (self.address_parts or {}).values() if isinstance(each, str))
        said = (self.name, self.nickname, self.building, self.floor, self.video, *(self.tags or ()), *parts)
        text = " ".join(filter(None, said)).casefold()
        return all(word in text for word in words)

    def room(self) -> Room:
        """Returns what a result tells of it."""
        return Room.model_construct(**{name: getattr(self, name) for name in Room.model_fields})


class Rooms(BaseModel):
    """Rooms that fit, the smallest first."""

    items: list[Room]
    complete: bool = Field(description="Whether these are all rooms that fit.")
    note: str | None = Field(None, description="Why these are not all, or what is not known.")


@toolset.tool(scopes=["Place.Read.All", "Calendars.Read", "MailboxSettings.Read"])
async def graph_find_rooms(
    caller: Caller,
    people: Annotated[int | None, Field(ge=1, le=10_000, description="How many it must hold.")] = None,
    words: Annotated[
        str | None, Field(max_length=200, description="In its name, building, city, equipment or tags.")
    ] = None,
    start: Annotated[DayOrTime | None, Field(description="Only rooms free from then to end.")] = None,
    end: Annotated[DayOrTime | None, Field(description="Left out, 30 minutes or one day later.")] = None,
    time_zone: TimeZone = None,
    limit: Annotated[int, Field(ge=1, le=50, description="Rooms at most.")] = 10,
) -> Rooms:
    """Find rooms of the signed-in user's organization by size, words and free time, the smallest first.

    Book one as room of graph_create_event.
    """
    window = None
    if start is None and end is not None:
        raise ToolError("invalid_argument", "start: is missing.", "Give it together with end.")
    if start is not None:
        times = event_times(start, end, zone(await caller.time_zone(time_zone)))
        window = Span(*(ZonedTime.model_validate(times[edge]).moment for edge in ("start", "end")))
    found, is_all = await caller.graph.list_all(
        _Place,
        "/places/microsoft.graph.room",
        most=MOST_ROOMS,
        filter=f"capacity ge {people}" if people else "",
    )
    wanted = (words or "").casefold().split()
    fitting = sorted((each for each in found if each.has(wanted)), key=_size)
    free, unknown, left = await _free(caller, fitting, window, limit)
    notes = [
        "There are more." if left else "",
        "" if is_all else f"Only {MOST_ROOMS} rooms were looked at: say how many people it must hold.",
        f"It is not known whether these are free: {', '.join(unknown[:_NAMED])}." if unknown else "",
    ]
    note = " ".join(filter(None, notes)) or None
    return Rooms(items=[each.room() for each in free], complete=note is None, note=note)


async def _free(
    caller: Caller, rooms: Sequence[_Place], window: Span | None, limit: int
) -> tuple[list[_Place], list[str], bool]:
    """Returns the first rooms that are free, those of whom that is not known, and whether any are left."""
    if window is None:
        return list(rooms[:limit]), [], len(rooms) > limit
    free: list[_Place] = []
    unknown = [each.name for each in rooms if not each.address]
    known = [each for each in rooms if each.address]
    for begin in range(0, len(known), _AT_ONCE):
        if len(free) >= limit:
            return free[:limit], unknown, True
        part = known[begin : begin + _AT_ONCE]
        found = {
            each.address.casefold(): each
            for each in await read_schedules(caller, [each.address or "" for each in part], window)
        }
        for room in part:
            schedule = found.get((room.address or "").casefold())
            if schedule is None or schedule.problem:
                unknown.append(room.name)
            elif all(
                each.status in FREE or _is_apart(each.start, each.end, window) for each in schedule.busy
            ):
                free.append(room)
    return free[:limit], unknown, len(free) > limit


def _size(room: Room) -> int:
    return room.capacity or sys.maxsize


def _is_apart(start: datetime, end: datetime, window: Span) -> bool:
    """Tells whether a busy time is outside of a window, which is widened to what a schedule can be of."""
    return end <= window.start or start >= window.end
