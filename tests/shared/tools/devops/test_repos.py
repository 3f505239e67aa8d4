"""Pull requests, as a caller of the tools finds them."""

from typing import Any

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.mcp.rendering import render
from shared.text.content import NOTICE
from shared.tools.devops.commits import devops_list_commits
from shared.tools.devops.repos import devops_get_pull_request, devops_list_pull_requests
from tests.shared.tools.devops_calls import BOOKING, pages, requests
from tests.shared.tools.sandbox import Sandbox

ANA, FARID = "1f0e9d8c-7b6a-4594-8372-6150f4e3d2c1", "5d4e3fc0-b1a2-4938-87b6-a594d8e7f605"


async def test_open_pull_requests_come_newest_first(sandbox: Sandbox):
    page = await sandbox.call(devops_list_pull_requests, **BOOKING)

    assert [(416, True), (412, False), (415, False)] == [(each.id, each.is_draft) for each in page.items]
    found = page.items[1]
    assert ("booking-api", "dmitri/cache-subnet", "main", "Dmitri Volkov") == (
        found.repository,
        found.source_branch,
        found.target_branch,
        found.created_by,
    )
    assert found.web_url.endswith("/larkspur/Booking/_git/booking-api/pullrequest/412")
    assert page.complete


async def test_pages_of_pull_requests_hold_each_once(sandbox: Sandbox):
    whole = await sandbox.call(devops_list_pull_requests, status="all", limit=100, **BOOKING)
    found = await pages(sandbox, devops_list_pull_requests, status="all", limit=5, **BOOKING)

    assert 25 == len(found)
    assert [each.id for each in whole.items] == [each.id for each in found]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"status": "abandoned"}, [399]),
        ({"repository": "booking-web"}, [415]),
        ({"source_branch": "ana/warm-cache"}, [416]),
        ({"source_branch": "refs/heads/ana/warm-cache", "target_branch": "main"}, [416]),
        ({"creator_id": ANA}, [416]),
        ({"reviewer_id": FARID}, [412]),
        ({"target_branch": "release"}, []),
    ],
)
async def test_pull_requests_are_chosen_by_what_is_asked(
    sandbox: Sandbox, arguments: dict[str, Any], expected: list[int]
):
    page = await sandbox.call(devops_list_pull_requests, **arguments, **BOOKING)

    assert expected == [each.id for each in page.items]


async def test_a_pull_request_comes_with_its_discussion_files_and_work_items(sandbox: Sandbox):
    found = await sandbox.call(devops_get_pull_request, pull_request=412, **BOOKING)

    assert "Point booking-api at the new cache subnet" == found.pull_request.title
    assert found.description.text.startswith("The test stage still resolves `redis-cache`")
    assert [
        ("Ana Duarte", "none", True),
        ("Ben Osei", "approved with suggestions", False),
        ("Farid Haddad", "waiting for the author", True),
    ] == [(each.name, each.verdict, each.is_required) for each in found.reviewers]
    assert [1303, 1302] == found.work_item_ids
    assert [
        ("/azure-pipelines.yml", "edit"),
        ("/deploy/test/values.yaml", "edit"),
        ("/scripts/wait_for_port.py", "add"),
        ("/tests/integration/conftest.py", "edit"),
    ] == [(each.path, each.change) for each in found.files]
    assert [
        ("active", "/deploy/test/values.yaml", 14, ["Farid Haddad", "Dmitri Volkov"]),
        ("active", "/scripts/wait_for_port.py", 9, ["Ben Osei"]),
        ("fixed", "/azure-pipelines.yml", 41, ["Ben Osei", "Dmitri Volkov"]),
    ] == [
        (each.status, each.file, each.line, [comment.author for comment in each.comments])
        for each in found.threads
    ]
    assert (True, None, None) == (found.files_complete, found.next_comment, found.note)


async def test_what_others_wrote_is_in_its_envelope(sandbox: Sandbox):
    found = await sandbox.call(devops_get_pull_request, pull_request=412, **BOOKING)
    comment = found.threads[0].comments[0].text

    assert (NOTICE, "comment by Farid Haddad") == (comment.notice, comment.origin)
    assert "pull request 412 by Dmitri Volkov" == found.description.origin


async def test_a_renamed_file_tells_its_old_name(sandbox: Sandbox):
    found = await sandbox.call(
        devops_get_pull_request, pull_request="405", organization="larkspur", project="Harbour Ops"
    )

    assert ("rename", "/manifest/desk.py") == (found.files[1].change, found.files[1].original_path)
    assert ("conflicts", "rejected") == (found.pull_request.merge_status, found.reviewers[1].verdict)


