"""Copies files and folders. Graph does it by itself, and tells at an address how it goes."""

import asyncio

from pydantic import Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.graph_responses import SERVICE
from shared.apis.models import GraphModel
from shared.apis.requests import parse
from shared.errors import ToolError
from shared.http.deadline import seconds_left

_CONFLICT = "@microsoft.graph.conflictBehavior"
_PAUSES_S = (0.0, 0.3, 0.7, 1.0, 2.0, 3.0, 4.0, 4.0)
"""How long to wait before each look."""
_LEFT_S = 10.0
"""What a look and reading the result after it may take."""


class CopyFailure(GraphModel):
    """Why there is no copy, or not all of one."""

    code: str = ""
    message: str = ""


class CopyProgress(GraphModel):
    """How a copy goes."""

    status: str = ""
    percentage: float | None = Field(None, validation_alias="percentageComplete")
    resource_id: str | None = None
    error: CopyFailure | None = None

    @property
    def is_done(self) -> bool:
        """Tells whether it has ended well."""
        return self.status.casefold() == "completed"

    @property
    def has_failed(self) -> bool:
        """Tells whether it has ended otherwise."""
        return self.status.casefold() in ("failed", "deletefailed")


async def begin_copy(
    graph: Graph, drive_id: str, item_id: str, *, to_drive: str, to_folder: str, name: str | None
) -> str:
    """Begins to copy an item, and returns where to see how it goes; a name that is taken is left alone."""
    body = {
        "parentReference": {"driveId": to_drive, "id": to_folder},
        **({"name": name} if name else {}),
    }
    return await graph.begin("/drives/{}/items/{}/copy", drive_id, item_id, body=body, **{_CONFLICT: "fail"})


async def watch_copy(graph: Graph, monitor: str) -> CopyProgress | None:
    """Looks for some seconds how a copy goes, and returns what was seen last; None if nothing can be seen."""
    seen: CopyProgress | None = None
    for pause in _PAUSES_S:
        if seconds_left() < pause + _LEFT_S:
            break
        await asyncio.sleep(pause)
        try:
            seen = parse(CopyProgress, await graph.look(monitor), service=SERVICE)
        except ToolError:
            break
        if seen.is_done or seen.has_failed:
            break
    return seen
