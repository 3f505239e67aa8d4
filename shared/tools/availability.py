"""When the signed-in user and others are free. It belongs to the calendar's tools."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, Field, computed_field

from shared.apis.graph_times import GraphTime, zoned
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.content import Line
from shared.errors import ToolError
from shared.paging import fitting
from shared.times import Span, gaps, hours, in_zone, span, zone
from shared.tools.params import Address, TimeZone, When
from shared.toolset import Toolset

toolset = Toolset("calendar")

FREE = frozenset({"free", "workingElsewhere"})
_LONGEST = timedelta(days=31)
_WHY_NONE = {
    "attendeesUnavailable": "At no time are enough of the attendees free.",
    "attendeesUnavailableOrUnknown": "At no time are enough of the attendees known to be free.",
    "organizerUnavailable": "The signed-in user is not free at any time.",
    "locationsUnavailable": "No room is free at any time.",
}

People = Annotated[list[Address], Field(min_length=1, max_length=19)]
Start = Annotated[
    When,
    Field(description="Where to begin: a date, a time, today, tomorrow, this week, next week, next 7 days."),
]
End = Annotated[
    When | None,
    Field(
        description="The last day (inclusive), or a time; left out, the day or week that start names. "
        "At most 31 days after start."
    ),
]
Minutes = Annotated[int, Field(ge=5, le=1_440, description="How long the meeting is, in minutes.")]


class Attending(GraphModel):
    """Whether one attendee is free then: free, tentative, busy, oof, workingElsewhere or unknown."""

    address: Line = Field(validation_alias=AliasPath("attendee", "emailAddress", "address"))
    availability: str


class MeetingTime(GraphModel):
    """A time at which a meeting could be."""

    start: GraphTime = Field(validation_alias=AliasPath("meetingTimeSlot", "start"))
    end: GraphTime = Field(validation_alias=AliasPath("meetingTimeSlot", "end"))
    confidence: float = Field(description="How sure it is that people can come, in percent.")
    me: str = Field(
        validation_alias="organizerAvailability", description="Whether the signed-in user is free then."
    )
    attendees: list[Attending] = Field([], validation_alias="attendeeAvailability")

    @computed_field
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
    meeting_time_suggestions: list[MeetingTime] = []
    empty_suggestions_reason: str | None = None


class Slot(BaseModel):
    """A time from start to end."""

    start: datetime
    end: datetime


class BusyTime(GraphModel):
    """A time at which somebody is not free: tentative, busy or oof."""

    start: GraphTime
    end: GraphTime
    status: str


class Schedule(GraphModel):
    """When one person is not free; where there is a problem, that is not known."""

    address: Line = Field(validation_alias="scheduleId")
    busy: list[BusyTime] = Field([], validation_alias="scheduleItems")
    problem: Line | None = Field(None, validation_alias=AliasPath("error", "message"))


class Availability(BaseModel):
    """When everybody asked about is free, and when each of them is not."""

    all_free: list[Slot] = Field(description="When all whose calendar is known are free, and long enough.")
    schedules: list[Schedule]
    complete: bool = Field(description="Whether every person's calendar is known and listed.")
    note: str | None = Field(None, description="What is not known, or was left out.")


class _Schedules(GraphModel):
    value: list[Schedule]


class _Calendar(GraphModel):
    address: str = Field(validation_alias=AliasPath("owner", "address"))


@toolset.tool(scopes=["Calendars.Read.Shared"])
async def graph_find_meeting_times(
    caller: Caller,
    attendees: Annotated[People, Field(description="Email addresses of who is to come, besides yourself.")],
    minutes: Minutes = 30,
    start: Start = "next 7 days",
    end: End = None,
    working_hours: Annotated[
        bool, Field(description="Whether only working hours count; if not, any time of any day does.")
    ] = True,
    time_zone: TimeZone = None,
    limit: Annotated[int, Field(ge=1, le=20, description="How many times to suggest at most.")] = 10,
) -> MeetingTimes:
    """Find times at which the signed-in user and others can meet, the best first.

    The user is asked about too and need not be listed. A suggestion may have people who are not free:
    everyone_is_free says so, attendees says who. Use graph_get_availability to see all free and busy
    times of people, graph_create_event to book one. Times are ISO 8601 with offset, in the time zone
    asked for; those that have passed are left out.
    """
    where = zone(await caller.time_zone(time_zone))
    now = datetime.now(where)
    window = _window(span(start, end, where, now=now), now)
    asked = {
        "attendees": [{"type": "required", "emailAddress": {"address": each}} for each in attendees],
        "meetingDuration": f"PT{minutes}M",
        "maxCandidates": limit,
        "timeConstraint": {
            "activityDomain": "work" if working_hours else "unrestricted",
            "timeSlots": [{"start": zoned(window.start), "end": zoned(window.end)}],
        },
    }
    found = await caller.graph.post(_Suggestions, "/me/findMeetingTimes", body=asked)
    return _suggested(found, limit)
