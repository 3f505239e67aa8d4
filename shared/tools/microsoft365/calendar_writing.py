"""Changes the signed-in user's calendar, and those of whoever is invited."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from shared.apis.graph.events import event_properties, event_times, readable, replace_attendees
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import report_unknown_outcome
from shared.text.time_zones import zone
from shared.tools.microsoft365.calendar import MOST_ATTENDEES, Event, EventId, EventText
from shared.tools.params import Address, DayOrTime, TimeZone, Version
from shared.tools.typed_values import refuse_both, refuse_empty

toolset = Toolset("calendar")

_ANSWERS = {
    "accept": ("accept", "accepted"),
    "tentative": ("tentativelyAccept", "tentatively accepted"),
    "decline": ("decline", "declined"),
}
_LOOK = "Look into the calendar with graph_get_calendar before you repeat the call."

_NOTHING: Mapping[str, Any] = {"location": "", "attendees": (), "body": ""}
"""What an event is given for what `clear` names."""

Subject = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\r\n]*$")]
Attendees = Annotated[Sequence[Address], Field(max_length=100)]
Text = Annotated[str, Field(max_length=32_000)]
Comment = Annotated[
    str | None, Field(max_length=4_000, description="What to tell the others with it, in plain text.")
]


class _Replaceable(GraphModel):
    """What an event holds that a change would replace as a whole."""

    attendees: list[dict[str, Any]] = []
    is_online_meeting: bool | None = None


class EventAction(BaseModel):
    """What was done to an event."""

    event_id: str
    outcome: str = Field(description="accepted, tentatively accepted, declined or cancelled.")
    note: str


@toolset.tool(scopes=["Calendars.ReadWrite", "MailboxSettings.Read"], writes=True)
async def graph_create_event(
    caller: Caller,
    subject: Annotated[Subject, Field(description="What the event is about, as people see it.")],
    start: Annotated[
        DayOrTime,
        Field(description="When it begins; a date without a time makes it an all-day event."),
    ],
    end: Annotated[
        DayOrTime | None,
        Field(
            description="When it ends, in the same form as start; of an all-day event, the last day. Left "
            "out, 30 minutes after start, or the same day."
        ),
    ] = None,
    attendees: Annotated[
        Attendees,
        Field(description="Email addresses of who is invited; they get an invitation at once."),
    ] = (),
    body: Annotated[Text, Field(description="What the event is for, in plain text.")] = "",
    location: Annotated[str, Field(max_length=255, description="Where it is.")] = "",
    online: Annotated[bool, Field(description="Whether it gets a link to meet in Teams.")] = False,
    show_as: Annotated[
        Literal["free", "tentative", "busy", "oof", "workingElsewhere"],
        Field(description="What it makes of the signed-in user's time."),
    ] = "busy",
    idempotency_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Any unique text, such as a UUID, chosen for this one event: if the call is "
            "repeated with it, no second event is made.",
        ),
    ] = None,
    time_zone: TimeZone = None,
) -> Event:
    """Create an event in the signed-in user's calendar, and invite people to it.

    Find a time with graph_find_meeting_times or graph_get_availability first, and addresses with
    graph_search_people. Invitations are sent at once and cannot be taken back, only cancelled with
    graph_cancel_event. Times without an offset are meant in the time zone.
    """
    where = zone(await caller.time_zone(time_zone))
    event = {
        **event_properties(subject=subject, location=location, attendees=attendees, body=body),
        **event_times(start, end, where),
        "showAs": show_as,
        **({"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"} if online else {}),
        **({"transactionId": idempotency_key} if idempotency_key else {}),
    }
    return (await _created(caller, event)).in_zone(where)


@toolset.tool(scopes=["Calendars.ReadWrite", "MailboxSettings.Read"], writes=True)
async def graph_update_event(
    caller: Caller,
    event_id: EventId,
    version: Version,
    subject: Annotated[Subject | None, Field(description="The new subject.")] = None,
    start: Annotated[
        DayOrTime | None,
        Field(description="The new beginning, together with end; dates make it an all-day event."),
    ] = None,
    end: Annotated[
        DayOrTime | None,
        Field(description="The new end, together with start; of an all-day event, the last day."),
    ] = None,
    location: Annotated[str | None, Field(max_length=255, description="The new place.")] = None,
    attendees: Annotated[
        Attendees | None,
        Field(
            description="Email addresses of all who are invited: who is left out is invited no more, but for "
            "rooms, which stay unless location is given too."
        ),
    ] = None,
    body: Annotated[
        Text | None,
        Field(description="The new text, plain, in place of the old. Not of an online meeting."),
    ] = None,
    clear: Annotated[
        list[Literal["location", "attendees", "body"]],
        Field(max_length=3, description="What the event is to have no more."),
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    time_zone: TimeZone = None,
) -> Event:
    """Update an event of the signed-in user's calendar: its subject, time, place, people or text.

    What is left out stays as it is. The attendees are told of the change at once. Read the event with
    graph_get_event first: its version is needed, and if it has changed since, nothing is written. Of a
    series, an occurrence's id changes that one alone, the series_master_id all. Only the organizer's
    changes reach the others; use graph_respond_to_event to answer an invitation.
    """
    arguments: dict[str, Any] = {"location": location, "attendees": attendees, "body": body}
    replaced = {name: value for name, value in arguments.items() if value is not None}
    refuse_empty("", replaced)
    refuse_both(replaced, clear)
    arguments |= {name: _NOTHING[name] for name in clear}
    changes = event_properties(subject=subject, **arguments)
    if (start is None) != (end is None):
        missing, given = ("start", "end") if start is None else ("end", "start")
        raise ToolError("invalid_argument", f"{missing}: is missing.", f"Give it together with {given}.")
    if start is None and not changes:
        raise ToolError(
            "invalid_argument",
            "Nothing is to be changed.",
            "Give at least one new value, or name one in clear.",
        )
    where = zone(await caller.time_zone(time_zone))
    if start is not None:
        changes |= event_times(start, end, where)
    return (await _changed(caller, event_id, changes, version, where)).in_zone(where)


@toolset.tool(scopes=["Calendars.ReadWrite"], writes=True)
async def graph_respond_to_event(
    caller: Caller,
    event_id: EventId,
    response: Annotated[
        Literal["accept", "tentative", "decline"], Field(description="The answer to the invitation.")
    ],
    comment: Comment = None,
    tell_organizer: Annotated[
        bool, Field(description="Whether the organizer gets the answer by mail.")
    ] = True,
) -> EventAction:
    """Accept, tentatively accept or decline an invitation in the signed-in user's calendar.

    A declined event leaves the calendar. Of a series, an occurrence's id answers for that one alone, the
    series_master_id for all. Use graph_cancel_event for a meeting the user organizes.
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

    It cannot be undone. Use graph_respond_to_event to decline somebody else's meeting. Of a series, an
    occurrence's id cancels that one alone, the series_master_id all.
    """
    with report_unknown_outcome(_LOOK):
        await caller.graph.invoke_action("/me/events/{}/cancel", event_id, body={"Comment": comment or ""})
    return EventAction(event_id=event_id, outcome="cancelled", note="The attendees are told.")


async def _created(caller: Caller, event: Mapping[str, Any]) -> Event:
    try:
        with report_unknown_outcome(f"{_LOOK} The same idempotency_key makes no second event."):
            return await caller.graph.post(Event, "/me/events", body=event)
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
    if "body" in changes or "attendees" in changes:
        present_event = await caller.graph.get(_Replaceable, "/me/events/{}", event_id)
        changes = _merge(present_event, changes)
    try:
        with report_unknown_outcome(_LOOK):
            return await caller.graph.patch(Event, "/me/events/{}", event_id, body=changes, version=version)
    except ToolError as error:
        if error.code != "conflict":
            raise
        present = await caller.graph.get(EventText, "/me/events/{}", event_id)
        now, wanted = present.readable(where), readable(changes, where)
        differs = {name: (now[name], wanted[name]) for name in wanted}
        raise conflict("The event", version=present.version, differs=differs) from error


def _merge(event: _Replaceable, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the changes, with what the event holds of the collections they replace.

    Raises:
        ToolError: `invalid_argument`: the text of an online meeting would be replaced, of which the link
            to join is part, or attendees of whom no result tells.
    """
    if "body" in changes and event.is_online_meeting:
        raise ToolError(
            "invalid_argument",
            "body: the text of an online meeting holds the link to join, and is not replaced.",
            "Leave body out, or change the text in Outlook (web_link).",
        )
    if "attendees" not in changes:
        return changes
    if len(event.attendees) > MOST_ATTENDEES:
        raise ToolError(
            "invalid_argument",
            f"attendees: the event has more than {MOST_ATTENDEES}, of whom not all are shown here.",
            "Leave attendees out, or change them in Outlook (web_link).",
        )
    addresses = [each["emailAddress"]["address"] for each in changes["attendees"]]
    merged = replace_attendees(event.attendees, addresses, keep_rooms="location" not in changes)
    return {**changes, "attendees": merged}
