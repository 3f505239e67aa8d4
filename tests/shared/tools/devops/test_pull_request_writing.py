"""Pull requests created, updated and completed."""

import json
from typing import Any

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.tools.devops import pull_request_writing
from shared.tools.devops.pull_request_writing import (
    devops_complete_pull_request,
    devops_create_pull_request,
    devops_update_pull_request,
)
from shared.tools.devops.repos import devops_get_pull_request
from shared.tools.devops.repositories import devops_list_branches
from shared.tools.devops.repository_files import devops_read_file
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox

OPEN = {"pull_request": 415, **BOOKING}
BLOCKED = {"pull_request": 412, **BOOKING}
NEW = {
    "repository": "booking-web",
    "source_branch": "chiara/tiles",
    "title": "Try the tiles again",
    **BOOKING,
}


async def written(sandbox: Sandbox) -> list[str]:
    """The methods of the requests that write, oldest first."""
    return [each["method"] for each in await requests(sandbox) if each["method"] != "GET"]


async def read(sandbox: Sandbox, number: int) -> Any:
    """The pull request as it stands."""
    return await sandbox.call(devops_get_pull_request, pull_request=number, **BOOKING)


async def test_a_pull_request_is_created_with_all_that_is_given(sandbox: Sandbox):
    ben, farid = (organisation().user(each) for each in ("ben", "farid"))
    done = await sandbox.call(
        devops_create_pull_request,
        **NEW,
        description="Second try.",
        draft=True,
        reviewers=[
            ben.user_principal_name,
            f"{farid.display_name} <{farid.user_principal_name}>",
            ben.devops_id,
        ],
        work_item_ids=[1305],
        auto_complete=True,
    )
    found = await read(sandbox, done.pull_request.id)

    assert ("main", "chiara/tiles", True, "active") == (
        found.pull_request.target_branch,
        found.pull_request.source_branch,
        found.pull_request.is_draft,
        found.pull_request.status,
    )
    assert ["Ben Osei", "Farid Haddad"] == [each.name for each in found.reviewers]
    assert ("Second try.", [1305], "Ana Duarte") == (
        found.description.text,
        found.work_item_ids,
        found.auto_complete_by,
    )
    assert (True, found.last_source_commit) == (done.auto_complete, done.last_source_commit)
    assert done.pull_request.web_url.endswith(f"/_git/booking-web/pullrequest/{done.pull_request.id}")


async def test_what_is_not_given_is_not_sent(sandbox: Sandbox):
    done = await sandbox.call(
        devops_create_pull_request,
        **NEW,
        description=None,
        reviewers=None,
        work_item_ids=None,
        target_branch=None,
    )
    found = await read(sandbox, done.pull_request.id)

    assert (None, [], [], False, None) == (
        found.description,
        found.reviewers,
        found.work_item_ids,
        found.pull_request.is_draft,
        found.auto_complete_by,
    )
    assert ["POST"] == await written(sandbox)


@pytest.mark.parametrize("branch", ["sinead/apostrophes", "refs/heads/sinead/apostrophes"])
async def test_a_second_one_for_the_branches_is_a_conflict_that_names_the_first(
    sandbox: Sandbox, branch: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_pull_request, **{**NEW, "source_branch": branch})

    assert ("conflict", "415") == (refused.value.code, refused.value.details["pull_request"])
    assert "/pullrequest/415" in refused.value.message
    assert [] == await written(sandbox)


