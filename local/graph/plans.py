"""Keeps plans, buckets and tasks of Planner."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from local.graph.denials import PLANNER
from local.graph.errors import GraphError
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.graph.planner_hints import in_order, placed
from local.organisation import User


def planner_id(*names: object) -> str:
    """Returns an id as Planner makes them: 28 characters, the same for the same names."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:28]


class Plans:
    """Holds every plan of the organisation with its members, buckets and tasks."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.plans: dict[str, Resource] = {}
        self.members: dict[str, frozenset[str]] = {}
        self.buckets: dict[str, Resource] = {}
        self.tasks: dict[str, Resource] = {}
        self.details: dict[str, Resource] = {}
        self.unshared: set[str] = set()
        self.fresh: set[str] = set()
        self._made = 0

    def add_plan(self, title: str, group_id: str, members: list[str], *, shared: bool = True) -> str:
        """Makes a plan for the users with these object ids; its id comes back.

        One that is not shared with them is theirs through its group alone: no list of a user's plans has it.
        """
        plan_id = planner_id("plan", title)
        container = {
            "containerId": group_id,
            "type": "group",
            "url": f"https://graph.microsoft.com/v1.0/groups/{group_id}",
        }
        described = {
            "title": title,
            "owner": group_id,
            "createdDateTime": utc(self.clock()),
            "container": container,
        }
        self.plans[plan_id] = {"@odata.etag": _etag(plan_id), "id": plan_id} | described
        self.members[plan_id] = frozenset(members)
        if not shared:
            self.unshared.add(plan_id)
        return plan_id

    def add_bucket(self, plan_id: str, name: str) -> str:
        """Makes a bucket of a plan; its id comes back."""
        bucket_id = planner_id(plan_id, "bucket", name)
        self._made += 1
        described = {"id": bucket_id, "name": name, "planId": plan_id, "orderHint": self._hint()}
        self.buckets[bucket_id] = {"@odata.etag": _etag(bucket_id)} | described
        return bucket_id

    def add_task(self, plan_id: str, author_id: str, properties: Resource) -> Resource:
        """Puts a task into a plan; what its properties do not say gets its default."""
        self._made += 1
        task_id = planner_id(plan_id, "task", self._made)
        task = {
            "id": task_id,
            "planId": plan_id,
            "bucketId": None,
            "title": "",
            "orderHint": self._hint(),
            "assigneePriority": "",
            "percentComplete": 0,
            "priority": 5,
            "startDateTime": None,
            "createdDateTime": utc(self.clock()),
            "dueDateTime": None,
            "completedDateTime": None,
            "hasDescription": False,
            "previewType": "automatic",
            "referenceCount": 0,
            "checklistItemCount": 0,
            "activeChecklistItemCount": 0,
            "conversationThreadId": None,
            "createdBy": {"user": {"id": author_id}},
            "completedBy": None,
            "appliedCategories": {},
            "assignments": {},
        }
        self.tasks[task_id] = task
        self.details[task_id] = {
            "@odata.etag": _etag(task_id, "details"),
            "id": task_id,
            "description": "",
            "previewType": "automatic",
            "checklist": {},
            "references": {},
        }
        self.change(task, author_id, properties)
        return task

    def change(self, task: Resource, author_id: str, properties: Resource) -> None:
        """Sets properties of a task, merging its assignments, and gives it a new version."""
        self._made += 1
        stamp = utc(self.clock())
        assignments = dict(task["assignments"])
        for user_id, assignment in (properties.get("assignments") or {}).items():
            assignments.pop(user_id, None)
            if assignment is not None:
                assigned_by = {"user": {"id": author_id}}
                hint = placed(str(assignment.get("orderHint") or " !"))
                facts = {"assignedDateTime": stamp, "assignedBy": assigned_by, "orderHint": hint}
                assignments[user_id] = {"@odata.type": "#microsoft.graph.plannerAssignment"} | facts
        if properties.get("orderHint"):
            properties = properties | {"orderHint": placed(properties["orderHint"])}
        task |= properties | {"assignments": assignments}
        done = task["percentComplete"] == 100
        task["completedDateTime"] = (task["completedDateTime"] or stamp) if done else None
        task["completedBy"] = {"user": {"id": author_id}} if done else None
        task["@odata.etag"] = _etag(task["id"], self._made)

    def change_details(self, task: Resource, author_id: str, properties: Resource) -> None:
        """Sets properties of a task's details, merging its maps; task and details get new versions."""
        details = self.details[task["id"]]
        by = {"user": {"id": author_id}}
        for name in ("checklist", "references"):
            entries = dict(details[name])
            for key, value in (properties.get(name) or {}).items():
                self._made += 1
                if value is None:
                    entries.pop(key, None)
                else:
                    entry = in_order(value, entries.get(key), self._hint())
                    entries[key] = entry | {"lastModifiedDateTime": utc(self.clock()), "lastModifiedBy": by}
            details[name] = entries
        plain = {name: value for name, value in properties.items() if name not in ("checklist", "references")}
        details |= plain
        self._made += 1
        details["@odata.etag"] = _etag(task["id"], "details", self._made)
        checklist = details["checklist"].values()
        counts = {
            "hasDescription": bool(details["description"]),
            "referenceCount": len(details["references"]),
            "checklistItemCount": len(checklist),
            "activeChecklistItemCount": sum(not each.get("isChecked") for each in checklist),
        }
        self.change(task, author_id, counts)

    def _hint(self) -> str:
        return f"8585{self._made:06}P"

    def task(self, task_id: str, user: User) -> Resource:
        """Returns a task, for a member of its plan.

        Raises:
            GraphError: There is no such task, or the user is not a member.
        """
        if task_id not in self.tasks:
            raise _not_found()
        task = self.tasks[task_id]
        self.plan(task["planId"], user)
        return task

    def plan(self, plan_id: str, user: User) -> Resource:
        """Returns a plan, for one of its members.

        Raises:
            GraphError: There is no such plan, or the user is not a member.
        """
        if plan_id not in self.plans:
            raise _not_found()
        if user.object_id not in self.members[plan_id]:
            raise PLANNER.error()
        return self.plans[plan_id]


def _etag(*names: object) -> str:
    return f'W/"{base64.b64encode(planner_id(*names).encode()).decode()}"'


def _not_found() -> GraphError:
    return GraphError(404, "", "The requested item is not found.")
