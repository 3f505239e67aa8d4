"""The afternoons of the README, with what they leave behind."""

import re
from typing import Any

import pytest
from mcp import Client

from local.afternoons import command, developer, office
from local.afternoons.steps import StepError
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

LARKSPUR = {"organization": "larkspur"}
FAILED_TEST = "test_timetable_survives_cache_restart"


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, {**LARKSPUR, **arguments})
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


async def test_a_developers_afternoon_leads_from_the_red_build_to_a_comment_where_it_is_mended(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana = organisation().user("ana")
    await command.spend(tenant.layout, ana, ["developer"])
    shown = capsys.readouterr().out

    async with connected(tenant.layout, ana) as (client, _):
        reviews = "devops_review_pull_request" in {each.name for each in (await client.list_tools()).tools}
        request = await ask(client, "devops_get_pull_request", project="Booking", pull_request="412")
        [planned] = (
            await ask(client, "devops_get_work_item", work_item_ids=request["work_item_ids"][:1], comments=25)
        )["items"]

    assert "Merged PR 408: Move the cache settings out of the image" in shown
    assert "return await self._redis.get(key)" in shown.partition("devops_read_file(")[2].partition("\n# ")[0]
    said = [
        (thread["file"], thread["line"])
        for thread in request["threads"]
        if FAILED_TEST in thread["comments"][0]["text"]["text"]
    ]
    commented = [each for each in planned["comments"]["items"] if FAILED_TEST in each["text"]["text"]]
    assert (said, len(commented)) == (([("/deploy/test/values.yaml", 14)], 0) if reviews else ([], 1))


async def test_a_scrum_masters_afternoon_moves_what_slipped_into_the_next_sprint(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana = organisation().user("ana")
    async with connected(tenant.layout, ana) as (client, _):
        before = (await ask(client, "devops_get_sprint", project="Booking", team="Platform"))["slipped"]
    await command.spend(tenant.layout, ana, ["scrum"])
    shown = capsys.readouterr().out
    async with connected(tenant.layout, ana) as (client, _):
        after = (await ask(client, "devops_get_sprint", project="Booking", team="Platform"))["slipped"]
        coming = await ask(
            client, "devops_get_sprint", project="Booking", sprint="next", team="Platform", limit=100
        )

    moved = {each["id"] for each in before["items"]} - {each["id"] for each in after["items"]}
    assert (before["total"] - after["total"], len(moved)) == (1, 1)
    assert moved <= {each["id"] for each in coming["items"]}
    assert re.search(r"Left over from Booking\\+Sprint 46\. Sprint 47 ends in \d+ working", shown)


async def test_an_afternoon_in_the_office_leaves_an_answer_a_plan_a_series_and_a_message(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana, hugo = organisation().user("ana"), organisation().user("hugo")
    await command.spend(tenant.layout, ana, ["office"])
    shown = capsys.readouterr().out

    async with connected(tenant.layout, ana) as (client, _):
        planned = await _read(client, "graph_get_plan", plan=office.TOPIC)
        task_id = next(each["id"] for each in planned["tasks"]["items"] if each["title"] == office.TASK)
        task = await _read(client, "graph_get_task", task_id=task_id)
    async with connected(tenant.layout, hugo) as (client, _):
        [mail] = (
            await _read(client, "graph_search_emails", query='subject:"report of the load test"', limit=1)
        )["items"]
        answer = await _read(client, "graph_get_email", message_id=mail["id"])
        [report] = answer["attachments"]
        attached = await _read(
            client, "graph_get_attachment", message_id=mail["id"], attachment_id=report["id"]
        )
        calendar = await _read(client, "graph_get_calendar", start="next 7 days", limit=100)
        invited = next(each for each in calendar["items"] if each["subject"] == office.MEETING)
        meeting = await _read(client, "graph_get_event", event_id=invited["id"])
        [chat] = (await _read(client, "graph_list_chats", query=office.TOPIC))["items"]

    assert ("RE: Please send me the report of the load test", "report.docx") == (
        answer["subject"],
        report["name"],
    )
    assert attached["text"]["text"].startswith("Load test for the summer peak")
    assert ["Ana Duarte <ana.duarte@larkspur.example>"] == task["assignees"]
    assert [
        "Repeat the load test with the new cache",
        "Tell the harbour authority how many we expect",
        "Decide who watches the shop on the first morning",
    ] == [step["title"] for step in task["checklist"]]
    assert {"chiara": "required", "dmitri": "required", "hugo": "optional", "room": "resource"} == {
        each["address"].partition(".")[0]: each["kind"] for each in meeting["attendees"]
    }
    assert meeting["repeats"].endswith("4 times")
    assert meeting["join_url"].startswith("https://teams.microsoft.com/")
    assert chat["last_message"].startswith("I am back. @Hugo Meier, the report is in your mail.")
    assert "Spring timetable: will the shop bear it?" in shown.partition("=> Away from")[2].partition("#")[0]
    assert "kind: resource · response: accepted" in shown


async def test_the_afternoon_in_the_office_of_somebody_who_was_not_away_says_whose_it_is(tenant: Tenant):
    with pytest.RaisesGroup(
        pytest.RaisesExc(StepError, match="Ben Osei was not away in the last two weeks"),
        flatten_subgroups=True,
    ):
        await command.spend(tenant.layout, organisation().user("ben"), ["office"])


async def _read(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


def test_lines_of_a_diff_are_counted_in_the_changed_file():
    diff = "@@ -3,3 +3,4 @@\n a\n-b\n+c\n d"

    assert developer._first_new_line(diff) == 4
