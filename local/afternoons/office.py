"""An afternoon in the office: what happened while one was away, and all that follows from it.

Its story is Ana's: the local tenant holds the days off, the mail, the chat and the meeting.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.afternoons.readable import moment
from local.afternoons.steps import Afternoon, StepError, first, say
from local.organisation import organisation

TOPIC = "Spring timetable"
TASK = "Know what the shop bears before the spring timetable opens"
MEETING = f"{TOPIC}: the load, weekly"
_SITE, _FILE = "Engineering", "load test report"
_TO_DO = re.compile(r"To do: (?P<step>.+)")
_UNANSWERED = {"none", "notResponded"}
_LOOK_BACK, _WEEKS = timedelta(days=14), 4


@dataclass(frozen=True)
class _Away:
    """The days somebody was off, and what the calendar held on them."""

    first: str
    last: str
    meetings: list[dict[str, Any]]


async def spend(afternoon: Afternoon) -> None:
    """Catches up, answers with a file, plans the follow-up, books a room every week, and tells the team.

    Raises:
        StepError: A step failed, or the user was not away.
    """
    away = await _away(afternoon)
    wish = await _mail(afternoon, away)
    chat = await _chat(afternoon, away)
    steps = await _missed_meeting(afternoon, away)
    await _answer(afternoon, wish)
    due = await _plan(afternoon, steps)
    when = await _meet(afternoon, chat, wish)
    await _tell(afternoon, chat, wish, due=due, when=when)


async def _away(afternoon: Afternoon) -> _Away:
    now = _now()
    found = await afternoon.call(
        "When was I away?",
        "graph_get_calendar",
        start=(now - _LOOK_BACK).date().isoformat(),
        end=(now - timedelta(days=1)).date().isoformat(),
        limit=100,
        of_interest=_is_day_off,
    )
    days = [each["start"][:10] for each in found["items"] if _is_day_off(each)]
    if not days:
        raise StepError(
            f"{afternoon.user.display_name} was not away in the last two weeks. "
            "This afternoon is Ana's (--user ana)."
        )
    meetings = [
        each
        for each in found["items"]
        if days[0] <= each["start"][:10] <= days[-1] and not each["is_all_day"] and not each["is_cancelled"]
    ]
    missed = dict.fromkeys(each["subject"] for each in meetings)
    say(f"Away from {days[0]} to {days[-1]}; missed: {', '.join(missed)}")
    return _Away(days[0], days[-1], meetings)


async def _mail(afternoon: Afternoon, away: _Away) -> dict[str, Any]:
    """Returns the mail that asks for something."""
    mails = await afternoon.call(
        "Which mail of these days have I not read?",
        "graph_get_emails",
        since=away.first,
        until=away.last,
        unread_only=True,
        limit=100,
    )
    wish = first(
        "mail that asks for a file", mails["items"], lambda each: each["subject"].startswith("Please send")
    )
    say(f"{len(mails['items'])} unread; one of them asks for something: {wish['subject']}")
    return await afternoon.call("Read that one", "graph_get_email", message_id=wish["id"])


async def _chat(afternoon: Afternoon, away: _Away) -> dict[str, Any]:
    """Returns the chat of those who wait."""
    chats = await afternoon.call("Is there a chat about it?", "graph_list_chats", query=TOPIC)
    chat: dict[str, Any] = first(f"chat {TOPIC}", chats["items"], lambda each: each["topic"] == TOPIC)
    await afternoon.call(
        "What was said there meanwhile?",
        "graph_get_chat_messages",
        chat_id=chat["id"],
        since=away.first,
        until=away.last,
    )
    return chat


async def _missed_meeting(afternoon: Afternoon, away: _Away) -> list[str]:
    """Returns what was left to do in the meeting to which one was invited while away."""
    missed = first(
        "meeting that was not answered",
        away.meetings,
        lambda each: each["response"] in _UNANSWERED and each["subject"].startswith(TOPIC),
    )
    talk = await afternoon.call(
        f"What was said in the meeting I was asked to on {moment(missed['start'])}, and missed?",
        "graph_get_meeting_transcript",
        meeting=missed["id"],
    )
    said = talk["text"] or {"text": ""}
    steps = [each["step"] for each in _TO_DO.finditer(said["text"])]
    if not steps:
        raise StepError("Nothing to do was said in the meeting.")
    say(f"{len(steps)} things to do: {'; '.join(steps)}")
    return steps


async def _answer(afternoon: Afternoon, wish: dict[str, Any]) -> None:
    sites = await afternoon.call(
        "Where is the file the mail asks for?", "sharepoint_search_sites", query=_SITE
    )
    site = first(f"site {_SITE}", sites["items"])
    files = await afternoon.call("Find it there", "sharepoint_search_files", query=_FILE, site=site["id"])
    report = first("such report", files["items"])
    await afternoon.call("Is it the one?", "sharepoint_read_file", file=report["id"])
    draft = await afternoon.call(
        "Write the answer with the file attached, as a draft",
        "graph_create_draft",
        kind="reply_all",
        message_id=wish["id"],
        body=f"{_given_name(wish['sender'])},\n\nhere is the report. It was written before the cache moved: "
        "we repeat the test, and I put half an hour a week into our calendars for it.\n\n"
        f"{afternoon.user.display_name.split()[0]}",
        attachments=[{"file": report["id"]}],
    )
    await afternoon.call(
        "It is as it should be: send it",
        "graph_send_draft",
        draft_id=draft["id"],
        version=draft["version"],
    )


async def _plan(afternoon: Afternoon, steps: list[str]) -> str:
    """Plans what is left to do; returns until when."""
    plans = await afternoon.call("Which plans do we have?", "graph_get_plan")
    plan = first(f"plan {TOPIC}", plans["plans"]["items"], lambda each: each["title"] == TOPIC)
    due = (_now() + timedelta(days=10)).date().isoformat()
    await afternoon.call(
        "Plan what is to do, step by step, as my task",
        "graph_create_task",
        title=TASK,
        plan=plan["id"],
        assignees=[afternoon.user.user_principal_name],
        checklist=steps,
        due=due,
    )
    await afternoon.call("See it among the others' tasks", "graph_get_plan", plan=plan["id"], open_only=True)
    return due


async def _meet(afternoon: Afternoon, chat: dict[str, Any], wish: dict[str, Any]) -> str:
    """Books half an hour a week with a room and a link; returns when the first is."""
    optional = _address(wish["sender"])
    people = [address for address in map(_address, chat["others"]) if address != optional]
    times = await afternoon.call(
        "When do we all have half an hour?",
        "graph_find_meeting_times",
        attendees=people,
        minutes=30,
        limit=3,
    )
    slot = first("time at which all are free", times["items"], lambda each: each["everyone_is_free"])
    rooms = await afternoon.call(
        "Which room in Lisbon is free then?",
        "graph_find_rooms",
        people=len(people) + 2,
        words="Lisbon",
        start=slot["start"],
        end=slot["end"],
    )
    room = first("room that is free", rooms["items"])
    made = await afternoon.call(
        f"Book it every week, with a link; {_given_name(wish['sender'])} may come",
        "graph_create_event",
        subject=MEETING,
        start=slot["start"],
        end=slot["end"],
        attendees=people,
        optional_attendees=[optional],
        room=room["address"],
        location=room["name"],
        repeat={"every": "week", "count": _WEEKS},
        online=True,
        body="What the shop bears, and who watches it when the timetable opens.",
        idempotency_key=str(uuid.uuid4()),
    )
    await afternoon.call("Did the room accept?", "graph_get_event", event_id=made["id"])
    return f"{moment(slot['start'])} in {room['name']}"


async def _tell(
    afternoon: Afternoon, chat: dict[str, Any], wish: dict[str, Any], *, due: str, when: str
) -> None:
    await afternoon.call("Who of them is there now?", "graph_get_presence", chat_id=chat["id"])
    asked = _address(wish["sender"])
    await afternoon.call(
        "Tell them where things stand",
        "graph_send_teams_message",
        chat_id=chat["id"],
        text=f"I am back. @{asked}, the report is in your mail.\n\n"
        f"- What is to do is in the plan, until {due}: **{TASK}**\n"
        f"- We meet every week, first on {when}; the invitation has a link",
        mentions=[asked],
    )
    await afternoon.call("See it in the chat", "graph_get_chat_messages", chat_id=chat["id"], limit=1)


def _is_day_off(event: dict[str, Any]) -> bool:
    return bool(event["is_all_day"]) and event["show_as"] == "oof"


def _now() -> datetime:
    return datetime.now(ZoneInfo(organisation().document["time_zone"]))


def _address(person: str) -> str:
    """Returns the address of `Ana Duarte <ana.duarte@larkspur.example>`."""
    return person.rpartition("<")[2].rstrip(">")


def _given_name(person: str) -> str:
    return person.split(maxsplit=1)[0]
