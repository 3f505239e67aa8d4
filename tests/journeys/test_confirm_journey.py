"""Writes that wait for the user, through the front door of a tenant where those that others see do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import ask, audit_lines, error_of

CONFIRMATION = "m365-devops-mcp/confirmation"
OUTSIDE = "pat@elsewhere.example"


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with Tenant(tmp_path_factory.mktemp("confirm"), app_settings={"CONFIRM_WRITES": "others"}) as made:
        yield made


def waiting(result: CallToolResult) -> tuple[dict[str, Any], str]:
    """What a write that waits shows, and what confirms it."""
    assert not result.is_error, result.content
    assert result.structured_content is not None
    assert "waiting_for_confirmation" == result.structured_content["status"]
    return result.structured_content, str((result.meta or {})[CONFIRMATION])


async def sent_subjects(client: Client) -> list[str]:
    """The subjects of what the user has sent."""
    items = (await ask(client, "graph_get_emails", folder="sentitems", limit=25))["items"]
    return [str(each["subject"]) for each in items]


async def draft(client: Client, subject: str) -> dict[str, Any]:
    """A draft to somebody inside and somebody outside."""
    people = {"to": ["ben.osei@larkspur.example"], "cc": [OUTSIDE]}
    return await ask(client, "graph_create_draft", subject=subject, body="First line\nSecond line", **people)


async def test_a_draft_is_sent_as_it_was_shown_and_only_by_its_confirmation(
    tenant: Tenant,
) -> None:
    async with connected(tenant.layout, organisation().user("ana")) as (ana, _):
        made = await draft(ana, "Waits for a press")
        arguments = {"draft_id": made["id"], "version": made["version"]}
        result = await ana.call_tool("graph_send_draft", arguments)
        shown, confirmation = waiting(result)
        review = shown["review"]

        assert "Waits for a press" not in await sent_subjects(ana)
        assert arguments == shown["arguments"]
        assert ["Ben Osei <ben.osei@larkspur.example>"] == review["to"] or "ben.osei" in review["to"][0]
        assert [OUTSIDE] == review["outside"]
        assert "First line\nSecond line" in review["body"]
        seen_by_model = json.dumps([block.model_dump() for block in result.content]) + json.dumps(shown)
        assert confirmation not in seen_by_model
        done = await ask(ana, "confirm_write", confirmation=confirmation)
        assert ("graph_send_draft", "accepted") == (done["tool"], done["result"]["status"])
        assert "Waits for a press" in await sent_subjects(ana)
        line = audit_lines(tenant)[-2]
        assert ("confirm_write", "graph_send_draft", "ok") == (
            line["tool"],
            line["confirmed"],
            line["outcome"],
        )


async def test_a_draft_that_was_changed_after_it_was_shown_is_not_sent(tenant: Tenant) -> None:
    async with connected(tenant.layout, organisation().user("ana")) as (ana, _):
        made = await draft(ana, "Changed in between")
        sending = {"draft_id": made["id"], "version": made["version"]}
        _, confirmation = waiting(await ana.call_tool("graph_send_draft", sending))
        await ask(ana, "graph_organize_email", message_id=made["id"], flag="flagged")
        refused = error_of(await ana.call_tool("confirm_write", {"confirmation": confirmation}))

        assert "conflict" == refused["code"]
        assert "Changed in between" not in await sent_subjects(ana)
        stale = error_of(await ana.call_tool("graph_send_draft", sending))
        assert "conflict" == stale["code"]


async def test_a_confirmation_sends_once_and_for_its_owner_alone(tenant: Tenant) -> None:
    async with connected(tenant.layout, organisation().user("ana")) as (ana, _):
        result = await ana.call_tool(
            "graph_send_email", {"to": ["ben.osei@larkspur.example"], "subject": "Once", "body": "x"}
        )
        _, confirmation = waiting(result)
        async with connected(tenant.layout, organisation().user("ben")) as (ben, _):
            foreign = error_of(await ben.call_tool("confirm_write", {"confirmation": confirmation}))
        await ask(ana, "confirm_write", confirmation=confirmation)
        again = error_of(await ana.call_tool("confirm_write", {"confirmation": confirmation}))

        assert ("invalid_argument", "conflict") == (foreign["code"], again["code"])
        assert 1 == (await sent_subjects(ana)).count("Once")


async def test_what_only_the_user_sees_does_not_wait_and_all_else_does(tenant: Tenant) -> None:
    async with connected(tenant.layout, organisation().user("ana")) as (ana, _):
        offered = {tool.name: tool for tool in (await ana.list_tools()).tools}
        waits = {
            name
            for name, tool in offered.items()
            if "waiting_for_confirmation" in json.dumps(tool.output_schema)
        }

        assert {
            "graph_send_email",
            "graph_send_draft",
            "graph_create_event",
            "graph_send_teams_message",
        } <= waits
        assert {"devops_update_work_item", "devops_trigger_build", "sharepoint_share_file"} <= waits
        assert not {"graph_create_draft", "set_preferences", "graph_get_emails", "confirm_write"} & waits
        for name in waits:
            assert "waits until the user confirms it" in (offered[name].description or "")


async def test_an_invitation_shows_whom_it_is_for(tenant: Tenant) -> None:
    async with connected(tenant.layout, organisation().user("ana")) as (ana, _):
        result = await ana.call_tool(
            "graph_create_event",
            {
                "subject": "Waits",
                "start": "2027-01-11T09:00",
                "end": "2027-01-11T09:30",
                "attendees": ["ben.osei@larkspur.example"],
            },
        )
        shown, confirmation = waiting(result)
        events = await ask(ana, "graph_get_calendar", start="2027-01-11")

        assert [] == [each for each in events["items"] if each["subject"] == "Waits"]
        assert ("Waits", 1) == (shown["review"]["subject"], len(shown["review"]["to"]))
        done = await ask(ana, "confirm_write", confirmation=confirmation)
        assert "Waits" == done["result"]["subject"]
