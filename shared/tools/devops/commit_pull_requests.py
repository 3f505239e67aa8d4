"""Finds the pull requests that a commit came with."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from shared.apis.devops.git_repositories import ONE, RepositoryKey, checked
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.results.paging import KeyedList, Page
from shared.tools.devops.pull_request_views import PullRequestSummary, with_web_url


class _Answer(DevOpsModel):
    """What each query found, by commit."""

    results: list[dict[str, list[PullRequestSummary]]] = Field(default_factory=list)


async def pull_requests_of_commit(
    caller: Caller, key: RepositoryKey, commit: str, limit: int, cursor: str | None
) -> Page[PullRequestSummary]:
    """Returns the pull requests that brought a commit or were merged as it, the newest first."""
    keyed = KeyedList(caller.devops.cursors, f"pull requests of {key} {commit}", cursor)
    queries: list[dict[str, Any]] = [
        {"type": kind, "items": [commit.lower()]} for kind in ("commit", "lastMergeCommit")
    ]
    asked = caller.devops.post(
        _Answer, f"{ONE}/pullrequestquery", *key, body={"queries": queries}, reads=True
    )
    results = (await checked(caller.devops, key, asked)).results
    found = {each.id: each for by_commit in results for listed in by_commit.values() for each in listed}

    async def read(ids: Sequence[int]) -> list[PullRequestSummary]:
        return [with_web_url(caller, *key[:2], found[each]) for each in ids]

    page = await keyed.page(sorted(found, reverse=True), read, limit=limit)
    return Page(items=page.items, complete=page.complete, next_cursor=page.next_cursor, note=page.note)
