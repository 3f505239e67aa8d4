"""A developer's afternoon: from the red build to a comment on the pull request that shall mend it."""

from __future__ import annotations

import re
from typing import Any

from local.afternoons.steps import Afternoon, StepError, first

REPOSITORY = "booking-api"
_DEFINITION = "booking-api-ci"
# A line of a pytest stack that names a file of the repository.
_FRAME = re.compile(r"^(?P<path>[\w./-]+):(?P<line>\d+): in ", re.MULTILINE | re.ASCII)
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)", re.ASCII)
_AROUND = 8


async def spend(afternoon: Afternoon) -> None:
    """Finds what made the build red, and tells it where the change that shall mend it is reviewed.

    Raises:
        StepError: A step failed.
    """
    test = await _failed_test(afternoon)
    await _breaking_change(afternoon, test)
    await _known(afternoon)
    await _review(afternoon, test)


async def _failed_test(afternoon: Afternoon) -> dict[str, Any]:
    """Returns the test that makes the build red, as devops_get_test_results shows it."""
    red = await afternoon.call(
        "What is red?", "devops_list_builds", definition=_DEFINITION, branch="main", result="failed", limit=1
    )
    build = first("build that failed", red["items"])
    results = await afternoon.call("Which test failed?", "devops_get_test_results", build=str(build["id"]))
    return first("failed test", results["items"])


async def _breaking_change(afternoon: Afternoon, test: dict[str, Any]) -> None:
    """Shows the change since which the test fails, and the line at which it does."""
    since = await afternoon.call(
        "Which change came with the first build in which it failed?",
        "devops_get_build_status",
        build=str(test["failing_since_build"]),
        include=["changes", "work_items"],
    )
    change = first("change in the build", since["changes"] or [])
    await afternoon.call(
        "What did it change?", "devops_get_diff", repository=REPOSITORY, commit=str(change["id"])
    )
    frames = list(_FRAME.finditer(test["stack"]["text"]))
    frame = first("file in the stack of the test", reversed(frames))
    line = int(frame["line"])
    await afternoon.call(
        "Where in the code does it fail?",
        "devops_read_file",
        repository=REPOSITORY,
        version=since["build"]["commit"],
        path=f"/{frame['path']}",
        first_line=max(line - _AROUND, 1),
        last_line=line + _AROUND,
    )


async def _known(afternoon: Afternoon) -> None:
    """Shows what the bugs and the wiki say about it."""
    known = await afternoon.call("Is it known?", "devops_search_work_items", query="redis-cache", limit=10)
    story = first("work item about the cache", known["items"])
    await afternoon.call("What was said of it?", "devops_get_work_item", work_item_ids=[story["id"]])
    pages = await afternoon.call("What does the wiki say?", "devops_search_wiki", query="redis-cache")
    page = first("runbook", pages["items"], lambda each: each["path"].startswith("/Runbooks/"))
    await afternoon.call("Read its runbook", "devops_get_wiki_page", page=page["path"])


async def _review(afternoon: Afternoon, test: dict[str, Any]) -> None:
    """Comments on the pull request, at the line that it changes for the test."""
    asked = await afternoon.call(
        "Which pull request waits for me?",
        "devops_list_pull_requests",
        repository=REPOSITORY,
        reviewer_id=afternoon.user.user_principal_name,
    )
    number = str(first("pull request to review", asked["items"])["id"])
    found = await afternoon.call("Read it", "devops_get_pull_request", pull_request=number)
    diff = await afternoon.call("What does it change?", "devops_get_diff", pull_request=number)
    changed = first(
        "changed settings", diff["files"], lambda each: each["diff"] and each["path"].endswith(".yaml")
    )
    comment = (
        f"`{test['name']}` has failed since build {test['failing_since_number']}:\n\n"
        f"    {test['message']['text'].splitlines()[0]}\n\n"
        "It can pass only when the build agents may reach this address."
    )
    if await afternoon.offers("devops_review_pull_request"):
        await afternoon.call(
            "Say it at the line in question",
            "devops_review_pull_request",
            pull_request=number,
            last_source_commit=found["last_source_commit"],
            file=changed["path"],
            line=_first_new_line(changed["diff"]["text"]),
            comment=comment,
        )
    else:
        await afternoon.call(
            "Say it where the work is planned",
            "devops_comment_on_work_item",
            work_item_id=first("work item of the pull request", found["work_item_ids"]),
            text=comment,
        )


def _first_new_line(diff: str) -> int:
    """Returns the number, in the changed file, of the first line that a unified diff adds."""
    number = 0
    for line in diff.splitlines():
        if hunk := _HUNK.match(line):
            number = int(hunk[1])
        elif line.startswith("+"):
            return number
        elif not line.startswith("-"):
            number += 1
    raise StepError("The pull request adds no line to comment on.")
