"""Work items: they stand by state, and a person changes one by a press that says what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.apps.browser import Browser, Result, Server, Shown, ok, refused, scripted, show
from tests.apps.samples import HOSTILE, MARKUP, result, sample
from tests.sign_in.programs import with_browser

pytestmark = with_browser
ORGANIZATION = {"organization": "larkspur"}
CONFIRMATION = "m365-devops-mcp/confirmation"
PRIORITY = "Microsoft.VSTS.Common.Priority"
ADDRESS = "https://dev.azure.com/larkspur/Booking/_workitems/edit/{}"
TYPE = ok(sample("work-items")["answers"]["devops_get_work_item_type"])
BEN = "Ben Osei <ben.osei@larkspur.example>"
CONFLICT = refused("conflict", "Work item 1220 is at revision 7, not 4.", "Read it again.")
PEOPLE = ok(
    {
        "items": [
            {"id": "1", "name": MARKUP, "assign_as": f"{MARKUP} <x@y.example>", "active": True},
            {"id": "2", "name": "Ben", "assign_as": BEN, "is_group": False, "active": True},
            {"id": "3", "name": "Team", "assign_as": "Booking Team", "is_group": True, "active": True},
            {"id": "4", "name": "Gone", "assign_as": "Gone <gone@larkspur.example>", "active": False},
        ],
        "complete": True,
    }
)
type SignedIn = Callable[[str], Coroutine[Any, Any, Server]]


def item(**changes: Any) -> dict[str, Any]:
    """The task 1220 of the sample, as the server gives it by itself."""
    return {**sample("work-items")["result"]["items"][0], "web_url": ADDRESS.format(1220), **changes}


def found(**changes: Any) -> Result:
    """What reading the task again gives."""
    return ok({"items": [item(**changes)], "complete": True, "total": 1, "missing": []})


def server(**answers: Any) -> Server:
    """A server that knows the type, and answers these tools besides."""
    return scripted({"devops_get_work_item_type": TYPE, "devops_search_people": PEOPLE, **answers})


def writes(shown: Shown) -> list[dict[str, Any]]:
    return [arguments for tool, arguments in shown.calls if tool == "devops_update_work_item"]


async def columns(shown: Shown) -> dict[str, list[str]]:
    """The ids in each column, in the order in which both stand."""
    script = """Array.from(document.querySelectorAll("section"), (each) => [each.getAttribute("aria-label"),
    Array.from(each.querySelectorAll("li .line:first-child span:first-child"),
    (line) => line.innerText.split(" ").at(-1))])"""
    return dict(await shown.do("evaluate", script=script))


async def one(server: Server, query: str) -> dict[str, Any]:
    """A work item of the tenant, read whole."""
    words = {"query": query, "limit": 1, **ORGANIZATION}
    found = await server("devops_search_work_items", words)
    return await now(server, found["structuredContent"]["items"][0]["id"])


async def now(server: Server, work_item_id: int) -> dict[str, Any]:
    wanted = {"work_item_ids": [str(work_item_id)], **ORGANIZATION}
    read = await server("devops_get_work_item", wanted)
    return dict(read["structuredContent"]["items"][0])


async def sound(shown: Shown, picture: str = "") -> None:
    """Looks at the page once the host has given it the height that it wants."""
    await shown.settle()
    await shown.assert_sound(picture)


async def edit(shown: Shown, work_item_id: int = 1220) -> None:
    await shown.settle()
    await shown.press(f"Change {work_item_id}")
    await shown.wait("Nothing is changed yet.")


async def test_what_is_shown_is_changed_in_azure_devops(browser: Browser, server_for: SignedIn) -> None:
    """On the tenant's own server: three fields by one press, with the revision that was read."""
    server = await server_for("ana")
    mine = await server("devops_list_my_work_items", {"limit": 20, **ORGANIZATION})
    first = next(each for each in mine["structuredContent"]["items"] if each["state"] == "Active")
    shown = await show(browser, "work-items", mine, server, arguments={"limit": 20, **ORGANIZATION})
    await shown.settle()
    before = await columns(shown)
    await sound(shown, "work-items-real")
    await edit(shown, first["id"])
    await shown.do("choose", label="State", option="Closed")
    await shown.do("choose", label="Priority", option="4")
    await shown.do("fill", label="Find a person", text="Ben")
    await shown.press("Find")
    await shown.press(BEN)
    text = await shown.text()
    await sound(shown, "work-items-editor")
    await shown.press("Write the change")
    await shown.wait(f"{first['id']} was changed")
    await shown.settle()
    after = await columns(shown)
    await sound(shown, "work-items-written")
    written = await now(server, first["id"])

    assert ["New", "Active", "Resolved"] == list(before)[:3]
    assert "State: Active → Closed\n" in text
    assert f"→ {BEN}\n" in text
    assert f"Priority: {first['priority']} → 4\n" in text
    [change] = writes(shown)
    assert first["rev"] == change["rev"]
    assert {"work_item_id", "rev", "state", "assigned_to", "fields"} == set(change)
    assert (first["rev"] + 1, "Closed", BEN, 4) == (
        written["rev"],
        written["state"],
        written["assigned_to"],
        written["priority"],
    )
    assert str(first["id"]) in after["Closed"]
    assert str(first["id"]) not in after["Active"]


