"""A scrum master's afternoon: how the sprint stands, what slipped, and where it goes."""

from __future__ import annotations

from typing import Any

from local.afternoons.steps import Afternoon, first

TEAM = "Platform"


async def spend(afternoon: Afternoon) -> None:
    """Reads how the sprint stands, and moves what slipped into the next one.

    Raises:
        StepError: A step failed.
    """
    sprint = await afternoon.call(
        "How much is left to do, in how many hours, and what slipped?",
        "devops_get_sprint",
        team=TEAM,
        limit=10,
    )
    await afternoon.call("What comes next?", "devops_get_backlog", team=TEAM, limit=10)
    await _run_saved_query(afternoon)
    await _move(afternoon, sprint, await _next_path(afternoon))


async def _run_saved_query(afternoon: Afternoon) -> None:
    queries = await afternoon.call("Which queries does the team keep?", "devops_list_queries")
    query = first("saved query of the team", queries["items"], lambda each: f"/{TEAM}/" in each["path"])
    await afternoon.call(
        "Run the team's own", "devops_search_work_items", saved_query=query["path"], team=TEAM, limit=10
    )


async def _next_path(afternoon: Afternoon) -> str:
    """Returns the path of the team's next sprint."""
    paths = await afternoon.call(
        "Which sprints are there to move it to?", "devops_list_paths", kind="iterations", team=TEAM
    )
    path = first(
        "sprint to come", paths["items"], lambda each: each["of_team"] and each["time_frame"] == "future"
    )
    return str(path["path"])


async def _move(afternoon: Afternoon, sprint: dict[str, Any], target: str) -> None:
    """Moves the first work item that slipped, says why, and looks whether it is there."""
    slipped = sprint["slipped"] or {"sprint": "", "items": []}
    item = first("work item that slipped", slipped["items"])
    read = await afternoon.call(
        "Read what slipped, and what was said of it", "devops_get_work_item", work_item_ids=[item["id"]]
    )
    await afternoon.call(
        "Move it, unless somebody changes it first",
        "devops_update_work_item",
        work_item_id=item["id"],
        rev=first("such work item", read["items"])["rev"],
        iteration_path=target,
    )
    await afternoon.call(
        "Say why",
        "devops_comment_on_work_item",
        work_item_id=item["id"],
        text=f"Left over from {slipped['sprint']}. {sprint['name']} ends in {sprint['working_days_left']} "
        f"working days ({sprint['remaining_hours']:g} hours of work in it, "
        f"{sprint['capacity_hours_left']:g} hours to do it), so it goes to {target}.",
    )
    await afternoon.call("See the next sprint with it", "devops_get_sprint", sprint=target, team=TEAM)
