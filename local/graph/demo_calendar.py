"""Fills the calendars of the demo tenant, counted in working days from today."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.graph.agenda import Agenda, Event
from local.graph.calendars import SharedCalendar
from local.graph.demo_text import data, dates, filled
from local.graph.mailbox import utc
from local.graph.meetings import answer_of_rooms, invite
from local.graph.odata import Resource
from local.graph.recurrence import WEEKDAYS, Recurrence
from local.graph.rooms import Room
from local.graph.store import Tenant
from local.graph.time_zones import WINDOWS_NAME
from local.organisation import User, organisation
from local.relative_time import working_day, zone


def fill_calendars(tenant: Tenant) -> None:
    """Puts every meeting of `calendar.json` into the calendars of all it is for."""
    document, now = data("calendar"), tenant.clock()
    tenant.zones = {alias: ZoneInfo(name) for alias, name in document["zones"].items()}
    tenant.hours = document["working_hours"]
    values = dates(now)
    _make_rooms(tenant, document)
    _make_calendars(tenant, document)
    for told in document["events"]:
        day = working_day(told["day"], now)
        _add(tenant, told, day, day, values)
    for told in document["series"]:
        _add(tenant, told, working_day(told["since"], now), None, values)


def _make_rooms(tenant: Tenant, document: dict[str, Any]) -> None:
    tenant.room_lists = document["room_lists"]
    for told in document["rooms"]:
        properties = {name: value for name, value in told.items() if name != "list"}
        agenda = Agenda(properties["emailAddress"], tenant.clock)
        tenant.rooms.append(Room(properties, agenda, told["list"]))


def _make_calendars(tenant: Tenant, document: dict[str, Any]) -> None:
    for told in document["calendars"]:
        owner = organisation().user(told["owner"])
        name = f"{owner.alias}/{told['name']}"
        tenant.calendars.append(
            SharedCalendar(
                owner, told["name"], Agenda(name, tenant.clock), is_main=False, rights=told["rights"]
            )
        )
    for each in tenant.calendars:
        if each.is_main:
            each.rights = document["main_calendar_rights"].get(each.owner.alias, {})


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
    place: Resource = {"displayName": told.get("location", "")}
    if "room" in told:
        attendees.append(_room(tenant, told["room"]))
        place["locationEmailAddress"] = told["room"]
    properties = {
        "subject": told["subject"],
        "body": {"contentType": "text", "content": filled(told.get("body", ""), values)},
        "location": place,
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
    recurrence = _weekly(weekdays, told.get("every", 1), first) if weekdays else None
    event = Event(properties, start, end, zone(), recurrence)
    name = told.get("calendar", "Calendar")
    calendar = next(each for each in tenant.calendars if (each.owner, each.name) == (organizer, name))
    calendar.agenda.add(event)
    invite(tenant, organizer, event)
    _respond(tenant, event)
    answer_of_rooms(tenant, calendar.agenda, event)


def _weekly(weekdays: tuple[str, ...], every: int, first: datetime) -> Recurrence:
    return Recurrence(
        type="weekly",
        interval=every,
        days=weekdays,
        day_of_month=0,
        month=0,
        index="first",
        week_begins="monday",
        first=first.date(),
        until=None,
        count=None,
        zone_name=WINDOWS_NAME[zone().key],
    )


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


def _room(tenant: Tenant, address: str) -> Resource:
    room = next(each for each in tenant.rooms if each.address == address)
    unanswered = {"response": "none", "time": "0001-01-01T00:00:00Z"}
    named = {"name": room.properties["displayName"], "address": address}
    return {"type": "resource", "status": unanswered, "emailAddress": named}


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
