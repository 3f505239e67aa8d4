"""What hostile arguments of a read can do: nothing but one right GET, or none."""

import json
from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops_reads import devops_read
from shared.tools.graph_reads import graph_find_reads, graph_read
from tests.shared.reads.all_reads import AllReads

BOOKING = {"organization": "larkspur", "project": "Booking"}
WORKSHEET = "/me/drive/items/a/workbook/worksheets/b"
FILES = "/{project}/_apis/git/repositories/a/items"


@pytest.fixture
def reads() -> AllReads:
    return AllReads()


async def refused(reads: AllReads, tool: Any, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as error:
        await reads.call(tool, **arguments)
    assert [] == reads.requests
    return error.value


@pytest.mark.parametrize(
    "path",
    [
        "/me/drive/items/root:/children", "/me/drive/items/:x/children", "/sites/contoso.example:/lists",
        "/users/microsoft.graph.delta()", "/users/delta(token='x')", "/me/messages/$filter",
        "/me/messages/$skiptoken", "/groups/$all/members", "/me/memberOf/microsoft.graph.group",
        f"{WORKSHEET}/range(address='A1')('x')", f"{WORKSHEET}/range(address='A1',valuesOnly=true)",
        f"{WORKSHEET}/range(address='A1'%27)", f"{WORKSHEET}/range(address='%2527')",
        f"{WORKSHEET}/range(address=A1)", f"{WORKSHEET}/range(address='A1%3F$top=1')",
        f"{WORKSHEET}/cell(row=1,column=1) or true", f"{WORKSHEET}/cell(row='1',column=1)",
    ],
)  # fmt: skip
async def test_no_id_is_a_path_a_cast_or_a_function(path: str, reads: AllReads) -> None:
    error = await refused(reads, graph_read, path=path)

    assert "invalid_argument" == error.code


async def test_what_stands_in_quotes_of_a_function_stays_in_them(reads: AllReads) -> None:
    await reads.call(graph_read, path=f"{WORKSHEET}/range(address='O''Brien)&$top=1')")

    (request,) = reads.requests
    assert request.url.raw_path.endswith(b"/range(address='O%27%27Brien%29%26%24top%3D1')")
    assert b"" == request.url.query


@pytest.mark.parametrize("filter", ["a eq 'b'\r\nHost: evil.example", "x eq 1&$expand=manager", "a#b?c%00"])
async def test_a_filter_is_one_parameter_whatever_is_in_it(filter: str, reads: AllReads) -> None:
    await reads.call(graph_read, path="/me/messages", filter=filter)

    (request,) = reads.requests
    assert filter == request.url.params["$filter"]
    assert {"$filter", "$top"} == set(request.url.params)
    assert "graph.test" == request.headers["host"]


@pytest.mark.parametrize(
    "name",
    ["api-version", "API-Version", "$format", "continuationToken", "$top", "download", "resultUrl", "x\n"],
)
async def test_no_parameter_is_sent_that_is_not_the_clients(name: str, reads: AllReads) -> None:
    error = await refused(reads, devops_read, path=FILES, parameters={name: "zip"}, **BOOKING)

    assert "there is no" in error.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recursionLevel", "everything"), ("scopePath", {"$ne": 1}), ("scopePath", [["/"]]),
        ("scopePath", "x" * 2_001),
    ],
)  # fmt: skip
async def test_no_value_is_sent_that_cannot_be(name: str, value: Any, reads: AllReads) -> None:
    await refused(reads, devops_read, path=FILES, parameters={name: value}, **BOOKING)


async def test_a_value_is_one_parameter_whatever_is_in_it(reads: AllReads) -> None:
    hostile = "/a&api-version=1.0&$format=zip\r\nX: y"
    await reads.call(devops_read, path=FILES, parameters={"scopePath": hostile}, **BOOKING)

    (request,) = reads.requests
    assert hostile == request.url.params["scopePath"]
    assert ["7.1"] == request.url.params.get_list("api-version")
    assert "$format" not in request.url.params


@pytest.mark.parametrize(
    "where",
    [
        {"organization": "larkspur/Booking", "project": "x"}, {"organization": "..", "project": "x"},
        {"organization": "a/../b", "project": "x"}, {"organization": "larkspur", "project": "a/_apis"},
        {"organization": "larkspur", "project": "../other"}, {"organization": "larkspur", "project": "a%2fb"},
        {"organization": "larkspur?x=", "project": "x"},
    ],
)  # fmt: skip
async def test_organization_and_project_stay_one_segment_each(where: dict[str, str], reads: AllReads) -> None:
    await refused(reads, devops_read, path="/{project}/_apis/wit/tags", **where)


