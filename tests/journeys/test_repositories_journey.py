"""From a red build to the line and the pull request that mends it, through the official client."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

BOOKING = {"organization": "larkspur", "project": "Booking"}


async def test_a_developer_goes_from_the_red_build_to_the_line_and_its_mending(tenant: Tenant):
    """Build, commit, its diff, the failing test and the line behind it, the branch that mends it."""
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):

        async def ask(tool: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content
            assert result.structured_content is not None
            return result.structured_content

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
