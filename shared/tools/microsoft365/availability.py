"""Tells when the signed-in user and others are free. The tools belong to the calendar's family."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AliasPath, BaseModel, Field, computed_field

from shared.apis.graph.event_people import invited
from shared.apis.graph.graph_times import GraphTime, zoned
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import fitting
from shared.text.content import Line
from shared.text.time_zones import zone
from shared.text.times import Span, gaps, hours, in_zone, span
from shared.tools.params import Address, End, Start, TimeZone

toolset = Toolset("calendar")

FREE = frozenset({"free", "workingElsewhere"})
BUSY_BUDGET = 16_000
"""Characters of JSON the busy times in a result may have, beside the free ones."""

# Minutes; the interval of a schedule's view must fit into the window (calendar: getSchedule).
_LEAST_INTERVAL, _USUAL_INTERVAL = 5, 30
_WHY_NONE = {
    "attendeesUnavailable": "At no time are enough of the attendees free.",
    "attendeesUnavailableOrUnknown": "At no time are enough of the attendees known to be free.",
    "organizerUnavailable": "The signed-in user is not free at any time.",
    "locationsUnavailable": "No room is free at any time.",
}

People = Annotated[Sequence[Address], Field(min_length=1, max_length=19)]
Minutes = Annotated[int, Field(ge=5, le=1_440, description="Length of the meeting.")]


class Attending(GraphModel):
    """Whether one attendee is free then: free, tentative, busy, oof, workingElsewhere or unknown."""

    address: Line | None = Field(None, validation_alias=AliasPath("attendee", "emailAddress", "address"))
    availability: str = "unknown"


class MeetingTime(GraphModel):
    """A time at which a meeting could be."""

    start: GraphTime = Field(validation_alias=AliasPath("meetingTimeSlot", "start"))
    end: GraphTime = Field(validation_alias=AliasPath("meetingTimeSlot", "end"))
    confidence: float | None = Field(None, description="How sure it is that people can come, in percent.")
    me: str = Field(
        "unknown",
        validation_alias="organizerAvailability",
        description="Whether the signed-in user is free then.",
    )
    attendees: list[Attending] = Field([], validation_alias="attendeeAvailability")

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents
    @property
    def everyone_is_free(self) -> bool:
        """Whether the signed-in user and all attendees are free."""
        return {self.me, *(each.availability for each in self.attendees)} <= FREE


class MeetingTimes(BaseModel):
    """Times at which a meeting could be, the best first."""

    items: list[MeetingTime]
    complete: bool = Field(description="Whether these are all the times there are.")
    note: str | None = Field(None, description="Why there are none, or not all.")


class _Suggestions(GraphModel):
    meeting_time_suggestions: list[MeetingTime] = Field([])
    empty_suggestions_reason: str | None = None


class Slot(BaseModel):
    """A time from start to end."""

    start: datetime
    end: datetime


class BusyTime(GraphModel):
    """A time at which somebody is not free: tentative, busy or oof."""

    start: GraphTime
    end: GraphTime
    status: str = "unknown"


class Schedule(GraphModel):
    """When one person is not free; where there is a problem, that is not known."""

    address: Line = Field(validation_alias="scheduleId")
    busy: list[BusyTime] = Field([], validation_alias="scheduleItems")
    problem: Line | None = Field(None, validation_alias=AliasPath("error", "message"))

    def in_zone(self, where: ZoneInfo) -> Self:
        """Returns the schedule with its times in the zone, without what is no obstacle."""
        busy = [in_zone(each, where) for each in self.busy if each.status not in FREE]
        return self.model_copy(update={"busy": busy})


class Availability(BaseModel):
    """When everybody asked about is free, and when each of them is not."""

    all_free: list[Slot] = Field(description="When all whose calendar is known are free, and long enough.")
    schedules: list[Schedule]
    complete: bool = Field(description="Whether every person's calendar is known and listed.")
    note: str | None = Field(None, description="What is not known, or was left out.")


class _Schedules(GraphModel):
    value: list[Schedule]


class _Calendar(GraphModel):
    is_default_calendar: bool = False
    address: str | None = Field(None, validation_alias=AliasPath("owner", "address"))


@toolset.tool(scopes=["Calendars.Read.Shared", "MailboxSettings.Read"])
async def graph_find_meeting_times(
    caller: Caller,
    attendees: Annotated[People, Field(description="Email addresses of who is to come besides you.")],
    minutes: Minutes = 30,
    start: Start = "next 7 days",
    end: End = None,
    working_hours: Annotated[bool, Field(description="Whether only working hours count.")] = True,
    time_zone: TimeZone = None,
    limit: Annotated[int, Field(ge=1, le=20, description="Times at most.")] = 10,
) -> MeetingTimes:
    """Find times at which the signed-in user and others can meet, the best first.

    At most 31 days are looked at. Use graph_get_availability for all free and busy times of people.
    """
    where = zone(await caller.time_zone(time_zone))
    now = datetime.now(where)
    window = _ahead(span(start, end, where, now=now), now, days=31)
    request = {
        "attendees": invited(attendees),
        "meetingDuration": f"PT{minutes}M",
        "maxCandidates": limit,
        "timeConstraint": {
            "activityDomain": "work" if working_hours else "unrestricted",
            "timeSlots": [{"start": zoned(window.start), "end": zoned(window.end)}],
        },
    }
    found = await caller.graph.post(_Suggestions, "/me/findMeetingTimes", body=request, reads=True)
    return _suggested(found, limit, where)


@toolset.tool(scopes=["Calendars.Read", "MailboxSettings.Read"])
async def graph_get_availability(
    caller: Caller,
    people: Annotated[People, Field(description="Email addresses of who is asked about.")],
    with_me: Annotated[bool, Field(description="Whether you are asked about too.")] = True,
    start: Start = "today",
    end: End = None,
    minutes: Minutes = 30,
    from_hour: Annotated[int, Field(ge=0, le=23, description="Hour at which a day begins.")] = 8,
    to_hour: Annotated[int, Field(ge=1, le=24, description="Hour at which a day ends.")] = 18,
    time_zone: TimeZone = None,
) -> Availability:
    """Get when people are free: first the times at which all of them are, then who is busy when.

    Free times last at least minutes, between from_hour and to_hour of each day, weekends too. At most 14
    days are looked at. Use graph_find_meeting_times when the service shall choose, by working hours.
    """
    if to_hour <= from_hour:
        raise ToolError(
            "invalid_argument", "to_hour: is not after from_hour.", "Give an hour after from_hour."
        )
    where = zone(await caller.time_zone(time_zone))
    now = datetime.now(where)
    window = _ahead(span(start, end, where, now=now), now, days=14)
    mine = [await _own_address(caller)] if with_me else []
    schedules = await read_schedules(caller, [*mine, *people], window)
    days = hours(window, where, first=from_hour, last=to_hour)
    return _availability(_free(schedules, days, minutes), schedules, where)


def _suggested(found: _Suggestions, limit: int, where: ZoneInfo) -> MeetingTimes:
    times = [in_zone(each, where) for each in found.meeting_time_suggestions]
    if not times:
        note = _WHY_NONE.get(found.empty_suggestions_reason or "", "No such time was found.")
        return MeetingTimes(items=[], complete=True, note=note)
    complete = len(times) < limit
    return MeetingTimes(items=times, complete=complete, note=None if complete else "There may be more.")


async def _own_address(caller: Caller) -> str:
    """Returns the address of the signed-in user, as the owner of their calendar."""
    calendars = await caller.graph.page(_Calendar, "/me/calendars", limit=100)
    main = next((each for each in calendars.items if each.is_default_calendar and each.address), None)
    calendar = main or await caller.graph.get(_Calendar, "/me/calendar")
    if not calendar.address:
        raise ToolError(
            "upstream_error",
            "with_me: Microsoft Graph does not tell your address.",
            "Name your address among people, and set with_me to false.",
        )
    return calendar.address


async def read_schedules(caller: Caller, addresses: Sequence[str], window: Span) -> list[Schedule]:
    """Returns when each of at most 20 addresses, of people or rooms, is not free in a window."""
    length = max(window.length // timedelta(minutes=1), _LEAST_INTERVAL)
    request = {
        "Schedules": list(dict.fromkeys(each.casefold() for each in addresses)),
        "StartTime": zoned(window.start),
        "EndTime": zoned(max(window.end, window.start + timedelta(minutes=_LEAST_INTERVAL))),
        "AvailabilityViewInterval": min(length, _USUAL_INTERVAL),
    }
    found = await caller.graph.post(_Schedules, "/me/calendar/getSchedule", body=request, reads=True)
    return found.value


def _free(schedules: list[Schedule], days: Iterable[Span], minutes: int) -> list[Span]:
    busy = [Span(each.start, each.end) for one in schedules for each in one.busy if each.status not in FREE]
    return list(gaps(days, busy, least=timedelta(minutes=minutes)))


def _availability(free: list[Span], found: list[Schedule], where: ZoneInfo) -> Availability:
    schedules = [each.in_zone(where) for each in found]
    slots = [in_zone(Slot(start=each.start, end=each.end), where) for each in free]
    unknown = [each.address for each in schedules if each.problem]
    shown = schedules[: fitting(schedules, BUSY_BUDGET)]
    notes = [
        f"It is not known when these are free: {', '.join(unknown)}." if unknown else "",
        f"Busy times of {len(schedules) - len(shown)} people are left out: ask for fewer people or days."
        if len(shown) < len(schedules)
        else "",
    ]
    note = " ".join(filter(None, notes)) or None
    return Availability(all_free=slots, schedules=shown, complete=note is None, note=note)


def _ahead(window: Span, now: datetime, *, days: int) -> Span:
    """Returns what of a window has not passed.

    Raises:
        ToolError: `invalid_argument`: it has passed, or is longer than so many days.
    """
    left = Span(max(window.start, now), window.end)
    if not left:
        raise ToolError("invalid_argument", "end: is in the past.", "Ask for a time to come.")
    if left.length > timedelta(days=days):
        raise ToolError(
            "invalid_argument", f"end: is more than {days} days after start.", "Ask for fewer days at once."
        )
    return left
