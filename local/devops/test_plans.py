"""Serves test plans, their suites and the cases in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file
from local.devops.errors import wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.times import midnight, stamp
from local.relative_time import at

_READ = ("vso.test",)
_PAGE = 50


def list_plans(call: Call) -> Response:
    """Returns the plans of the project; their details only where these are asked for."""
    detailed = call.query.get("includePlanDetails", "").casefold() == "true"
    active = call.query.get("filterActivePlans", "").casefold() == "true"
    plans = [each for each in _plans(call) if not active or each["state"] == "Active"]
    page, following = page_by_offset(plans, _PAGE, call.query.get("continuationToken"))
    return collection([_plan_view(call, each, detailed=detailed) for each in page], following)


def get_plan(call: Call) -> Response:
    """Returns one plan."""
    return JSONResponse(_plan_view(call, _plan(call), detailed=True))


def list_suites(call: Call) -> Response:
    """Returns the suites of a plan, the root first."""
    plan = _plan(call)
    root = {"id": plan["id"] + 1, "name": plan["name"], "parent": None}
    suites = [root, *plan["suites"]]
    page, following = page_by_offset(suites, _PAGE, call.query.get("continuationToken"))
    return collection([_suite_view(call, plan, each) for each in page], following)


def list_cases(call: Call) -> Response:
    """Returns the cases of a suite with the fields asked for, each in an object of its own."""
    plan, wanted = _plan(call), call.part("suite")
    suite = next((each for each in plan["suites"] if each["id"] == wanted), None)
    if suite is None and wanted != plan["id"] + 1:
        raise wrapped(404, "TestObjectNotFoundException", f"Test suite {wanted} cannot be found.")
    cases = suite["cases"] if suite else []
    page, following = page_by_offset(cases, 2, call.query.get("continuationToken"))
    return collection(
        [_case_view(call, plan, suite or {}, each, order) for order, each in enumerate(page, 1)], following
    )


def list_suites_of_case(call: Call) -> Response:
    """Returns the suites, of whichever plan of the organization, that hold a test case."""
    if "testCaseId" not in call.query:
        raise wrapped(400, "ArgumentNullException", "Value cannot be null. Parameter name: testCaseId")
    wanted, found = call.number("testCaseId", 0), []
    for plan in data_file("devops_test_plans.json"):
        project = call.organization.project(plan["project"])
        if project is None:
            continue
        there = replace(call, project_or_none=project)
        for suite in plan["suites"]:
            if any(case["id"] == wanted for case in suite["cases"]):
                found.append(_suite_view(there, plan, suite))
    return collection(found)


def _plans(call: Call) -> list[dict[str, Any]]:
    return [each for each in data_file("devops_test_plans.json") if each["project"] == call.project.name]


def _plan(call: Call) -> dict[str, Any]:
    wanted = call.part("plan")
    found = next((each for each in _plans(call) if each["id"] == wanted), None)
    if found is None:
        raise wrapped(404, "TestObjectNotFoundException", f"Test plan {wanted} cannot be found.")
    return found


def _plan_view(call: Call, plan: dict[str, Any], *, detailed: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": plan["id"],
        "name": plan["name"],
        "rootSuite": {"id": plan["id"] + 1, "name": plan["name"]},
        "project": _project(call),
        "revision": 3,
    }
    if detailed:
        view |= {
            "areaPath": plan["area"],
            "iteration": plan["iteration"],
            "state": plan["state"],
            "startDate": stamp(midnight(at(plan["start"], call.store.started).date())),
            "endDate": stamp(midnight(at(plan["end"], call.store.started).date())),
            "owner": call.store.identity(plan["owner"], call.organization),
        }
    return view


def _suite_view(call: Call, plan: dict[str, Any], suite: dict[str, Any]) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": suite["id"],
        "name": suite["name"],
        "suiteType": "staticTestSuite",
        "inheritDefaultConfigurations": True,
        "hasChildren": suite["parent"] is None,
        "plan": {"id": plan["id"], "name": plan["name"]},
        "project": _project(call),
        "revision": 1,
    }
    if suite["parent"] is not None:
        view["parentSuite"] = {"id": plan["id"] + 1, "name": plan["name"]}
    return view


def _case_view(
    call: Call, plan: dict[str, Any], suite: dict[str, Any], case: dict[str, Any], order: int
) -> dict[str, Any]:
    wanted = [each.strip() for each in call.query.get("witFields", "").split(",") if each.strip()]
    values = {
        "Microsoft.VSTS.TCM.Steps": case["steps"],
        "System.State": "Ready",
        "System.Title": case["name"],
    }
    return {
        "testPlan": {"id": plan["id"], "name": plan["name"]},
        "testSuite": {"id": suite["id"], "name": suite["name"]},
        "project": _project(call),
        "workItem": {
            "id": case["id"],
            "name": case["name"],
            "workItemFields": [{name: values[name]} for name in wanted if name in values],
        },
        "pointAssignments": [
            {
                "id": case["id"] * 10,
                "configurationId": 3,
                "configurationName": case["configuration"],
                **(
                    {"tester": call.store.identity(case["tester"], call.organization)}
                    if case["tester"]
                    else {}
                ),
            }
        ],
        "order": order,
    }


def _project(call: Call) -> dict[str, Any]:
    return call.store.project_reference(call.organization, call.project)


OPERATIONS = [
    Operation("GET", "testplan/plans", _READ, list_plans),
    Operation("GET", "testplan/suites", _READ, list_suites_of_case),
    Operation("GET", "testplan/plans/{plan}", _READ, get_plan),
    Operation("GET", "testplan/plans/{plan}/suites", _READ, list_suites),
    Operation("GET", "testplan/plans/{plan}/suites/{suite}/testcase", _READ, list_cases),
]
