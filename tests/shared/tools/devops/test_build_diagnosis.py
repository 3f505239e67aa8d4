"""Why builds fail, and what their logs say."""

import re
from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.rendering import render
from shared.text.content import NOTICE
from shared.tools.devops.build_diagnosis import (
    LOGS_BUDGET,
    STEPS,
    devops_diagnose_build,
    devops_get_build_log,
)
from shared.tools.devops.builds import devops_get_build_status
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox

REFUSED = "redis.exceptions.ConnectionError: Error 111 connecting to redis-cache:6379. Connection refused."


def record(number: int, kind: str = "Task", **facts: Any) -> dict[str, Any]:
    """A record of a timeline that failed, unless told otherwise."""
    return {
        "id": f"r{number}",
        "type": kind,
        "name": f"{kind} {number}",
        "order": number,
        "state": "completed",
        "result": "failed",
        **facts,
    }


async def timeline(
    sandbox: Sandbox, *records: dict[str, Any], logs: dict[int, list[str]] | None = None
) -> None:
    """Make build 4711 have gone so."""
    faults: list[dict[str, Any]] = [{"path": "*/4711/timeline", "json": {"records": [*records]}}]
    if logs is not None:
        sizes = [{"id": number, "lineCount": len(lines)} for number, lines in logs.items()]
        faults.append({"path": "*/4711/logs", "json": {"count": len(sizes), "value": sizes}})
        for number, lines in logs.items():
            faults.append({"path": f"*/4711/logs/{number}", "json": {"count": len(lines), "value": lines}})
    await sandbox.control("PUT", "devops", "faults", [{"status": 200, **each} for each in faults])


async def test_a_failed_build_is_explained_in_one_call(sandbox: Sandbox):
    found = await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)
    (step,) = found.failed_steps

    assert (4711, "failed", "main", True, None) == (
        found.build.id,
        found.build.result,
        found.build.branch,
        found.complete,
        found.note,
    )
    assert ("Integration", "Integration tests", "Run integration tests", "Task") == (
        step.stage,
        step.job,
        step.name,
        step.kind,
    )
    first, second = step.issues.text.splitlines()
    assert first.startswith("error (log line ") and first.endswith(REFUSED)
    assert second.endswith(": Bash exited with code '1'.")
    assert NOTICE == step.issues.notice
    assert step.log.last_line == step.log.total_lines == step.log.first_line + 39
    assert REFUSED in step.log.text.text


async def test_no_part_waits_for_another_and_only_the_end_of_the_log_is_read(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/builds/4711", latency=0.05)

    found = await sandbox.call(devops_diagnose_build, build=4711, log_lines=7, **BOOKING)
    asked = await requests(sandbox)

    assert {"timeline", "logs"} == {each["path"].rpartition("/")[2] for each in asked[:2]}
    assert ["4711", "11"] == [each["path"].rpartition("/")[2] for each in asked[2:]]
    total = found.failed_steps[0].log.total_lines
    assert f"startLine={total - 6}&endLine={total}" in asked[3]["query"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, 4713),
        ({"definition": "booking-api-ci"}, 4713),
        ({"definition": 12, "branch": "main"}, 4711),
        ({"branch": "refs/heads/dmitri/cache-subnet"}, 4713),
    ],
)
async def test_without_a_build_the_one_that_failed_last_is_meant(
    sandbox: Sandbox, arguments: dict[str, Any], expected: int
):
    found = await sandbox.call(devops_diagnose_build, **arguments, **BOOKING)

    assert expected == found.build.id


async def test_when_nothing_failed_that_is_said(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_diagnose_build, definition=9, **BOOKING)

    assert "not_found" == refused.value.code


async def test_a_build_with_warnings_is_explained_by_them(sandbox: Sandbox):
    found = await sandbox.call(devops_diagnose_build, build=4708, **BOOKING)

    assert [("Lint", "succeededWithIssues")] == [(each.name, each.result) for each in found.failed_steps]
    lines = found.failed_steps[0].issues.text.splitlines()
    assert {"warning"} == {line.partition(" ")[0].rstrip(":") for line in lines}


async def test_a_build_that_went_well_has_no_failed_steps(sandbox: Sandbox):
    found = await sandbox.call(devops_diagnose_build, build=4714, **BOOKING)

    assert ([], "No step failed.") == (found.failed_steps, found.note)


