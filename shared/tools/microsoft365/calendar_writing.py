"""Changes the signed-in user's calendar, and those of whoever is invited."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from shared.apis.graph.event_people import PeopleChange, address_of, all_invited, changed_attendees
from shared.apis.graph.events import ONLINE, event_properties, event_times, first_day, readable
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import report_unknown_outcome
from shared.text.time_zones import zone
from shared.tools.microsoft365.calendar import (
    MOST_ATTENDEES,
    CalendarId,
    Event,
    EventId,
    EventText,
    calendar_path,
)
from shared.tools.microsoft365.event_series import PresentEvent, Repeat, refuse_to_undo, timed_changes
from shared.tools.microsoft365.mailboxes import Mailbox, explain_shared_mailbox
from shared.tools.params import Address, DayOrTime, TimeZone, Version
from shared.tools.typed_values import refuse_both, refuse_empty

toolset = Toolset("calendar")

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


class EventAction(BaseModel):
    """What was done to an event."""

    event_id: str
    outcome: str = Field(description="accepted, tentatively accepted, declined or cancelled.")
    note: str


@toolset.tool(
    scopes=["Calendars.ReadWrite", "MailboxSettings.Read"],
    optional_scopes=["Calendars.ReadWrite.Shared"],
    writes=True,
)
async def graph_create_event(
    caller: Caller,
    subject: Annotated[Subject, Field(description="What people see it is about.")],
    start: Annotated[
        DayOrTime,
        Field(description="When it begins; a date without a time makes it an all-day event."),
    ],
    end: Annotated[
        DayOrTime | None,
        Field(
            description="When it ends; of an all-day event, the last day. Left out, half an hour or one day "
            "later."
        ),
    ] = None,
    attendees: Annotated[Addresses, Field(description="Email addresses of who is to come.")] = (),
    optional_attendees: Annotated[Addresses, Field(description="Of who may come.")] = (),
    room: Annotated[
        Address | None, Field(description="Address of a room to book, from graph_find_rooms.")
    ] = None,
    repeat: Annotated[
        Repeat | None,
        Field(
            description="Makes it a series; without until or count, one without end. days: of a week, or "
            "with nth of a month or year; left out, the day or date of start."
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
        **event_properties(subject=subject, location=location or None, room=room, body=body),
        **times,
        **({"attendees": people} if people else {}),
        **({"recurrence": repeat.recurrence(first_day(times), times["start"]["timeZone"])} if repeat else {}),
        "showAs": show_as,
        **(ONLINE if online else {}),
        **({"transactionId": idempotency_key} if idempotency_key else {}),
    }
    with explain_shared_mailbox(mailbox):
        made = await _created(caller.in_mailbox(mailbox, "Calendars.ReadWrite.Shared"), calendar, event)
    return made.in_zone(where)


@toolset.tool(scopes=["Calendars.ReadWrite", "MailboxSettings.Read"], writes=True)
async def graph_update_event(
    caller: Caller,
    event_id: EventId,
    version: Version,
    subject: Annotated[Subject | None, Field(description="The new subject.")] = None,
    start: Annotated[
        DayOrTime | None,
        Field(description="The new beginning, together with end; dates make it all-day."),
    ] = None,
    end: Annotated[
        DayOrTime | None, Field(description="The new end; of an all-day event, the last day.")
    ] = None,
    repeat: Annotated[
        Repeat | None, Field(description="How it repeats instead, as in graph_create_event.")
    ] = None,
    location: Annotated[str | None, Field(max_length=255, description="The new place.")] = None,
    room: Annotated[Address | None, Field(description="Address of a room, in place of those it has.")] = None,
    add_attendees: Annotated[Addresses, Field(description="Addresses of who is to come too.")] = (),
    add_optional_attendees: Annotated[Addresses, Field(description="Of who may come too.")] = (),
    remove_attendees: Annotated[Addresses, Field(description="Of who is invited no more.")] = (),
    body: Annotated[
        Text | None,
        Field(description="The new text, plain. Not of an online meeting."),
    ] = None,
    online: Annotated[bool, Field(description="Whether to add a Teams link.")] = False,
    clear: Annotated[
        list[Literal["location", "room", "attendees", "body", "exceptions"]],
        Field(
            max_length=5,
            description="What it is to lose. exceptions: changes of single events of a series.",
        ),
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    time_zone: TimeZone = None,
) -> Event:
    """Update an event of the signed-in user's calendar: its subject, time, place, people, text, recurrence.

    What is left out stays. Attendees are told at once. Read it with graph_get_event first. Of a series, an
    occurrence's id changes that one, series_master_id all; for this and following ones, end the series
    with repeat.until and create a new one. Only the organizer's changes reach others;
    graph_respond_to_event answers an invitation.
    """
    given = {"location": location, "room": room, "body": body}
    given = {name: value for name, value in given.items() if value is not None}
    refuse_empty("", given)
    refuse_both(given, clear)
    if end is not None and start is None:
        raise ToolError("invalid_argument", "start: is missing.", "Give it together with end.")
    if start is not None and end is None:
        raise ToolError("invalid_argument", "end: is missing.", "Give it together with start.")
    people = PeopleChange(
        required=add_attendees,
        optional=add_optional_attendees,
        remove=remove_attendees,
        room=room,
        drop_people="attendees" in clear,
        drop_rooms="room" in clear,
    )
    changes: dict[str, Any] = {
        **event_properties(
            subject=subject,
            location="" if "location" in clear else location,
            room=room,
            body="" if "body" in clear else body,
        ),
        **(ONLINE if online else {}),
    }
    is_timed = start is not None or repeat is not None
    if "exceptions" in clear and not is_timed:
        raise ToolError(
            "invalid_argument",
            "clear: exceptions go only with a new start or repeat.",
            "Give one, or leave exceptions out.",
        )
    if not (changes or people or is_timed):
        raise ToolError(
            "invalid_argument",
            "Nothing is to be changed.",
            "Give at least one new value, or name one in clear.",
        )
    where = zone(await caller.time_zone(time_zone))
    if people or is_timed or "body" in changes or online:
        present = await caller.graph.get(PresentEvent, "/me/events/{}", event_id)
        changes = {**_kept(present, changes), **_people(present, people, changes)}
        if is_timed:
            changes |= timed_changes(present, start=start, end=end, repeat=repeat, where=where)
            if present.is_series and "exceptions" not in clear:
                await refuse_to_undo(caller, event_id, where)
        if not changes:
            raise ToolError(
                "invalid_argument", "online: the event has a link to join already.", "Leave it as it is."
            )
    return (await _changed(caller, event_id, changes, version, where)).in_zone(where)


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


@toolset.tool(scopes=["Calendars.ReadWrite"], writes=True)
async def graph_cancel_event(caller: Caller, event_id: EventId, comment: Comment = None) -> EventAction:
    """Cancel a meeting the signed-in user organizes: it leaves all calendars, and the attendees are told.

    It cannot be undone. Of a series, an occurrence's id cancels that one, series_master_id all. Use
    graph_respond_to_event to decline somebody else's meeting.
    """
    with report_unknown_outcome(_LOOK):
        await caller.graph.invoke_action("/me/events/{}/cancel", event_id, body={"Comment": comment or ""})
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


async def _changed(
    caller: Caller, event_id: str, changes: Mapping[str, Any], version: str, where: ZoneInfo
) -> Event:
    try:
        with report_unknown_outcome(_LOOK):
            return await caller.graph.patch(Event, "/me/events/{}", event_id, body=changes, version=version)
    except ToolError as error:
        if error.code != "conflict":
            raise
        present = await caller.graph.get(EventText, "/me/events/{}", event_id)
        now, wanted = present.readable(where), readable(changes, where)
        differs = {name: (now[name], wanted[name]) for name in wanted if name in now}
        raise conflict("The event", version=present.version, differs=differs) from error


def _kept(present: PresentEvent, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the changes that can be made without a loss of the link to join, which the text holds.

    Raises:
        ToolError: `invalid_argument`: the text of an online meeting would be replaced.
    """
    if not present.is_online_meeting:
        return dict(changes)
    if "body" in changes:
        raise ToolError(
            "invalid_argument",
            "body: the text of an online meeting holds the link to join, and is not replaced.",
            "Leave body out, or change the text in Outlook (web_link).",
        )
    return {name: value for name, value in changes.items() if name not in ONLINE}


def _people(present: PresentEvent, change: PeopleChange, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attendees after a change, and the place, which goes with its room.

    Raises:
        ToolError: `invalid_argument`: attendees of whom no result tells would be invited no more.
    """
    if not change:
        return {}
    if change.drop_people and len(present.attendees) > MOST_ATTENDEES:
        raise ToolError(
            "invalid_argument",
            f"clear: the event has more than {MOST_ATTENDEES} attendees, of whom not all are shown here.",
            "Name who is to go in remove_attendees, or change them in Outlook (web_link).",
        )
    attendees = changed_attendees(present.attendees, change)
    left = {address_of(each) for each in attendees}
    is_placed = present.room is None or present.room.casefold() in left or "location" in changes
    return {"attendees": attendees, **({} if is_placed else {"location": {"displayName": ""}})}
