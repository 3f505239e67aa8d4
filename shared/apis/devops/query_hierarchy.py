"""Finds the saved queries of a project: in their folders, by name, by path, by id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsModel
from shared.apis.requests import quotable
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.guids import is_guid

_FOLDERS_LIMIT = 50
"""Folders whose content is requested: the service returns two levels at once."""
_FOUND_LIMIT = 200
"""Queries the service finds by name at most."""
_NAMED = 5


class QueryItem(DevOpsModel):
    """A saved query, or a folder of them. The text of a query comes only where it is asked for."""

    id: str
    name: str
    path: str = ""
    is_folder: bool = False
    has_children: bool = False
    is_public: bool = False
    query_type: str | None = None
    wiql: str | None = None
    children: list[QueryItem] = Field(default_factory=list)


class _Found(DevOpsModel):
    value: list[QueryItem] = Field(default_factory=list)
    has_more: bool = False


async def all_queries(devops: DevOps, organization: str, project: str) -> tuple[list[QueryItem], bool]:
    """Returns the saved queries of a project that the caller can see, and whether these are all."""
    path = "/{}/{}/_apis/wit/queries"
    deep: dict[str, Any] = {"$depth": "2"}
    roots = (await devops.get(_Found, path, organization, project, **deep)).value
    found: list[QueryItem] = []
    requested = 0
    folders = [*_collect(roots, found)]
    while folders and requested < _FOLDERS_LIMIT:
        batch = folders[: min(10, _FOLDERS_LIMIT - requested)]
        requested += len(batch)
        read = await run_all(
            devops.get(QueryItem, f"{path}/{{}}", organization, project, each.id, **deep) for each in batch
        )
        folders = folders[len(batch) :]
        for each in read:
            folders += _collect(each.children, found)
    return found, not folders


async def queries_named(
    devops: DevOps, organization: str, project: str, text: str
) -> tuple[list[QueryItem], bool]:
    """Returns the saved queries with a text in their name, and whether these are all."""
    asked: dict[str, Any] = {"$filter": text, "$top": str(_FOUND_LIMIT)}
    found = await devops.get(_Found, "/{}/{}/_apis/wit/queries", organization, project, **asked)
    return [each for each in found.value if not each.is_folder], not found.has_more


async def find_query(devops: DevOps, organization: str, project: str, wanted: str) -> str:
    """Returns the WIQL of a saved query, named by id, path or name.

    Raises:
        ToolError: `not_found`: there is none. `invalid_argument`: it is a folder, or several have the name.
    """
    path = re.sub(r"[\\/]+", "/", wanted.strip()).strip("/")
    if is_guid(path):
        return await _text(devops, organization, project, path)
    # By its name, then: a path is no one segment of the address of a query.
    found, _ = await queries_named(devops, organization, project, path.rpartition("/")[2])
    same = [each for each in found if path.casefold() in (each.path.casefold(), each.name.casefold())]
    if len(same) == 1:
        return await _text(devops, organization, project, same[0].id)
    named = ", ".join(quotable(each.path) for each in (same or found)[:_NAMED])
    if same:
        raise ToolError(
            "invalid_argument", f"saved_query: several have that name: {named}.", "Name one by its path."
        )
    raise ToolError(
        "not_found",
        f"saved_query: there is none called {quotable(wanted)}.",
        f"There are: {named}." if found else "devops_list_queries lists them; folders cannot be run.",
    )


async def _text(devops: DevOps, organization: str, project: str, reference: str) -> str:
    with_text: dict[str, Any] = {"$expand": "wiql"}
    found = await devops.get(
        QueryItem,
        "/{}/{}/_apis/wit/queries/{}",
        organization,
        project,
        reference,
        **with_text,
    )
    if found.is_folder or not found.wiql:
        raise ToolError(
            "invalid_argument",
            f"saved_query: {quotable(found.path or found.name)} is a folder, not a query.",
            "devops_list_queries lists the queries in it.",
        )
    return found.wiql


def _collect(items: Sequence[QueryItem], found: list[QueryItem]) -> Iterator[QueryItem]:
    """Adds the queries to those found, and yields the folders whose content has not come yet."""
    for each in items:
        if not each.is_folder:
            found.append(each)
        elif each.children:
            yield from _collect(each.children, found)
        elif each.has_children:
            yield each
