"""Serves the settings of the user's mailbox, and their categories."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError, bad_request
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.own_settings import OwnSettings
from local.graph.recurrence import WEEKDAYS
from local.graph.shared_mailboxes import mailbox
from local.graph.time_zones import WINDOWS_NAME, moment, windows_zone, written
from local.graph.written import Shape, taken

area = Area(OUTLOOK)

CATEGORY = EntityType("microsoft.graph.outlookCategory", ("id", "displayName", "color"))
COLORS = ("none", *(f"preset{number}" for number in range(25)))
_WRITABLE: dict[str, Shape] = {
    "timeZone": str, "workingHours": dict, "automaticRepliesSetting": dict, "dateFormat": str,
    "timeFormat": str, "language": dict, "delegateMeetingMessageDeliveryOptions": str,
}  # fmt: skip
_REPLIES: dict[str, Shape] = {
    "status": str, "externalAudience": str, "internalReplyMessage": str, "externalReplyMessage": str,
    "scheduledStartDateTime": dict, "scheduledEndDateTime": dict,
}  # fmt: skip
_HOURS: dict[str, Shape] = {"daysOfWeek": list, "startTime": str, "endTime": str, "timeZone": dict}
_CHOICES = {
    "status": ("disabled", "alwaysEnabled", "scheduled"),
    "externalAudience": ("none", "contactsOnly", "all"),
}
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,7})?)?")


def own_settings(call: Call) -> OwnSettings:
    """Returns the settings of the signed-in user."""
    return call.tenant.settings[call.user.object_id]


@area.operation("GET", "/me/mailboxSettings", permissions=("MailboxSettings.Read",))
async def get_mailbox_settings(call: Call) -> Response:
    """Returns all settings of the signed-in user; times in UTC unless another zone is preferred."""
    settings = own_settings(call)
    return JSONResponse(
        {
            "@odata.context": call.mine("mailboxSettings"),
            "archiveFolder": mailbox(call).folder_id("archive"),
            "timeZone": WINDOWS_NAME[call.tenant.zone_of(call.user).key],
            "automaticRepliesSetting": _replies(call),
            "workingHours": call.tenant.working_hours(call.user),
            "userPurpose": "user",
        }
        | settings.formats
    )


@area.operation("PATCH", "/me/mailboxSettings", permissions=("MailboxSettings.ReadWrite",))
async def update_mailbox_settings(call: Call) -> Response:
    """Returns what was changed; members that are not sent stay as they are."""
    settings = own_settings(call)
    document = taken(await call.document(), _WRITABLE, "microsoft.graph.mailboxSettings")
    zone = windows_zone(str(document["timeZone"])) if "timeZone" in document else None
    hours = _hours(document.get("workingHours") or {})
    replies = taken(
        document.get("automaticRepliesSetting") or {}, _REPLIES, "microsoft.graph.automaticRepliesSetting"
    )
    _set_replies(settings, replies)
    if zone:
        call.tenant.zones[call.user.alias] = zone
    settings.hours |= hours
    settings.formats |= {name: value for name, value in document.items() if name in settings.formats}
    now = {
        "timeZone": WINDOWS_NAME[call.tenant.zone_of(call.user).key],
        "automaticRepliesSetting": _replies(call),
        "workingHours": call.tenant.working_hours(call.user),
        **settings.formats,
    }
    return JSONResponse(
        {"@odata.context": call.mine("mailboxSettings")} | {name: now[name] for name in document}
    )


def _replies(call: Call) -> Resource:
    settings, name = own_settings(call), call.preference("outlook.timezone")
    start, end = settings.away
    return settings.replies | {
        "scheduledStartDateTime": written(start, name),
        "scheduledEndDateTime": written(end, name),
    }


def _set_replies(settings: OwnSettings, replies: Resource) -> None:
    for name, choices in _CHOICES.items():
        if name in replies and replies[name] not in choices:
            raise bad_request(f"Requested value '{replies[name]}' was not found.", "RequestBodyRead")
    start, end = settings.away
    start = moment(replies["scheduledStartDateTime"]) if "scheduledStartDateTime" in replies else start
    end = moment(replies["scheduledEndDateTime"]) if "scheduledEndDateTime" in replies else end
    if replies.get("status") == "scheduled" and end <= start:
        raise GraphError(400, "ErrorInvalidTimeInterval", "The end time is not after the start time.")
    if replies.get("status", settings.replies["status"]) != settings.replies["status"]:
        settings.replied_to.clear()
    settings.away = (start, end)
    settings.replies |= {name: replies[name] for name in _CHOICES if name in replies}
    for name in ("internalReplyMessage", "externalReplyMessage"):
        if name in replies:
            # They are HTML, and come back as a document of their own.
            text = replies[name] or ""
            settings.replies[name] = f"<html>\n<body>\n{text}\n</body></html>\n" if text else ""


def _hours(given: Resource) -> Resource:
    hours = taken(given, _HOURS, "microsoft.graph.workingHours")
    for name in ("startTime", "endTime"):
        if name in hours and not _TIME_OF_DAY.fullmatch(str(hours[name])):
            raise bad_request(
                f"Cannot convert the literal '{hours[name]}' to the expected type 'Edm.TimeOfDay'.",
                "RequestBodyRead",
            )
    unknown = [day for day in hours.get("daysOfWeek") or [] if day not in WEEKDAYS]
    if unknown:
        raise bad_request(f"Requested value '{unknown[0]}' was not found.", "RequestBodyRead")
    if "timeZone" in hours:
        zone: Any = hours["timeZone"] or {}
        windows_zone(str(zone.get("name")))
    return hours


@area.operation("GET", "/me/outlook/masterCategories", permissions=("MailboxSettings.Read",))
async def list_categories(call: Call) -> Response:
    """Returns the categories the user has defined."""
    chosen = filtered(own_settings(call).categories, call.query.option("filter"))
    order = ordering(call.query.option("orderby"))
    return call.many(ordered(chosen, order), call.mine("outlook/masterCategories"), CATEGORY)


@area.operation("POST", "/me/outlook/masterCategories", permissions=("MailboxSettings.ReadWrite",))
async def create_category(call: Call) -> Response:
    """Returns the new category; its name can never be changed, nor be there twice."""
    given = taken(await call.document(), {"displayName": str, "color": str}, CATEGORY.name)
    name, color = given.get("displayName"), given.get("color") or "none"
    if not name:
        raise bad_request("A category needs a displayName.", "ErrorInvalidRequest")
    if color not in COLORS:
        raise bad_request(f"Requested value '{color}' was not found.", "RequestBodyRead")
    made = own_settings(call).add_category(name, color)
    return call.one(made, call.mine("outlook/masterCategories/$entity"), CATEGORY, 201)