async def test_no_part_waits_for_another(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/threads", latency=0.05)

    await sandbox.call(devops_get_pull_request, pull_request=412, **BOOKING)
    asked = [each["path"].rpartition("/")[2] for each in await requests(sandbox)]

    assert ("412", "threads") == (asked[0], asked[-1])
    assert {"iterations", "changes", "workitems", "evaluations"} == set(asked[1:-1])


async def test_the_address_of_a_pull_request_says_where_it_is(sandbox: Sandbox):
    listed = await sandbox.call(devops_list_pull_requests, limit=1, **BOOKING)
    found = await sandbox.call(devops_get_pull_request, pull_request=f"{listed.items[0].web_url}?_a=files")

    assert listed.items[0].id == found.pull_request.id
    assert listed.items[0].web_url == found.pull_request.web_url


async def test_without_iterations_threads_and_description_there_is_still_a_result(sandbox: Sandbox):
    empty = {"status": 200, "json": {"count": 0, "value": []}}
    await sandbox.control(
        "PUT",
        "devops",
        "faults",
        [{"path": f"*/{part}", **empty} for part in ("iterations", "threads", "workitems")],
    )

    found = await sandbox.call(devops_get_pull_request, pull_request=380, **BOOKING)

    assert ([], [], [], None, True) == (
        found.files,
        found.threads,
        found.work_item_ids,
        found.description,
        found.files_complete,
    )


async def test_a_long_discussion_is_read_in_parts_that_make_up_the_whole(sandbox: Sandbox):
    comments = [
        {"author": {"displayName": "Ben"}, "content": f"{number} " + "c" * 3_000} for number in range(30)
    ]
    noise = {"author": {"displayName": "Service"}, "content": "voted", "commentType": "system"}
    gone = {"author": {"displayName": "Ben"}, "content": "never mind", "isDeleted": True}
    threads = [{"id": each, "comments": [noise, gone, *comments[each : each + 10]]} for each in (0, 10, 20)]
    files = [{"item": {"path": f"/src/{number}.py"}, "changeType": "edit"} for number in range(500)]
    await sandbox.control(
        "PUT",
        "devops",
        "faults",
        [
            {"path": "*/threads", "status": 200, "json": {"count": 3, "value": threads}},
            {"path": "*/changes", "status": 200, "json": {"changeEntries": files, "nextSkip": 500}},
        ],
    )
    read: list[str] = []
    skip: int | None = 0
    while skip is not None:
        found = await sandbox.call(devops_get_pull_request, pull_request=412, skip_comments=skip, **BOOKING)
        assert len(render(found.model_dump(mode="json"))) < 40_000
        read += [comment.text.text for thread in found.threads for comment in thread.comments]
        skip = found.next_comment

    assert [each["content"] for each in comments] == read
    assert not found.files_complete
    assert found.note.startswith("At least ")


async def test_a_long_comment_is_read_from_an_offset(sandbox: Sandbox):
    text = "".join(str(number % 10) for number in range(9_000))
    threads = [{"id": 1, "comments": [{"author": {"displayName": "Ben"}, "content": text}]}]
    await sandbox.fail("devops", path="*/threads", status=200, json={"count": 1, "value": threads})
    read, offset = "", 0
    while offset is not None:
        found = await sandbox.call(devops_get_pull_request, pull_request=412, offset=offset, **BOOKING)
        part = found.threads[0].comments[0].text
        read, offset = read + part.text, part.next_offset

    assert text == read


@pytest.mark.parametrize(
    "pull_request",
    [
        "the cache one",
        "412/threads",
        "../412",
        "https://devops.test/larkspur/Booking/_git/booking-api",
        "https://devops.test/larkspur/Booking/_git/booking-api/pullrequest/x",
        "https://other.example/larkspur/Booking/_git/booking-api/pullrequest/412",
    ],
)
async def test_what_is_no_pull_request_is_refused_before_anybody_is_asked(
    sandbox: Sandbox, pull_request: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_pull_request, pull_request=pull_request, **BOOKING)

    assert ("invalid_argument", True) == (
        refused.value.code,
        refused.value.message.startswith("pull_request: "),
    )
    assert [] == await requests(sandbox)


@pytest.mark.parametrize("value", ["a'b", "../x", "x?y=1", "x#y", "%2e%2e", "💥"])
async def test_hostile_values_stay_values(sandbox: Sandbox, value: str):
    branches = await sandbox.call(devops_list_pull_requests, source_branch=value, **BOOKING)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_pull_requests, repository=value, **BOOKING)

    assert [] == branches.items
    assert ("invalid_argument" if value == "../x" else "not_found") == refused.value.code


