"""Reads the signed-in user's calendar; `calendar_writing` changes it."""

import sys
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AliasPath, BeforeValidator, Field

from shared.apis.graph.graph_times import GraphTime
from shared.apis.graph.recurrences import in_words
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, Quoted, quote
from shared.text.html import HtmlText, html_to_text
from shared.text.time_zones import zone
from shared.text.times import Span, span
from shared.tools.microsoft365.mailboxes import Mailbox, explain_shared_mailbox
from shared.tools.params import Cursor, End, Id, Offset, PageSize, Start, TimeZone

toolset = Toolset("calendar")

_DAY = timedelta(days=1)

SHARED = "Calendars.Read.Shared"
MOST_ATTENDEES = 100
"""How many of an event's attendees a result names."""

EventId = Annotated[Id, Field(description="id from graph_get_calendar.")]
CalendarId = Annotated[Id | None, Field(description="id from graph_list_calendars.")]


class EventSummary(GraphModel):
    """A meeting or appointment without its text. An all-day event ends at the midnight after its last day."""

    id: str = ""
    subject: Line | None = None
    start: GraphTime | None = None
    end: GraphTime | None = None
    is_all_day: bool = False
    location: Line | None = Field(None, validation_alias=AliasPath("location", "displayName"))
    organizer: Line | None = Field(None, validation_alias=AliasPath("organizer", "emailAddress", "address"))
    response: str | None = Field(
        None,
        validation_alias=AliasPath("responseStatus", "response"),
        description="What the signed-in user answered: organizer, accepted, tentativelyAccepted, "
        "declined, notResponded or none.",
    )
    show_as: str | None = Field(None, description="free, tentative, busy, oof or workingElsewhere.")
    is_cancelled: bool = False
    web_link: str | None = None

    def in_zone(self, zone: ZoneInfo) -> Self:
        """Returns the event with its times in the zone; an all-day event keeps its midnights in any zone."""

        def local(when: datetime | None) -> datetime | None:
            if when is None:
                return None
            return datetime.combine(when.date(), time(), zone) if self.is_all_day else when.astimezone(zone)

        return self.model_copy(update={"start": local(self.start), "end": local(self.end)})

    def overlaps(self, window: Span) -> bool:
        """Tells whether some of the event, or the moment of one without length, is in a window.

        One of which no times are told is where the service says it is.
        """
        if self.start is None or self.end is None:
            return True
        starts, ends = self.start.astimezone(UTC), self.end.astimezone(UTC)
        return starts < window.end and (ends > window.start or starts == ends == window.start)


class Attendee(GraphModel):
    """Who is invited, and what they answered."""

    address: Line | None = Field(None, validation_alias=AliasPath("emailAddress", "address"))
    name: Line | None = Field(None, validation_alias=AliasPath("emailAddress", "name"))
    kind: str | None = Field(None, validation_alias="type", description="required, optional or resource.")
    response: str | None = Field(None, validation_alias=AliasPath("status", "response"))


def _first(attendees: object) -> object:
    return attendees[:MOST_ATTENDEES] if isinstance(attendees, list) else attendees


def _count(attendees: object) -> object:
    return len(attendees) if isinstance(attendees, list) else attendees


class Event(EventSummary):
    """An event with the people in it."""

    version: str | None = Field(
        None, validation_alias="@odata.etag", description="What graph_update_event needs to know."
    )
    kind: str | None = Field(
        None, validation_alias="type", description="singleInstance, occurrence, exception or seriesMaster."
    )
    series_master_id: str | None = Field(None, description="id of the whole series, if it is part of one.")
    repeats: Annotated[str | None, BeforeValidator(in_words)] = Field(
        None, validation_alias="recurrence", description="How the series repeats."
    )
    attendees: Annotated[list[Attendee], BeforeValidator(_first)] = Field(
        [], description=f"The first {MOST_ATTENDEES} of them."
    )
    attendee_count: Annotated[int, BeforeValidator(_count)] = Field(
        0, validation_alias=AliasPath("attendees")
    )
    is_online_meeting: bool | None = None
    join_url: str | None = Field(None, validation_alias=AliasPath("onlineMeeting", "joinUrl"))


def _quoted(body: object) -> object:
    """Converts an `itemBody` to text, all of it."""
    if not isinstance(body, dict):
        return body
    content = str(body.get("content") or "")
    page = HtmlText(content) if body.get("contentType") == "text" else html_to_text(content)
    return quote(page.text, "event", limit=sys.maxsize, note=page.note)