async def test_what_was_changed_meanwhile_is_not_overwritten(browser: Browser, server_for: SignedIn) -> None:
    ana, ben = await server_for("ana"), await server_for("ben")
    mine = await ana("devops_list_my_work_items", {"limit": 20, **ORGANIZATION})
    first = next(each for each in mine["structuredContent"]["items"] if each["state"] == "New")
    shown = await show(browser, "work-items", mine, ana)
    await edit(shown, first["id"])
    await shown.do("choose", label="State", option="Closed")
    others = {"work_item_id": str(first["id"]), "rev": first["rev"], "state": "Active", **ORGANIZATION}
    assert not (await ben("devops_update_work_item", others))["isError"]
    await shown.press("Write the change")
    await shown.wait("Changed meanwhile. Nothing was written.")
    await shown.settle()
    await shown.assert_sound("work-items-conflict")
    text, kept = await shown.text(), await now(ana, first["id"])
    standing = await columns(shown)
    await shown.press("Look at my change again")
    await shown.wait("Write the change")
    again = await shown.text()
    await shown.press("Write the change")
    await shown.wait(f"{first['id']} was changed")

    assert ("Active", first["rev"] + 1) == (kept["state"], kept["rev"])
    assert "State: New → Active" in text
    assert str(first["id"]) in standing["Active"]
    assert "State: Active → Closed" in again
    assert [first["rev"], first["rev"] + 1] == [each["rev"] for each in writes(shown)]
    assert "Closed" == (await now(ana, first["id"]))["state"]


async def test_a_row_of_a_query_is_read_before_it_is_changed(browser: Browser, server_for: SignedIn) -> None:
    server = await server_for("ana")
    words = {"query": "SELECT [System.Id] FROM WorkItems WHERE [System.State] = 'New'", "limit": 3}
    rows = await server("devops_search_work_items", {**words, **ORGANIZATION})
    first = rows["structuredContent"]["items"][0]["id"]
    shown = await show(browser, "work-items", rows, server)
    await shown.settle()
    before = await columns(shown)
    await edit(shown, first)
    await shown.do("choose", label="State", option="Active")
    await shown.press("Write the change")
    await shown.wait(f"{first} was changed")

    assert ["New"] == list(before)
    assert 3 == len(before["New"])
    assert "Active" == (await now(server, first))["state"]


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


@pytest.mark.parametrize(("scheme", "width"), [("dark", 700), ("light", 320), ("dark", 320)])
async def test_everybody_can_change_a_work_item(browser: Browser, scheme: str, width: int) -> None:
    answers = server(devops_update_work_item=CONFLICT, devops_get_work_item=found(rev=7, state="Closed"))
    shown = await show(
        browser, "work-items", result("work-items"), answers, scheme=scheme, width=width, arguments={}
    )
    await edit(shown)
    await shown.do("choose", label="State", option="Resolved")
    await shown.do("fill", label="Find a person", text="B")
    await shown.press("Find")
    await shown.wait("Found:")
    await sound(shown, "work-items-editor")
    await shown.press("Write the change")
    await shown.wait("Changed meanwhile")
    await sound(shown, "work-items-conflict")


