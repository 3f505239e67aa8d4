"""Fills the calendars of the demo tenant, counted in working days from today."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.graph.agenda import WEEKDAYS, Event
from local.graph.demo_text import data, dates, filled
from local.graph.events import invite
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.graph.store import Tenant
from local.organisation import User, organisation
from local.relative_time import zone

_SATURDAY = 5


def working_day(count: int, now: datetime) -> datetime:
    """Returns midnight of a working day: 0 is today, or the next working day if today is none."""
    day = now.astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    step = 1 if count > 0 else -1
    while count:
        day += timedelta(days=step)
        if day.weekday() < _SATURDAY:
            count -= step
    return day


def fill_calendars(tenant: Tenant) -> None:
    """Puts every meeting of `calendar.json` into the calendars of all it is for."""
    document, now = data("calendar"), tenant.clock()
    tenant.zones = {alias: ZoneInfo(name) for alias, name in document["zones"].items()}
    tenant.hours = document["working_hours"]
    values = dates(now)
    for told in document["events"]:
        day = working_day(told["day"], now)
        _add(tenant, told, day, day, values)
    for told in document["series"]:
        _add(tenant, told, working_day(told["since"], now), None, values)


def _add(
    tenant: Tenant, told: dict[str, Any], first: datetime, last: datetime | None, values: dict[str, Any]
) -> None:
    organizer = organisation().user(told["organizer"])
    weekdays = () if last else tuple(told["weekdays"])
    if weekdays:
        while WEEKDAYS[first.weekday()] not in weekdays:
            first += timedelta(days=1)
    start, end = _times(told, first)
    attendees = [_attendee(alias, told, start) for alias in told.get("attendees", [])]
    properties = {
        "subject": told["subject"],
        "body": {"contentType": "text", "content": filled(told.get("body", ""), values)},
        "location": {"displayName": told.get("location", "")},
        "showAs": told.get("show_as", "busy"),
        "sensitivity": told.get("sensitivity", "normal"),
        "isAllDay": "start" not in told,
        "attendees": attendees,
        "organizer": _address(organizer),
    }
    if told.get("online"):
        properties |= {
            "isOnlineMeeting": True,
            "onlineMeetingProvider": "teamsForBusiness",
            "onlineMeeting": {"joinUrl": f"https://teams.microsoft.com/l/meetup-join/{told['online']}"},
        }
    if weekdays:
        pattern = {"type": "weekly", "interval": told.get("every", 1), "daysOfWeek": list(weekdays)}
        limits = {"type": "noEnd", "startDate": first.date().isoformat(), "endDate": "0001-01-01"}
        properties["recurrence"] = {"pattern": pattern, "range": limits}
    event = Event(properties, start, end, zone(), weekdays, every=told.get("every", 1))
    tenant.agendas[organizer.object_id].add(event)
    invite(tenant.agendas, organizer, event)
    _respond(tenant, event)


def _times(told: dict[str, Any], day: datetime) -> tuple[datetime, datetime]:
    if "start" not in told:
        return day, day + timedelta(days=1)
    start, end = (datetime.combine(day, time.fromisoformat(told[name]), zone()) for name in ("start", "end"))
    return start, end


def _address(user: User) -> Resource:
    return {"emailAddress": {"name": user.display_name, "address": user.user_principal_name}}


def _attendee(alias: str, told: dict[str, Any], start: datetime) -> Resource:
    guest = data("mail")["people"].get(alias)
    address = {"emailAddress": dict(guest)} if guest else _address(organisation().user(alias))
    response = told.get("responses", {}).get(alias, "accepted")
    answered = utc(start - timedelta(days=3)) if response != "none" else "0001-01-01T00:00:00Z"
    kind = "optional" if alias in told.get("optional", []) else "required"
    return {"type": kind, "status": {"response": response, "time": answered}} | address


def _respond(tenant: Tenant, event: Event) -> None:
    """Makes the copies show what their owners answered."""
    shows = {"accepted": "busy", "tentativelyAccepted": "tentative", "none": "tentative", "declined": "free"}
    for user in organisation().users:
        for copy in tenant.agendas[user.object_id].with_uid(event.properties["iCalUId"]):
            for attendee in event.properties["attendees"]:
                if attendee["emailAddress"]["address"] == user.user_principal_name:
                    status = attendee["status"]
                    response = "notResponded" if status["response"] == "none" else status["response"]
                    show = shows[status["response"]] if event.busy == "busy" else event.busy
                    copy.properties |= {"responseStatus": status | {"response": response}, "showAs": show}