class EventText(Event):
    """An event with its text."""

    body: Annotated[Quoted | None, BeforeValidator(_quoted)] = None

    def from_offset(self, offset: int) -> Self:
        """Returns the event with the part of its text that begins at the offset."""
        text = self.body.text if self.body else ""
        origin = f"text of an event organized by {self.organizer or 'somebody unknown'}"
        note = self.body.note if self.body else None
        return self.model_copy(update={"body": quote(text, origin, offset=offset, note=note)})

    def readable(self, zone: ZoneInfo) -> dict[str, str]:
        """Returns what of the event can be changed, as people read it."""
        local = self.in_zone(zone)
        return {
            "subject": self.subject or "",
            "location": self.location or "",
            "start": local.start.isoformat() if local.start else "",
            "end": local.end.isoformat() if local.end else "",
            "attendees": ", ".join(sorted((each.address or "").casefold() for each in self.attendees)),
            "body": self.body.text if self.body else "",
            "recurrence": self.repeats or "",
            "showAs": self.show_as or "",
        }


class _Series(GraphModel):
    repeats: Annotated[str | None, BeforeValidator(in_words)] = Field(None, validation_alias="recurrence")


def calendar_path(calendar: str | None) -> tuple[str, tuple[str, ...]]:
    """Returns the beginning of the paths of a calendar, the main one for None, and its segments."""
    return ("/me/calendars/{}", (calendar,)) if calendar else ("/me", ())


def event_path(calendar: str | None, event_id: str) -> tuple[str, tuple[str, ...]]:
    """Returns the path of an event of a calendar, the main one for None, and its segments."""
    path, segments = calendar_path(calendar)
    return f"{path}/events/{{}}", (*segments, event_id)


@toolset.tool(scopes=["Calendars.Read", "MailboxSettings.Read"], optional_scopes=[SHARED])
async def graph_get_calendar(
    caller: Caller,
    start: Start = "today",
    end: End = None,
    calendar: CalendarId = None,
    mailbox: Mailbox = None,
    time_zone: TimeZone = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[EventSummary]:
    """List what is in the signed-in user's calendar, or a shared one, in a window of time: today by default.

    Earliest first, each meeting of a series by itself. Weeks begin on Monday. Use graph_get_event for
    the text and people of one.
    """
    where = zone(await caller.time_zone(time_zone))
    window = span(start, end, where, now=datetime.now(where))
    path, segments = calendar_path(calendar)
    # All-day events are days wherever one looks, but are selected by the hours they have in UTC.
    with explain_shared_mailbox(mailbox):
        page = await caller.in_mailbox(mailbox, SHARED).graph.filtered_page(
            EventSummary,
            f"{path}/calendarView",
            *segments,
            limit=limit,
            cursor=cursor,
            keep=lambda event: event.in_zone(where).overlaps(window),
            query={
                "startDateTime": (window.start - _DAY).isoformat(),
                "endDateTime": (window.end + _DAY).isoformat(),
                "orderby": "start/dateTime",
            },
        )
    items = [event.in_zone(where) for event in page.items]
    items.sort(key=lambda event: event.start.astimezone(UTC) if event.start else window.end)
    return page.model_copy(update={"items": items})


@toolset.tool(scopes=["Calendars.Read", "MailboxSettings.Read"], optional_scopes=[SHARED])
async def graph_get_event(
    caller: Caller,
    event_id: EventId,
    calendar: CalendarId = None,
    mailbox: Mailbox = None,
    offset: Offset = 0,
    time_zone: TimeZone = None,
) -> EventText:
    """Get one event of the signed-in user's calendar, or a shared one: text, people, answers, how it repeats.

    Its version is what graph_update_event needs.
    """
    where = zone(await caller.time_zone(time_zone))
    path, segments = event_path(calendar, event_id)
    there = caller.in_mailbox(mailbox, SHARED)
    with explain_shared_mailbox(mailbox):
        event = await there.graph.get(EventText, path, *segments)
    if event.series_master_id:
        path, segments = event_path(calendar, event.series_master_id)
        series = there.graph.get(_Series, path, *segments)
        found = await capture_gap("the series", series)
        repeats = f"unknown: {found.message}" if isinstance(found, Gap) else found.repeats
        event = event.model_copy(update={"repeats": repeats})
    return event.in_zone(where).from_offset(offset)
