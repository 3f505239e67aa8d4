"""Categories of emails: added, taken away, and defined where they are new."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.mail_organizing import graph_organize_email
from shared.tools.microsoft365.mailbox import graph_get_mailbox_settings
from tests.shared.tools.mailroom import message, requests
from tests.shared.tools.played_graph import PlayedGraph
from tests.shared.tools.sandbox import Sandbox

QUERY = 'subject:"Rule for the build agents"'


async def organize(sandbox: Sandbox, **arguments: Any) -> Any:
    found = await message(sandbox, QUERY)
    return await sandbox.call(graph_organize_email, message_id=found.id, **arguments)


async def categories(sandbox: Sandbox) -> dict[str, str]:
    settings = await sandbox.call(graph_get_mailbox_settings)
    return {each.name: each.color for each in settings.categories}


async def test_categories_are_added_to_those_there_are_and_taken_away_by_name(sandbox: Sandbox):
    first = await organize(sandbox, add_categories=["cache move"])
    both = await organize(sandbox, add_categories=["Firewall", "Cache move", "Firewall"], mark="read")
    one = await organize(sandbox, remove_categories=["CACHE MOVE", "Never there"])

    assert [["Cache move"], ["Cache move", "Firewall"], ["Firewall"]] == [
        each.categories for each in (first, both, one)
    ]
    assert both.is_read
    assert {"Firewall": "preset3"}.items() <= (await categories(sandbox)).items()
    assert 4 == len(await categories(sandbox))


async def test_categories_in_one_text_are_several_unless_one_is_named_so(sandbox: Sandbox):
    both = await organize(sandbox, add_categories="Customers, Tax 2026 ; waiting for")
    one = await organize(sandbox, remove_categories=" customers,Waiting for ")

    assert ["Customers", "Tax 2026", "Waiting for"] == both.categories
    assert ["Tax 2026"] == one.categories


async def test_a_category_with_a_comma_is_taken_away_as_a_whole():
    held = {"id": "M", "isRead": True, "parentFolderId": "F", "categories": ["Red, hot"], "@odata.etag": "x"}
    graph = PlayedGraph(lambda _: held)
    await graph.call(graph_organize_email, message_id="M", remove_categories=["red, hot"])

    assert {"categories": []} == graph.requests[-1].body


async def test_an_email_keeps_its_categories_when_it_is_moved_or_marked(sandbox: Sandbox):
    await organize(sandbox, add_categories=["Customers"])
    moved = await organize(sandbox, move_to="archive", add_categories=["Waiting for"])
    marked = await organize(sandbox, mark="unread", add_categories=[], remove_categories=[])

    assert ["Customers", "Waiting for"] == moved.categories == marked.categories


async def test_categories_are_written_for_the_version_they_were_read_of():
    held = {"id": "M", "isRead": True, "parentFolderId": "F", "categories": ["Own"], "@odata.etag": 'W/"7"'}
    graph = PlayedGraph(lambda _: held)
    await graph.call(graph_organize_email, message_id="AAMkAGI2TG93AAA=", remove_categories=["other"])
    (sent,) = (each for each in graph.requests if each.method == "PATCH")

    assert ('W/"7"', {"categories": ["Own"]}) == (sent.headers["if-match"], sent.body)


async def test_an_email_that_changes_meanwhile_keeps_its_categories(sandbox: Sandbox):
    await sandbox.fail("graph", method="PATCH", path="/v1.0/me/messages/*", status=412)
    with pytest.raises(ToolError) as refused:
        await organize(sandbox, add_categories=["Customers"])

    assert "conflict" == refused.value.code


async def test_nothing_to_change_is_refused(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await organize(sandbox, add_categories=[])

    assert ("invalid_argument", "move_to: is missing.") == (refused.value.code, refused.value.message)


async def test_marking_asks_for_no_categories(sandbox: Sandbox):
    await organize(sandbox, mark="read")

    assert not [each for each in await requests(sandbox) if "masterCategories" in each.get("path", "")]


@pytest.mark.parametrize(
    "wrong", [{"message_id": "AAMkAGI2TG93AAA=gone"}, {"move_to": "Nowhere", "mark": "read"}]
)
async def test_no_category_is_made_for_an_email_or_a_folder_that_is_not_there(
    sandbox: Sandbox, wrong: dict[str, Any]
):
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    with pytest.raises(ToolError):
        await sandbox.call(
            graph_organize_email, **{"message_id": build.id, "add_categories": ["New one"], **wrong}
        )

    assert [] == [each for each in await requests(sandbox) if each["method"] in ("POST", "PATCH")]