async def test_a_second_one_that_the_service_finds_is_a_conflict(sandbox: Sandbox):
    body = {"message": "TF401179: An active one exists.", "typeKey": "GitPullRequestExistsException"}
    await sandbox.fail("devops", method="POST", path="*/pullrequests", status=409, json=body)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_pull_request, **NEW)

    assert "conflict" == refused.value.code


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ({"source_branch": "chiara/tile"}, "not_found", "chiara/tiles"),
        ({"target_branch": "mian"}, "not_found", "main"),
        ({"target_branch": "chiara/tiles"}, "invalid_argument", "source_branch: "),
        ({"repository": "booking-wep"}, "not_found", "booking-web"),
        ({"reviewers": ["nobody@larkspur.example"]}, "invalid_argument", "reviewers: nobody"),
        ({"description": "x" * 4_001}, "invalid_argument", "description: "),
        ({"work_item_ids": [999_999]}, "not_found", "999999"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_there_is(
    sandbox: Sandbox, arguments: dict[str, Any], code: str, told: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_pull_request, **{**NEW, **arguments})

    assert (code, True) == (refused.value.code, told in refused.value.message)


async def test_what_was_created_is_told_where_auto_complete_fails(sandbox: Sandbox):
    await sandbox.fail("devops", method="PATCH", path="*/pullrequests/*", status=403, json={"message": "No."})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_pull_request, **NEW, auto_complete=True)

    assert ("forbidden", True) == (refused.value.code, refused.value.message.startswith("Pull request 4"))


async def test_a_pull_request_is_completed_with_the_code_that_was_read(sandbox: Sandbox):
    before = await read(sandbox, 415)
    done = await sandbox.call(
        devops_complete_pull_request,
        **OPEN,
        last_source_commit=before.last_source_commit,
        merge_strategy="squash",
        delete_source_branch=True,
        transition_work_items=False,
    )
    branches = await sandbox.call(devops_list_branches, repository="booking-web", **BOOKING, limit=100)

    assert ("completed", None, True) == (done.pull_request.status, done.note, done.merge_commit is not None)
    assert "sinead/apostrophes" not in [each.name for each in branches.items]
    path = before.files[0].path
    merged = await sandbox.call(
        devops_read_file, repository="booking-web", path=path, version=done.merge_commit, **BOOKING
    )
    assert merged.content.text
    with pytest.raises(ToolError) as again:
        await sandbox.call(devops_complete_pull_request, **OPEN, last_source_commit=before.last_source_commit)
    assert "conflict" == again.value.code
    assert ["PATCH"] == await written(sandbox)


async def test_code_that_was_not_read_is_not_merged(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_complete_pull_request, **OPEN, last_source_commit="0" * 40)

    assert "conflict" == refused.value.code
    assert (await read(sandbox, 415)).last_source_commit in refused.value.message
    assert [] == await written(sandbox)


async def test_a_push_in_between_is_a_conflict_of_the_service(sandbox: Sandbox):
    commit = (await read(sandbox, 415)).last_source_commit
    stale = {"message": "TF401192: Changed.", "typeKey": "GitPullRequestStaleException"}
    await sandbox.fail("devops", method="PATCH", path="*/pullrequests/415", status=409, json=stale)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_complete_pull_request, **OPEN, last_source_commit=commit)

    assert "conflict" == refused.value.code


@pytest.mark.parametrize(("number", "told"), [(412, "Build booking-api-ci: rejected."), (416, "draft")])
async def test_what_is_not_fulfilled_is_said_before_anything_is_sent(
    sandbox: Sandbox, number: int, told: str
):
    commit = (await read(sandbox, number)).last_source_commit
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_complete_pull_request, pull_request=number, last_source_commit=commit, **BOOKING
        )

    assert ("conflict", True) == (refused.value.code, told in refused.value.message)
    assert [] == await written(sandbox)


async def test_conflicts_of_the_branches_are_said(sandbox: Sandbox):
    place = {"pull_request": 405, "organization": "larkspur", "project": "Harbour Ops"}
    commit = (await sandbox.call(devops_get_pull_request, **place)).last_source_commit
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_complete_pull_request, **place, last_source_commit=commit)

    assert ("conflict", True) == (refused.value.code, "conflicts with the target" in refused.value.message)
    assert [] == await written(sandbox)


async def test_what_the_service_rejects_after_queueing_is_a_conflict(sandbox: Sandbox):
    before = await read(sandbox, 412)
    await sandbox.fail("devops", path="*/evaluations", status=200, json={"count": 0, "value": []})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_complete_pull_request, **BLOCKED, last_source_commit=before.last_source_commit
        )

    assert ("conflict", True) == (refused.value.code, "rejectedByPolicy" in refused.value.message)


