"""Reviews of pull requests: votes, comments, replies, states of threads."""

from typing import Any

import pytest

from shared.apis.models import DevOpsList
from shared.errors import ToolError
from shared.tools import CATALOGUE
from shared.tools.devops.pull_request_review import devops_review_pull_request
from shared.tools.devops.repos import devops_get_pull_request
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox

PULL = {"pull_request": 412, **BOOKING}
WAIT = "/scripts/wait_for_port.py"


async def written(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The requests that write, oldest first."""
    return [each for each in await requests(sandbox) if each["method"] != "GET"]


@pytest.mark.parametrize(
    ("vote", "verdict"),
    [
        ("approve", "approved"),
        ("approve_with_suggestions", "approved with suggestions"),
        ("wait_for_author", "waiting for the author"),
        ("reject", "rejected"),
        ("reset", "none"),
    ],
)
async def test_a_vote_is_the_users_own_and_leaves_the_rest(sandbox: Sandbox, vote: str, verdict: str):
    before = await sandbox.call(devops_get_pull_request, **PULL)
    done = await sandbox.call(devops_review_pull_request, vote=vote, **PULL)
    after = await sandbox.call(devops_get_pull_request, **PULL)

    assert (verdict, None, None) == (done.verdict, done.thread_id, done.comment_id)
    assert [("Ana Duarte", verdict, True)] == [
        (each.name, each.verdict, each.is_required) for each in after.reviewers[:1]
    ]
    assert before.reviewers[1:] == after.reviewers[1:]


async def test_who_was_not_asked_becomes_a_reviewer_by_voting(sandbox: Sandbox):
    await sandbox.call(devops_review_pull_request, vote="approve", pull_request=416, **BOOKING)
    found = await sandbox.call(devops_get_pull_request, pull_request=416, **BOOKING)

    assert [("Ana Duarte", "approved", False)] == [
        (each.name, each.verdict, each.is_required) for each in found.reviewers
    ]


async def test_a_comment_in_general_begins_a_thread(sandbox: Sandbox):
    done = await sandbox.call(devops_review_pull_request, comment="Looks right.", **PULL)
    thread = (await sandbox.call(devops_get_pull_request, **PULL)).threads[-1]

    assert (thread.id, "active", 1, None) == (
        done.thread_id,
        done.thread_status,
        done.comment_id,
        done.verdict,
    )
    assert (None, None, "Looks right.") == (thread.file, thread.line, thread.comments[0].text.text)
    assert done.web_url.endswith(f"/pullrequest/412?discussionId={thread.id}")


async def test_a_comment_stands_at_a_line_and_keeps_to_its_change(sandbox: Sandbox):
    done = await sandbox.call(
        devops_review_pull_request, comment="Too long.", file="scripts/wait_for_port.py", line=3, **PULL
    )
    found = await sandbox.call(devops_get_pull_request, **PULL)
    raw = (await raw_threads(sandbox))[done.thread_id]

    assert (WAIT, 3) == (found.threads[-1].file, found.threads[-1].line)
    assert {"line": 3, "offset": 1} == raw["threadContext"]["rightFileEnd"]
    assert {
        "changeTrackingId": [each.path for each in found.files].index(WAIT) + 1,
        "iterationContext": {"firstComparingIteration": 1, "secondComparingIteration": 1},
    } == raw["pullRequestThreadContext"]


async def test_a_comment_on_a_whole_file_has_no_line(sandbox: Sandbox):
    await sandbox.call(devops_review_pull_request, comment="Needs a test.", file=WAIT, line=None, **PULL)
    thread = (await sandbox.call(devops_get_pull_request, **PULL)).threads[-1]

    assert (WAIT, None) == (thread.file, thread.line)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"file": WAIT, "line": 9_999}, "lines in the pull request, not 9999"),
        ({"file": "/wait_for_port.py"}, f"Near it are: {WAIT}"),
        ({"file": "/README.md", "line": 1}, "does not change"),
    ],
)
async def test_a_place_that_nobody_would_see_is_refused_before_it_is_sent(
    sandbox: Sandbox, arguments: dict[str, Any], told: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, comment="x", **arguments, **PULL)

    assert ("invalid_argument", True) == (refused.value.code, told in refused.value.message)
    assert [] == await written(sandbox)


async def test_a_line_of_a_deleted_file_is_one_of_the_old_side(sandbox: Sandbox):
    changes = {
        "changeEntries": [
            {
                "changeTrackingId": 1,
                "item": {"originalObjectId": None, "path": "/gone.py"},
                "changeType": "delete",
            }
        ]
    }
    await sandbox.fail("devops", path="*/changes", status=200, json=changes)

    done = await sandbox.call(devops_review_pull_request, comment="Why?", file="/gone.py", line=4, **PULL)
    raw = (await raw_threads(sandbox))[done.thread_id]["threadContext"]

    assert {"line": 4, "offset": 1} == raw["leftFileStart"]
    assert "rightFileStart" not in raw


async def test_a_reply_and_the_new_status_are_of_the_thread(sandbox: Sandbox):
    thread = (await sandbox.call(devops_get_pull_request, **PULL)).threads[1]

    done = await sandbox.call(
        devops_review_pull_request,
        thread_id=thread.id,
        comment="It gives up after 60 s now.",
        thread_status="fixed",
        **PULL,
    )
    after = (await sandbox.call(devops_get_pull_request, **PULL)).threads[1]

    assert (thread.id, "fixed", 2) == (done.thread_id, done.thread_status, done.comment_id)
    assert ("fixed", ["Ben Osei", "Ana Duarte"]) == (after.status, [each.author for each in after.comments])


async def test_a_thread_is_reopened_once(sandbox: Sandbox):
    fixed = (await sandbox.call(devops_get_pull_request, **PULL)).threads[2]

    for _ in range(2):
        done = await sandbox.call(
            devops_review_pull_request, thread_id=fixed.id, thread_status="active", **PULL
        )
        assert "active" == done.thread_status

    assert ["PATCH"] == [each["method"] for each in await written(sandbox)]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({}, "vote"),
        ({"vote": None, "comment": None, "thread_status": None}, "vote"),
        ({"comment": "  "}, "vote"),
        ({"comment": "x", "line": 3}, "line"),
        ({"vote": "approve", "file": WAIT}, "file"),
        ({"comment": "x", "thread_id": 4121, "file": WAIT}, "file"),
        ({"thread_status": "fixed"}, "thread_id"),
        ({"vote": "approve", "thread_id": 4121}, "thread_id"),
    ],
)
async def test_what_does_not_go_together_is_refused_before_anybody_is_asked(
    sandbox: Sandbox, arguments: dict[str, Any], name: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, **arguments, **PULL)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(f"{name}: "))
    assert [] == await requests(sandbox)


async def test_code_that_was_not_read_is_not_approved(sandbox: Sandbox):
    read = (await sandbox.call(devops_get_pull_request, **PULL)).last_source_commit
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, vote="approve", last_source_commit="0" * 40, **PULL)

    assert ("conflict", True) == (refused.value.code, read in refused.value.message)
    assert [] == await written(sandbox)
    done = await sandbox.call(
        devops_review_pull_request, vote="approve", last_source_commit=read.upper(), **PULL
    )
    assert "approved" == done.verdict


@pytest.mark.parametrize("number", [399, 408])
async def test_what_is_closed_takes_comments_but_no_votes(sandbox: Sandbox, number: int):
    closed = {**PULL, "pull_request": number}
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, vote="approve", comment="Too late?", **closed)

    assert "conflict" == refused.value.code
    assert [] == await written(sandbox)
    done = await sandbox.call(devops_review_pull_request, comment="For the record.", **closed)
    assert done.comment_id


async def test_a_thread_nobody_has_is_not_found(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, thread_id=99, comment="x", **PULL)

    assert "not_found" == refused.value.code
    assert [] == await written(sandbox)


async def test_what_was_done_before_a_failure_is_told(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/reviewers/*", status=403, json={"message": "No.", "typeKey": "X"})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, comment="Fine.", vote="approve", **PULL)

    assert "forbidden" == refused.value.code
    assert refused.value.message.startswith("The comment was written (thread ")


async def test_a_write_without_an_answer_may_have_been_carried_out(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/reviewers/*", status=503, json={})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_review_pull_request, vote="approve", **PULL)

    assert ("unavailable", "unknown") == (refused.value.code, refused.value.details["outcome"])


async def raw_threads(sandbox: Sandbox) -> dict[int, dict[str, Any]]:
    """The threads as the service gives them, by id."""
    tool = next(each for each in CATALOGUE if each.name == "devops_get_pull_request")
    caller = sandbox.caller("ana", tool)
    path = "/larkspur/Booking/_apis/git/repositories/booking-api/pullRequests/412/threads"
    return {each["id"]: each for each in (await caller.devops.get(DevOpsList[Any], path)).value}
