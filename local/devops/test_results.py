"""Serves the test runs that builds published, and the results of their tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from local.devops.build import Build
from local.devops.builds import find_build
from local.devops.call import Call, Operation
from local.devops.data_files import data_file
from local.devops.errors import argument, binding, wrapped
from local.devops.paging import collection
from local.devops.timeline import records
from local.devops.times import stamp

_READ = ("vso.test",)
_LARGEST_PAGE = 1000
_BUILD_URI = "vstfs:///Build/Build/"
_OUTCOMES = frozenset(
    {
        "unspecified", "none", "passed", "failed", "inconclusive", "timeout", "aborted", "blocked",
        "notexecuted", "warning", "error", "notapplicable", "paused", "inprogress", "notimpacted",
    }
)  # fmt: skip


@dataclass(frozen=True)
class _Run:
    """Describes what a step of a build published."""

    id: int
    name: str
    build: Build
    total: int
    failed: dict[str, Any] | None


def list_runs(call: Call) -> Response:
    """Returns the test runs of a build."""
    uri = call.query.get("buildUri", "")
    if not uri.startswith(_BUILD_URI) or not uri.removeprefix(_BUILD_URI).isdigit():
        raise argument("buildUri", f"The build '{uri}' is none.")
    runs = _runs(call, find_build(call, int(uri.removeprefix(_BUILD_URI))))
    start = call.number("$skip", 0)
    detailed = call.query.get("includeRunDetails", "").casefold() == "true"
    shown = runs[start : start + call.number("$top", 100)]
    return collection([_run_view(call, each, detailed=detailed) for each in shown])


def list_results(call: Call) -> Response:
    """Returns results of a test run: those with the outcomes asked for, with message and stack."""
    wanted = call.part("run")
    run = next(
        (
            each
            for build in call.organization.builds.values()
            if build.definition.project_id == call.project.id
            for each in _runs(call, build)
            if each.id == wanted
        ),
        None,
    )
    if run is None:
        raise wrapped(404, "TestObjectNotFoundException", f"Test run {wanted} cannot be found.")
    outcomes = {each.strip().casefold() for each in call.query.get("outcomes", "").split(",") if each.strip()}
    if outcomes - _OUTCOMES:
        raise binding(f"The value '{call.query.get('outcomes')}' is not valid for outcomes.")
    top = call.number("$top", _LARGEST_PAGE)
    if top > _LARGEST_PAGE:
        raise argument("$top", f"At most {_LARGEST_PAGE} results can be asked for.")
    results = [each for each in _results(call, run) if not outcomes or each["outcome"].casefold() in outcomes]
    start = call.number("$skip", 0)
    return collection(results[start : start + top])


def _runs(call: Call, build: Build) -> list[_Run]:
    """Returns the runs of the steps that have ended, as steps publish their results when they end."""
    described = data_file("devops_tests.json")
    runs = []
    for number, record in enumerate(records(build), start=1):
        entry = described["steps"].get(record.name)
        if entry is None or record.log_id is None or record.state(call.now, build) != "completed":
            continue
        broken = record.result == "failed" and build.failure is not None
        failed = described["failures"].get(build.failure.log) if broken and build.failure else None
        runs.append(_Run(build.id * 100 + number, entry["run"], build, entry["total"], failed))
    return runs


def _run_view(call: Call, run: _Run, *, detailed: bool) -> dict[str, Any]:
    project = call.organization.project_by_id(run.build.definition.project_id)
    view: dict[str, Any] = {
        "id": run.id,
        "name": run.name,
        "url": call.store.url(call.organization, project.id, "_apis/test/Runs", run.id),
        "isAutomated": True,
        "state": "Completed",
        "revision": 2,
        "webAccessUrl": call.store.url(
            call.organization, project.name.replace(" ", "%20"), f"_TestManagement/Runs?runId={run.id}"
        ),
        "totalTests": run.total,
        "incompleteTests": 0,
        "notApplicableTests": 0,
        "passedTests": run.total - bool(run.failed),
        "unanalyzedTests": int(bool(run.failed)),
    }
    if detailed:
        view["startedDate"] = stamp(run.build.started)
        view["build"] = {"id": str(run.build.id), "name": run.build.number}
    return view


def _results(call: Call, run: _Run) -> list[dict[str, Any]]:
    url = call.store.url(call.organization, call.project.id, "_apis/test/Runs", run.id)
    shared = {
        "state": "Completed",
        "testRun": {"id": str(run.id), "name": run.name, "url": url},
        "build": {"id": str(run.build.id), "name": run.build.number},
        "priority": 0,
    }
    results: list[dict[str, Any]] = []
    if run.failed is not None:
        since = _first_broken(call, run.build)
        results.append(
            {
                "id": 100000,
                "testCaseTitle": run.failed["name"].rsplit("::", 1)[-1],
                "automatedTestName": run.failed["name"],
                "automatedTestStorage": run.failed["file"],
                "outcome": "Failed",
                "durationInMs": 412.0,
                "errorMessage": run.failed["message"],
                "stackTrace": run.failed["stack"],
                "failingSince": {
                    "date": stamp(since.finished),
                    "build": {"id": since.id, "number": since.number, "definitionId": since.definition.id},
                },
                "url": f"{url}/Results/100000",
                **shared,
            }
        )
    for number in range(1, run.total + 1 - len(results)):
        results.append(
            {
                "id": 100000 + number,
                "testCaseTitle": f"case_{number}",
                "automatedTestName": f"tests.test_case_{number}",
                "automatedTestStorage": "tests",
                "outcome": "Passed",
                "durationInMs": float(number % 90),
                "url": f"{url}/Results/{100000 + number}",
                **shared,
            }
        )
    return results


def _first_broken(call: Call, build: Build) -> Build:
    """Returns the first of the builds of a branch since which all have failed in the same way."""
    before = [
        each
        for each in call.organization.builds.values()
        if each.definition.id == build.definition.id
        and each.branch == build.branch
        and each.queued <= build.queued
        and each.status(call.now) == "completed"
    ]
    first = build
    for each in sorted(before, key=lambda each: each.queued, reverse=True):
        if each.failure is None or build.failure is None or each.failure.log != build.failure.log:
            break
        first = each
    return first


OPERATIONS = [
    Operation("GET", "test/runs", _READ, list_runs),
    Operation("GET", "test/runs/{run}/results", _READ, list_results),
]
