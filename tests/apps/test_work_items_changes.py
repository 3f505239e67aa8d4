"""Work items are changed by a press that says what it does, at the revision that was read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.apps.browser import Browser, Result, ok, refused, show
from tests.apps.samples import HOSTILE, MARKUP, result
from tests.apps.work_items import (
    ADDRESS,
    BEN,
    CONFIRMATION,
    CONFLICT,
    ORGANIZATION,
    PRIORITY,
    SignedIn,
    columns,
    edit,
    found,
    item,
    now,
    server,
    sound,
    writes,
)
from tests.sign_in.programs import with_browser

pytestmark = with_browser


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


async def test_a_row_that_tells_its_state_is_read_for_its_revision(browser: Browser) -> None:
    columns_of_row = {"System.WorkItemType": "Task", "System.State": "Active", "System.Title": "Of a query"}
    rows = {"items": [{"id": 1220, "web_url": ADDRESS.format(1220), "columns": columns_of_row}], "total": 1}
    answers = server(devops_get_work_item=found(rev=9), devops_update_work_item=ok(item(rev=10)))
    shown = await show(browser, "work-items", ok(rows), answers)
    await shown.settle()
    before = [tool for tool, _ in shown.calls]
    await edit(shown)
    await shown.do("choose", label="State", option="New")
    await shown.press("Write the change")
    await shown.wait("1220 was changed")

    assert ["devops_get_work_item_type"] == before
    assert [{"work_item_id": ADDRESS.format(1220), "rev": 9, "state": "New"}] == writes(shown)


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
