"""The last changes of a work item, of a service that gives the oldest first and no count."""

from typing import Any, cast

import pytest

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_updates import UpdateDocument, newest_updates
from shared.apis.models import DevOpsList


class Updates:
    """A work item with so many changes, of which 200 are given at once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.requests = 0

    async def get(self, model: Any, path: str, *segments: Any, **query: str) -> DevOpsList[UpdateDocument]:
        self.requests += 1
        skip, top = int(query.get("$skip", "0")), min(200, int(query["$top"]))
        ids = range(1, self.count + 1)[skip : skip + top]
        return DevOpsList[UpdateDocument](value=[UpdateDocument(id=each, rev=each) for each in ids])


async def newest(updates: Updates, rev: int, limit: int = 3, before: int | None = None) -> Any:
    begin, found = await newest_updates(
        cast("DevOps", updates), "larkspur", 1, rev, limit=limit, before=before
    )
    return begin, [each.id for each in found]


@pytest.mark.parametrize(
    ("count", "rev", "requests"),
    [
        (5, 5, 1),
        (250, 250, 2),  # a full page suggests that there are more
        (1_000, 1_000, 2),
        (700, 450, 3),  # more changes than revisions: those of links alone
        (100, 450, 2),  # fewer changes than revisions
        (200, 1, 2),
    ],
)
async def test_the_newest_are_found_whatever_the_revision_is(count: int, rev: int, requests: int):
    updates = Updates(count)

    assert (count - 3, [count, count - 1, count - 2]) == await newest(updates, rev)
    assert requests == updates.requests


async def test_older_ones_end_before_a_place():
    updates = Updates(10)

    assert (4, [7, 6, 5]) == await newest(updates, 10, before=7)
    assert (0, [2, 1]) == await newest(updates, 10, before=2)


async def test_where_nothing_changed_there_is_nothing():
    assert (0, []) == await newest(Updates(0), 450)
