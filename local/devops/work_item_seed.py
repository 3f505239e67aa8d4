"""Seeds work items: those of the data file, and series made from word lists."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

from local.devops.data_files import data_file, named_id, pick
from local.devops.store import Organization, Project, Store
from local.devops.work_item import LINK_TYPES, PARENT, Attachment, Comment, Link, Update, Value, WorkItem
from local.devops.work_item_types import process
from local.relative_time import at

_STRIDE = 37  # prime, so that it walks through every combination of words once
_STATES = ("New", "New", "Active", "Active", "Resolved", "Closed", "Closed", "Closed", "Closed")
_FIELDS = {
    "title": "System.Title",
    "tags": "System.Tags",
    "description": "System.Description",
    "repro": "Microsoft.VSTS.TCM.ReproSteps",
    "acceptance": "Microsoft.VSTS.Common.AcceptanceCriteria",
    "priority": "Microsoft.VSTS.Common.Priority",
    "severity": "Microsoft.VSTS.Common.Severity",
    "activity": "Microsoft.VSTS.Common.Activity",
    "points": "Microsoft.VSTS.Scheduling.StoryPoints",
    "estimate": "Microsoft.VSTS.Scheduling.OriginalEstimate",
    "remaining": "Microsoft.VSTS.Scheduling.RemainingWork",
}


def add_work_items(store: Store) -> None:
    """Fills the organizations with their work items."""
    described = data_file("devops_work_items.json")
    entries = {"larkspur": described["items"] + _series(), **described["other_organizations"]}
    for name, of_organization in entries.items():
        organization = store.organizations[name]
        for entry in sorted(of_organization, key=lambda entry: entry["id"]):
            item = _work_item(store, organization, entry)
            organization.work_items[item.id] = item
        _close_links(organization)


@cache
def _series() -> list[dict[str, Any]]:
    """Returns the entries of all series, in the form of the written-out ones."""
    described = data_file("devops_work_items.json")
    entries = []
    for series in described["series"]:
        (first, firsts), (second, seconds) = series["words"].items()
        combinations = list(product(firsts, seconds))
        for number in range(series["count"]):
            chosen = combinations[number * _STRIDE % len(combinations)]
            words = {first: chosen[0], second: chosen[1]}
            entries.append(_member(series, series["first"] + number, words, described))
    return entries


def _member(
    series: dict[str, Any], item_id: int, words: dict[str, str], described: dict[str, Any]
) -> dict[str, Any]:
    project, kind = series["project"], series["type"]
    age = 150 - (item_id - 1010) // 2
    state = pick(_STATES, "state", item_id)
    if kind == "Task" and state == "Resolved":
        state = "Active"
    changed = min(age, pick((1, 2, 5, 9, 16, 30, 45), "changed", item_id))
    entry: dict[str, Any] = {
        "id": item_id,
        "type": kind,
        "project": project,
        "title": series["title"].format(**words),
        "state": state,
        "area": pick(series["areas"], "area", item_id),
        "iteration": pick((None, "Sprint 45", "Sprint 46", "Sprint 47", "Sprint 48"), "sprint", item_id),
        "assigned": pick([None, *described["people"][project]], "assigned", item_id),
        "by": pick(described["people"][project], "by", item_id),
        "created": f"-{age}d {8 + item_id % 9:02d}:{item_id % 60:02d}",
        "changed": f"-{changed}d {9 + item_id % 8:02d}:{item_id * 7 % 60:02d}",
        "parent": pick(series["parents"], "parent", item_id),
        "tags": pick(series["tags"], "tags", item_id),
        "priority": pick((1, 2, 2, 3, 4), "priority", item_id),
    }
    for one, several in (("severity", "severities"), ("points", "points"), ("estimate", "estimates")):
        if several in series:
            entry[one] = pick(series[several], one, item_id)
    for text in ("description", "repro"):
        if text in series:
            entry[text] = series[text].format(**words)
    if item_id % 4 == 0:
        entry["comments"] = [
            {
                "by": pick(described["people"][project], "comment by", item_id),
                "at": entry["changed"],
                "text": pick(described["comment_texts"], "comment", item_id),
            }
        ]
    return entry


def _work_item(store: Store, organization: Organization, entry: dict[str, Any]) -> WorkItem:
    project = organization.project(entry["project"])
    if project is None:
        raise ValueError(f"work item {entry['id']} names an unknown project")
    item = WorkItem(entry["id"], project.id, rev=1, fields=_fields(store, project, entry))
    if entry.get("parent"):
        item.links.append(Link(PARENT, target=entry["parent"]))
    item.links += [Link("System.LinkTypes.Related", target=other) for other in entry.get("related", ())]
    if "hyperlink" in entry:
        item.links.append(Link("Hyperlink", **entry["hyperlink"]))
    if "pull_request" in entry:
        pull_request = organization.pull_requests[entry["pull_request"]]
        item.links.append(Link("ArtifactLink", url=pull_request.artifact, name="Pull Request"))
    for attached in entry.get("attachments", ()):
        item.links.append(_attached(store, organization, item.id, attached))
    for number, comment in enumerate(entry.get("comments", ())):
        item.comments.append(
            Comment(
                id=item.id * 10 + number,
                author=store.people.named(comment["by"]),
                created=at(comment["at"], store.started),
                text=comment["text"],
                format=comment.get("format", "html"),
            )
        )
    item.rev += 2 * len(item.comments) + (item.fields["System.State"] != "New")
    _add_history(store, item, entry.get("history", ()))
    return item


def _attached(store: Store, organization: Organization, item_id: int, entry: dict[str, Any]) -> Link:
    """Returns the link to an attachment, whose content is text or written in base64."""
    content = entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])
    attachment = Attachment(named_id("attachment", item_id, entry["name"]), entry["name"], content)
    organization.attachments[attachment.id] = attachment
    url = store.url(organization, "_apis/wit/attachments", attachment.id)
    return Link("AttachedFile", None, url, entry.get("comment", ""), attachment.name, len(content))


def _add_history(store: Store, item: WorkItem, entries: Sequence[dict[str, Any]]) -> None:
    """Adds the last revisions, by old and new values of fields."""
    before = item.fields["System.CreatedDate"]
    for rev, entry in enumerate(entries, start=item.rev - len(entries) + 1):
        by, when = store.people.named(entry["by"]), at(entry["at"], store.started)
        fields = {ref: (old, new) for ref, (old, new) in entry["fields"].items()}
        if assigned := entry.get("assigned"):
            fields["System.AssignedTo"] = (None, store.people.named(assigned))
        item.updates.append(Update(rev, by, when, fields | {"System.ChangedDate": (before, when)}))
        before = when


def _fields(store: Store, project: Project, entry: dict[str, Any]) -> dict[str, Value]:
    created, changed = at(entry["created"], store.started), at(entry["changed"], store.started)
    changed = max(changed, created + timedelta(minutes=5)) if changed != created else created
    author = store.people.named(entry["by"])
    kind = process().type(entry["type"])
    state = kind.state(entry["state"]) if kind else None
    if kind is None or state is None:
        raise ValueError(f"work item {entry['id']} has an unknown type or state")
    iteration = entry.get("iteration")
    fields: dict[str, Value] = {
        "System.AreaPath": entry["area"],
        "System.TeamProject": project.name,
        "System.IterationPath": f"{project.name}\\{iteration}" if iteration else project.name,
        "System.WorkItemType": kind.name,
        "System.State": state.name,
        "System.Reason": state.reason,
        "System.CreatedDate": created,
        "System.CreatedBy": author,
        "System.ChangedDate": changed,
        "System.ChangedBy": author,
    }
    if entry.get("assigned"):
        fields["System.AssignedTo"] = store.people.named(entry["assigned"])
    fields |= {ref: entry[name] for name, ref in _FIELDS.items() if entry.get(name) not in (None, "")}
    of_type = {field.ref for field in kind.fields}
    fields = {**{ref: value for ref, value in process().defaults.items() if ref in of_type}, **fields}
    return fields | _state_dates(state.name, created, changed)


def _state_dates(state: str, created: datetime, changed: datetime) -> dict[str, Value]:
    dates: dict[str, Value] = {
        "Microsoft.VSTS.Common.StateChangeDate": created if state == "New" else changed
    }
    if state != "New":
        dates["Microsoft.VSTS.Common.ActivatedDate"] = created + (changed - created) / 2
    if state in ("Resolved", "Closed"):
        dates["Microsoft.VSTS.Common.ResolvedDate"] = changed
    if state == "Closed":
        dates["Microsoft.VSTS.Common.ClosedDate"] = changed
    return dates


def _close_links(organization: Organization) -> None:
    """Gives every link between work items its other end."""
    for item in list(organization.work_items.values()):
        for link in list(item.links):
            if link.target is None:
                continue
            back = Link(LINK_TYPES[link.rel][1], target=item.id)
            other = organization.work_items[link.target]
            if back not in other.links:
                other.links.append(back)
