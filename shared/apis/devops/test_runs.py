"""Reads the test results that a build has published."""

from collections.abc import Sequence
from typing import Any

from pydantic import AliasChoices, AliasPath, Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_all
from shared.text.content import Line

RUNS_LIMIT = 20
"""Test runs of a build whose results are read."""
RESULTS_LIMIT = 200
"""Results of a test run that are read at once."""
_NOT_PASSED = ("Failed", "Aborted", "Error", "Timeout")


class TestRunDocument(DevOpsModel):
    """A test run: what one step of a build published; some responses do not tell how many tests it had."""

    __test__ = False

    id: int
    name: Line = ""
    state: str | None = None
    total: int | None = Field(None, validation_alias="totalTests")
    passed: int = Field(0, validation_alias="passedTests")
    not_applicable: int = Field(0, validation_alias="notApplicableTests")
    web_url: str | None = Field(None, validation_alias="webAccessUrl")

    @property
    def may_have_failures(self) -> bool:
        """Tells whether a test of it may not have passed."""
        return self.total is None or self.passed + self.not_applicable < self.total


class TestResultDocument(DevOpsModel):
    """The result of a test; a failed one may tell since which build it fails."""

    __test__ = False

    id: int
    name: Line = Field("", validation_alias=AliasChoices("automatedTestName", "testCaseTitle"))
    title: Line = Field("", validation_alias="testCaseTitle")
    storage: Line | None = Field(None, validation_alias="automatedTestStorage")
    outcome: str = ""
    duration_in_ms: float | None = None
    error_message: str | None = None
    stack_trace: str | None = None
    failing_since: ServiceTime = Field(None, validation_alias=AliasPath("failingSince", "date"))
    failing_since_build: int | None = Field(None, validation_alias=AliasPath("failingSince", "build", "id"))
    failing_since_number: Line | None = Field(
        None, validation_alias=AliasPath("failingSince", "build", "number")
    )


async def test_runs(devops: DevOps, build: BuildKey) -> list[TestRunDocument]:
    """Returns the test runs of a build."""
    organization, project, build_id = build
    first: dict[str, Any] = {"$top": "100"}
    found = await devops.get(
        DevOpsList[TestRunDocument],
        "/{}/{}/_apis/test/runs",
        organization,
        project,
        buildUri=f"vstfs:///Build/Build/{build_id}",
        includeRunDetails="true",
        **first,
    )
    return found.value


async def failed_results(
    devops: DevOps, build: BuildKey, runs: Sequence[TestRunDocument]
) -> list[tuple[TestRunDocument, TestResultDocument]]:
    """Returns the tests of some runs that did not pass, at most `RESULTS_LIMIT` of each run."""
    first: dict[str, Any] = {"$top": str(RESULTS_LIMIT)}
    read = await run_all(
        devops.get(
            DevOpsList[TestResultDocument],
            "/{}/{}/_apis/test/Runs/{}/results",
            *build[:2],
            each.id,
            outcomes=",".join(_NOT_PASSED),
            **first,
        )
        for each in runs
    )
    return [(run, result) for run, found in zip(runs, read, strict=True) for result in found.value]
