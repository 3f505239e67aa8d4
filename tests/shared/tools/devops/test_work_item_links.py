"""References to work items, and links of work items: added, read and removed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from local.devops.data_files import named_id
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import OnBehalfOf
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.server import Server
from shared.storage.preference_store import MemoryPreferences
from shared.tools import CATALOGUE
from shared.tools.devops.work_items import devops_get_work_item, devops_list_my_work_items
from shared.tools.devops.work_items_writing import (
    devops_create_work_item,
    devops_link_work_items,
)
from tests.shared.tools.devops_calls import requests
from tests.shared.tools.sandbox import ConsentedExchange, Sandbox

LARKSPUR = {"organization": "larkspur"}
BOOKING = {**LARKSPUR, "project": "Booking"}
BASE = "https://dev.azure.com/larkspur/Booking"
GIT, WIKI = f"{BASE}/_git/booking-api", f"{BASE}/_wiki/wikis/Booking.wiki"
PROJECT = "2c7e91d4-6b58-4a3f-9e0d-7f1a2b3c4d5e"
API_ID = named_id("repository", "booking-api")
API, BOOK = f"{PROJECT}%2F{API_ID}", f"{PROJECT}%2F{named_id('wiki', 'Booking.wiki')}"
IDS = "11111111-1111-1111-1111-111111111111%2F22222222-2222-2222-2222-222222222222%2F"


async def read(sandbox: Sandbox, work_item_id: int) -> Any:
    return (await sandbox.call(devops_get_work_item, work_item_ids=[work_item_id], **LARKSPUR)).items[0]


async def task(sandbox: Sandbox, *links: dict[str, Any]) -> Any:
    created = await sandbox.call(
        devops_create_work_item, work_item_type="Task", title="A task", links=[*links], **BOOKING
    )
    return await read(sandbox, created.id)


async def unlink(sandbox: Sandbox, item: Any, *links: tuple[str, object]) -> Any:
    chosen = [{"kind": kind, "target": target} for kind, target in links]
    await sandbox.call(devops_link_work_items, work_item_id=item.id, rev=item.rev, remove=chosen, **LARKSPUR)
    return await read(sandbox, item.id)


@pytest.mark.parametrize(
    "reference",
    [
        1302,
        "1302",
        "#1302",
        "AB#1302",
        "ab#1302",
        " 1302 ",
        "vstfs:///WorkItemTracking/WorkItem/1302",
        "https://devops.test/larkspur/Booking/_workitems/edit/1302",
        "https://devops.test/larkspur/_workitems/edit/1302/",
        "https://dev.azure.com/larkspur/Booking/_workitems/edit/1302?fullScreen=true",
        "https://dev.azure.com/larkspur/Booking/_boards/board/t/Platform/Stories/?workitem=1302",
        "https://dev.azure.com/larkspur/Booking/_sprints/taskboard/Platform/Booking/Sprint%2047?workitem=1302",
        "https://dev.azure.com/larkspur/Booking/_queries/query/?workitem=1302&id=99",
        "https://larkspur.visualstudio.com/Booking/_workitems?id=1302&_a=edit",
        "https://larkspur.visualstudio.com/Booking/Platform/_workitems#id=1302&_a=edit",
        "https://larkspur.visualstudio.com/DefaultCollection/Booking/_workitems/edit/1302",
        "https://dev.azure.com/larkspur/_apis/wit/workItems/1302",
        "https://dev.azure.com/larkspur/2c7e91d4-6b58-4a3f-9e0d-7f1a2b3c4d5e/_apis/wit/workItems/1302/updates",
    ],
)
async def test_a_work_item_is_named_as_people_and_the_service_name_it(sandbox: Sandbox, reference: object):
    page = await sandbox.call(devops_get_work_item, work_item_ids=[reference], **LARKSPUR)

    assert [1302] == [each.id for each in page.items]


@pytest.mark.parametrize(
    "reference",
    [
        "AB1302",
        "!1302",
        "1302/comments",
        "https://dev.azure.com/larkspur/Booking/_git/api/pullrequest/1302",
        "https://dev.azure.com/larkspur/Booking/_build/results?buildId=1302",
        "https://dev.azure.com/larkspur/Booking/_wiki/wikis/Booking.wiki/1302",
        "https://dev.azure.com/larkspur/Booking/_apis/build/builds/1302",
    ],
)
async def test_what_names_something_else_is_no_work_item(sandbox: Sandbox, reference: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_work_item, work_item_ids=[reference], **LARKSPUR)

    assert ("invalid_argument", []) == (refused.value.code, await requests(sandbox))


async def test_the_addresses_of_results_are_references(sandbox: Sandbox):
    listed = (await sandbox.call(devops_list_my_work_items, limit=5, **LARKSPUR)).items
    whole = await read(sandbox, 1304)
    addresses = [*(each.web_url for each in listed), whole.web_url]
    linked = [each for each in whole.links if each.kind in ("parent", "related", "child")]

    page = await sandbox.call(
        devops_get_work_item,
        work_item_ids=[*addresses, *(each.url for each in linked)],
        fields=["System.Title"],
    )

    wanted = dict.fromkeys([*(each.id for each in listed), 1304, *(each.id for each in linked)])
    assert [*wanted] == [each.id for each in page.items]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("branch", f"vstfs:///Git/Ref/{IDS}GBfeature%2Fx"),
        ("tag", f"vstfs:///Git/Ref/{IDS}GTv1.0"),
        ("commit", f"vstfs:///Git/Commit/{IDS}{'a' * 40}"),
        ("wiki_page", f"vstfs:///Wiki/WikiPage/{IDS}%2FHome"),
        ("duplicate_of", "1302"),
        ("duplicate", "1302"),
        ("tests", "1302"),
        ("tested_by", "1302"),
        ("predecessor", "1302"),
        ("successor", "1302"),
        ("hyperlink", "https://status.larkspur.example/"),
        ("build", "4711"),
    ],
)
async def test_a_link_is_read_and_removed_by_the_kind_it_was_added_with(
    sandbox: Sandbox, kind: str, target: str
):
    item = await task(sandbox, {"kind": "parent", "target": 1301}, {"kind": kind, "target": target})
    after = await unlink(sandbox, item, (kind, target))

    assert ["parent", kind] == [each.kind for each in item.links]
    assert ["parent"] == [each.kind for each in after.links]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("branch", "main"),
        ("branch", f"vstfs:///Git/Ref/{IDS}GTv1"),
        ("commit", f"vstfs:///Git/Commit/{IDS}abc"),
        ("pull_request", "PR"),
        ("wiki_page", "/Home"),
    ],
)
async def test_a_target_in_another_form_is_explained(sandbox: Sandbox, kind: str, target: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_link_work_items,
            work_item_id=1302,
            links=[{"kind": kind, "target": target}],
            **LARKSPUR,
        )

    assert ("invalid_argument", True) == (refused.value.code, "is named by" in refused.value.message)
    assert [] == await requests(sandbox)


@pytest.mark.parametrize(
    ("kind", "target", "leads_to"),
    [
        ("branch", f"{GIT}?version=GBben%2Fprices", f"Git/Ref/{API}%2FGBben%2Fprices"),
        ("branch", f"{GIT}?path=/README.md&version=GBmain&_a=contents", f"Git/Ref/{API}%2FGBmain"),
        ("tag", f"{GIT}?version=GTv2.3.0", f"Git/Ref/{API}%2FGTv2.3.0"),
        ("commit", f"{GIT}/commit/{'AB' * 20}?refName=x", f"Git/Commit/{API}%2F{'ab' * 20}"),
        ("commit", f"{GIT}?version=GC{'ab' * 20}", f"Git/Commit/{API}%2F{'ab' * 20}"),
        ("commit", f"booking-api@{'ab' * 20}", f"Git/Commit/{API}%2F{'ab' * 20}"),
        ("commit", f"{API_ID}@{'ab' * 20}", f"Git/Commit/{API}%2F{'ab' * 20}"),
        ("commit", f"{GIT}@{'ab' * 20}", f"Git/Commit/{API}%2F{'ab' * 20}"),
        ("pull_request", f"{GIT}/pullrequest/412?_a=files", f"Git/PullRequestId/{API}%2F412"),
        ("pull_request", 412, f"Git/PullRequestId/{API}%2F412"),
        ("pull_request", "!412", f"Git/PullRequestId/{API}%2F412"),
        ("build", f"{BASE}/_build/results?buildId=4711&view=results", "Build/Build/4711"),
        ("wiki_page", f"{WIKI}?pagePath=/Runbooks/On%20call", f"Wiki/WikiPage/{BOOK}%2FRunbooks%2FOn%20call"),
        ("wiki_page", f"{WIKI}/102/Home", f"Wiki/WikiPage/{BOOK}%2FHome"),
    ],
)
async def test_a_link_is_added_and_removed_by_the_address_in_the_browser(
    sandbox: Sandbox, kind: str, target: object, leads_to: str
):
    item = await task(sandbox, {"kind": "parent", "target": 1301})
    links = [{"kind": kind, "target": target}]
    await sandbox.call(devops_link_work_items, work_item_id=item.id, links=links, **LARKSPUR)
    linked = await read(sandbox, item.id)
    after = await unlink(sandbox, linked, (kind, target))
    created = await task(sandbox, *links)

    assert [(kind, f"vstfs:///{leads_to}")] == [(each.kind, each.url) for each in linked.links[1:]]
    assert ["parent"] == [each.kind for each in after.links]
    assert linked.links[1:] == created.links


@pytest.mark.parametrize(
    ("kind", "target", "told"),
    [
        ("branch", "https://dev.azure.com/other/Booking/_git/x?version=GBmain", "organization other"),
        ("build", "https://dev.azure.com/other/Booking/_build/results?buildId=4711", "organization other"),
        ("pull_request", "https://other.visualstudio.com/B/_git/x/pullrequest/412", "organization other"),
        ("wiki_page", "https://dev.azure.com/other/B/_wiki/wikis/B.wiki/1/x", "organization other"),
        ("parent", "https://dev.azure.com/other/B/_workitems/edit/1301", "organization other"),
        ("commit", f"https://dev.azure.com/other/B/_git/x@{'ab' * 20}", "organization other"),
        ("branch", "https://github.com/larkspur/booking/tree/main", "not an address of Azure DevOps"),
        ("build", "https://ci.example/builds?buildId=4711", "not an address of Azure DevOps"),
        ("branch", GIT, "not the address of a branch"),
        ("branch", f"{GIT}?version=GTv2.3.0", "not the address of a branch"),
        ("tag", f"{GIT}?version=GBmain", "not the address of a tag"),
        ("commit", f"{GIT}?version=GBmain", "not the address of a commit"),
        ("pull_request", f"{GIT}?version=GBmain", "not the address of a pull request"),
        ("wiki_page", GIT, "not the address of a wiki page"),
        ("build", GIT, "a build is named"),
    ],
)
async def test_an_address_of_something_else_is_no_target(sandbox: Sandbox, kind: str, target: str, told: str):
    item = await read(sandbox, 1302)
    link = {"kind": kind, "target": target}
    with pytest.raises(ToolError) as adding:
        await sandbox.call(devops_link_work_items, work_item_id=1302, links=[link], **LARKSPUR)
    with pytest.raises(ToolError) as removing:
        await unlink(sandbox, item, (kind, target))

    assert ("invalid_argument", True) == (adding.value.code, told in adding.value.message)
    assert removing.value.code in ("invalid_argument", "not_found")
    assert [] == await requests(sandbox, "PATCH")


class WithoutCode(ConsentedExchange):
    """Entra where nobody consented to read code."""

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        token = super().exchange(assertion, tenant_id=tenant_id, scopes=scopes, claims=claims)
        return replace(token, scopes=token.scopes - {"vso.code"})


async def test_to_look_a_branch_up_takes_a_consent_that_other_links_do_without(sandbox: Sandbox):
    settings = sandbox.settings()
    sandbox.server = Server(
        settings,
        http=Http(lambda: sandbox.http),
        on_behalf_of=OnBehalfOf(WithoutCode(settings)),
        preferences=MemoryPreferences(),
        tools=CATALOGUE,
    )
    build = {"kind": "build", "target": 4711}
    branch = {"kind": "branch", "target": f"{GIT}?version=GBmain"}
    linked = await sandbox.call(devops_link_work_items, work_item_id=1302, links=[build], **LARKSPUR)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_link_work_items, work_item_id=1302, links=[branch], **LARKSPUR)

    assert 1302 == linked.id
    assert ("consent_required", "vso.code") == (
        refused.value.code,
        refused.value.details["missing_scopes"].rpartition("/")[2],
    )


async def test_a_work_item_gets_another_parent(sandbox: Sandbox):
    item = await task(sandbox, {"kind": "parent", "target": 1301})
    await unlink(sandbox, item, ("parent", 1301))
    await sandbox.call(
        devops_link_work_items,
        work_item_id=item.id,
        links=[{"kind": "parent", "target": 1302}],
        **LARKSPUR,
    )

    after = await read(sandbox, item.id)
    assert [("parent", 1302)] == [(each.kind, each.id) for each in after.links]
    assert item.id not in [each.id for each in (await read(sandbox, 1301)).links]


async def test_several_links_are_removed_and_no_others(sandbox: Sandbox):
    item = await task(
        sandbox,
        {"kind": "related", "target": 1301},
        {"kind": "related", "target": 1302},
        {"kind": "hyperlink", "target": "https://a.example/"},
        {"kind": "related", "target": 1303},
    )

    after = await unlink(sandbox, item, ("related", "AB#1301"), ("hyperlink", "https://a.example/"))

    assert [1302, 1303] == [each.id for each in after.links]


@pytest.mark.parametrize(("kind", "target"), [("child", 1302), ("parent", 1302), ("hyperlink", "https://b/")])
async def test_a_link_that_is_not_there_is_not_removed(sandbox: Sandbox, kind: str, target: object):
    item = await task(sandbox, {"kind": "related", "target": 1302})

    with pytest.raises(ToolError) as refused:
        await unlink(sandbox, item, ("related", 1302), (kind, target))

    assert "not_found" == refused.value.code
    assert item.links == (await read(sandbox, item.id)).links


async def test_a_link_of_an_older_revision_is_not_removed(sandbox: Sandbox):
    item = await task(sandbox, {"kind": "related", "target": 1302})
    await sandbox.call(
        devops_link_work_items,
        work_item_id=item.id,
        links=[{"kind": "related", "target": 1301}],
        **LARKSPUR,
    )

    with pytest.raises(ToolError) as refused:
        await unlink(sandbox, item, ("related", 1302))

    assert "conflict" == refused.value.code
    assert [1302, 1301] == [each.id for each in (await read(sandbox, item.id)).links]


async def test_another_parent_is_one_call(sandbox: Sandbox):
    item = await task(sandbox, {"kind": "parent", "target": 1301})

    await sandbox.call(
        devops_link_work_items,
        work_item_id=item.id,
        rev=item.rev,
        remove=[{"kind": "parent", "target": 1301}],
        links=[{"kind": "parent", "target": 1302}],
        **LARKSPUR,
    )
    after = await read(sandbox, item.id)

    assert [("parent", 1302)] == [(each.kind, each.id) for each in after.links]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "links:"),
        ({"links": [], "remove": []}, "links:"),
        ({"remove": [{"kind": "parent", "target": 1301}]}, "rev:"),
    ],
)
async def test_what_is_to_be_linked_or_removed_has_to_be_told(
    sandbox: Sandbox, arguments: dict[str, Any], named: str
):
    item = await task(sandbox, {"kind": "parent", "target": 1301})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_link_work_items, work_item_id=item.id, **arguments, **LARKSPUR)
    after = await read(sandbox, item.id)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(named))
    assert item.rev == after.rev
