"""Keeps the To Do lists of one user."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from local.graph.errors import mailbox_item_not_found
from local.graph.mailbox import outlook_id, utc
from local.graph.odata import Resource
from local.graph.time_zones import written


class TodoLists:
    """Holds the lists of one user by id, and the tasks of each."""

    def __init__(self, owner: str, clock: Callable[[], datetime]) -> None:
        self.owner = owner
        self.clock = clock
        self.lists: dict[str, Resource] = {}
        self.tasks: dict[str, dict[str, Resource]] = {}
        self._made = 0
        self.default_id = self.add_list("Tasks", "defaultList")

    def add_list(self, name: str, well_known: str = "none") -> str:
        """Makes a list; its id comes back."""
        list_id = outlook_id("AQMkAD", self.owner, "todo", name)
        described = {"displayName": name, "isOwner": True, "isShared": False, "wellknownListName": well_known}
        etag = {"@odata.etag": f'W/"{outlook_id("", list_id)}"'}
        self.lists[list_id] = etag | {"id": list_id} | described
        self.tasks[list_id] = {}
        return list_id

    def in_list(self, list_id: str) -> dict[str, Resource]:
        """Returns the tasks of a list.

        Raises:
            GraphError: There is no such list.
        """
        if list_id not in self.tasks:
            raise mailbox_item_not_found()
        return self.tasks[list_id]

    def add(self, list_id: str, properties: Resource) -> Resource:
        """Puts a task into a list; what its properties do not say gets its default."""
        self._made += 1
        stamp = utc(self.clock())
        task: Resource = {
            "id": outlook_id("AAMkAD", self.owner, "task", self._made),
            "importance": "normal",
            "isReminderOn": False,
            "status": "notStarted",
            "title": "",
            "createdDateTime": stamp,
            "hasAttachments": False,
            "categories": [],
            "body": {"content": "", "contentType": "text"},
        }
        self.in_list(list_id)[task["id"]] = task
        self.change(task, properties)
        return task

    def change(self, task: Resource, properties: Resource) -> None:
        """Sets properties of a task and gives it a new version; completing it notes when."""
        self._made += 1
        now = self.clock()
        if properties.get("status") == "completed" and task["status"] != "completed":
            task["completedDateTime"] = written(now)
        elif properties.get("status", "completed") != "completed":
            task.pop("completedDateTime", None)
        task |= {name: value for name, value in properties.items() if value is not None}
        for name in [name for name, value in properties.items() if value is None]:
            task.pop(name, None)
        task["lastModifiedDateTime"] = utc(now)
        task["@odata.etag"] = f'W/"{outlook_id("", self.owner, "task version", self._made)[:24]}"'