@pytest.mark.parametrize("repository", [".", ".."])
async def test_a_name_that_would_change_the_path_is_refused(sandbox: Sandbox, repository: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_pull_requests, repository=repository, **BOOKING)

    assert "invalid_argument" == refused.value.code
    assert [] == await requests(sandbox)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "forbidden"), (404, "not_found"), (429, "throttled"), (503, "unavailable")]
)
@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("threads", "comments"),
        ("iterations", "files"),
        ("workitems", "work items"),
        ("evaluations", "policies"),
    ],
)
async def test_a_part_that_is_refused_is_a_gap_and_not_the_loss_of_the_rest(
    sandbox: Sandbox, part: str, source: str, status: int, code: str
):
    path = f"*/{part}"
    await sandbox.fail("devops", path=path, status=status, json={"message": "No.", "typeKey": "X"})

    found = await sandbox.call(devops_get_pull_request, pull_request=412, **BOOKING)

    assert [(source, code)] == [(each.source, each.code) for each in found.gaps]
    parts = {"comments": found.threads, "files": found.files, "work items": found.work_item_ids}
    parts["policies"] = [each for each in found.blockers if each.reason == "policy"]
    assert {source} == {name for name, each in parts.items() if not each}
    assert (source != "files") == found.files_complete


@pytest.mark.parametrize(
    "reference",
    [
        "!412",
        " !412 ",
        "PR 412",
        "https://devops.test/larkspur/Booking/_git/booking-api/pullrequest/412?_a=files&path=/a.py",
        "https://larkspur.visualstudio.com/Booking/_git/booking-api/pullrequest/412",
        "https://larkspur.visualstudio.com/DefaultCollection/Booking/_git/booking-api/pullrequest/412",
        "https://larkspur.visualstudio.com/_git/Booking/pullrequest/412",
        "https://dev.azure.com/larkspur/_git/Booking/pullrequest/412",
        "https://larkspur@dev.azure.com/larkspur/Booking/_git/booking-api/pullrequest/412",
        "https://dev.azure.com/larkspur/Booking/_git/_full/booking-api/pullrequest/412",
        "https://dev.azure.com/larkspur/Booking/_apis/git/repositories/booking-api/pullRequests/412/threads",
        "https://dev.azure.com/larkspur/Booking/_apis/git/pullrequests/412",
        "dev.azure.com/larkspur/Booking/_git/booking-api/pullrequest/412",
    ],
)
async def test_a_pull_request_is_named_as_people_and_the_service_name_it(sandbox: Sandbox, reference: str):
    found = await sandbox.call(devops_get_pull_request, pull_request=reference, **BOOKING)

    assert 412 == found.pull_request.id


async def test_a_pull_request_is_named_by_what_a_result_says(sandbox: Sandbox):
    found = await sandbox.call(devops_get_pull_request, pull_request=412, **BOOKING)

    for reference in (found.pull_request.web_url, found.pull_request.artifact_id):
        again = await sandbox.call(devops_get_pull_request, pull_request=reference, organization="larkspur")
        assert found == again


@pytest.mark.parametrize("written", ["{address}", "{upper}", "{name} <{address}>"])
async def test_people_are_named_by_address_where_an_id_is_taken(sandbox: Sandbox, written: str):
    people = {"ana": ANA, "farid": FARID}
    for alias, argument in (("ana", "creator_id"), ("farid", "reviewer_id")):
        user = organisation().user(alias)
        address = user.user_principal_name
        person = written.format(address=address, upper=address.upper(), name=user.display_name)
        expected = await sandbox.call(devops_list_pull_requests, **{argument: people[alias]}, **BOOKING)
        found = await sandbox.call(devops_list_pull_requests, **{argument: person}, **BOOKING)

        assert expected.items and expected == found


@pytest.mark.parametrize("me", ["me", " Me "])
async def test_what_is_the_users_to_review_says_what_they_voted(sandbox: Sandbox, me: str):
    page = await sandbox.call(devops_list_pull_requests, reviewer_id=me, **BOOKING)
    own = await sandbox.call(devops_list_pull_requests, creator_id=me, **BOOKING)
    farid = await sandbox.call(devops_list_pull_requests, user="farid", reviewer_id=me, **BOOKING)

    assert [(412, "none"), (415, "approved")] == [(each.id, each.your_verdict) for each in page.items]
    assert [(416, None)] == [(each.id, each.your_verdict) for each in own.items]
    assert [(412, "waiting for the author")] == [(each.id, each.your_verdict) for each in farid.items]


