"""An afternoon in the office: mail about the broken build, its diagnosis, a bug, the runbook, a meeting."""

from __future__ import annotations

import uuid
from typing import Any

from local.afternoons.steps import Afternoon
from local.organisation import organisation

RUNBOOK = "/Runbooks/Booking API build"


async def spend(afternoon: Afternoon) -> None:
    """Goes from the mail to the build, the bug, the runbook and a meeting.

    Raises:
        StepError: A step failed.
    """
    people = await _read_the_mail(afternoon)
    build = await _diagnose(afternoon)
    bug = await _open_a_bug(afternoon, build)
    await _note_in_the_runbook(afternoon, build, bug)
    await _meet(afternoon, bug, people)


async def _read_the_mail(afternoon: Afternoon) -> list[str]:
    """Returns the addresses of the colleagues who write about the broken build."""
    found = await afternoon.call(
        "Find the mail about the broken build", "graph_search_emails", query="booking-api-ci failed", limit=5
    )
    conversation = next(mail for mail in found["items"] if "booking-api build is red" in mail["subject"])
    thread = await afternoon.call(
        "Read what people say about it",
        "graph_get_email_thread",
        conversation_id=conversation["conversation_id"],
    )
    senders = {str(mail["sender"]).rpartition("<")[2].rstrip(">") for mail in thread["items"]}
    own = f"@{organisation().document['domain']}"
    return sorted(
        sender for sender in senders if sender.endswith(own) and sender != afternoon.user.user_principal_name
    )


async def _diagnose(afternoon: Afternoon) -> dict[str, Any]:
    return await afternoon.call(
        "Diagnose the build that failed last",
        "devops_diagnose_build",
        definition="booking-api-ci",
        branch="main",
        log_lines=12,
    )


async def _open_a_bug(afternoon: Afternoon, diagnosis: dict[str, Any]) -> dict[str, Any]:
    build, step = diagnosis["build"], diagnosis["failed_steps"][0]
    return await afternoon.call(
        "Open a bug linked to the build",
        "devops_create_work_item",
        work_item_type="Bug",
        title=f"{step['name']} fails: the cache refuses connections",
        description=f"Build {build['number']} of {build['definition']} failed in *{step['name']}*:\n\n"
        f"    {step['issues']['text'].splitlines()[0]}",
        links=[{"kind": "build", "target": build["id"], "comment": "Where it showed"}],
        tags=["build", "cache"],
    )


async def _note_in_the_runbook(afternoon: Afternoon, diagnosis: dict[str, Any], bug: dict[str, Any]) -> None:
    page = await afternoon.call("Read the runbook", "devops_get_wiki_page", page=RUNBOOK)
    seen = f"| Connection refused at redis-cache:6379 | The move to the new subnet | #{bug['id']} |"
    await afternoon.call(
        "Add what was seen to the runbook, unless somebody changes it first",
        "devops_update_wiki_page",
        page=RUNBOOK,
        version=page["version"],
        content=f"{page['content']['text'].rstrip()}\n{seen}\n",
        comment=f"Build {diagnosis['build']['number']}",
    )


async def _meet(afternoon: Afternoon, bug: dict[str, Any], people: list[str]) -> None:
    slots = await afternoon.call(
        "Find half an hour in which everybody is free",
        "graph_find_meeting_times",
        attendees=people,
        minutes=30,
        limit=3,
    )
    slot = next(slot for slot in slots["items"] if slot["everyone_is_free"])
    await afternoon.call(
        "Put the meeting there",
        "graph_create_event",
        subject=f"Booking API build: cache connection (bug {bug['id']})",
        start=slot["start"],
        end=slot["end"],
        attendees=people,
        body=f"See {bug['web_url']}",
        idempotency_key=str(uuid.uuid4()),
    )
