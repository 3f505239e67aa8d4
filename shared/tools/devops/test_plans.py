"""Shows test plans: their suites, and the cases of a suite with their steps."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.service_times import ServiceTime
from shared.apis.devops.test_case_steps import steps_to_text
from shared.apis.devops.work_item_fields import STEPS
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.paging import Page
from shared.text.content import Line, Quoted, quote
from shared.tools.params import Cursor, Organization, PageSize, Project

_PLANS = "/{}/{}/_apis/testplan/plans"
_STEPS_LIMIT = 2_000

toolset = Toolset("test_plans")

PlanId = Annotated[int | None, Field(ge=1, description="A plan, to list its suites.")]
SuiteId = Annotated[int | None, Field(ge=1, description="A suite of plan, to list its cases.")]


class _Plan(DevOpsModel):
    id: int
    name: Line = ""
    state: Line | None = None
    iteration: Line | None = None
    start: ServiceTime = Field(None, validation_alias="startDate")
    end: ServiceTime = Field(None, validation_alias="endDate")
    root_suite: int | None = Field(None, validation_alias=AliasPath("rootSuite", "id"))


class _Suite(DevOpsModel):
    id: int
    name: Line = ""
    kind: str | None = Field(None, validation_alias="suiteType")
    parent: int | None = Field(None, validation_alias=AliasPath("parentSuite", "id"))


class _Point(DevOpsModel):
    configuration_name: Line = ""
    tester: Line | None = Field(None, validation_alias=AliasPath("tester", "displayName"))


class _Case(DevOpsModel):
    id: int = Field(validation_alias=AliasPath("workItem", "id"))
    name: Line = Field("", validation_alias=AliasPath("workItem", "name"))
    fields: list[dict[str, Any]] = Field(
        default_factory=list, validation_alias=AliasPath("workItem", "workItemFields")
    )
    points: list[_Point] = Field(default_factory=list, validation_alias="pointAssignments")


class TestEntry(BaseModel):
    """A plan, a suite of a plan, or a case of a suite; what another kind of entry has is null."""

    __test__ = False

    id: int
    name: Line
    state: Line | None = None
    iteration: Line | None = Field(None, description="Of a plan: the sprint it is for.")
    start: date | None = None
    end: date | None = None
    root_suite: int | None = Field(None, description="Of a plan: the suite that holds all others.")
    kind: str | None = Field(None, description="Of a suite: staticTestSuite, dynamicTestSuite ...")
    parent: int | None = Field(None, description="Of a suite: the suite above it.")
    steps: Quoted | None = Field(None, description="Of a case: what to do, and what to expect.")
    assignments: list[Line] | None = Field(None, description="Of a case: configuration and tester.")


@toolset.tool(scopes=["vso.test"])
async def devops_get_test_plans(
    caller: Caller,
    plan: PlanId = None,
    suite: SuiteId = None,
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[TestEntry]:
    """Get the active test plans of a project, the suites of a plan, or the cases of a suite with steps.

    A case is a work item.
    """
    scope = await caller.organization(organization), await caller.project(project)
    devops = caller.devops
    if plan is None:
        if suite is not None:
            raise ToolError("invalid_argument", "plan: is missing.", "Name the plan of the suite as well.")
        plans = await devops.page(
            _Plan,
            _PLANS,
            *scope,
            limit=limit,
            cursor=cursor,
            by="fixed",
            filterActivePlans="true",
            includePlanDetails="true",
        )
        return _page(plans, [_plan(each) for each in plans.items])
    if suite is None:
        suites = await devops.page(
            _Suite, f"{_PLANS}/{{}}/suites", *scope, plan, limit=limit, cursor=cursor, by="fixed"
        )
        return _page(suites, [_suite(each) for each in suites.items])
    cases = await devops.page(
        _Case,
        f"{_PLANS}/{{}}/Suites/{{}}/TestCase",
        *scope,
        plan,
        suite,
        limit=limit,
        cursor=cursor,
        by="fixed",
        witFields=f"{STEPS},System.State",
    )
    return _page(cases, [_case(each) for each in cases.items])


def _page(page: Page[Any], items: list[TestEntry]) -> Page[TestEntry]:
    return Page[TestEntry](**{**dict(page), "items": items})


def _plan(plan: _Plan) -> TestEntry:
    return TestEntry(
        id=plan.id,
        name=plan.name,
        state=plan.state,
        iteration=plan.iteration,
        start=plan.start.date() if plan.start else None,
        end=plan.end.date() if plan.end else None,
        root_suite=plan.root_suite,
    )


def _suite(suite: _Suite) -> TestEntry:
    return TestEntry(id=suite.id, name=suite.name, kind=suite.kind, parent=suite.parent)


def _case(case: _Case) -> TestEntry:
    fields = _merged(case.fields)
    steps, state = fields.get(STEPS), fields.get("System.State")
    text = steps_to_text(steps) if isinstance(steps, str) else None
    return TestEntry(
        id=case.id,
        name=case.name,
        state=state if isinstance(state, str) else None,
        steps=(
            quote(text.text, f"steps of test case {case.id}", limit=share(_STEPS_LIMIT), note=text.note)
            if text
            else None
        ),
        assignments=[f"{each.configuration_name}: {each.tester or 'nobody'}" for each in case.points],
    )


def _merged(fields: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Returns the fields of a case, which the service gives as objects of one field each."""
    return {name: value for each in fields for name, value in each.items()}
