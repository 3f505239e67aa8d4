"""Builds and their definitions, as a caller of the tools finds them."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from shared.errors import ToolError
from shared.tools.devops.approvals import devops_list_approvals
from shared.tools.devops.build_runs import devops_trigger_build
from shared.tools.devops.builds import (
    devops_get_build_status,
    devops_list_build_definitions,
    devops_list_builds,
)
from tests.shared.tools.devops_calls import BOOKING, pages, requests
from tests.shared.tools.sandbox import Sandbox

HARBOUR = {"organization": "larkspur", "project": "Harbour Ops"}


async def test_definitions_come_by_name_with_how_they_ended_last(sandbox: Sandbox):
    page = await sandbox.call(devops_list_build_definitions, **BOOKING)

    assert [
        (12, "booking-api-ci", "\\Booking", "failed"),
        (9, "booking-legacy-ci", "\\Booking\\Old", None),
        (13, "booking-web-ci", "\\Booking", "succeeded"),
    ] == [(each.id, each.name, each.folder, each.last_result) for each in page.items]
    assert page.complete


async def test_definitions_are_chosen_by_name_and_folder(sandbox: Sandbox):
    by_name = await sandbox.call(devops_list_build_definitions, name="*-web-*", **BOOKING)
    by_folder = await sandbox.call(devops_list_build_definitions, folder="/Booking/Old", **BOOKING)

    assert [13] == [each.id for each in by_name.items]
    assert [9] == [each.id for each in by_folder.items]


async def test_pages_of_definitions_hold_each_once(sandbox: Sandbox):
    found = await pages(sandbox, devops_list_build_definitions, limit=1, **BOOKING)

    assert [12, 9, 13] == [each.id for each in found]


async def test_a_name_nothing_has_gives_an_empty_whole_list(sandbox: Sandbox):
    page = await sandbox.call(devops_list_build_definitions, name="no such", **BOOKING)

    assert ([], True, None) == (page.items, page.complete, page.next_cursor)


async def test_builds_come_last_queued_first_running_ones_included(sandbox: Sandbox):
    page = await sandbox.call(devops_list_builds, limit=4, **BOOKING)

    assert [
        (4716, "notStarted", None),
        (4715, "inProgress", None),
        (4714, "completed", "succeeded"),
        (4713, "completed", "failed"),
    ] == [(each.id, each.status, each.result) for each in page.items]
    assert "dmitri/cache-subnet" == page.items[3].branch
    assert not page.complete


async def test_pages_of_builds_hold_each_once(sandbox: Sandbox):
    found = [each.id for each in await pages(sandbox, devops_list_builds, limit=40, **BOOKING)]
    failed = await pages(sandbox, devops_list_builds, limit=7, result="failed", **BOOKING)

    assert 100 < len(found) == len(set(found))
    assert {"failed"} == {each.result for each in failed}
    assert {each.id for each in failed} < set(found)


@pytest.mark.parametrize("definition", [12, "12", "booking-api-ci", "Booking-API-ci"])
async def test_builds_of_a_definition_by_id_or_name(sandbox: Sandbox, definition: Any):
    page = await sandbox.call(
        devops_list_builds, definition=definition, branch="main", status="completed", limit=2, **BOOKING
    )

    assert [4711, 4709] == [each.id for each in page.items]


async def test_builds_of_a_person_and_since_a_day(sandbox: Sandbox):
    mine = await sandbox.call(devops_list_builds, requested_for="Sinead O'Brien", limit=1, **BOOKING)
    none = await sandbox.call(devops_list_builds, since="next week", **BOOKING)

    assert ["Sinead O'Brien"] == [each.requested_for for each in mine.items]
    assert ([], True) == (none.items, none.complete)


async def test_a_definition_nobody_knows_is_said_so(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_builds, definition="booking*", **BOOKING)

    assert ("not_found", True) == (refused.value.code, refused.value.message.startswith("definition: "))


async def test_a_name_of_two_definitions_is_asked_back(sandbox: Sandbox):
    twice = [{"id": 1, "name": "nightly", "path": "\\A"}, {"id": 2, "name": "Nightly", "path": "\\B"}]
    await sandbox.fail("devops", path="*/definitions", status=200, json={"count": 2, "value": twice})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_builds, definition="nightly", **BOOKING)

    assert "invalid_argument" == refused.value.code
    assert "1 in \\A, 2 in \\B" in refused.value.message


async def test_the_status_of_a_build_has_its_steps_in_order_with_their_logs(sandbox: Sandbox):
    found = await sandbox.call(devops_get_build_status, build=4711, **BOOKING)

    assert ("failed", "individualCI", 12) == (
        found.build.result,
        found.build.reason,
        found.build.definition_id,
    )
    assert "Answer the timetable from memory while the cache restarts" == found.build.commit_message
    assert ("Build", "Initialize job", 1) == (
        found.steps[0].stage,
        found.steps[0].name,
        found.steps[0].log_id,
    )
    assert ["Run integration tests"] == [each.name for each in found.steps if each.result == "failed"]
    assert found.steps_complete
    ran = [each for each in found.steps if each.after is not None and each.seconds is not None]
    assert found.build.started is not None
    assert found.build.finished is not None
    whole = (found.build.finished - found.build.started).total_seconds()
    assert [each.after for each in ran] == sorted(each.after for each in ran if each.after is not None)
    assert 0 < sum(each.seconds for each in ran if each.seconds is not None) <= whole + len(ran)
    # What was skipped never began.
    assert all(each.after is None for each in found.steps if each.result == "skipped")


async def test_a_build_that_waits_has_no_steps_and_says_why(sandbox: Sandbox):
    found = await sandbox.call(devops_get_build_status, build=4716, **BOOKING)

    assert ("notStarted", "415", []) == (found.build.status, found.build.pull_request, found.steps)
    assert (False, "The build has not started yet.") == (found.steps_complete, found.note)


async def test_steps_beyond_the_limit_are_counted(sandbox: Sandbox):
    records = [
        {"id": str(number), "type": "Task", "name": f"Step {number} {'x' * 100}", "order": number}
        for number in range(300)
    ]
    await sandbox.fail("devops", path="*/timeline", status=200, json={"records": records})

    found = await sandbox.call(devops_get_build_status, build=4711, **BOOKING)

    assert not found.steps_complete
    assert f"{300 - len(found.steps)} more steps" in found.note


async def test_the_address_of_a_build_says_where_it_is(sandbox: Sandbox):
    listed = await sandbox.call(devops_list_builds, limit=1, **HARBOUR)
    found = await sandbox.call(devops_get_build_status, build=f"{listed.items[0].web_url}&view=logs&j=1")

    assert (listed.items[0].id, "harbour-nightly") == (found.build.id, found.build.definition)


@pytest.mark.parametrize(
    "build",
    [
        "the last one",
        "../../profile",
        "4711?x=1",
        "-1",
        "٤٧١١",
        "https://devops.test/larkspur/Booking/_build",
        "https://devops.test/larkspur/Booking/_git/booking-api/pullrequest/412?buildId=1",
        "https://devops.test.evil.example/larkspur/Booking/_build/results?buildId=4711",
        "https://[",
    ],
)
async def test_what_is_no_build_is_refused_before_anybody_is_asked(sandbox: Sandbox, build: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_build_status, build=build, **BOOKING)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith("build: "))
    assert [] == await requests(sandbox)


@pytest.mark.parametrize("value", ["a'b", "../x", "x?y=1", "x#y", "%2e%2e", "💥"])
async def test_hostile_values_stay_values(sandbox: Sandbox, value: str):
    definitions = await sandbox.call(devops_list_build_definitions, name=value, folder=value, **BOOKING)
    builds = await sandbox.call(devops_list_builds, branch=value, requested_for=value, **BOOKING)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_builds, organization="larkspur", project=value)

    assert ([], []) == (definitions.items, builds.items)
    assert ("invalid_argument" if value == "../x" else "not_found") == refused.value.code


async def test_without_organization_or_default_the_argument_is_asked_for(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_list_builds)

    assert ("invalid_argument", True) == (refused.value.code, "organization" in refused.value.message)


async def test_a_build_of_another_project_is_not_found(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_build_status, build=4710, **BOOKING)

    assert "not_found" == refused.value.code


async def test_a_cursor_is_good_for_its_list_and_its_owner_alone(sandbox: Sandbox):
    page = await sandbox.call(devops_list_builds, limit=2, **BOOKING)

    for user, more in (("ben", {}), ("ana", {"branch": "main"})):
        with pytest.raises(ToolError) as refused:
            await sandbox.call(
                devops_list_builds, user=user, limit=2, cursor=page.next_cursor, **BOOKING, **more
            )

        assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith("cursor"))


async def test_a_preview_shows_the_yaml_and_starts_nothing(sandbox: Sandbox):
    preview = await sandbox.call(
        devops_trigger_build,
        definition="booking-api-ci",
        branch="main",
        parameters={"env": "prod"},
        **BOOKING,
    )
    newest = await sandbox.call(devops_list_builds, limit=1, **BOOKING)

    assert ("preview", 12, None, []) == (
        preview.mode,
        preview.definition_id,
        preview.build,
        preview.warnings,
    )
    assert preview.final_yaml.text.startswith("trigger: [main]\nparameters:\n- name: env")
    assert [4716] == [each.id for each in newest.items]


async def test_a_long_preview_is_read_from_an_offset(sandbox: Sandbox):
    whole = await sandbox.call(devops_trigger_build, definition=12, **BOOKING)
    rest = await sandbox.call(devops_trigger_build, definition=12, offset=20, **BOOKING)

    assert whole.final_yaml.text[20:] == rest.final_yaml.text


async def test_a_queued_build_is_there_once(sandbox: Sandbox):
    queued = await sandbox.call(
        devops_trigger_build,
        definition=13,
        mode="queue",
        branch="chiara/tiles",
        parameters={"preview": "true"},
        **BOOKING,
    )
    newest = await sandbox.call(devops_list_builds, limit=2, **BOOKING)

    assert (4717, "notStarted", "chiara/tiles") == (queued.build.id, queued.build.status, queued.build.branch)
    assert [4717, 4716] == [each.id for each in newest.items]
    assert "Ana Duarte" == newest.items[0].requested_for


@pytest.mark.parametrize("mode", ["preview", "queue"])
@pytest.mark.parametrize("parameters", [{"nope": "1"}, {"env": "moon"}])
async def test_parameters_the_pipeline_does_not_take_start_nothing(
    sandbox: Sandbox, mode: str, parameters: dict[str, str]
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_trigger_build, definition=12, mode=mode, parameters=parameters, **BOOKING)
    newest = await sandbox.call(devops_list_builds, limit=1, **BOOKING)

    assert ("invalid_argument", True) == (refused.value.code, next(iter(parameters)) in refused.value.message)
    assert [4716] == [each.id for each in newest.items]


async def test_a_disabled_definition_is_warned_of_and_not_queued(sandbox: Sandbox):
    preview = await sandbox.call(devops_trigger_build, definition=9, **BOOKING)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_trigger_build, definition=9, mode="queue", **BOOKING)

    assert ["The definition is disabled: no build of it can be queued."] == preview.warnings
    assert ("invalid_argument", "The pipeline is disabled.") == (
        refused.value.code,
        refused.value.details["findings"],
    )


async def test_warnings_hold_a_build_back_until_they_are_ignored(sandbox: Sandbox):
    results = [{"result": "warning", "message": "No agent is online."}]
    warned = {
        "message": "The build has warnings.",
        "typeKey": "BuildRequestValidationWarningException",
        "customProperties": {"ValidationResults": results},
    }
    await sandbox.fail("devops", path="*/builds", method="POST", times=1, status=409, json=warned)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_trigger_build, definition=12, mode="queue", **BOOKING)
    queued = await sandbox.call(
        devops_trigger_build, definition=12, mode="queue", ignore_warnings=True, **BOOKING
    )

    assert ("conflict", True) == (refused.value.code, "No agent is online." in refused.value.message)
    assert "ignore_warnings" in refused.value.remedy
    assert 4717 == queued.build.id
    assert "ignoreWarnings=true" in (await requests(sandbox, "POST"))[-1]["query"]


async def test_remarks_on_a_queued_build_are_shown(sandbox: Sandbox):
    taken = {
        "id": 5000,
        "status": "notStarted",
        "definition": {"id": 12, "name": "booking-api-ci"},
        "validationResults": [{"result": "ok", "message": ""}, {"result": "warning", "message": "Late."}],
    }
    await sandbox.fail("devops", path="*/builds", method="POST", status=200, json=taken)

    queued = await sandbox.call(devops_trigger_build, definition=12, mode="queue", **BOOKING)

    assert (5000, ["Late."]) == (queued.build.id, queued.warnings)


async def test_a_build_is_named_by_the_number_the_portal_shows(sandbox: Sandbox):
    listed = (await sandbox.call(devops_list_builds, limit=100, **BOOKING)).items
    numbers = [each.number for each in listed]
    once = next(each for each in listed if numbers.count(each.number) == 1)

    for reference in (once.number, f"#{once.number}", f"vstfs:///Build/Build/{once.id}", once.web_url):
        found = await sandbox.call(devops_get_build_status, build=reference, **BOOKING)

        assert once.id == found.build.id


async def test_a_number_of_several_builds_is_asked_back(sandbox: Sandbox):
    same = [
        {"id": number, "buildNumber": "release-2026", "definition": {"id": 1, "name": f"ci {number}"}}
        for number in (7, 8)
    ]
    await sandbox.fail("devops", path="*/builds", status=200, json={"count": 2, "value": same})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_build_status, build="Release-2026", **BOOKING)

    assert ("invalid_argument", "build: 2 builds have this number: 7 of ci 7, 8 of ci 8.") == (
        refused.value.code,
        refused.value.message.rstrip(".") + ".",
    )


async def test_a_star_in_a_build_number_stands_for_itself(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_build_status, build="2026*", **BOOKING)

    assert "invalid_argument" == refused.value.code


async def test_a_number_no_build_has_is_said_so(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_build_status, build="19990101.1", **BOOKING)

    assert ("not_found", True) == (refused.value.code, "19990101.1" in refused.value.message)


async def test_a_definition_is_named_by_its_address(sandbox: Sandbox):
    listed = (await sandbox.call(devops_list_build_definitions, name="booking-api-ci", **BOOKING)).items[0]
    builds = await sandbox.call(devops_list_builds, definition=listed.web_url, limit=2)
    queued = await sandbox.call(devops_trigger_build, definition=listed.web_url)

    assert {"booking-api-ci"} == {each.definition for each in builds.items}
    assert "booking-api-ci" == queued.definition


@pytest.mark.parametrize(
    ("branch", "reference"),
    [
        ("main", "refs/heads/main"),
        ("refs/tags/v1", "refs/tags/v1"),
        ("$/Booking/Main", "$/Booking/Main"),
        ("dev/$/x", "refs/heads/dev/$/x"),
    ],
)
async def test_a_branch_is_sent_as_its_version_control_names_it(
    sandbox: Sandbox, branch: str, reference: str
):
    await sandbox.call(devops_list_builds, branch=branch, **BOOKING)

    query = dict(parse_qsl((await requests(sandbox))[-1]["query"]))
    assert reference == query["branchName"]


async def test_what_belongs_to_a_build_comes_where_it_is_asked_for(sandbox: Sandbox):
    plain = await sandbox.call(devops_get_build_status, build=4714, **BOOKING)
    found = await sandbox.call(
        devops_get_build_status,
        build=4714,
        include=["changes", "artifacts", "work_items"],
        **BOOKING,
    )

    assert (None, None, None) == (plain.changes, plain.work_items, plain.artifacts)
    assert [("drop", "PipelineArtifact", 74714)] == [
        (each.name, each.kind, each.bytes) for each in found.artifacts
    ]
    assert [found.build.commit] == [each.id for each in found.changes]
    assert isinstance(found.work_items, list)
    assert (None, []) == (found.parts_note, found.gaps)


async def test_a_part_that_cannot_be_read_is_a_gap(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/artifacts", status=404, json={})

    found = await sandbox.call(
        devops_get_build_status, build=4714, include=["artifacts", "changes"], **BOOKING
    )

    assert (None, ["artifacts"]) == (found.artifacts, [each.source for each in found.gaps])
    assert found.changes
    assert found.steps_complete


async def test_a_part_beyond_the_limit_is_said(sandbox: Sandbox):
    commits = [{"id": f"{number:040x}", "message": "x", "author": None} for number in range(51)]
    await sandbox.fail("devops", path="*/changes", status=200, json={"count": 51, "value": commits})

    found = await sandbox.call(devops_get_build_status, build=4714, include=["changes"], **BOOKING)

    assert 0 < len(found.changes) <= 50
    assert "changes" in found.parts_note


async def test_a_build_names_the_approvals_it_waits_for(sandbox: Sandbox):
    waiting = (await sandbox.call(devops_list_approvals, **BOOKING)).items[0]

    found = await sandbox.call(devops_get_build_status, build=4715, **BOOKING)

    assert [waiting.id] == [each.id for each in found.waiting_for]


async def test_a_build_is_run_with_variables_and_without_stages(sandbox: Sandbox):
    run = {"definition": "booking-api-ci", "mode": "queue", **BOOKING}
    plain = await sandbox.call(devops_trigger_build, variables={"verbose": "true"}, **run)
    partial = await sandbox.call(
        devops_trigger_build, variables={"verbose": "true"}, stages_to_skip=["Publish"], branch="main", **run
    )

    assert plain.build.id < partial.build.id
    assert ({"verbose": "true"}, ["Publish"]) == (partial.variables, partial.stages_to_skip)
    sent = [each["path"].rpartition("/_apis/")[2] for each in await requests(sandbox, "POST")]
    assert ["build/builds", "pipelines/12/runs"] == sent


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"variables": {"secret": "x"}}, "secret"), ({"stages_to_skip": ["Nowhere"]}, "Nowhere")],
)
@pytest.mark.parametrize("mode", ["preview", "queue"])
async def test_what_the_pipeline_does_not_know_is_refused(
    sandbox: Sandbox, mode: str, arguments: dict[str, Any], says: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_trigger_build, definition="12", mode=mode, **arguments, **BOOKING)

    assert ("invalid_argument", True) == (refused.value.code, says in refused.value.message)
