"""Reads lists, tasks and steps of To Do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from shared.apis.graph.graph_times import ZonedTime
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line
from shared.text.names import Name

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

type Status = Literal["notStarted", "inProgress", "completed", "waitingOnOthers", "deferred"]

LISTS = 100
"""To Do lists read."""
TASK = "/me/todo/lists/{}/tasks/{}"
STEPS = "/me/todo/lists/{}/tasks/{}/checklistItems"
STEP = "/me/todo/lists/{}/tasks/{}/checklistItems/{}"
LINKS = "/me/todo/lists/{}/tasks/{}/linkedResources"


class TodoList(GraphModel):
    """A list of tasks."""

    id: str
    display_name: Name
    well_known: str | None = Field(None, validation_alias="wellknownListName")


class TodoTask(GraphModel):
    """A task without its text."""

    id: str
    etag: str = Field("", validation_alias="@odata.etag")
    title: Line | None = None
    status: Status
    importance: Literal["low", "normal", "high"]
    due: ZonedTime | None = Field(None, validation_alias="dueDateTime")

    @property
    def progress(self) -> Status:
        """Returns how it stands."""
        return self.status


class Body(GraphModel):
    """The text of a task."""

    content: str | None = None
    content_type: str | None = None


class TodoTaskText(TodoTask):
    """A task with its text."""

    body: Body | None = None
    is_reminder_on: bool | None = None
    reminder: ZonedTime | None = Field(None, validation_alias="reminderDateTime")


class TodoStep(GraphModel):
    """A step of a task."""

    id: str
    display_name: Line | None = None
    is_checked: bool | None = False


class LinkedResource(GraphModel):
    """What a task is about, in another app."""

    display_name: Line | None = None
    application_name: Line | None = None
    web_url: str | None = None


async def list_named(graph: Graph, name: str | None) -> TodoList:
    """Finds the user's To Do list of this name, or the usual one.

    Raises:
        ToolError: `invalid_argument`: there is none.
    """
    lists, _ = await graph.list_all(TodoList, "/me/todo/lists", most=LISTS)
    for each in sorted(lists, key=lambda each: each.display_name != name):
        if each.display_name.casefold() == name.casefold() if name else each.well_known == "defaultList":
            return each
    raise ToolError(
        "invalid_argument",
        "list_name: you have no To Do list of this name.",
        f"Your lists are {', '.join(each.display_name for each in lists)}.",
    )


async def name_of_list(graph: Graph, list_id: str) -> str | None:
    """Returns the name of a list; None if it is not among the lists read."""
    lists, _ = await graph.list_all(TodoList, "/me/todo/lists", most=LISTS)
    return next((each.display_name for each in lists if each.id == list_id), None)
