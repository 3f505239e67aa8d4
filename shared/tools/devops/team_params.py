"""Declares the arguments that name teams and their sprints, and resolves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AliasPath, Field

from shared.apis.devops.team_planning import IterationDocument, TeamScope
from shared.apis.models import DevOpsModel
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.errors import ToolError

TeamName = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        description="Name or id; else yours, or the project's.",
    ),
]
SprintReference = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="current, next, previous, or by name, path, id or web address.",
    ),
]
_NAMED = 10
"""Sprints a refusal names."""


@dataclass(frozen=True, slots=True)
class SprintKey:
    """Names a sprint: whose it is, and what the argument says of it."""

    scope: TeamScope
    wanted: str


class _DefaultTeam(DevOpsModel):
    name: str = Field("", validation_alias=AliasPath("defaultTeam", "name"))


async def resolve_team(
    caller: Caller, team: str | None, project: str | None, organization: str | None
) -> TeamScope:
    """Resolves arguments to a team; without a name, it is the default team of the project."""
    chosen = await caller.organization(organization)
    in_project = await caller.project(project)
    return TeamScope(chosen, in_project, await caller.team(team, chosen, in_project))


async def named_team(caller: Caller, scope: TeamScope) -> TeamScope:
    """Returns the scope with the name of the project's default team, where it has none.

    Raises:
        ToolError: `not_found`: the project has no default team.
    """
    if scope.team:
        return scope
    path = "/{}/_apis/projects/{}"
    found = await caller.devops.get(_DefaultTeam, path, scope.organization, scope.project)
    if not found.name:
        raise ToolError(
            "not_found",
            f"team: {quotable(scope.project)} has no default team.",
            "Name a team; devops_list_projects lists them.",
        )
    return TeamScope(scope.organization, scope.project, found.name)


async def resolve_sprint(
    caller: Caller, sprint: str, team: str | None, project: str | None, organization: str | None
) -> SprintKey:
    """Resolves arguments to a sprint of a team; an address also says organization, project and team."""
    link = caller.devops.parse_link(sprint)
    if link is None:
        return SprintKey(await resolve_team(caller, team, project, organization), sprint)
    # .../_sprints/{view}/{team}/{path of the iteration}
    if link.area != "_sprints" or len(link.segments) < 3 or not link.project:
        raise ToolError(
            "invalid_argument",
            "sprint: the address is none of a sprint.",
            "Give the address of a sprint's taskboard or backlog, its name, or current.",
        )
    scope = TeamScope(link.organization, link.project, link.segments[1])
    return SprintKey(scope, "\\".join(link.segments[2:]))


def choose_sprint(wanted: str, sprints: Sequence[IterationDocument]) -> IterationDocument:
    """Returns the sprint that an argument names.

    Raises:
        ToolError: `not_found`: there is none, `invalid_argument`: several have the name.
    """
    today = datetime.now(UTC).date()
    folded = wanted.strip().casefold()
    dated = sorted((each for each in sprints if each.start and each.finish), key=_first_day)
    frames = {
        frame: [each for each in dated if each.time_frame(today) == frame] for frame in ("past", "future")
    }
    match folded:
        case "current" | "@currentiteration":
            found = [each for each in sprints if each.time_frame(today) == "current"][:1]
        case "next":
            found = frames["future"][:1]
        case "previous":
            found = frames["past"][-1:]
        case _:
            found = [each for each in sprints if folded in (each.id.casefold(), each.path.casefold())] or [
                each for each in sprints if folded == each.name.casefold()
            ]
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(quotable(each.path) for each in found[:_NAMED])
        raise ToolError(
            "invalid_argument",
            f"sprint: several have that name: {paths}.",
            "Name one of them by its path.",
        )
    known = ", ".join(quotable(each.name) for each in (dated or list(sprints))[-_NAMED:])
    raise ToolError(
        "not_found",
        f"sprint: the team has none such ({quotable(wanted)}).",
        f"Name one of: {known}." if known else "The team has selected no sprints; its settings do that.",
    )


def sprint_before(
    chosen: IterationDocument, sprints: Sequence[IterationDocument]
) -> IterationDocument | None:
    """Returns the last sprint that ended before one begins, None where there is none."""
    if chosen.start is None:
        return None
    before = [each for each in sprints if each.finish and each.start and each.finish < chosen.start]
    return max(before, key=_first_day, default=None)


def sprint_after(chosen: IterationDocument, sprints: Sequence[IterationDocument]) -> IterationDocument | None:
    """Returns the first sprint that begins after one ends, None where there is none."""
    if chosen.finish is None:
        return None
    after = [each for each in sprints if each.start and each.start > chosen.finish]
    return min(after, key=_first_day, default=None)


def _first_day(sprint: IterationDocument) -> date:
    return sprint.start or date.max
