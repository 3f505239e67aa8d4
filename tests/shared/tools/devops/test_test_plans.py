"""Test plans, suites and cases, as a caller of the tool finds them."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.test_plans import devops_get_test_plans
from tests.shared.tools.devops_calls import BOOKING, pages
from tests.shared.tools.sandbox import Sandbox


async def test_plans_lead_to_suites_and_these_to_cases_with_steps(sandbox: Sandbox):
    plans = await sandbox.call(devops_get_test_plans, **BOOKING)
    suites = await sandbox.call(devops_get_test_plans, plan=plans.items[0].id, **BOOKING)
    cases = await pages(sandbox, devops_get_test_plans, plan=610, suite=612, limit=1, **BOOKING)

    assert [("Summer timetable", "Active", 611)] == [
        (each.name, each.state, each.root_suite) for each in plans.items
    ]
    assert plans.items[0].start < plans.items[0].end
    assert [("Summer timetable", None), ("Cache restart", 611), ("Prices", 611)] == [
        (each.name, each.parent) for each in suites.items
    ]
    assert [1401, 1402, 1403] == [each.id for each in cases]
    assert ["1. Open the timetable of today", "2. Restart the test cache"] == [
        line for line in cases[0].steps.text.splitlines() if line[:2] in ("1.", "2.")
    ]
    assert "Expected: The next three sailings are shown" in cases[0].steps.text
    assert (["Chromium: Chiara Rossi"], ["Chromium: nobody"]) == (cases[0].assignments, cases[1].assignments)


async def test_an_empty_suite_is_an_empty_whole_list(sandbox: Sandbox):
    found = await sandbox.call(devops_get_test_plans, plan=610, suite=613, **BOOKING)

    assert ([], True) == (found.items, found.complete)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"suite": 612}, "invalid_argument"),
        ({"plan": 1}, "not_found"),
        ({"plan": 610, "suite": 1}, "not_found"),
    ],
)
async def test_what_is_not_there_is_said(sandbox: Sandbox, arguments: dict[str, Any], code: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_test_plans, **arguments, **BOOKING)

    assert code == refused.value.code


@pytest.mark.parametrize("fields", [None, [], [{"System.State": None}], [{"Microsoft.VSTS.TCM.Steps": 5}]])
async def test_a_case_may_lack_its_fields(sandbox: Sandbox, fields: Any):
    case = {"workItem": {"id": 7, "name": "x", "workItemFields": fields}, "pointAssignments": None}
    await sandbox.fail("devops", path="*/TestCase", status=200, json={"count": 1, "value": [case]})

    found = await sandbox.call(devops_get_test_plans, plan=610, suite=612, **BOOKING)

    assert [(7, None, [])] == [(each.id, each.steps, each.assignments) for each in found.items]
