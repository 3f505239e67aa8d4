"""Responses in the forms that the published documentation shows, where the demo organisation's are others.

Bodies are made here; a name in a comment says which example of the documentation has the form.
"""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.approvals import devops_list_approvals
from shared.tools.devops.builds import devops_get_build_status, devops_list_builds
from shared.tools.devops.code_search import devops_search_code
from shared.tools.devops.diffs import devops_get_diff
from shared.tools.devops.releases import devops_list_releases
from shared.tools.devops.repos import devops_get_pull_request, devops_list_pull_requests
from shared.tools.devops.repositories import devops_list_branches
from shared.tools.devops.sprints import devops_get_sprint, devops_list_paths
from shared.tools.devops.test_results import devops_get_test_results
from shared.tools.devops.wiki import devops_get_wiki_page, devops_list_wikis
from shared.tools.devops.work_items import devops_get_work_item, devops_search_work_items
from tests.shared.tools.devops_calls import BOOKING
from tests.shared.tools.sandbox import Sandbox

COMMIT = "9ba084e3d1482fb3078356ec20bc911bfd76d8c2"
ANA = {"id": "1f0e9d8c-7b6a-4594-8372-6150f4e3d2c1", "displayName": "Ana <b>Duarte</b>"}
BRANCHES = {**BOOKING, "repository": "booking-api"}
PULL = {
    "pullRequestId": 412,
    "codeReviewId": 412,
    "status": "active",
    "title": "A",
    "repository": {
        "id": "r",
        "name": "booking-api",
        "project": {"id": "p", "name": "Booking", "revision": 7},
    },
    "sourceRefName": "refs/heads/a",
    "targetRefName": "refs/heads/main",
    "createdBy": ANA,
    "creationDate": "2016-11-01T16:30:31.6655471Z",
}
# Every list of these may be answered so, and is empty then.
LISTS: list[tuple[Any, dict[str, Any], str]] = [
    (devops_list_builds, BOOKING, "*/builds"),
    (devops_list_pull_requests, BOOKING, "*/pullrequests"),
    (devops_list_branches, BRANCHES, "*/refs"),
    (devops_list_wikis, BOOKING, "*/wikis"),
    (devops_list_releases, BOOKING, "*/releases"),
    (devops_list_approvals, BOOKING, "*/approvals"),
]


async def sent(sandbox: Sandbox, path: str, body: Any) -> Sandbox:
    """The sandbox whose Azure DevOps gives this body to requests of a path."""
    await sandbox.fail("devops", path=path, status=200, json=body)
    return sandbox


@pytest.mark.parametrize(("function", "arguments", "path"), LISTS, ids=[each[0].__name__ for each in LISTS])
@pytest.mark.parametrize("body", [{"count": 0}, {"count": 0, "value": None}, {"count": 0, "value": []}])
async def test_a_count_of_zero_alone_is_an_empty_list(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], path: str, body: Any
):
    page = await (await sent(read_only, path, body)).call(function, **arguments)

    assert ([], True) == (page.items, page.complete)


@pytest.mark.parametrize(("function", "arguments", "path"), LISTS, ids=[each[0].__name__ for each in LISTS])
@pytest.mark.parametrize("body", [{"count": 3}, {"name": "refs/heads/main", "objectId": COMMIT}, {}])
async def test_a_list_that_is_not_there_is_not_an_empty_one(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], path: str, body: Any
):
    """Refs: one example shows a single reference where the list is."""
    await sent(read_only, path, body)

    with pytest.raises(ToolError, match="unexpected form"):
        await read_only.call(function, **arguments)


CAPACITY = {
    "teamMember": {**ANA, "uniqueName": "ana.duarte@larkspur.example"},
    "activities": [{"capacityPerDay": 3, "name": ""}, {"capacityPerDay": 5.5, "name": "Development"}],
    "daysOff": [],
}


@pytest.mark.parametrize(
    "body", [{"count": 1, "value": [CAPACITY]}, {"teamMembers": [CAPACITY], "totalDaysOff": 0}]
)
async def test_capacities_are_read_with_totals_and_as_a_list(read_only: Sandbox, body: Any):
    found = await (await sent(read_only, "*/capacities", body)).call(devops_get_sprint, **BOOKING)

    hours = {each.name: each.hours_per_day for each in found.members}
    assert 8.5 == hours["Ana <b>Duarte</b> <ana.duarte@larkspur.example>"]


