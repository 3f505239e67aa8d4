"""Drives an afternoon's work through the official MCP client, for `make afternoon`.

Each step uses what the steps before it returned, as a model would: the mail leads to the build,
the build to a bug linked to it, both to the runbook, and the people of the mail to a meeting.
"""

from __future__ import annotations

import uuid
from typing import Any

from mcp import Client

from local.demo import text
from local.layout import Layout
from local.mcp_client import connected
from local.organisation import User, organisation

ORGANIZATION, PROJECT = "larkspur", "Booking"
RUNBOOK = "/Runbooks/Booking API build"


class StepError(Exception):
    """Raised when a step of the afternoon fails; the text is what the tool said."""


class Afternoon:
    """Drives one signed-in client; each call is shown with its result."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def call(self, why: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Returns the structured content of a tool's result, after showing its text.

        Raises:
            StepError: The tool failed.
        """
        print(f"\n# {why}\n  {tool}({_shown(arguments)})\n")
        result = await self._client.call_tool(tool, arguments)
        print("\n".join(f"    {line}" for line in text(result).splitlines()), flush=True)
        if result.is_error or result.structured_content is None:
            raise StepError(f"{tool}: {text(result)}")
        return dict(result.structured_content)


async def spend(layout: Layout, user: User) -> None:
    """Goes through the afternoon as this user.

    Raises:
        StepError: A step failed.
    """
    async with connected(layout, user) as (client, _):
        afternoon = Afternoon(client)
        await afternoon.call(
            "Say once where we work",
            "set_preferences",
            organization=ORGANIZATION,
            project=PROJECT,
            time_zone=organisation().document["time_zone"],
        )
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
    return sorted(sender for sender in senders if sender.endswith(own) and not sender.startswith("ana."))


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


def _shown(arguments: dict[str, Any]) -> str:
    parts = (f"{name}={value!r}" for name, value in arguments.items())
    return ", ".join(part if len(part) <= 80 else f"{part[:77]}..." for part in parts)
