"""Writes that wait, on the server of a tenant where all of them do: from the call to the press and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.tenant import Tenant
from tests.apps.browser import Browser, Server, show
from tests.apps.conftest import servers_of
from tests.sign_in.programs import with_browser

pytestmark = with_browser
BEN, PAT = "ben.osei@larkspur.example", "pat.lee@northwind.example"
WHERE = {"organization": "larkspur", "project": "Booking"}


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with Tenant(tmp_path_factory.mktemp("waiting"), app_settings={"CONFIRM_WRITES": "others"}) as made:
        yield made


async def items(server: Server, tool: str, **arguments: Any) -> list[dict[str, Any]]:
    """The items a tool lists."""
    return list((await server(tool, arguments))["structuredContent"]["items"])


async def subjects(server: Server) -> list[str]:
    """What the user has sent."""
    return [str(each["subject"]) for each in await items(server, "graph_get_emails", folder="sentitems")]


async def test_an_email_is_sent_by_the_button_that_shows_it(browser: Browser, waiting: Tenant) -> None:
    server = await servers_of(waiting)("ana")
    arguments = {"to": [BEN], "cc": [PAT], "subject": "By a press", "body": "One\nTwo"}
    asked = await server("graph_send_email", arguments)
    shown = await show(browser, "review", asked, server)
    await shown.wait("By a press")
    before, text = await subjects(server), await shown.text()
    await shown.press("Send email")
    await shown.wait("Handed over for delivery")

    assert "By a press" not in before
    assert "One\nTwo" in text
    assert f"{PAT}\n⚠ outside the organization" in text
    assert ["confirm_write"] == [name for name, _ in shown.calls if name not in ("graph_get_email",)]
    assert "By a press" in await subjects(server)


async def test_a_page_that_is_opened_again_sends_nothing_and_cannot_send_twice(
    browser: Browser, waiting: Tenant
) -> None:
    server = await servers_of(waiting)("ana")
    asked = await server("graph_send_email", {"to": [BEN], "subject": "Once only", "body": "x"})
    for words in ("Handed over for delivery", "was used before"):
        shown = await show(browser, "review", asked, server)
        await shown.wait("Once only")
        assert [] == [name for name, _ in shown.calls if name == "confirm_write"]
        await shown.press("Send email")
        await shown.wait(words)

    assert 1 == (await subjects(server)).count("Once only")


async def test_a_draft_is_sent_from_its_page_by_one_press(browser: Browser, waiting: Tenant) -> None:
    """The press is the confirmation: the page hands back what the server asked it for."""
    server = await servers_of(waiting)("ana")
    made = await server("graph_create_draft", {"to": [BEN], "subject": "From a draft", "body": "Text"})
    shown = await show(browser, "review", made, server)
    await shown.wait("Text")
    await shown.press("Send")
    await shown.wait("Handed over for delivery")

    assert ["graph_send_draft", "confirm_write"] == [
        name for name, _ in shown.calls if name in ("graph_send_draft", "confirm_write")
    ]
    assert "From a draft" in await subjects(server)


async def test_a_work_item_is_changed_on_the_board_by_one_press(browser: Browser, waiting: Tenant) -> None:
    server = await servers_of(waiting)("ana")
    listed = await server("devops_list_my_work_items", WHERE)
    item = listed["structuredContent"]["items"][0]
    asked = await server(
        "devops_update_work_item",
        {"work_item_id": str(item["id"]), "rev": item["rev"], "title": "Renamed", "organization": "larkspur"},
    )
    shown = await show(browser, "review", asked, server)
    await shown.wait("Renamed")
    untouched = await server("devops_list_my_work_items", WHERE)
    await shown.press("Update work item")
    await shown.wait("Done")
    after = await server("devops_list_my_work_items", WHERE)

    def titles(result: dict[str, Any]) -> dict[int, str]:
        return {each["id"]: each["title"] for each in result["structuredContent"]["items"]}

    assert item["title"] == titles(untouched)[item["id"]]
    assert "Renamed" == titles(after)[item["id"]]