async def test_capacities_in_neither_form_are_a_gap(read_only: Sandbox):
    await sent(read_only, "*/capacities", {"totalCapacityPerDay": 11})

    found = await read_only.call(devops_get_sprint, **BOOKING)

    assert ["the capacity of the members"] == [each.source for each in found.gaps]


@pytest.mark.parametrize(
    "states", [None, [], [{"name": "New", "color": "b2b2b2"}, {"name": "Done", "color": "339933"}]]
)
async def test_types_that_do_not_tell_their_states_do_not_say_what_has_ended(read_only: Sandbox, states: Any):
    kinds = [{"name": name, "states": states} for name in ("Bug", "Task", "User Story")]
    await sent(read_only, "*/workitemtypes", {"count": 3, "value": kinds})

    found = await read_only.call(devops_get_sprint, **BOOKING)

    assert {None} == {each.ended for each in found.items}


async def test_runs_without_totals_are_searched_for_failed_tests(read_only: Sandbox):
    """Runs - List: without details there are no numbers of tests."""
    run = {"id": 1, "name": "Unit", "isAutomated": False, "state": "Completed", "plan": {"id": "1"}}
    result = {
        "id": 100000,
        "outcome": "Failed",
        "automatedTestName": None,
        "testCaseTitle": "TestCase1",
        "durationInMs": 2439,
        "testRun": {"id": "1"},
        "failingSince": {"date": "0001-01-01T00:00:00", "build": {"id": "12", "number": None}},
        "associatedBugs": [{"id": "34", "url": ""}],
        "customFields": [],
    }
    faults = [
        {"path": "*/test/runs", "status": 200, "json": {"value": [run], "count": 1}},
        {"path": "*/results", "status": 200, "json": {"count": 1, "value": [result]}},
    ]
    await read_only.control("PUT", "devops", "faults", faults)

    found = await read_only.call(devops_get_test_results, build="4711", **BOOKING)

    assert ([None], None) == ([each.total for each in found.runs], found.total_tests)
    (failed,) = found.items
    assert ("TestCase1", None, 12) == (failed.name, failed.failing_since, failed.failing_since_build)


async def test_numbers_of_enumerations_are_read_by_their_names(read_only: Sandbox):
    """Pull Request Threads - Create: status and type of comments are numbers there."""
    comments = [
        {"id": 1, "parentCommentId": 0, "author": ANA, "content": "Why?", "commentType": 1},
        {"id": 2, "parentCommentId": 1, "author": ANA, "content": "voted 10", "commentType": 3},
    ]
    context = {"filePath": "/a.py", "leftFileStart": None, "rightFileStart": {"line": 5, "offset": 1}}
    odd = {"id": 8, "status": 2, "comments": comments[1:], "threadContext": None}
    thread = {"id": 7, "status": 1, "comments": comments, "threadContext": context}
    await sent(read_only, "*/threads", {"count": 2, "value": [thread, odd]})

    found = await read_only.call(devops_get_pull_request, pull_request=412, **BOOKING)

    assert [(7, "active", "/a.py", 5, 1)] == [
        (each.id, each.status, each.file, each.line, len(each.comments)) for each in found.threads
    ]


@pytest.mark.parametrize(
    ("reviewer", "name"),
    [({"displayName": None, "uniqueName": "a@b"}, "a@b"), ({"id": "x7"}, "x7"), (ANA, ANA)],
)
async def test_a_reviewer_without_a_name_has_another(read_only: Sandbox, reviewer: Any, name: Any):
    pull = {**PULL, "reviewers": [{"reviewerUrl": "", "vote": 10, **reviewer}]}
    await sent(read_only, "*/pullrequests/412", pull)

    found = await read_only.call(devops_get_pull_request, pull_request=412, **BOOKING)

    expected = "Ana <b>Duarte</b>" if name is ANA else name
    assert [(expected, "approved")] == [(each.name, each.verdict) for each in found.reviewers]


async def test_a_pull_request_without_reviewers_and_merge_is_listed(read_only: Sandbox):
    await sent(read_only, "*/pullrequests", {"value": [PULL], "count": 1})

    page = await read_only.call(devops_list_pull_requests, **BOOKING)

    assert ["2016-11-01T16:30:31.665547+00:00"] == [each.created.isoformat() for each in page.items]
    assert [("a", None)] == [(each.source_branch, each.merge_status) for each in page.items]