async def test_a_merge_that_stays_queued_is_said_to_be(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pull_request_writing, "_PAUSES_S", (0.0, 0.0))
    commit = (await read(sandbox, 415)).last_source_commit
    path = "/larkspur/Booking/_apis/git/repositories/*/pullrequests/415"
    await sandbox.fail("devops", method="GET", path=path, status=200, json=await queued(sandbox))

    done = await sandbox.call(devops_complete_pull_request, **OPEN, last_source_commit=commit)

    assert ("active", None, True) == (done.pull_request.status, done.merge_commit, "queued" in done.note)


async def test_a_merge_without_an_answer_may_have_been_done(sandbox: Sandbox):
    commit = (await read(sandbox, 415)).last_source_commit
    await sandbox.fail("devops", method="PATCH", path="*/pullrequests/415", status=503, json={})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_complete_pull_request, **OPEN, last_source_commit=commit)

    assert ("unavailable", "unknown") == (refused.value.code, refused.value.details["outcome"])


async def test_an_update_changes_what_is_given_and_no_more(sandbox: Sandbox):
    before = await read(sandbox, 412)
    await sandbox.call(
        devops_update_pull_request,
        **BLOCKED,
        title="Point booking-api at 10.42.16.0/24",
        description=None,
        draft=None,
        target_branch=None,
        add_reviewers=None,
        state=None,
    )
    after = await read(sandbox, 412)

    assert "Point booking-api at 10.42.16.0/24" == after.pull_request.title
    assert (before.description, before.reviewers, before.threads, before.pull_request.target_branch) == (
        after.description,
        after.reviewers,
        after.threads,
        after.pull_request.target_branch,
    )


async def test_reviewers_come_and_go_and_the_others_keep_their_votes(sandbox: Sandbox):
    address = organisation().user("farid").user_principal_name
    ana = organisation().user("ana").user_principal_name
    done = await sandbox.call(
        devops_update_pull_request,
        pull_request=416,
        add_reviewers=[address, "ben.osei@larkspur.example"],
        **BOOKING,
    )
    assert ["Farid Haddad", "Ben Osei"] == [each.name for each in done.reviewers]

    done = await sandbox.call(
        devops_update_pull_request, **BLOCKED, add_reviewers=[address], remove_reviewers=[ana]
    )
    assert [("Ben Osei", "approved with suggestions"), ("Farid Haddad", "waiting for the author")] == [
        (each.name, each.verdict) for each in done.reviewers
    ]


async def test_auto_complete_is_set_and_taken_off(sandbox: Sandbox):
    done = await sandbox.call(
        devops_update_pull_request,
        **BLOCKED,
        auto_complete=True,
        merge_strategy="squash",
        delete_source_branch=True,
    )
    assert (True, "Ana Duarte") == (done.auto_complete, (await read(sandbox, 412)).auto_complete_by)

    done = await sandbox.call(devops_update_pull_request, **BLOCKED, auto_complete=False)
    assert (False, None) == (done.auto_complete, (await read(sandbox, 412)).auto_complete_by)


async def test_a_pull_request_is_abandoned_and_reactivated(sandbox: Sandbox):
    gone = await sandbox.call(devops_update_pull_request, **OPEN, state="abandon")
    back = await sandbox.call(devops_update_pull_request, **OPEN, state="reactivate", draft=True)

    assert ("abandoned", "active", True) == (
        gone.pull_request.status,
        back.pull_request.status,
        back.pull_request.is_draft,
    )


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (408, {"state": "reactivate"}),
        (408, {"title": "x"}),
        (399, {"title": "x"}),
        (412, {"state": "reactivate"}),
    ],
)
async def test_what_its_state_does_not_allow_is_a_conflict(
    sandbox: Sandbox, number: int, arguments: dict[str, Any]
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_update_pull_request, pull_request=number, **arguments, **BOOKING)

    assert "conflict" == refused.value.code
    assert [] == await written(sandbox)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({}, "title"),
        ({"title": None, "state": None}, "title"),
        ({"merge_strategy": "squash"}, "auto_complete"),
    ],
)
async def test_nothing_to_change_is_refused_before_anybody_is_asked(
    sandbox: Sandbox, arguments: dict[str, Any], name: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_update_pull_request, **arguments, **OPEN)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(f"{name}: "))
    assert [] == await requests(sandbox)