async def test_an_organization_brings_no_project(reads: AllReads) -> None:
    await refused(reads, devops_read, path="/_apis/wit/tags", organization="larkspur/Booking")


@pytest.mark.parametrize(
    "expand",
    [
        "manager($expand=manager)", "manager($filter=1 eq 1)", "manager($levels=max)", "../manager", "a/b",
        "manager;$top=1", "manager&$top=1", "manager($select=a),b($expand=c)", "$ref", "manager\n",
        "messages($select=id;$top=999)", "*",
    ],
)  # fmt: skip
async def test_what_is_included_is_named_and_no_more(expand: str, reads: AllReads) -> None:
    if expand.strip() != expand:
        await reads.call(graph_read, path="/me", expand=expand)
        assert ["manager"] == [each.url.params["$expand"] for each in reads.requests]
        return
    error = await refused(reads, graph_read, path="/me", expand=expand)

    assert "expand" in error.message


async def test_names_and_their_properties_are_included(reads: AllReads) -> None:
    await reads.call(graph_read, path="/me/messages", expand="attachments($select=name,size), extensions")

    (request,) = reads.requests
    assert "attachments($select=name,size),extensions" == request.url.params["$expand"]


@pytest.mark.parametrize("name", ["memberOf", "appRoleAssignments"])
async def test_what_is_not_offered_is_not_included_either(name: str) -> None:
    reads = AllReads(READ_MORE="graph:people", READ_MORE_SCOPES="User.Read,Directory.Read.All")

    error = await refused(reads, graph_read, path="/me", expand=name)

    assert ("forbidden", "read_not_offered") == (error.code, error.reason)
    assert "graph:directory" in error.remedy


async def test_what_the_policy_forbids_is_not_included_either() -> None:
    policy = {"/groups/{group-id}/members": {"roles": ["Groups.Read"]}}
    reads = AllReads(TOOL_POLICY=json.dumps(policy))

    one = await refused(reads, graph_read, path="/groups/1", expand="members")
    many = await refused(reads, graph_read, path="/groups", expand="owners,members($select=id)")

    assert {"role_or_group_missing"} == {one.reason, many.reason}


async def test_a_cursor_is_good_for_its_read_and_its_arguments_alone(reads: AllReads) -> None:
    page = {"value": [{"id": "1"}], "@odata.nextLink": "https://graph.test/v1.0/me/messages?$skip=1"}
    reads.answer = page
    graph = (await reads.call(graph_read, path="/me/messages", filter="a")).next_cursor
    reads.answer = [{"id": number} for number in range(9)]
    devops = (await reads.call(devops_read, path="/{project}/_apis/wit/tags", limit=2, **BOOKING)).next_cursor
    assert graph is not None
    assert devops is not None

    for tool, more, cursor in [
        (graph_read, {"path": "/me/messages", "filter": "b"}, graph),
        (graph_read, {"path": "/me/contacts", "filter": "a"}, graph),
        (graph_read, {"path": "/me/messages", "filter": "a"}, devops),
        (devops_read, {"path": "/{project}/_apis/build/tags", **BOOKING}, devops),
        (devops_read, {"path": "/{project}/_apis/wit/tags", **BOOKING, "project": "Other"}, devops),
        (devops_read, {"path": "/{project}/_apis/wit/tags", **BOOKING}, graph),
    ]:
        assert "cursor" in (await refused(reads, tool, cursor=cursor, **more)).message


async def test_no_next_link_leads_elsewhere(reads: AllReads) -> None:
    reads.answer = {"value": [{"id": "1"}], "@odata.nextLink": "https://evil.example/v1.0/me/messages"}
    cursor = (await reads.call(graph_read, path="/me/messages")).next_cursor

    with pytest.raises(ToolError):
        await reads.call(graph_read, path="/me/messages", cursor=cursor)

    assert [] == reads.requests


async def test_a_window_is_needed_where_there_is_one_and_is_listed(reads: AllReads) -> None:
    found = await reads.call(graph_find_reads, about="calendar view of a group")
    error = await refused(reads, graph_read, path="/groups/1/calendarView")
    window = {"startDateTime": "2026-11-18", "endDateTime": "2026-11-19"}
    await reads.call(graph_read, path="/groups/1/calendarView", parameters=window)

    parameters = {each.path: each.parameters for each in found.items}
    assert ["startDateTime*", "endDateTime*"] == parameters["/groups/{group-id}/calendarView"]
    assert "startDateTime is missing" in error.message
    assert window == {name: reads.requests[0].url.params[name] for name in window}
