"""Changes the signed-in user's calendar, and those of whoever is invited."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from shared.apis.graph.event_people import PeopleChange, all_invited
from shared.apis.graph.events import ONLINE, event_properties, event_times, first_day, readable
from shared.apis.graph.graph_times import GraphTime
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import report_unknown_outcome
from shared.text.time_zones import zone
from shared.tools.microsoft365.calendar import (
    CalendarId,
    Event,
    EventId,
    EventText,
    calendar_path,
    event_path,
)
from shared.tools.microsoft365.event_changes import Clearable, EventChange
from shared.tools.microsoft365.event_series import PresentEvent, Repeat, refuse_to_undo
from shared.tools.microsoft365.mailboxes import Mailbox, explain_shared_mailbox
from shared.tools.params import Address, DayOrTime, TimeZone, Version

toolset = Toolset("calendar")

SHARED_WRITING = "Calendars.ReadWrite.Shared"

_ANSWERS = {
    "accept": ("accept", "accepted"),
    "tentative": ("tentativelyAccept", "tentatively accepted"),
    "decline": ("decline", "declined"),
}
_LOOK = "Look into the calendar with graph_get_calendar before you repeat the call."

Subject = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\r\n]*$")]
Addresses = Annotated[
    Sequence[Annotated[str, Field(pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,189}$")]], Field(max_length=100)
]
Text = Annotated[str, Field(max_length=32_000)]
ShowAs = Literal["free", "tentative", "busy", "oof", "workingElsewhere"]
Comment = Annotated[
    str | None, Field(max_length=4_000, description="What to tell the others, in plain text.")
]


class _WholeEvent(Event):
    """An event of which the response to a change tells what matters."""

    id: str
    start: GraphTime
    end: GraphTime


class EventAction(BaseModel):
    """What was done to an event."""

    event_id: str
    outcome: str = Field(description="accepted, tentatively accepted, declined or cancelled.")
    note: str


@toolset.tool(
    scopes=["Calendars.ReadWrite", "MailboxSettings.Read"],
    optional_scopes=[SHARED_WRITING],
    writes=True,
)
async def graph_create_event(
    caller: Caller,
    subject: Annotated[Subject, Field(description="What people see it is about.")],
    start: Annotated[
        DayOrTime,
        Field(description="When it begins; a date alone makes it all-day."),
    ],
    end: Annotated[
        DayOrTime | None,
        Field(description="When it ends; if all-day, the last day. Left out, half an hour or one day later."),
    ] = None,
    attendees: Annotated[Addresses, Field(description="Email addresses of who is to come.")] = (),
    optional_attendees: Annotated[Addresses, Field(description="Of who may come.")] = (),
    room: Annotated[
        Address | None, Field(description="Address of a room to book, from graph_find_rooms.")
    ] = None,
    repeat: Annotated[
        Repeat | None,
        Field(
            description="Makes it a series, endless without count or until, its last day. days: of a "
            "week, or with nth of a month or year; left out, that of start."
        ),
    ] = None,
    body: Annotated[Text, Field(description="What it is for, in plain text.")] = "",
    location: Annotated[str, Field(max_length=255, description="Where it is; name of the room.")] = "",
    online: Annotated[bool, Field(description="Whether it gets a Teams link.")] = False,
    show_as: Annotated[ShowAs, Field(description="What it makes of your time.")] = "busy",
    idempotency_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Any unique text: a call repeated with it makes no second event.",
        ),
    ] = None,
    calendar: CalendarId = None,
    mailbox: Mailbox = None,
    time_zone: TimeZone = None,
) -> Event:
    """Create an event or a series in the signed-in user's calendar, or a shared one, and invite people to it.

    Find a time with graph_find_meeting_times first, addresses with graph_search_people. Invitations are
    sent at once.
    """
    where = zone(await caller.time_zone(time_zone))
    times = event_times(start, end, where, repeats=repeat is not None)
    people = all_invited(attendees, optional_attendees, room)
    event = {
        **event_properties(subject=subject, location=location or None, room=room, body=body or None),
        **times,
        **({"attendees": people} if people else {}),
        **({"recurrence": repeat.recurrence(first_day(times), times["start"]["timeZone"])} if repeat else {}),
        "showAs": show_as,
        **(ONLINE if online else {}),
        **({"transactionId": idempotency_key} if idempotency_key else {}),
    }
    with explain_shared_mailbox(mailbox):
        made = await _created(caller.in_mailbox(mailbox, SHARED_WRITING), calendar, event)
    return made.in_zone(where)


@toolset.tool(
    scopes=["Calendars.ReadWrite", "MailboxSettings.Read"], optional_scopes=[SHARED_WRITING], writes=True
)
async def graph_update_event(
    caller: Caller,
    event_id: EventId,
    version: Version,
    subject: Annotated[Subject | None, Field(description="The new subject.")] = None,
    start: Annotated[
        DayOrTime | None,
        Field(description="The new beginning, together with end; dates make it all-day."),
    ] = None,
    end: Annotated[DayOrTime | None, Field(description="The new end; if all-day, the last day.")] = None,
    repeat: Annotated[
        Repeat | None,
        Field(description="How it repeats instead; with every as it is, what is left out stays."),
    ] = None,
    location: Annotated[str | None, Field(max_length=255, description="The new place.")] = None,
    room: Annotated[Address | None, Field(description="Address of a room, in place of those it has.")] = None,
    attendees: Annotated[
        Addresses, Field(description="Addresses of all to come, in place of those invited; rooms stay.")
    ] = (),
    add_attendees: Annotated[Addresses, Field(description="Or of who is to come too.")] = (),
    add_optional_attendees: Annotated[Addresses, Field(description="Of who may come too.")] = (),
    remove_attendees: Annotated[Addresses, Field(description="Of who is invited no more.")] = (),
    body: Annotated[
        Text | None,
        Field(description="The new text, plain. Not of an online meeting."),
    ] = None,
    online: Annotated[bool, Field(description="Whether to add a Teams link.")] = False,
    clear: Annotated[
        list[Clearable],
        Field(
            max_length=6,
            description="What it is to lose. exceptions: changes of single events of a series.",
        ),
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    calendar: CalendarId = None,
    mailbox: Mailbox = None,
    time_zone: TimeZone = None,
) -> Event:
    """Update an event in the signed-in user's calendar, or a shared one; its attendees are told at once.

    What is left out stays. Read it with graph_get_event first. Of a series, an occurrence's id changes
    that one, series_master_id all; for this and following ones, end the series with repeat.until and
    create a new one. Only the organizer's changes reach others; graph_respond_to_event answers.
    """
    people = PeopleChange(
        required=add_attendees,
        optional=add_optional_attendees,
        remove=remove_attendees,
        only=attendees,
        room=room,
        drop_people="attendees" in clear,
        drop_rooms="room" in clear,
    )
    wanted = EventChange(
        subject=subject,
        start=start,
        end=end,
        repeat=repeat,
        location=location,
        body=body,
        people=people,
        online=online,
        clear=clear,
    )
    wanted.check()
    where = zone(await caller.time_zone(time_zone))
    there = caller.in_mailbox(mailbox, SHARED_WRITING)
    with explain_shared_mailbox(mailbox):
        changes = await _changes(there, calendar, event_id, wanted, where)
        return (await _changed(there, calendar, event_id, changes, version, where)).in_zone(where)


@toolset.tool(scopes=["Calendars.ReadWrite"], writes=True)
async def graph_respond_to_event(
    caller: Caller,
    event_id: EventId,
    response: Annotated[
        Literal["accept", "tentative", "decline"], Field(description="The answer to the invitation.")
    ],
    comment: Comment = None,
    tell_organizer: Annotated[bool, Field(description="Whether the organizer is told.")] = True,
) -> EventAction:
    """Accept, tentatively accept or decline an invitation in the signed-in user's calendar.

    A declined event leaves the calendar. Of a series, an occurrence's id answers for that one,
    series_master_id for all. graph_cancel_event is for a meeting the user organizes.
    """
    if comment and not tell_organizer:
        raise ToolError(
            "invalid_argument",
            "comment: is only sent together with the answer to the organizer.",
            "Leave comment out, or leave tell_organizer at true.",
        )
    action, outcome = _ANSWERS[response]
    body = {"SendResponse": tell_organizer, **({"Comment": comment} if comment else {})}
    with report_unknown_outcome(_LOOK):
        await caller.graph.invoke_action(f"/me/events/{{}}/{action}", event_id, body=body)
    note = "The organizer is told." if tell_organizer else "The organizer is not told."
    return EventAction(event_id=event_id, outcome=outcome, note=note)


@toolset.tool(scopes=["Calendars.ReadWrite"], optional_scopes=[SHARED_WRITING], writes=True)
async def graph_cancel_event(
    caller: Caller,
    event_id: EventId,
    comment: Comment = None,
    calendar: CalendarId = None,
    mailbox: Mailbox = None,
) -> EventAction:
    """Cancel a meeting the calendar's owner organizes: it leaves all calendars, and the attendees are told.

    It cannot be undone. Of a series, an occurrence's id cancels that one, series_master_id all. Use
    graph_respond_to_event to decline somebody else's meeting.
    """
    path, segments = event_path(calendar, event_id)
    graph = caller.in_mailbox(mailbox, SHARED_WRITING).graph
    with explain_shared_mailbox(mailbox), report_unknown_outcome(_LOOK):
        await graph.invoke_action(f"{path}/cancel", *segments, body={"Comment": comment or ""})
    return EventAction(event_id=event_id, outcome="cancelled", note="The attendees are told.")


async def _created(caller: Caller, calendar: str | None, event: Mapping[str, Any]) -> Event:
    path, segments = calendar_path(calendar)
    try:
        with report_unknown_outcome(f"{_LOOK} The same idempotency_key makes no second event."):
            return await caller.graph.post(Event, f"{path}/events", *segments, body=event)
    except ToolError as error:
        if error.code != "conflict":
            raise
        raise ToolError(
            "conflict",
            "An event was created with this idempotency_key before; no second one was made.",
            "Look it up with graph_get_calendar, or choose another key for another event.",
            details=error.details,
        ) from error


async def _changes(
    caller: Caller, calendar: str | None, event_id: str, wanted: EventChange, where: ZoneInfo
) -> Mapping[str, Any]:
    if not wanted.depends_on_present:
        return wanted.plain
    path, segments = event_path(calendar, event_id)
    present = await caller.graph.get(PresentEvent, path, *segments)
    changes = wanted.of(present, where)
    if wanted.is_timed and present.is_series and "exceptions" not in wanted.clear:
        await refuse_to_undo(caller, path, segments, where)
    return changes


async def _changed(
    caller: Caller,
    calendar: str | None,
    event_id: str,
    changes: Mapping[str, Any],
    version: str,
    where: ZoneInfo,
) -> Event:
    path, segments = event_path(calendar, event_id)
    try:
        with report_unknown_outcome(_LOOK):
            return await caller.graph.update(_WholeEvent, path, *segments, body=changes, version=version)
    except ToolError as error:
        if error.code != "conflict":
            raise
        present = await caller.graph.get(EventText, path, *segments)
        now, wanted = present.readable(where), readable(changes, where)
        differs = {name: (now[name], wanted[name]) for name in wanted if name in now}
        raise conflict("The event", version=present.version, differs=differs) from error
