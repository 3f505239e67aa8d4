"""Reads lists, tasks and steps of To Do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from shared.apis.graph.graph_times import ToldTime
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line
from shared.text.names import Name

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

type Status = Literal["notStarted", "inProgress", "completed", "waitingOnOthers", "deferred"]
type Level = Literal["low", "normal", "high"]

LISTS = 100
"""To Do lists read."""
TASK = "/me/todo/lists/{}/tasks/{}"
STEPS = "/me/todo/lists/{}/tasks/{}/checklistItems"
STEP = "/me/todo/lists/{}/tasks/{}/checklistItems/{}"
LINKS = "/me/todo/lists/{}/tasks/{}/linkedResources"


def _known_status(value: object) -> object:
    """Leaves a status out that is none of those known, such as `unknownFutureValue`."""
    return value if value in get_args(Status.__value__) else None


def _known_level(value: object) -> object:
    return value if value in get_args(Level.__value__) else None


class TodoList(GraphModel):
    """A list of tasks."""

    id: str
    display_name: Name = ""
    well_known: str | None = Field(None, validation_alias="wellknownListName")


class TodoTask(GraphModel):
    """A task without its text."""

    id: str
    etag: str = Field("", validation_alias="@odata.etag")
    title: Line | None = None
    status: Annotated[Status | None, BeforeValidator(_known_status)] = None
    importance: Annotated[Level | None, BeforeValidator(_known_level)] = None
    due: ToldTime = Field(None, validation_alias="dueDateTime")

    @property
    def progress(self) -> Status | None:
        """Returns how it stands; None if that is not known."""
        return self.status


class Body(GraphModel):
    """The text of a task."""

    content: str | None = None
    content_type: str | None = None


class TodoTaskText(TodoTask):
    """A task with its text."""

    body: Body | None = None
    is_reminder_on: bool | None = None
    reminder: ToldTime = Field(None, validation_alias="reminderDateTime")


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
    """Finds the user's To Do list of this name or id, or the usual one.

    Raises:
        ToolError: `invalid_argument`: there is none, or several have this name.
    """
    lists, _ = await graph.list_all(TodoList, "/me/todo/lists", most=LISTS)
    named = (
        [each for each in lists if name in (each.id, each.display_name)]
        or [each for each in lists if each.display_name.casefold() == name.casefold()]
        if name
        else [each for each in lists if each.well_known == "defaultList"]
    )
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(each.id for each in named)
        raise ToolError(
            "invalid_argument", "list_name: several lists have this name.", f"Give one by its id: {ids}."
        )
    raise ToolError(
        "invalid_argument",
        "list_name: you have no To Do list of this name.",
        f"Your lists are {', '.join(each.display_name for each in lists)}.",
    )


async def name_of_list(graph: Graph, list_id: str) -> str | None:
    """Returns the name of a list; None if it is not among the lists read."""
    lists, _ = await graph.list_all(TodoList, "/me/todo/lists", most=LISTS)
    return next((each.display_name for each in lists if each.id == list_id), None)