async def test_a_person_nobody_knows_is_not_taken_for_everybody(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_pull_requests, reviewer_id="nobody@larkspur.example", **BOOKING)

    assert ("not_found", True) == (refused.value.code, refused.value.message.startswith("reviewer_id: "))


async def test_a_pull_request_nobody_has_is_not_found(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_pull_request, pull_request=9_999, **BOOKING)

    assert "not_found" == refused.value.code


async def test_it_says_why_it_cannot_be_completed(sandbox: Sandbox):
    found = await sandbox.call(devops_get_pull_request, **BOOKING, pull_request=412)

    assert [
        ("vote", "Ana Duarte (required, no vote yet).", None, None),
        ("vote", "Farid Haddad (required, waiting for the author).", None, None),
        ("policy", "Minimum number of reviewers: running; 2 approvals are needed", "running", None),
        ("policy", "Build booking-api-ci: rejected", "rejected", 4711),
        ("policy", "Comment requirements: rejected", "rejected", None),
    ] == [(each.reason, each.text, each.status, each.build_id) for each in found.blockers]


@pytest.mark.parametrize(("number", "reasons"), [(415, set()), (408, set()), (416, {"draft", "policy"})])
async def test_what_nothing_keeps_has_no_blockers(sandbox: Sandbox, number: int, reasons: set[str]):
    found = await sandbox.call(devops_get_pull_request, pull_request=number, **BOOKING)

    assert reasons == {each.reason for each in found.blockers}


@pytest.mark.parametrize(("status", "expected"), [(None, 3), ("open", 2), ("resolved", 1)])
async def test_threads_are_chosen_by_status(sandbox: Sandbox, status: str | None, expected: int):
    found = await sandbox.call(devops_get_pull_request, pull_request=412, thread_status=status, **BOOKING)

    assert expected == len(found.threads)
    assert {"open": {"active"}, "resolved": {"fixed"}}.get(status or "", {"active", "fixed"}) == {
        each.status for each in found.threads
    }


async def test_policies_that_do_not_block_are_not_named(sandbox: Sandbox):
    evaluations = [
        {"status": status, "configuration": {"isEnabled": enabled, "isBlocking": blocking, "type": None}}
        for status, enabled, blocking in [
            ("approved", True, True),
            ("notApplicable", True, True),
            ("rejected", False, True),
            ("rejected", True, False),
            ("broken", True, True),
        ]
    ]
    await sandbox.fail("devops", path="*/evaluations", status=200, json={"count": 5, "value": evaluations})
    found = await sandbox.call(devops_get_pull_request, pull_request=415, **BOOKING)

    assert [("policy", "broken")] == [(each.reason, each.status) for each in found.blockers]


async def test_pull_requests_are_found_by_a_commit_they_brought_or_were_merged_as(sandbox: Sandbox):
    api = {"repository": "booking-api", **BOOKING}
    merged = await sandbox.call(devops_get_pull_request, pull_request=408, **BOOKING)
    brought = await sandbox.call(devops_list_pull_requests, commit=merged.last_source_commit.upper(), **api)
    history = await sandbox.call(devops_list_commits, limit=30, **api)
    merge = next(each for each in history.items if each.message.startswith("Merged PR 408"))
    as_merge = await sandbox.call(devops_list_pull_requests, commit=merge.commit_id, **api)
    nowhere = await sandbox.call(devops_list_pull_requests, commit="1" * 40, **api)

    assert [408] == [each.id for each in brought.items]
    assert [408] == [each.id for each in as_merge.items]
    assert ([], True) == (nowhere.items, nowhere.complete)
    assert brought.items[0].web_url.endswith("/_git/booking-api/pullrequest/408")


@pytest.mark.parametrize(
    "arguments",
    [{}, {"repository": "booking-api", "target_branch": "main"}, {"repository": "x", "reviewer_id": "me"}],
    ids=str,
)
async def test_a_commit_is_looked_for_in_a_repository_alone(sandbox: Sandbox, arguments: dict[str, Any]):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_pull_requests, commit="1" * 40, **arguments, **BOOKING)

    assert ("invalid_argument", []) == (refused.value.code, await requests(sandbox))


async def test_a_commit_in_a_repository_there_is_not_names_those_there_are(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_pull_requests, commit="1" * 40, repository="booking-apo", **BOOKING)

    assert "booking-api" in refused.value.message
