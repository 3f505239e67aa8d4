"""From a red build to the line and the pull request that mends it, through the official client."""

from functools import partial

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys import steps

LARKSPUR = {"organization": "larkspur"}
BOOKING = {**LARKSPUR, "project": "Booking"}


async def test_a_developer_goes_from_the_red_build_to_the_line_and_its_mending(tenant: Tenant):
    """Build, commit, its diff, the failing test and the line behind it, the branch that mends it."""
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        ask = partial(steps.ask, client)

        build = (await ask("devops_get_build_status", build=4711, **BOOKING))["build"]
        commits = await ask("devops_list_commits", repository="booking-api", limit=1, **BOOKING)
        change = await ask("devops_get_diff", commit=commits["items"][0]["web_url"])
        found = await ask("devops_search_code", query="refused ext:py", **BOOKING)
        line = await ask("devops_read_file", path=found["items"][0]["web_url"])
        mended = await ask("devops_get_diff", pull_request="412", path="/deploy", **BOOKING)
        branches = await ask("devops_list_branches", repository="booking-api", compare=True, **BOOKING)
        repositories = await ask("devops_list_repositories", **BOOKING)

    assert ("failed", commits["items"][0]["commit_id"]) == (build["result"], build["commit"])
    assert ["/src/booking/timetable.py"] == [each["path"] for each in change["files"]]
    assert "refused the connection" in line["content"]["text"]
    assert "+    ip: 10.42.16.5" in mended["files"][0]["diff"]["text"]
    assert ["dmitri/cache-subnet"] == [each["name"] for each in branches["items"] if "subnet" in each["name"]]
    assert 4 == repositories["total"]


async def test_a_developer_begins_a_branch_for_a_bug_and_asks_for_review(tenant: Tenant):
    """A branch from the default one, the bug linked to it by its address, and the commit's pull request."""
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        ask = partial(steps.ask, client)

        api = {"repository": "booking-api", **BOOKING}
        created = await ask("devops_create_branch", name="ana/bug-1303", **api)
        taken = await client.call_tool("devops_create_branch", {"name": "ana/bug-1303", **api})
        link = {"kind": "branch", "target": created["web_url"]}
        await ask("devops_link_work_items", work_item_id="1303", links=[link], **LARKSPUR)
        [bug] = (await ask("devops_get_work_item", work_item_ids=["1303"], **LARKSPUR))["items"]
        mended = await ask("devops_get_pull_request", pull_request="412", **BOOKING)
        brought = await ask("devops_list_pull_requests", commit=mended["last_source_commit"], **api)

    assert "there is a branch ana/bug-1303 already" in str(taken.content)
    [linked] = [each["url"] for each in bug["links"] if each["kind"] == "branch"]
    assert linked.startswith("vstfs:///Git/Ref/") and linked.endswith("%2FGBana%2Fbug-1303")
    assert [412] == [each["id"] for each in brought["items"]]
