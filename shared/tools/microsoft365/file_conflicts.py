"""Explains changes of files that met another item of the name, or another version."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.resource_paths import ResourcePath
from shared.errors import ToolError
from shared.results.conflicts import conflict
from shared.tools.microsoft365.file_params import File, get_file

TAKEN = "nameAlreadyExists"


@asynccontextmanager
async def explained(
    graph: Graph,
    *,
    folder: File | None = None,
    name: str = "",
    changed: File | None = None,
    version: str = "",
    wanted: Mapping[str, object] | None = None,
) -> AsyncIterator[None]:
    """Says in the error of a change inside what the folder or the file holds now.

    Args:
        graph: As the caller.
        folder: In which the name may be taken.
        name: The name.
        changed: The file that is changed.
        version: The one that the change is based on.
        wanted: What the change would set, by the names of what the file holds.

    Raises:
        ToolError: As the change did.
    """
    try:
        yield
    except ToolError as error:
        if error.code != "conflict":
            raise
        if error.details.get("graph_error") == TAKEN and folder:
            raise await name_taken(graph, folder, name) from error
        if changed and (newer := await _newer(graph, changed, version, wanted or {})):
            raise newer from error
        raise


async def name_taken(graph: Graph, folder: File, name: str) -> ToolError:
    """Returns the error of a name that an item of the folder has already."""
    named = ResourcePath("/drives/{}/items/{}:/{}", (folder.drive_id, folder.item_id, name), ":")
    try:
        there = await get_file(graph, named)
    except ToolError:
        # What has the name may be hidden from the caller.
        return ToolError(
            "conflict",
            f"The folder has an item of the name {name} already, and it was left as it is.",
            "Choose another name.",
        )
    return ToolError(
        "conflict",
        f"The folder has an item of the name {there.name} already, and it was left as it is.",
        "Choose another name, or look at the one that is there with sharepoint_get_file.",
        details={"current_version": there.version or "", "current_id": there.id},
    )


async def _newer(graph: Graph, changed: File, version: str, wanted: Mapping[str, object]) -> ToolError | None:
    """Returns the error of a change that met a newer version; None if it did not fail for that."""
    current = await get_file(graph, ResourcePath("/drives/{}/items/{}", (changed.drive_id, changed.item_id)))
    if current.version == version:
        return None
    present: dict[str, object] = {"name": current.name, "folder": current.folder, "size": current.size}
    differs: dict[str, tuple[object, object]] = {
        name: (value, wanted[name]) for name, value in present.items() if name in wanted
    }
    differs |= {
        "modified_by": (current.modified_by, None),
        "modified": (current.modified and current.modified.isoformat(), None),
    }
    return conflict(current.name, version=current.version or "", differs=differs)