async def test_what_was_changed_before_a_failure_is_told(sandbox: Sandbox):
    await sandbox.fail(
        "devops", method="PATCH", path="*/pullrequests/415", status=403, json={"message": "No."}
    )

    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_pull_request, **OPEN, title="x", add_reviewers=["ben.osei@larkspur.example"]
        )

    assert ("forbidden", True) == (
        refused.value.code,
        refused.value.message.startswith("Reviewers were added. What was left failed: "),
    )


async def queued(sandbox: Sandbox) -> dict[str, Any]:
    """The pull request 415 as the service gives it while its merge is queued."""
    found = await read(sandbox, 415)
    return json.loads(
        json.dumps(
            {
                "pullRequestId": 415,
                "status": "active",
                "mergeStatus": "queued",
                "title": found.pull_request.title,
                "sourceRefName": "refs/heads/sinead/apostrophes",
                "targetRefName": "refs/heads/main",
                "repository": {"id": "r", "name": "booking-web", "project": {"id": "p", "name": "Booking"}},
            }
        )
    )


async def test_labels_are_given_added_and_removed(sandbox: Sandbox):
    made = await sandbox.call(devops_create_pull_request, **NEW, labels=["web", "tiles"])
    number = made.pull_request.id
    done = await sandbox.call(
        devops_update_pull_request,
        pull_request=number,
        add_labels=["WEB", " urgent ", "Urgent"],
        remove_labels=["Tiles", "none of its"],
        **BOOKING,
    )

    assert ["web", "tiles"] == made.pull_request.labels
    assert ["web", "Urgent"] == done.pull_request.labels == (await read(sandbox, number)).pull_request.labels
    # What it has is not added again, what it lacks not removed.
    assert ["POST", "POST", "DELETE"] == await written(sandbox)


async def test_labels_in_one_text_are_several(sandbox: Sandbox):
    made = await sandbox.call(devops_create_pull_request, **NEW, labels="web, tiles")
    done = await sandbox.call(
        devops_update_pull_request, **BOOKING, pull_request=made.pull_request.id, remove_labels="web,tiles"
    )

    assert (["web", "tiles"], []) == (made.pull_request.labels, done.pull_request.labels)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"add_labels": ["network "], "remove_labels": ["Network"]}, "add_labels, remove_labels: "),
        (
            {
                "add_reviewers": ["ben.osei@larkspur.example"],
                "remove_reviewers": ["ben.osei@larkspur.example"],
            },
            "add_reviewers, remove_reviewers: ",
        ),
        ({"add_labels": ["a", " "]}, "add_labels.1: "),
        ({"add_labels": ["a;b"]}, "add_labels.0: "),
    ],
)
async def test_what_is_added_and_removed_at_once_or_empty_changes_nothing(
    sandbox: Sandbox, arguments: dict[str, Any], told: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_update_pull_request, **BLOCKED, **arguments)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(told))
    assert [] == await written(sandbox)


@pytest.mark.parametrize("nothing", [[], None])
async def test_labels_that_are_not_given_stay(sandbox: Sandbox, nothing: Any):
    before = (await read(sandbox, 412)).pull_request.labels
    done = await sandbox.call(
        devops_update_pull_request, **BLOCKED, title="Other", add_labels=nothing, remove_labels=nothing
    )

    assert ["network"] == before == done.pull_request.labels


async def test_what_was_done_before_a_label_failed_is_told(sandbox: Sandbox):
    await sandbox.fail("devops", method="POST", path="*/labels", status=403, json={"message": "no"})
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_pull_request,
            **OPEN,
            add_reviewers=[organisation().user("farid").user_principal_name],
            add_labels=["x"],
            title="Never",
        )

    assert refused.value.message.startswith("Reviewers were added. What was left failed: ")
    assert "Never" != (await read(sandbox, 415)).pull_request.title