async def test_a_work_item_is_changed_by_the_keyboard_alone(browser: Browser) -> None:
    answers = server(devops_update_work_item=ok(item(rev=5, state="Closed")))
    shown = await show(browser, "work-items", result("work-items"), answers)
    await shown.settle()
    await shown.do("tab_to", text="Change 1220")
    await shown.do("key", key="Enter")
    await shown.wait("Nothing is changed yet.")
    await shown.do("key", key="c")
    await shown.wait("State: Active → Closed")
    order = await shown.do("tab_to", text="Write the change")
    await shown.do("key", key="Enter")
    await shown.wait("1220 was changed")
    await shown.settle()
    focused = await shown.do("evaluate", script="document.activeElement.innerText")

    assert all(each["visible"] for each in order)
    assert [{"work_item_id": ADDRESS.format(1220), "rev": 4, "state": "Closed"}] == writes(shown)
    assert "1220 was changed" in focused


async def test_two_presses_write_once(browser: Browser) -> None:
    answers = server(devops_update_work_item=ok(item(rev=5, state="Closed")))
    shown = await show(browser, "work-items", result("work-items"), answers)
    await edit(shown)
    await shown.do("choose", label="State", option="Closed")
    await shown.do("press_twice", name="Write the change")
    await shown.wait("1220 was changed")
    await shown.settle()

    assert 1 == len(writes(shown))


async def test_what_the_server_answers_is_shown_and_not_what_was_wanted(browser: Browser) -> None:
    answers = server(devops_update_work_item=ok(item(rev=9, state="Removed", title="By a rule")))
    shown = await show(browser, "work-items", result("work-items"), answers)
    await edit(shown)
    await shown.do("choose", label="State", option="Closed")
    await shown.press("Write the change")
    await shown.wait("State: Removed")
    await shown.press("Close")
    standing = await columns(shown)
    await edit(shown)
    await shown.do("choose", label="Priority", option="1")
    await shown.press("Write the change")
    await shown.settle()

    assert ["1220"] == standing["Removed"]
    assert "Closed" not in standing
    assert "By a rule" in await shown.text()
    assert [4, 9] == [each["rev"] for each in writes(shown)]
    assert {PRIORITY: 1} == writes(shown)[1]["fields"]


async def test_nobody_is_assigned_by_clearing_the_field(browser: Browser) -> None:
    answers = server(devops_update_work_item=ok(item(rev=5, assigned_to=None)))
    shown = await show(browser, "work-items", result("work-items"), answers)
    await edit(shown)
    await shown.press("Assign to nobody")
    text = await shown.text()
    await shown.press("Write the change")
    await shown.wait("Assigned to: Nobody")

    assert "Ana Duarte <ana.duarte@larkspur.example> → Nobody" in text
    [change] = writes(shown)
    assert ["assigned_to"] == change["clear"]
    assert "assigned_to" not in change


async def test_people_who_cannot_be_assigned_are_not_offered(browser: Browser) -> None:
    shown = await show(browser, "work-items", result("work-items"), server())
    await edit(shown)
    await shown.do("fill", label="Find a person", text=" Be ")
    await shown.do("key", key="Enter")
    await shown.wait("Found:")
    buttons = await shown.buttons()

    assert {f"{MARKUP} <x@y.example>", BEN} <= set(buttons)
    assert not {"Booking Team", "Gone <gone@larkspur.example>"} & set(buttons)
    assert ("devops_search_people", {"query": "Be", **ORGANIZATION}) in shown.calls
    assert 0 == await shown.do("count", selector="img")