@pytest.mark.parametrize("build", [4715, 4716])
async def test_a_build_that_is_not_over_may_still_fail(sandbox: Sandbox, build: int):
    found = await sandbox.call(devops_diagnose_build, build=build, **BOOKING)

    assert ([], False, "The build has not completed: more may fail.") == (
        found.failed_steps,
        found.complete,
        found.note,
    )


async def test_steps_come_in_the_order_in_which_they_ran_whatever_the_order_of_the_answer(sandbox: Sandbox):
    records = [
        record(1, "Task", parentId="j2", id="late"),
        record(9, "Task", parentId="j1", id="early"),
        record(1, "Job", id="j1", parentId="s1"),
        record(1, "Job", id="j2", parentId="s2"),
        record(2, "Stage", id="s2", name="Second"),
        record(1, "Stage", id="s1", name="First"),
    ]
    await timeline(sandbox, *records)

    found = await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)

    assert [("First", "Task 9"), ("Second", "Task 1")] == [
        (each.stage, each.name) for each in found.failed_steps
    ]
    assert [None, None] == [each.log for each in found.failed_steps]


async def test_a_job_that_failed_by_itself_is_a_step_of_its_own(sandbox: Sandbox):
    late = {"type": "error", "message": "The job ran longer than the maximum time of 60 minutes."}
    await timeline(
        sandbox,
        record(1, "Job", id="j", issues=[late]),
        record(1, "Task", parentId="j", result="canceled"),
        record(2, "Checkpoint", issues=None),
    )

    found = await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)

    assert ["Job", "Checkpoint"] == [each.kind for each in found.failed_steps]
    assert f"{late['type']}: {late['message']}" == found.failed_steps[0].issues.text


async def test_records_that_are_each_others_parents_end_somewhere(sandbox: Sandbox):
    await timeline(sandbox, record(1, parentId="r2"), record(2, parentId="r1", issues=[{"type": "error"}]))

    found = await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)

    assert ["Task 2"] == [each.name for each in found.failed_steps]


async def test_the_worst_build_stays_within_the_limit_and_says_what_is_missing(sandbox: Sandbox):
    issues = [{"type": kind, "message": f"{kind} " + "m" * 1_000} for kind in ("warning", "error") * 10]
    records = [record(number, issues=issues, log={"id": number}) for number in range(1, 21)]
    logs = {number: [f"2026-11-20T09:00:00.0000000Z {'l' * 2_000}"] * 200 for number in range(1, 21)}
    await timeline(sandbox, *records, logs=logs)

    found = await sandbox.call(devops_diagnose_build, build=4711, log_lines=200, **BOOKING)

    assert len(render(found.model_dump(mode="json"))) < 40_000
    assert (STEPS, False) == (len(found.failed_steps), found.complete)
    assert found.note.startswith(f"{20 - STEPS} more steps failed")
    step = found.failed_steps[0]
    lines = step.issues.text.splitlines()
    assert ({"error"}, 5, 15) == ({line.partition(":")[0] for line in lines}, len(lines), step.more_issues)
    assert lines[0].endswith("more characters)")
    assert (200, 200) == (step.log.last_line, step.log.total_lines)
    assert len(step.log.text.text) <= LOGS_BUDGET // STEPS
    assert "(1,000 more characters)" in step.log.text.text


@pytest.mark.parametrize("arguments", [{"definition": 12}, {"branch": "main"}])
async def test_a_build_and_a_choice_of_builds_do_not_go_together(sandbox: Sandbox, arguments: dict[str, Any]):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_diagnose_build, build=4711, **arguments, **BOOKING)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith("build: "))
    assert [] == await requests(sandbox)


@pytest.mark.parametrize(("status", "code"), [(403, "forbidden"), (429, "throttled"), (503, "unavailable")])
async def test_a_build_that_is_refused_is_told(sandbox: Sandbox, status: int, code: str):
    await sandbox.fail("devops", path="*/builds/4711", status=status)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)

    assert code == refused.value.code


@pytest.mark.parametrize(
    ("part", "source"),
    [("timeline", "steps"), ("logs", "logs"), ("logs/*", "log of Run integration tests")],
)
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "forbidden"), (404, "not_found"), (429, "throttled"), (503, "unavailable")],
)
async def test_a_part_that_is_refused_is_a_gap_and_not_the_loss_of_the_rest(
    sandbox: Sandbox, part: str, source: str, status: int, code: str
):
    whole = await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)
    await sandbox.fail("devops", path=f"*/builds/4711/{part}", status=status)

    found = await sandbox.call(devops_diagnose_build, build=4711, **BOOKING)

    assert [(source, code)] == [(each.source, each.code) for each in found.gaps]
    assert (part != "timeline") == found.complete
    steps = [each.name for each in whole.failed_steps] if found.complete else []
    assert steps == [each.name for each in found.failed_steps]
    assert all(each.log is None for each in found.failed_steps)


