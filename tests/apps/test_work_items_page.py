"""Work items: they stand by state, whichever tool found them, and more of them come by a press."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apps.browser import Browser, ok, refused, show
from tests.apps.samples import MARKUP, result, sample
from tests.apps.work_items import (
    ADDRESS,
    ORGANIZATION,
    SignedIn,
    columns,
    item,
    server,
    sound,
)
from tests.sign_in.programs import with_browser

pytestmark = with_browser


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("devops_get_sprint", {"project": "Harbour Ops"}, "Sprint 47"),
        ("devops_get_backlog", {"project": "Harbour Ops", "limit": 5}, "Stories"),
        ("devops_get_work_item", {"work_item_ids": ["1271", "999999"]}, "not for you to see: 999999"),
        ("devops_search_work_items", {"query": "timetable"}, "timetable"),
    ],
)
async def test_other_lists_of_work_items_are_shown(
    browser: Browser, server_for: SignedIn, tool: str, arguments: dict[str, Any], told: str
) -> None:
    server = await server_for("ana")
    given = {**arguments, **ORGANIZATION}
    listed = await server(tool, given)
    shown = await show(browser, "work-items", listed, server, arguments=given, width=900)
    await shown.settle()
    await shown.open_details()
    states = await columns(shown)
    await shown.assert_sound(f"work-items-{tool}")

    assert told in await shown.text()
    assert len(listed["structuredContent"]["items"]) == sum(map(len, states.values()))
    assert "State not known" not in states
    assert len(states) == len({*states} & {"New", "Active", "Resolved", "Closed", "Removed"})


@pytest.mark.parametrize(
    ("tool", "shape"),
    [
        ("devops_list_my_work_items", {}),
        ("devops_get_sprint", {"time_frame": None}),
        ("devops_get_backlog", {"levels": []}),
        ("devops_get_work_item", {"missing": []}),
        ("devops_search_work_items", {"items": [{"id": 5, "web_url": "", "columns": {}}]}),
    ],
)
async def test_more_is_loaded_by_the_tool_that_was_called(
    browser: Browser, tool: str, shape: dict[str, Any]
) -> None:
    """A row without a state is read too; here nothing comes of it."""
    nothing = ok({"items": [], "missing": []})
    more = ok({**sample("work-items")["result"], "items": [item(id=77, state="Odd")], "next_cursor": None})
    answers = {"devops_get_work_item": [nothing, more] if tool != "devops_get_work_item" else more}
    given = {**sample("work-items")["result"], **shape}
    shown = await show(
        browser,
        "work-items",
        ok(given),
        server(**{**answers, **({tool: more} if tool != "devops_get_work_item" else {})}),
        arguments={"limit": 4},
    )
    await shown.settle()
    await shown.press("Load more")
    await shown.wait("Odd")
    await shown.settle()

    assert (tool, {"limit": 4, "cursor": "next"}) in shown.calls
    assert "Load more" not in await shown.buttons()
    assert ["77"] == (await columns(shown))["Odd"]


async def test_without_the_arguments_of_the_call_no_more_can_be_loaded(browser: Browser) -> None:
    shown = await show(browser, "work-items", result("work-items"), server())
    await shown.wait("There are more. Ask for them in the chat.")

    assert "Load more" not in await shown.buttons()


async def test_that_no_more_could_be_loaded_is_told(browser: Browser) -> None:
    failing = server(devops_list_my_work_items=refused("throttled", "Too many calls.", "Wait a minute."))
    shown = await show(browser, "work-items", result("work-items"), failing, arguments={})
    await shown.settle()
    await shown.press("Load more")
    await shown.wait("Wait a minute.")

    assert (await shown.buttons())["Load more"]


async def test_the_board_stands_where_the_states_cannot_be_read(browser: Browser) -> None:
    refusal = refused("consent_required", "Types need consent.", "Ask an administrator.")
    answers = server(devops_get_work_item_type=refusal)
    shown = await show(browser, "work-items", result("work-items"), answers)
    await shown.settle()
    standing = await columns(shown)
    await shown.press("Change 1220")
    await shown.wait("Its states could not be read")

    assert ["Active", "New", "Resolved"] == list(standing)
    assert 0 == await shown.do("count", selector="select")
    assert "Find" in await shown.buttons()
    await sound(shown)


async def test_what_is_not_there_any_more_cannot_be_changed(browser: Browser) -> None:
    gone = item(rev=0, title="(not there any more)", type="", state="", project="")
    shown = await show(browser, "work-items", ok({"items": [gone], "total": 1}), server())
    await shown.settle()

    assert {"1220": True} == await shown.buttons()


async def test_the_project_stands_on_each_card_where_there_are_several(browser: Browser) -> None:
    given = {"items": [item(), item(id=7, project="Harbour Ops")], "total": 2}
    shown = await show(browser, "work-items", ok(given), server())
    await shown.settle()
    several = await shown.text()
    shown = await show(browser, "work-items", result("work-items"), server())
    await shown.settle()

    assert "Booking" in several
    assert "Harbour Ops" in several
    assert "Booking" not in await shown.text()


async def test_links_lead_to_azure_devops(browser: Browser) -> None:
    shown = await show(browser, "work-items", result("work-items"), server())
    await shown.settle()
    await shown.press("Task 1173")
    await shown.settle()
    told = (await shown.do("seen"))["told"]

    assert [ADDRESS.format(1173)] == [
        each["params"]["url"] for each in told if each.get("method") == "ui/open-link"
    ]


@pytest.mark.parametrize("given", [{"items": [], "total": 0}, {"items": None}, {"text": MARKUP}])
async def test_a_result_without_work_items_says_so(browser: Browser, given: Any) -> None:
    shown = await show(browser, "work-items", {"content": [], "structuredContent": given})
    await shown.settle()

    assert (await shown.text()).split("\n")[-1] in {"There are no work items here.", "The result is empty."}
    assert [] == shown.calls