async def test_a_change_that_is_refused_is_told_and_can_be_repeated(browser: Browser) -> None:
    rule = refused("invalid_argument", HOSTILE[1], "Choose another state.")
    answers = server(devops_update_work_item=[rule, ok(item(rev=5, state="Closed"))])
    shown = await show(browser, "work-items", result("work-items"), answers)
    await edit(shown)
    await shown.do("choose", label="State", option="Closed")
    await shown.press("Write the change")
    await shown.wait("Nothing was written")
    text = await shown.text()
    await sound(shown)
    await shown.press("Write the change")
    await shown.wait("1220 was changed")

    assert HOSTILE[1] in text
    assert [4, 4] == [each["rev"] for each in writes(shown)]


async def test_a_change_whose_outcome_is_unknown_is_read_again_and_not_repeated(browser: Browser) -> None:
    lost = refused("timeout", "Azure DevOps gave no answer.", "Look.", outcome="unknown")
    answers = server(devops_update_work_item=lost, devops_get_work_item=found(rev=5, state="Closed"))
    shown = await show(browser, "work-items", result("work-items"), answers)
    await edit(shown)
    await shown.do("choose", label="State", option="Closed")
    await shown.press("Write the change")
    await shown.wait("It may have been written")
    buttons = await shown.buttons()
    await shown.press("Read it again")
    await shown.settle()

    assert "Write the change" not in buttons
    assert ["1220"] == (await columns(shown))["Closed"]
    assert 1 == len(writes(shown))


async def test_a_press_is_the_confirmation_where_the_server_asks_for_one(browser: Browser) -> None:
    held = {"status": "waiting_for_confirmation", "tool": "devops_update_work_item", "arguments": {}}
    made = {"tool": "devops_update_work_item", "result": item(rev=5, state="Closed")}
    answers = server(
        devops_update_work_item=[ok(held, **{CONFIRMATION: "opaque"}), ok(held)], confirm_write=ok(made)
    )
    shown = await show(browser, "work-items", result("work-items"), answers)
    await edit(shown)
    await shown.do("choose", label="State", option="Closed")
    await shown.press("Write the change")
    await shown.wait("1220 was changed")
    confirmed = [arguments for tool, arguments in shown.calls if tool == "confirm_write"]
    await edit(shown, 1290)
    await shown.do("choose", label="State", option="Closed")
    await shown.press("Write the change")
    await shown.wait("Nothing was written yet.")

    assert [{"confirmation": "opaque"}] == confirmed


async def test_what_was_written_is_told_where_a_newer_result_stands(browser: Browser) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()
    others = server(devops_update_work_item=ok(item(rev=5, state="Closed")))

    async def slow(name: str, arguments: dict[str, Any]) -> Result:
        if name == "devops_update_work_item":
            asked.set()
            await answered.wait()
        return await others(name, arguments)

    shown = await show(browser, "work-items", result("work-items"), slow)
    await edit(shown)
    await shown.do("choose", label="State", option="Closed")
    await shown.press("Write the change")
    await asyncio.wait_for(asked.wait(), 10)
    await shown.deliver(ok({"items": [], "complete": True, "total": 0}))
    await shown.wait("There are no work items here.")
    answered.set()
    await shown.wait("1220 was changed")


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


async def test_links_lead_to_azure_devops(browser: Browser) -> None:
    shown = await show(browser, "work-items", result("work-items"), server())
    await shown.settle()
    await shown.press("Task 1173")
    await shown.settle()
    told = (await shown.do("seen"))["told"]

    assert [ADDRESS.format(1173)] == [
        each["params"]["url"] for each in told if each.get("method") == "ui/open-link"
    ]


@pytest.mark.parametrize("given", [{"items": [], "total": 0}, {"items": None}, {"text": MARKUP}, None])
async def test_a_result_without_work_items_says_so(browser: Browser, given: Any) -> None:
    shown = await show(browser, "work-items", {"content": [], "structuredContent": given})
    await shown.settle()

    assert (await shown.text()).split("\n")[-1] in {"There are no work items here.", "The result is empty."}
    assert [] == shown.calls
