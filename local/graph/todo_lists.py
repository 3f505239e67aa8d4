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
        self.steps: dict[str, list[Resource]] = {}
        self.links: dict[str, list[Resource]] = {}
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

    def steps_of(self, task_id: str) -> list[Resource]:
        """Returns the steps of a task, which can be added to."""
        return self.steps.setdefault(task_id, [])

    def add_step(self, task: Resource, properties: Resource) -> Resource:
        """Adds a step to a task, which gets a new version."""
        self._made += 1
        step: Resource = {
            "id": outlook_id("", self.owner, "step", self._made),
            "createdDateTime": utc(self.clock()),
            "isChecked": False,
            **properties,
        }
        if step["isChecked"]:
            step["checkedDateTime"] = utc(self.clock())
        self.steps_of(task["id"]).append(step)
        self.change(task, {})
        return step

    def add_link(self, task: Resource, name: str, url: str) -> None:
        """Links a task to something in an app."""
        self._made += 1
        self.links.setdefault(task["id"], []).append(
            {
                "id": outlook_id("", self.owner, "link", self._made),
                "displayName": name,
                "applicationName": "Azure DevOps",
                "externalId": None,
                "webUrl": url,
            }
        )

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
