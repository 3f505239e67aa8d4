"""Builds cancelled and retried, as a caller of the tool finds it."""

import pytest

from shared.errors import ToolError
from shared.tools.devops.build_changes import devops_change_build
from shared.tools.devops.builds import devops_get_build_status
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox


async def test_a_running_build_is_cancelled(sandbox: Sandbox):
    changed = await sandbox.call(devops_change_build, build="4715", action="cancel", **BOOKING)

    assert ("cancel", [], 4715) == (changed.action, changed.stages, changed.build.id)
    after = await sandbox.call(devops_get_build_status, build="4715", **BOOKING)
    assert "canceled" == after.build.result


async def test_a_failed_build_runs_its_failed_stages_again(sandbox: Sandbox):
    await sandbox.call(devops_change_build, build="4711", action="retry", **BOOKING)

    after = await sandbox.call(devops_get_build_status, build="4711", **BOOKING)
    assert "inProgress" == after.build.status
    assert [("Integration", 2)] == [(each.name, each.attempt) for each in after.retried]
    (sent,) = await requests(sandbox, "PATCH")
    assert "retry=true" in sent["query"]


@pytest.mark.parametrize("stage", ["Integration", "INTEGRATION"])
async def test_one_failed_stage_runs_again(sandbox: Sandbox, stage: str):
    changed = await sandbox.call(devops_change_build, build="4711", action="retry", stage=stage, **BOOKING)

    assert (["Integration"], "inProgress") == (changed.stages, changed.build.status)
    (sent,) = await requests(sandbox, "PATCH")
    assert sent["path"].endswith("/builds/4711/stages/Integration")


@pytest.mark.parametrize(
    ("build", "action", "stage", "code", "says"),
    [
        ("4711", "cancel", None, "conflict", "has ended already (failed)"),
        ("4715", "retry", None, "conflict", "has not ended"),
        ("4714", "retry", None, "conflict", "has succeeded"),
        ("4711", "retry", "Build", "conflict", "did not fail (succeeded)"),
        ("4711", "retry", "Publish", "conflict", "did not fail (skipped)"),
        ("4711", "cancel", "Integration", "conflict", "has ended already (failed)"),
        ("4711", "retry", "Deploy", "not_found", "there is no Deploy"),
        ("4716", "cancel", "Build", "not_found", "there is no Build"),
        ("1", "cancel", None, "not_found", "1"),
    ],
)
async def test_what_cannot_be_done_is_said_before_anything_is_sent(
    sandbox: Sandbox, build: str, action: str, stage: str | None, code: str, says: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_change_build, build=build, action=action, stage=stage, **BOOKING)

    assert (code, True) == (refused.value.code, says in refused.value.message)
    assert [] == await requests(sandbox, "PATCH")


async def test_a_stage_is_named_by_its_identifier_where_names_are_for_show(sandbox: Sandbox):
    records = [
        {"id": "a", "type": "Stage", "name": "Deploy test", "identifier": "Deploy_Test", "state": "completed",
         "result": "failed"},
    ]  # fmt: skip
    await sandbox.fail("devops", path="*/timeline", status=200, json={"records": records})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_change_build, build="4711", action="retry", stage="Deploy test", **BOOKING)

    # The local build has no such stage: what counts is how it was asked for.
    assert "not_found" == refused.value.code
    (sent,) = await requests(sandbox, "PATCH")
    assert sent["path"].endswith("/stages/Deploy_Test")


async def test_an_unknown_outcome_is_said(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/builds/4715", method="PATCH", status=503, json={})

    with pytest.raises(ToolError) as failed:
        await sandbox.call(devops_change_build, build="4715", action="cancel", **BOOKING)

    assert "unknown" == failed.value.details["outcome"]