async def test_a_build_of_another_time_is_read(read_only: Sandbox):
    """Builds - List: one of a XAML definition, with a queue without pool and a source of another form."""
    build = {
        "id": 367,
        "definition": {"type": "xaml", "id": "2", "name": "MyWebSite CI"},
        "buildNumber": 20150623,
        "sourceVersion": f"LG:refs/heads/master:{COMMIT}",
        "status": "completed",
        "result": "failed",
        "queueTime": "2015-06-23T18:25:15.047",
        "startTime": "",
        "finishTime": "9999-12-31T23:59:59.9999999Z",
        "requestedFor": {"displayName": "[Collection]\\Service Accounts", "isContainer": True},
        "repository": {"id": "r", "clean": None},
    }
    await sent(read_only, "*/builds/367", build)

    found = await read_only.call(devops_get_build_status, build=367, **BOOKING)

    assert ("20150623", 2, None) == (found.build.number, found.build.definition_id, found.build.started)
    assert "2015-06-23T18:25:15.047000+00:00" == found.build.queued.isoformat()
    assert 9999 == found.build.finished.year


async def test_people_that_are_texts_are_named_by_them(read_only: Sandbox):
    """Work Items, Updates: people are texts in older responses, and a field may have neither value."""
    update = {
        "id": 2,
        "workItemId": 1304,
        "rev": 2,
        "revisedBy": "Jamal <jamal@b.example>",
        "revisedDate": "9999-01-01T00:00:00Z",
        "fields": {
            "System.AssignedTo": {},
            "System.State": {"oldValue": "New", "newValue": "Active"},
            "System.ChangedDate": {"newValue": "2017-09-04T02:28:56.253Z"},
        },
    }
    comment = {"id": 50, "text": "Done", "createdBy": "Jamal <jamal@b.example>", "createdDate": "2019-01-21"}
    faults = [
        {"path": "*/updates", "status": 200, "json": {"count": 1, "value": [update]}},
        {"path": "*/comments", "status": 200, "json": {"totalCount": 1, "count": 1, "comments": [comment]}},
    ]
    await read_only.control("PUT", "devops", "faults", faults)

    page = await read_only.call(
        devops_get_work_item, organization="larkspur", work_item_ids=[1304], comments=5, history=5
    )

    (item,) = page.items
    assert ["Jamal <jamal@b.example>"] * 2 == [item.history.items[0].by, item.comments.items[0].author]
    assert ["New", "Active"] == [*item.history.items[0].fields["System.State"].model_dump().values()]
    assert "2019-01-21T00:00:00+00:00" == item.comments.items[0].created.isoformat()


async def test_a_work_item_with_texts_for_people_and_few_fields_is_listed(read_only: Sandbox):
    """Work Items - List: only what is asked for and set is there."""
    fields = {"System.Id": 1304, "System.AssignedTo": "Jamal <jamal@b.example>", "System.Title": "A"}
    item = {"id": "1304", "rev": 1, "fields": {**fields, "System.ChangedDate": "2014-12-29T20:49:22.103"}}
    faults = [
        {
            "path": "*/wiql",
            "status": 200,
            "json": {"queryType": "flat", "workItems": [{"id": 1304, "url": ""}]},
        },
        {"path": "*/workitemsbatch", "status": 200, "json": {"count": 1, "value": [item, None]}},
    ]
    await read_only.control("PUT", "devops", "faults", faults)

    page = await read_only.call(
        devops_search_work_items, query="SELECT [System.Id] FROM WorkItems", organization="larkspur"
    )
    whole = await read_only.call(
        devops_get_work_item, organization="larkspur", work_item_ids=[1304], comments=0
    )

    assert [1304] == [each.id for each in page.items]
    assert ["Jamal <jamal@b.example>"] == [each.assigned_to for each in whole.items]
    assert "2014-12-29T20:49:22.103000+00:00" == whole.items[0].changed.isoformat()


