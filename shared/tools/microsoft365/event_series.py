"""Declares how an event repeats, and builds the changes of events that a series depends on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from shared.apis.graph.events import event_times, first_day
from shared.apis.graph.graph_times import GraphTime
from shared.apis.graph.recurrences import (
    Nth,
    Recurrence,
    Unit,
    Weekday,
    recurrence_pattern,
    recurrence_range,
)
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.text.content import Line
from shared.text.time_zones import find_zone
from shared.text.times import moment
from shared.tools.params import Day

_DAY = timedelta(days=1)
_MOST_NAMED = 10


class Repeat(BaseModel):
    """How an event repeats, from its first day on."""

    model_config = ConfigDict(extra="forbid")

    every: Unit
    interval: Annotated[int, Field(ge=1, le=99)] = 1
    days: Sequence[Weekday] = ()
    nth: Nth | None = None
    until: Day | None = None
    count: Annotated[int | None, Field(ge=1, le=999)] = None

    def recurrence(self, first: date, zone_name: str) -> dict[str, Any]:
        """Returns it as a `patternedRecurrence` that begins on a day.

        Raises:
            ToolError: `invalid_argument`: it says two things at once, or does not include that day.
        """
        return {
            "pattern": recurrence_pattern(
                self.every, interval=self.interval, days=self.days, nth=self.nth, first=first
            ),
            "range": recurrence_range(first=first, until=self.until, count=self.count, zone_name=zone_name),
        }

    def over(self, present: Recurrence, first: date, *, endless: bool) -> Self:
        """Returns it with what it leaves out as a series has it that repeats by the same unit.

        On which days depends on the first one: if that moves, a single day moves with it.
        """
        if present.unit != self.every:
            return self
        pattern, limits = present.pattern, present.range
        kept: dict[str, Any] = {}
        if pattern and pattern.interval and "interval" not in self.model_fields_set:
            kept["interval"] = pattern.interval
        days = pattern.days_of_week or [] if pattern else []
        stays = limits is not None and limits.start_date == first
        if days and not (self.days or self.nth) and (stays or (self.every == "week" and len(days) > 1)):
            relative = self.every in ("month", "year")
            kept |= {"days": days, "nth": (pattern and pattern.index) or "first" if relative else None}
        if limits and not (endless or self.until or self.count):
            if limits.type == "endDate":
                kept["until"] = limits.end_date and date.fromisoformat(limits.end_date)
            elif limits.type == "numbered":
                kept["count"] = limits.number_of_occurrences
        return self.model_copy(update=kept)


class PresentEvent(GraphModel):
    """What an event holds that a change replaces as a whole, or depends on."""

    kind: str | None = Field(None, validation_alias="type")
    start: GraphTime
    end: GraphTime
    is_all_day: bool | None = None
    recurrence: Recurrence | None = None
    original_start_time_zone: str | None = None
    attendees: list[dict[str, Any]] = []
    is_online_meeting: bool | None = None
    room: str | None = Field(None, validation_alias=AliasPath("location", "locationEmailAddress"))

    @property
    def is_series(self) -> bool:
        """Tells whether it is a whole series."""
        return self.kind == "seriesMaster"

    def zone(self, wanted: ZoneInfo) -> ZoneInfo:
        """Returns the zone whose clock a series keeps; the wanted one for a single event."""
        limits = self.recurrence.range if self.recurrence else None
        names = (limits.recurrence_time_zone if limits else None, self.original_start_time_zone)
        kept = next((found for name in names if name and (found := find_zone(name))), wanted)
        return kept if self.is_series else wanted

    @property
    def began(self) -> date | None:
        """Returns the day on which a series begins."""
        limits = self.recurrence.range if self.recurrence else None
        return limits.start_date if limits else None

    def own_times(self) -> tuple[date, date]:
        """Returns its start and end as arguments name them: an all-day event's last day is part of it."""
        if self.is_all_day:
            return self.start.date(), self.end.date() - _DAY
        return self.start, self.end


class _Occurrence(GraphModel):
    subject: Line | None = None
    original_start: datetime | None = None


class _OwnWays(GraphModel):
    """The occurrences of a series that were cancelled or changed by themselves."""

    cancelled: list[str] | None = Field(None, validation_alias="cancelledOccurrences")
    exceptions: list[_Occurrence] | None = Field(None, validation_alias="exceptionOccurrences")

    def told(self, zone: ZoneInfo) -> Sequence[str]:
        """Returns each with its day. A cancelled one has the id `OID.<series>.<day>`."""
        cancelled = [f"{each.rpartition('.')[2]} (cancelled)" for each in self.cancelled or ()]
        changed = [
            f"{each.original_start.astimezone(zone).date() if each.original_start else 'a day'} (changed)"
            for each in self.exceptions or ()
        ]
        return sorted(cancelled + changed)


def timed_changes(
    present: PresentEvent,
    *,
    start: date | None,
    end: date | None,
    repeat: Repeat | None,
    endless: bool,
    where: ZoneInfo,
) -> Mapping[str, Any]:
    """Returns the changes of an event's time and recurrence. A series keeps the clock of its zone.

    What `repeat` leaves out stays, its end too unless it is to be `endless`.

    Raises:
        ToolError: `invalid_argument`: an occurrence has no recurrence of its own, or the beginning of a
            series would move without a recurrence that says where its events are to be.
    """
    if repeat and not present.is_series and present.kind not in (None, "singleInstance"):
        raise ToolError(
            "invalid_argument",
            "repeat: is of the whole series, and this is one of its events.",
            "Give series_master_id as event_id, with the version graph_get_event tells of that.",
        )
    zone = present.zone(where)
    if start is None:
        start, end = present.own_times()
    times = event_times(
        _meant(start, where),
        end and _meant(end, where),
        zone,
        repeats=present.is_series or repeat is not None,
    )
    first = first_day(times)
    began = present.began
    if present.is_series and not repeat and began and first != began:
        raise ToolError(
            "invalid_argument",
            f"start: this is the whole series, which begins on {began}; a start on {first} would take away "
            "or add events before it.",
            f"Keep {began} as the date to change the time of day of all; give the id of one occurrence to "
            "move that; or give repeat too, to have the series begin anew.",
        )
    if repeat is None:
        return times
    if present.recurrence:
        repeat = repeat.over(present.recurrence, first, endless=endless)
    return {**times, "recurrence": repeat.recurrence(first, times["start"]["timeZone"])}


def _meant(when: date, where: ZoneInfo) -> date:
    """Returns a time with the offset it was meant with, or the date."""
    return moment(when, where) if isinstance(when, datetime) else when


async def refuse_to_undo(caller: Caller, path: str, segments: Sequence[str], zone: ZoneInfo) -> None:
    """Refuses to give a series other times while occurrences of it went their own ways: that undoes these.

    Raises:
        ToolError: `invalid_argument`, naming them.
    """
    own_ways = await caller.graph.get(_OwnWays, path, *segments, expand="exceptionOccurrences")
    if told := own_ways.told(zone):
        more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
        raise ToolError(
            "invalid_argument",
            f"event_id: new times or a new repetition of this series undo what was done to single events: "
            f"{', '.join(told[:_MOST_NAMED])}{more}.",
            "Tell the user. If that is what they want, name exceptions in clear, and repeat for these "
            "days what is to stay.",
        )
