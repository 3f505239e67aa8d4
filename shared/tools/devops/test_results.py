"""Shows the tests of a build that failed: since when, with their messages and stacks."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.devops.test_runs import (
    RESULTS_LIMIT,
    RUNS_LIMIT,
    TestResultDocument,
    TestRunDocument,
    failed_results,
    test_runs,
)
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.paging import CountedPage, KeyedList
from shared.text.content import Line, Quoted, quote
from shared.tools.devops.build_params import BuildReference, resolve_build
from shared.tools.params import Cursor, Organization, PageSize, Project

_MESSAGE_LIMIT = 1_000
_STACK_LIMIT = 2_000

toolset = Toolset("builds")


class TestRun(BaseModel):
    """A test run of the build."""

    __test__ = False

    name: Line
    total: int | None
    passed: int
    not_applicable: int
    state: str | None
    web_url: str | None


class FailedTest(BaseModel):
    """A test that failed; `failing_since` is the first build of this branch in which it did."""

    name: Line
    file: Line | None
    run: Line
    outcome: str
    seconds: float | None
    failing_since: datetime | None
    failing_since_build: int | None
    failing_since_number: Line | None
    message: Quoted | None
    stack: Quoted | None


class TestResults(CountedPage[FailedTest]):
    """The failed tests of a build, and how many there were in each of its test runs."""

    __test__ = False

    runs: list[TestRun]
    total_tests: int | None = Field(description="null: a run does not tell how many it had.")
    passed_tests: int


@toolset.tool(scopes=["vso.test", "vso.build"])
async def devops_get_test_results(
    caller: Caller,
    build: BuildReference,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> TestResults:
    """Get the failed tests of a build: since which build each fails, its message and stack.

    Use it after devops_diagnose_build.
    """
    key = await resolve_build(caller, build, organization, project)
    pages = KeyedList(caller.devops.cursors, f"{key} tests", cursor)
    runs = await test_runs(caller.devops, key)
    unfinished = [each for each in runs if each.may_have_failures]
    failed = await failed_results(caller.devops, key, unfinished[:RUNS_LIMIT])
    results = {(run.id, result.id): (run, result) for run, result in failed}

    async def read(ids: Sequence[tuple[int, int]]) -> list[FailedTest]:
        return [_failed(key, *results[each]) for each in ids]

    page = await pages.page(list(results), read, limit=limit)
    totals = [each.total for each in runs]
    notes = [page.note, _note(runs, unfinished, failed)]
    return TestResults(
        **{**dict(page), "note": " ".join(filter(None, notes)) or None},
        runs=[_run(each) for each in runs[:RUNS_LIMIT]],
        total_tests=None if None in totals else sum(filter(None, totals)),
        passed_tests=sum(each.passed for each in runs),
    )


def _note(
    runs: Sequence[TestRunDocument],
    unfinished: Sequence[TestRunDocument],
    failed: Sequence[tuple[TestRunDocument, TestResultDocument]],
) -> str | None:
    """Returns what the list of failed tests does not tell by itself."""
    if not runs:
        return "The build published no test results; its log may hold them: devops_diagnose_build."
    left_out = len(unfinished) > RUNS_LIMIT or any(
        sum(run is each for run, _ in failed) >= RESULTS_LIMIT for each in unfinished
    )
    return f"Only {RUNS_LIMIT} runs and {RESULTS_LIMIT} tests of each were read." if left_out else None


def _run(run: TestRunDocument) -> TestRun:
    return TestRun(
        name=run.name,
        total=run.total,
        passed=run.passed,
        not_applicable=run.not_applicable,
        state=run.state,
        web_url=run.web_url,
    )


def _failed(build: BuildKey, run: TestRunDocument, result: TestResultDocument) -> FailedTest:
    origin = f"test {result.id} of build {build[2]}"
    return FailedTest(
        name=result.name or result.title,
        file=result.storage,
        run=run.name,
        outcome=result.outcome,
        seconds=None if result.duration_in_ms is None else result.duration_in_ms / 1000,
        failing_since=result.failing_since,
        failing_since_build=result.failing_since_build,
        failing_since_number=result.failing_since_number,
        message=_quoted(result.error_message, f"message of {origin}", _MESSAGE_LIMIT),
        stack=_quoted(result.stack_trace, f"stack of {origin}", _STACK_LIMIT),
    )


def _quoted(text: str | None, origin: str, limit: int) -> Quoted | None:
    return quote(text, origin, limit=share(limit)) if text else None