async def test_an_iteration_without_attributes_or_children_has_no_days(read_only: Sandbox):
    root = {
        "id": 3569,
        "name": "Booking",
        "structureType": "iteration",
        "hasChildren": True,
        "children": [
            {"id": 1, "name": "R & D", "hasChildren": False, "attributes": None, "children": None},
            {"id": 2, "name": "S2", "attributes": {"startDate": "2014-03-17", "finishDate": None}},
        ],
    }
    await sent(read_only, "*/classificationnodes/*", root)

    page = await read_only.call(devops_list_paths, kind="iterations", **BOOKING)

    days = [(each.path, each.start, each.time_frame) for each in page.items]
    assert ("Booking\\R & D", None, None) == days[1]
    assert ("2014-03-17", None) == (days[2][1].isoformat(), days[2][2])


async def test_approvals_without_steps_and_pipeline_are_listed(read_only: Sandbox):
    """Approvals - Query: steps may be empty though they were asked for."""
    approval = {"id": "ee14f612-6838-43c0-b445-db238ef14153", "steps": [], "status": "pending"}
    body = {
        "count": 1,
        "value": [{**approval, "createdOn": "2020-11-19T08:14:49.58Z", "blockedApprovers": []}],
    }
    await sent(read_only, "*/pipelines/approvals", body)

    found = await read_only.call(devops_list_approvals, **BOOKING)

    assert [(None, [], None)] == [(each.pipeline, each.approvers, each.yours) for each in found.items]


async def test_a_release_without_stages_has_none(read_only: Sandbox):
    release = {
        "id": 18,
        "name": "Release-18",
        "status": "abandoned",
        "createdBy": ANA,
        "releaseDefinition": {"id": 1, "name": "MyShuttle.CD", "_links": {}},
        "description": "",
        "variables": {},
        "_links": {},
    }
    page = await (await sent(read_only, "*/releases", {"count": 1, "value": [release]})).call(
        devops_list_releases, **BOOKING
    )

    assert [("MyShuttle.CD", [], None)] == [
        (each.definition, each.stages, each.web_url) for each in page.items
    ]


async def test_code_hits_without_lines_and_versions_are_shown(read_only: Sandbox):
    """Code Search Results: matches have offsets alone, one in the name has no length."""
    hit = {
        "fileName": "Cache.cs",
        "path": "/Cache.cs",
        "matches": {"content": [{"charOffset": 1187, "length": 20}], "fileName": [{"length": -1}]},
        "project": {"name": "Booking", "id": "0"},
        "repository": {"name": "booking-api", "id": "r", "type": "git"},
        "versions": [],
        "contentId": "c",
    }
    body = {"count": 1, "results": [hit], "infoCode": 0, "facets": {}}
    page = await (await sent(read_only, "*/codesearchresults", body)).call(
        devops_search_code, query="cache", **BOOKING
    )

    assert [("/Cache.cs", [], None)] == [(each.path, each.lines, each.branch) for each in page.items]


async def test_a_wiki_page_with_empty_content_and_subpages_is_read(read_only: Sandbox):
    page = {
        "path": "/Home",
        "order": 1,
        "isParentPage": True,
        "gitItemPath": "/Home.md",
        "subPages": [{"path": "/Home/Sub", "order": 0, "subPages": []}],
        "content": "",
        "id": "51",
    }
    found = await (await sent(read_only, "*/pages", page)).call(
        devops_get_wiki_page, page="/Home", wiki="Booking.wiki", **BOOKING
    )

    assert (51, ["/Home/Sub"], "") == (found.id, found.subpages, found.content.text)


async def test_a_change_whose_content_is_not_named_is_not_said_to_be_the_same(read_only: Sandbox):
    """Diffs - Get: items have no object ids there; names of kinds of changes are counted in capitals."""
    changes = [
        {"item": {"gitObjectType": "blob", "commitId": COMMIT, "path": "/a.py"}, "changeType": "add"},
        {"item": {"gitObjectType": "tree", "path": "/src", "isFolder": True}, "changeType": "add"},
    ]
    body = {"allChangesIncluded": True, "changeCounts": {"Add": 2}, "changes": changes, "aheadCount": 1}
    await sent(read_only, "*/diffs/commits", body)

    found = await read_only.call(devops_get_diff, target="dmitri/cache-subnet", **BRANCHES)

    (file,) = found.files
    assert ("/a.py", None) == (file.path, file.diff)
    assert file.note and "devops_read_file" in file.note
