"""Creates the To Do lists and Planner plans of the demo tenant."""

from __future__ import annotations

import re
import uuid
from datetime import UTC
from typing import Any

from local.graph.demo_text import data
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.graph.store import Tenant
from local.graph.time_zones import written
from local.organisation import organisation
from local.relative_time import at


def fill_tasks(tenant: Tenant) -> None:
    """Makes the lists, plans and tasks of `tasks.json`."""
    document = data("tasks")
    for alias, lists in document["todo"].items():
        mine = tenant.todo[organisation().user(alias).object_id]
        for name, tasks in lists.items():
            list_id = mine.default_id if name == "Tasks" else mine.add_list(name)
            for task in tasks:
                added = mine.add(list_id, _todo(tenant, task))
                for step in task.get("steps", []):
                    mine.add_step(added, {"displayName": step["title"], "isChecked": step.get("done", False)})
                for link in task.get("links", []):
                    mine.add_link(added, link["title"], link["url"])
    for plan in document["plans"]:
        _add_plan(tenant, plan)


def _todo(tenant: Tenant, task: dict[str, Any]) -> Resource:
    now = tenant.clock()
    properties = {
        "title": task["title"],
        "status": task.get("status", "notStarted"),
        "importance": task.get("importance", "normal"),
        "body": {"contentType": "text", "content": task.get("body", "")},
        "createdDateTime": utc(at(task.get("created", "-6d 09:00"), now)),
    }
    if "due" in task:
        # A day, not a moment: midnight in the zone that is named.
        properties["dueDateTime"] = written(at(task["due"], now).replace(tzinfo=UTC))
    return properties


def _add_plan(tenant: Tenant, plan: dict[str, Any]) -> None:
    people = {alias: organisation().user(alias).object_id for alias in plan["members"]}
    group = next(each for each in organisation().document["groups"] if each["display_name"] == plan["group"])
    plan_id = tenant.plans.add_plan(
        plan["title"], group["id"], list(people.values()), shared=plan.get("shared", True)
    )
    for bucket, tasks in plan["buckets"].items():
        bucket_id = tenant.plans.add_bucket(plan_id, bucket)
        for task in tasks:
            due = {"dueDateTime": utc(at(task["due"], tenant.clock()))} if "due" in task else {}
            properties = {
                "title": task["title"],
                "bucketId": bucket_id,
                "percentComplete": task.get("percent", 0),
                "priority": task.get("priority", 5),
                "assignments": {people[alias]: {} for alias in task.get("assigned", [])},
            }
            author = people[plan["members"][0]]
            added = tenant.plans.add_task(plan_id, author, properties | due)
            if details := _details(added["id"], task):
                tenant.plans.change_details(added, author, details)


def _details(task_id: str, task: dict[str, Any]) -> Resource:
    """Returns what a task's details say beyond their defaults."""
    steps = {
        str(uuid.uuid5(uuid.NAMESPACE_URL, f"{task_id}/{index}")): {
            "@odata.type": "#microsoft.graph.plannerChecklistItem",
            "title": step["title"],
            "isChecked": step.get("done", False),
        }
        for index, step in enumerate(task.get("steps", []))
    }
    links = {
        re.sub("[%.:@#]", lambda each: f"%{ord(each[0]):02X}", link["url"]): {
            "@odata.type": "#microsoft.graph.plannerExternalReference",
            "alias": link["title"],
            "type": "Other",
            "previewPriority": "8585",
        }
        for link in task.get("links", [])
    }
    found = {"description": task.get("body"), "checklist": steps, "references": links}
    return {name: value for name, value in found.items() if value}