@pytest.mark.parametrize("function", [devops_diagnose_build, devops_get_build_status])
@pytest.mark.parametrize(
    ("build", "note", "problems"),
    [
        (
            4001,
            "The build failed before any step ran: see problems.",
            "/azure-pipelines.yml (Line: 12, Col: 3): Unexpected value 'step'",
        ),
        (4002, "The build was canceled before any step ran.", None),
    ],
)
async def test_the_state_of_a_build_without_steps_is_read_from_its_status(
    sandbox: Sandbox, function: Any, build: int, note: str, problems: str | None
):
    found = await sandbox.call(function, build=build, **BOOKING)

    assert (note, problems) == (found.note, found.problems and found.problems.text)


@pytest.mark.parametrize("function", [devops_diagnose_build, devops_get_build_status])
async def test_a_stage_that_passed_on_its_second_attempt_says_so(sandbox: Sandbox, function: Any):
    found = await sandbox.call(function, build=4003, **BOOKING)

    assert [("Stage", "Integration", 2, "succeeded")] == [
        (each.kind, each.name, each.attempt, each.result) for each in found.retried
    ]


async def test_a_build_in_which_nothing_failed_in_the_end_says_what_was_retried(sandbox: Sandbox):
    found = await sandbox.call(devops_diagnose_build, build=4003, **BOOKING)

    assert ([], "No step failed in the last attempt: see retried.") == (found.failed_steps, found.note)


async def test_a_log_is_read_from_its_end_or_by_lines(sandbox: Sandbox):
    end = await sandbox.call(devops_get_build_log, build=4711, log_id=11, line_count=2, **BOOKING)
    part = await sandbox.call(
        devops_get_build_log, build=4711, log_id=11, first_line=1, line_count=2, **BOOKING
    )

    assert "##[error]Bash exited with code '1'.\n##[section]Finishing: Run integration tests" == end.text.text
    assert (end.total_lines, None) == (end.last_line, end.next_line)
    assert "##[section]Starting: Run integration tests" == part.text.text.splitlines()[0]
    assert (1, 2, 3) == (part.first_line, part.last_line, part.next_line)
    assert part.written_from <= part.written_to < end.written_from


async def test_following_next_line_reads_every_line_once(sandbox: Sandbox):
    lines: list[str] = []
    first: int | None = 1
    while first:
        part = await sandbox.call(
            devops_get_build_log, build=4711, log_id=11, first_line=first, line_count=100, **BOOKING
        )
        lines += part.text.text.split("\n")
        first = part.next_line

    assert part.total_lines == len(lines)
    assert not any(re.match(r"\d{4}-\d\d-\d\dT", line) for line in lines)


async def test_long_lines_shorten_the_part_but_not_the_log(sandbox: Sandbox):
    await timeline(sandbox, logs={3: ["x" * 900] * 100})

    begin = await sandbox.call(devops_get_build_log, build=4711, log_id=3, first_line=1, **BOOKING)
    end = await sandbox.call(devops_get_build_log, build=4711, log_id=3, **BOOKING)

    assert len(begin.text.text) <= 16_000
    assert begin.last_line + 1 == begin.next_line
    assert (100, None) == (end.last_line, end.next_line)
    assert 100 - end.first_line + 1 == len(end.text.text.splitlines())


async def test_an_empty_log_is_empty(sandbox: Sandbox):
    await timeline(sandbox, logs={3: []})

    part = await sandbox.call(devops_get_build_log, build=4711, log_id=3, **BOOKING)

    assert ("", 0, None, None) == (part.text.text, part.total_lines, part.next_line, part.written_from)


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        ({"log_id": 99}, "not_found", "no log 99"),
        ({"log_id": 11, "first_line": 5_000}, "invalid_argument", "first_line: "),
        ({"log_id": 0}, "invalid_argument", "log_id: "),
        ({"log_id": "../1"}, "invalid_argument", "log_id: "),
        ({"log_id": 11, "line_count": 5_000}, "invalid_argument", "line_count: "),
    ],
)
async def test_lines_that_are_not_there_are_told_apart(
    sandbox: Sandbox, arguments: dict[str, Any], code: str, name: str
):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_build_log, build=4711, **arguments, **BOOKING)

    assert (code, True) == (refused.value.code, name in refused.value.message)
