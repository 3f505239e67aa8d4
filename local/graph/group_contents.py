"""Serves who is in a group and owns it, its calendar and its conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from local.graph.calendar import EVENT
from local.graph.demo_text import data
from local.graph.denials import DIRECTORY
from local.graph.errors import bad_request, directory_not_found
from local.graph.filters import filtered
from local.graph.mailbox import outlook_id, utc
from local.graph.odata import EntityType, Resource, unsupported_query
from local.graph.operations import Area, Call
from local.graph.people import USER, shown_user
from local.graph.time_zones import moment, written
from local.organisation import User, organisation
from local.relative_time import at, working_day

area = Area(DIRECTORY)

_CONVERSATION = EntityType(
    "microsoft.graph.conversation",
    ("id", "topic", "hasAttachments", "lastDeliveredDateTime", "uniqueSenders", "preview"),
)


@area.operation("GET", "/groups/{group}/members", permissions=("GroupMember.Read.All",))
async def list_members(call: Call) -> Response:
    """Returns the members of a group, all of them users."""
    return _people(call, _group(call)["members"])


@area.operation("GET", "/groups/{group}/owners", permissions=("GroupMember.Read.All",))
async def list_owners(call: Call) -> Response:
    """Returns the owners of a group."""
    group = _group(call)
    return _people(call, group.get("owners") or data("groups")["owners"].get(group["display_name"], []))


@area.operation("GET", "/groups/{group}/calendarView", permissions=("Group.Read.All",))
@area.operation("GET", "/groups/{group}/calendar/calendarView", permissions=("Group.Read.All",))
async def list_calendar_view(call: Call) -> Response:
    """Returns what is in a group's calendar in a window of time, which must be given."""
    group = _unified(call)
    given = {name.casefold(): value for name, value in call.query.parameters.items()}
    if not {"startdatetime", "enddatetime"} <= given.keys():
        raise bad_request(
            "This request requires a time window specified by the query string parameters StartDateTime and "
            "EndDateTime.",
            "ErrorInvalidParameter",
        )
    start, end = (moment({"dateTime": given[name]}) for name in ("startdatetime", "enddatetime"))
    events = [event for event, first, last in _events(call, group) if last > start and first < end]
    return call.many(
        filtered(events, call.query.option("filter")),
        call.context(f"groups('{group['id']}')/calendarView"),
        EVENT,
    )


@area.operation("GET", "/groups/{group}/conversations", permissions=("Group.Read.All",))
async def list_conversations(call: Call) -> Response:
    """Returns the conversations of a group, that with the last post first."""
    group = _unified(call)
    conversations = [
        {
            "id": outlook_id("AAQkAD", group["id"], told["topic"]),
            "topic": told["topic"],
            "hasAttachments": False,
            "lastDeliveredDateTime": utc(at(told["delivered"], call.tenant.clock())),
            "uniqueSenders": [organisation().user(alias).display_name for alias in told["senders"]],
            "preview": told["preview"],
        }
        for told in group["conversations"]
    ]
    return call.many(
        filtered(conversations, call.query.option("filter")),
        call.context(f"groups('{group['id']}')/conversations"),
        _CONVERSATION,
    )


def _group(call: Call) -> dict[str, Any]:
    wanted = call.arguments["group"].casefold()
    groups = [*data("groups")["unified"], *organisation().document["groups"]]
    found = next((each for each in groups if each["id"] == wanted), None)
    if found is None:
        raise directory_not_found(call.arguments["group"])
    return dict(found)


def _unified(call: Call) -> dict[str, Any]:
    """Returns the group of the path, which must be one with a mailbox."""
    group = _group(call)
    if "events" not in group:
        raise bad_request("The group has no mailbox.", "ErrorGroupsAccessDenied")
    return group


def _people(call: Call, aliases: list[str]) -> Response:
    query = call.query
    advanced = any(query.option(name) for name in ("search", "filter", "orderby"))
    eventual = (call.header("consistencylevel") or "").casefold() == "eventual"
    if advanced and not (eventual and query.counts):
        raise unsupported_query("The query needs ConsistencyLevel: eventual and $count=true.")
    people = [shown_user(call, organisation().user(alias), "", typed=True) for alias in aliases]
    return call.many(filtered(people, query.option("filter")), call.context("directoryObjects"), USER)


def _events(call: Call, group: dict[str, Any]) -> list[tuple[Resource, datetime, datetime]]:
    now = call.tenant.clock()
    found = []
    for told in group["events"]:
        day = working_day(told["day"], now)
        start, end = (
            day.replace(hour=int(told[name][:2]), minute=int(told[name][3:])) for name in ("start", "end")
        )
        found.append((_event(call, group, told, start, end), start, end))
    return found


def _event(
    call: Call, group: dict[str, Any], told: dict[str, Any], start: datetime, end: datetime
) -> Resource:
    in_zone = call.preference("outlook.timezone")
    return {
        "id": outlook_id("AAMkAD", group["id"], told["subject"]),
        "subject": told["subject"],
        "bodyPreview": told["body"],
        "body": {"contentType": "text", "content": told["body"]},
        "start": written(start, in_zone),
        "end": written(end, in_zone),
        "location": {"displayName": told["location"]},
        "isAllDay": False,
        "isCancelled": False,
        "organizer": _address(group["display_name"], group["mail"]),
        "attendees": [{"type": "required", **_person(organisation().user(told["by"]))}],
        "type": "singleInstance",
        "showAs": "busy",
    }


def _person(user: User) -> Resource:
    return _address(user.display_name, user.user_principal_name)


def _address(name: str, address: str) -> Resource:
    return {"emailAddress": {"name": name, "address": address}}
