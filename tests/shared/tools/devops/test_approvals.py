"""Approvals of pipelines, listed and decided."""

import pytest

from shared.errors import ToolError
from shared.tools.devops.approvals import devops_decide_approval, devops_list_approvals
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox


async def test_the_users_own_come_first_with_who_can_decide(sandbox: Sandbox):
    found = await sandbox.call(devops_list_approvals, **BOOKING)

    assert [True, None] == [each.yours for each in found.items]
    own = found.items[0]
    assert ["Ana Duarte", "Ben Osei"] == [each.name for each in own.approvers]
    assert "change window" in own.instructions.text
    assert (True, 1, None) == (found.complete, own.approvers_needed, found.items[1].instructions)


async def test_where_there_are_more_it_is_said(sandbox: Sandbox):
    found = await sandbox.call(devops_list_approvals, limit=1, **BOOKING)

    assert (1, False) == (len(found.items), found.complete)


async def test_without_the_users_id_the_approvals_come_all_the_same(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/connectionData", status=404, json={})

    found = await sandbox.call(devops_list_approvals, **BOOKING)

    assert [None, None] == [each.yours for each in found.items]
    assert 1 == len(found.gaps)


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
async def test_an_approval_is_decided_once(sandbox: Sandbox, decision: str, status: str):
    waiting = (await sandbox.call(devops_list_approvals, **BOOKING)).items[0]

    decided = await sandbox.call(
        devops_decide_approval, approval_id=waiting.id, decision=decision, comment="Window is open", **BOOKING
    )

    assert status == decided.status
    assert [(status, "Window is open"), ("skipped", None)] == [
        (each.status, each.comment and each.comment.text) for each in decided.approvers
    ]
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_decide_approval, approval_id=waiting.id, decision=decision, **BOOKING)
    assert ("conflict", True) == (refused.value.code, status in refused.value.message)
    assert 1 == len(await requests(sandbox, "PATCH"))


async def test_without_a_comment_none_is_sent(sandbox: Sandbox):
    waiting = (await sandbox.call(devops_list_approvals, **BOOKING)).items[0]

    decided = await sandbox.call(
        devops_decide_approval, approval_id=waiting.id, decision="approve", comment=None, **BOOKING
    )

    assert None is decided.approvers[0].comment


async def test_what_is_anothers_is_refused(sandbox: Sandbox):
    another = (await sandbox.call(devops_list_approvals, **BOOKING)).items[1]

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_decide_approval, approval_id=another.id, decision="approve", **BOOKING)

    assert "forbidden" == refused.value.code


async def test_an_approval_nobody_knows_is_said_so(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_decide_approval,
            approval_id="00000000-0000-4000-8000-000000000000",
            decision="reject",
            **BOOKING,
        )

    assert "not_found" == refused.value.code
    assert [] == await requests(sandbox, "PATCH")
