"""Reads what is set in the signed-in user's mailbox, and changes automatic replies, hours and zone."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph.categories import Category, list_categories
from shared.apis.graph.inbox_rules import HeldRule, InboxRule, list_rules
from shared.apis.graph.outlook_settings import (
    PATH,
    Audience,
    AutomaticReplies,
    HeldReplies,
    HeldSettings,
    WorkingHours,
    away,
    hours_change,
    iana_name,
    outlook_zone,
    replies_change,
)
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.partial_results import Gap, capture_gap, error_from_gaps
from shared.results.write_failures import after, report_unknown_outcome
from shared.text.content import Line
from shared.text.names import Name
from shared.text.time_zones import find_zone, zone
from shared.tools.params import DayOrTime

toolset = Toolset("mailbox")

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-\u2013]\s*([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_AT_ONCE = 4
"""Requests of one app on one mailbox that Outlook serves at once (Microsoft Graph service limits)."""
_MOST_FOLDERS = 40
_READ = "Read the settings with graph_get_mailbox_settings before you repeat the call."


def _day(text: str) -> str:
    found = [each for each in _DAYS if len(text) > 1 and each.startswith(text.strip().casefold())]
    if len(found) != 1:
        raise PydanticCustomError("day", "Must be a day of the week, such as monday")
    return found[0]


def _hours(text: str) -> str:
    match = _HOURS.fullmatch(text.strip())
    start, end = (f"{match[1]:0>2}:{match[2]}", f"{match[3]:0>2}:{match[4]}") if match else ("", "")
    if not start < end:
        raise PydanticCustomError("hours", "Must be two times of day, such as 09:00-17:30, the later last")
    return f"{start}-{end}"


def _known_zone(name: str) -> str:
    found = find_zone(name)
    if found is None:
        raise PydanticCustomError("zone", "Must be the name of a time zone, such as Europe/Lisbon")
    return found.key


_ZoneName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_known_zone)]
Text = Annotated[str | None, Field(max_length=32_000)]


class MailboxSettings(BaseModel):
    """What is set in a mailbox; `gaps` names what could not be read."""

    time_zone: Line | None
    language: Line | None
    automatic_replies: AutomaticReplies | None
    working_hours: WorkingHours | None
    rules: list[InboxRule] = Field(description="Rules of the inbox, in the order they are applied.")
    categories: list[Category]
    gaps: list[Gap] = Field(description="What is missing, and why.")


class UpdatedSettings(BaseModel):
    """What is set in a mailbox after a change."""

    time_zone: Line | None
    automatic_replies: AutomaticReplies
    working_hours: WorkingHours | None
    note: str | None = Field(description="What to tell the user.")


class _NamedFolder(GraphModel):
    name: Name = Field("", validation_alias="displayName")


@toolset.tool(scopes=["MailboxSettings.Read"], optional_scopes=["Mail.Read"])
async def graph_get_mailbox_settings(caller: Caller) -> MailboxSettings:
    """Get the user's out-of-office replies, working hours, time zone, inbox rules and mail categories.

    Tell the user of each rule's warning.
    """
    held, rules, categories = await run_concurrently(
        capture_gap("settings", _held(caller)),
        capture_gap("inbox rules", list_rules(caller.graph)),
        capture_gap("categories", list_categories(caller.graph)),
    )
    parts = (held, rules, categories)
    gaps = [part for part in parts if isinstance(part, Gap)]
    if len(gaps) == len(parts):
        raise error_from_gaps(gaps)
    known = [] if isinstance(rules, Gap) else rules
    names = await capture_gap("names of the folders in rules", _folder_names(caller, known))
    gaps += [names] if isinstance(names, Gap) else []
    settings = None if isinstance(held, Gap) else held
    where = await _zone(caller, settings)
    return MailboxSettings(
        time_zone=iana_name(settings.time_zone) if settings else None,
        language=settings.language if settings else None,
        automatic_replies=settings.automatic_replies(where, now=datetime.now(UTC)) if settings else None,
        working_hours=settings.working_hours() if settings else None,
        rules=[each.described({} if isinstance(names, Gap) else names) for each in known],
        categories=[] if isinstance(categories, Gap) else categories,
        gaps=gaps,
    )


@toolset.tool(scopes=["MailboxSettings.ReadWrite"], writes=True)
async def graph_update_mailbox_settings(
    caller: Caller,
    automatic_replies: Annotated[
        Literal["on", "off"] | None, Field(description="on without start and end: from now until off.")
    ] = None,
    start: Annotated[DayOrTime | None, Field(description="First day, or time.")] = None,
    end: Annotated[DayOrTime | None, Field(description="Last day (inclusive), or time.")] = None,
    text: Annotated[Text, Field(description="Plain text that colleagues get.")] = None,
    outside_text: Annotated[Text, Field(description="That people outside get.")] = None,
    outside_audience: Annotated[Audience | None, Field(description="Who of those outside.")] = None,
    working_days: Annotated[
        list[Annotated[str, Field(pattern="^[^,]+$"), AfterValidator(_day)]],
        Field(max_length=7, description="All of them: monday, and so on."),
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    working_hours: Annotated[
        Annotated[str, AfterValidator(_hours)] | None, Field(description="Such as 09:00-17:30.")
    ] = None,
    new_time_zone: Annotated[
        _ZoneName | None, Field(description="Moves mailbox and working hours to this IANA zone.")
    ] = None,
) -> UpdatedSettings:
    """Update the user's out-of-office replies, which others get at once, working hours or time zone.

    What is left out stays. Show the user both texts first.
    """
    now = datetime.now(UTC)
    where = zone(await caller.time_zone(new_time_zone))
    held = await _held(caller)
    replies = held.replies or HeldReplies()
    changed = replies_change(
        replies,
        state=automatic_replies,
        window=away(start, end, where, replies, now=now),
        zone=where,
        text=text,
        audience=outside_audience,
        outside_text=outside_text,
    )
    first, _, last = (working_hours or "").partition("-")
    new_zone = where if new_time_zone else None
    hours = hours_change(working_days, (first, last) if last else None, new_zone)
    changes: dict[str, Any] = {
        **({"automaticRepliesSetting": changed} if changed else {}),
        **({"workingHours": hours} if hours else {}),
        **({"timeZone": outlook_zone(where)} if new_zone else {}),
    }
    if not changes:
        raise ToolError(
            "invalid_argument", "arguments: nothing is to be changed.", "Give what is to be changed."
        )
    with report_unknown_outcome(_READ):
        await caller.graph.patch(HeldSettings, PATH, body=changes)
    with after("The settings were changed."):
        present = await _held(caller)
    found = present.automatic_replies(where, now=datetime.now(UTC))
    stale = bool(changed) and found.state != "off" and outside_text is None
    return UpdatedSettings(
        time_zone=iana_name(present.time_zone),
        automatic_replies=found,
        working_hours=present.working_hours(),
        note="outside_text was not given: people outside get the one the mailbox held before."
        if stale and found.outside_audience != "nobody"
        else None,
    )


async def _held(caller: Caller) -> HeldSettings:
    return await caller.graph.get(HeldSettings, PATH, select="")


async def _zone(caller: Caller, settings: HeldSettings | None) -> ZoneInfo:
    preferred = (await caller.preferences()).time_zone
    found = find_zone(settings.time_zone) if settings and settings.time_zone else None
    return zone(preferred) if preferred else found or zone("UTC")


async def _folder_names(caller: Caller, rules: Sequence[HeldRule]) -> dict[str, str]:
    """Returns the names of the folders that rules move mail to; one that is gone has none."""
    ids = sorted({folder for each in rules for folder in each.folder_ids})[:_MOST_FOLDERS]
    if not ids:
        return {}
    graph, turns = caller.with_scopes("Mail.Read").graph, asyncio.Semaphore(_AT_ONCE)

    async def name(folder_id: str) -> str:
        async with turns:
            try:
                return str((await graph.get(_NamedFolder, "/me/mailFolders/{}", folder_id)).name) or folder_id
            except ToolError as error:
                if error.code not in ("not_found", "invalid_argument"):
                    raise
                return "a folder that is gone"

    names = await run_all(name(each) for each in ids)
    return dict(zip(ids, names, strict=True))
