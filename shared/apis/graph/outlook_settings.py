"""Defines what is set in a mailbox: automatic replies, working hours, time zone; and the changes of these."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AliasPath, BaseModel, BeforeValidator, Field

from shared.apis.graph.graph_times import GraphTimeIfAny, zoned
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line, Quoted, quote
from shared.text.html import html_to_text
from shared.text.text_to_html import text_to_html
from shared.text.time_zones import find_zone, windows_name
from shared.text.times import moment

PATH = "/me/mailboxSettings"

type State = Literal["off", "on", "scheduled"]
type Audience = Literal["nobody", "contacts", "everybody"]

_STATES: Mapping[str, State] = {"disabled": "off", "alwaysEnabled": "on", "scheduled": "scheduled"}
_AUDIENCES: Mapping[str, Audience] = {"none": "nobody", "contactsOnly": "contacts", "all": "everybody"}
_REPLIES = "automaticRepliesSetting"
_HOURS = "workingHours"


def _state(value: object) -> object:
    return _STATES.get(str(value or "disabled"), value)


def _audience(value: object) -> object:
    # A value that came later than this list may mean anybody.
    return _AUDIENCES.get(str(value or "none"), "everybody")


def _text(value: object) -> str:
    return html_to_text(str(value or "")).text


def _hour(value: object) -> object:
    """Shortens a time of day, `08:00:00.0000000`, to what people write."""
    return str(value)[:5] if value else None


class HeldReplies(GraphModel):
    """The automatic replies as the mailbox holds them; their times count only while they are scheduled."""

    status: Annotated[State, BeforeValidator(_state)] = "off"
    audience: Annotated[Audience, BeforeValidator(_audience)] = Field(
        "nobody", validation_alias="externalAudience"
    )
    start: GraphTimeIfAny = Field(None, validation_alias="scheduledStartDateTime")
    end: GraphTimeIfAny = Field(None, validation_alias="scheduledEndDateTime")
    text: Annotated[str, BeforeValidator(_text)] = Field("", validation_alias="internalReplyMessage")
    outside_text: Annotated[str, BeforeValidator(_text)] = Field("", validation_alias="externalReplyMessage")


class AutomaticReplies(BaseModel):
    """What people get by themselves who write to the signed-in user."""

    state: State
    sent_now: bool = Field(description="Whether they are being sent at this moment.")
    start: datetime | None = Field(description="When scheduled: from when.")
    end: datetime | None = Field(description="When scheduled: until when.")
    text: Quoted = Field(description="What people of the organization get.")
    outside_audience: Audience = Field(description="Who of those outside gets outside_text.")
    outside_text: Quoted


class WorkingHours(GraphModel):
    """When the signed-in user works, as others see it when they look for a time to meet."""

    days: list[Line] = Field([], validation_alias="daysOfWeek")
    start: Annotated[str | None, BeforeValidator(_hour)] = Field(None, validation_alias="startTime")
    end: Annotated[str | None, BeforeValidator(_hour)] = Field(None, validation_alias="endTime")
    time_zone: Line | None = Field(None, validation_alias=AliasPath("timeZone", "name"))


class HeldSettings(GraphModel):
    """The settings as the mailbox holds them."""

    time_zone: str | None = None
    language: Line | None = Field(None, validation_alias=AliasPath("language", "displayName"))
    replies: HeldReplies | None = Field(None, validation_alias=_REPLIES)
    hours: WorkingHours | None = Field(None, validation_alias=_HOURS)

    def automatic_replies(self, zone: ZoneInfo, *, now: datetime) -> AutomaticReplies:
        """Returns the automatic replies with their times in a zone."""
        held = self.replies or HeldReplies()
        planned = held.status == "scheduled"
        start = held.start.astimezone(zone) if planned and held.start else None
        end = held.end.astimezone(zone) if planned and held.end else None
        is_time = (start is None or start <= now) and (end is None or now < end)
        return AutomaticReplies(
            state=held.status,
            sent_now=held.status != "off" and is_time,
            start=start,
            end=end,
            text=quote(held.text, "automatic reply to the organization"),
            outside_audience=held.audience,
            outside_text=quote(held.outside_text, "automatic reply to people outside"),
        )

    def working_hours(self) -> WorkingHours | None:
        """Returns the working hours, with the IANA name of their zone where there is one."""
        if self.hours is None:
            return None
        return self.hours.model_copy(update={"time_zone": iana_name(self.hours.time_zone)})


def iana_name(name: str | None) -> str | None:
    """Returns the IANA name of a zone of Outlook; a zone that somebody made by hand keeps its own."""
    found = find_zone(name) if name else None
    return found.key if found else name


def replies_change(
    held: HeldReplies,
    *,
    state: Literal["on", "off"] | None,
    window: tuple[datetime, datetime] | None,
    zone: ZoneInfo,
    text: str | None,
    audience: Audience | None,
    outside_text: str | None,
) -> dict[str, Any]:
    """Returns the members of `automaticRepliesSetting` to change; none if nothing is given.

    Raises:
        ToolError: `invalid_argument`: they would be on without a text for those who get them.
    """
    if state == "off" and window:
        raise ToolError(
            "invalid_argument",
            "start: does not go with automatic_replies off.",
            "Leave start and end out to switch them off.",
        )
    status = "scheduled" if window else {"on": "alwaysEnabled", "off": "disabled"}.get(state or "")
    if (status and status != "disabled") or (status is None and held.status != "off"):
        _check_texts(
            text if text is not None else held.text,
            audience or held.audience,
            outside_text if outside_text is not None else held.outside_text,
        )
    back = {value: name for name, value in _AUDIENCES.items()}
    return {
        **({"status": status} if status else {}),
        **({"externalAudience": back[audience]} if audience else {}),
        **(
            {
                "scheduledStartDateTime": zoned(window[0], zone),
                "scheduledEndDateTime": zoned(window[1], zone),
            }
            if window
            else {}
        ),
        **({"internalReplyMessage": text_to_html(text)} if text is not None else {}),
        **({"externalReplyMessage": text_to_html(outside_text)} if outside_text is not None else {}),
    }


def _check_texts(text: str, audience: Audience, outside_text: str) -> None:
    if not text.strip():
        raise ToolError(
            "invalid_argument",
            "text: is missing, and the mailbox holds none.",
            "Say what people of the organization are to get.",
        )
    if audience != "nobody" and not outside_text.strip():
        raise ToolError(
            "invalid_argument",
            "outside_text: is missing, and the mailbox holds none.",
            "Say what people outside are to get, or give outside_audience as nobody.",
        )


def away(
    start: date | None, end: date | None, zone: ZoneInfo, held: HeldReplies, *, now: datetime
) -> tuple[datetime, datetime] | None:
    """Returns from when until when automatic replies are to be sent; None if neither edge is given.

    An edge that is left out is the one that the mailbox holds, if they are scheduled and not over; the
    first is now, if there is none. A date means its beginning as a start, and its end as an end.

    Raises:
        ToolError: `invalid_argument`: there is no end, or it is past, or not after the start.
    """
    if start is None and end is None:
        return None
    current = held.status == "scheduled" and held.end is not None and held.end > now
    if start is not None:
        begin = moment(start, zone)
    else:
        begin = held.start if current and held.start else now.replace(second=0, microsecond=0)
    if end is not None:
        finish = moment(end if isinstance(end, datetime) else end + timedelta(days=1), zone)
    elif current and held.end and held.end > begin:
        finish = held.end
    else:
        raise ToolError("invalid_argument", "end: is missing.", "Say until when the replies are to be sent.")
    if finish.astimezone(UTC) <= max(begin, now).astimezone(UTC):
        past = finish <= now
        raise ToolError(
            "invalid_argument",
            f"end: {'is past' if past else 'is not after start'}.",
            "Give an end that is after start and still to come.",
        )
    return begin, finish


def hours_change(
    days: Sequence[str], hours: tuple[str, str] | None, new_zone: ZoneInfo | None
) -> dict[str, Any]:
    """Returns the members of `workingHours` to change; none if nothing is given."""
    return {
        **({"daysOfWeek": list(days)} if days else {}),
        **({"startTime": f"{hours[0]}:00.0000000", "endTime": f"{hours[1]}:00.0000000"} if hours else {}),
        **({"timeZone": {"name": outlook_zone(new_zone)}} if new_zone else {}),
    }


def outlook_zone(zone: ZoneInfo) -> str:
    """Returns the name by which Outlook knows a zone.

    Raises:
        ToolError: `invalid_argument`: it has none.
    """
    name = windows_name(zone)
    if name is None:
        raise ToolError(
            "invalid_argument",
            "new_time_zone: Outlook has no such zone.",
            "Give the zone of a larger city nearby, such as Europe/Lisbon.",
        )
    return name
