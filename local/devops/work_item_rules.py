"""Enforces the rules of a work item type, and computes the fields that a save sets."""

from __future__ import annotations

from local.devops.call import Call
from local.devops.errors import wrapped
from local.devops.work_item import LINK_TYPES, Link, Update, Value, WorkItem
from local.devops.work_item_patch import rule_broken, rules_broken
from local.devops.work_item_types import WorkItemType, process

_LONGEST_TITLE = 255


def type_of(item: WorkItem) -> WorkItemType:
    """Returns the type of a work item that exists."""
    kind = process().type(str(item.fields["System.WorkItemType"]))
    if kind is None:
        raise LookupError(item.fields["System.WorkItemType"])
    return kind


def check(draft: WorkItem, call: Call) -> None:
    """Checks a draft against the rules of its type.

    Raises:
        RefusalError: It does not; the refusal names the field.
    """
    kind = type_of(draft)
    by_ref = {field.ref: field for field in kind.fields}
    for ref in draft.fields:
        if ref not in by_ref:
            raise rule_broken(
                process().fields[ref.casefold()], "InvalidNotInType", f"{kind.name} has no such field"
            )
    broken = []
    title = draft.text("System.Title").strip()
    if not title:
        broken.append((by_ref["System.Title"], "Required, InvalidEmpty", "it cannot be empty"))
    if len(title) > _LONGEST_TITLE:
        broken.append((by_ref["System.Title"], "InvalidTooLong", f"at most {_LONGEST_TITLE} characters"))
    state = kind.state(draft.text("System.State"))
    if state is None:
        names = ", ".join(each.name for each in kind.states)
        broken.append((by_ref["System.State"], "LimitedToValues, InvalidNotOldValue", f"one of {names}"))
    for ref, values in process().allowed.items():
        value = draft.fields.get(ref)
        if value is not None and value not in values:
            broken.append((by_ref[ref], "LimitedToValues, InvalidNotOldValue", f"one of {values}"))
    if broken:
        raise rules_broken(broken)
    if state is not None:
        draft.fields["System.State"] = state.name
    project = call.organization.project_by_id(draft.project_id)
    _check_path(draft, "System.AreaPath", project.areas)
    _check_path(draft, "System.IterationPath", (project.name, *(each.path for each in project.iterations)))


def _check_path(draft: WorkItem, ref: str, known: tuple[str, ...]) -> None:
    written = draft.text(ref).strip("\\")
    path = next((path for path in known if path.casefold() == written.casefold()), None)
    if path is None:
        raise wrapped(
            400,
            "RuleValidationException",
            f"TF401347: The tree has no {written!r} for the field {ref}.",
            event_id=3200,
            properties={"FieldReferenceName": ref},
        )
    draft.fields[ref] = path


def settle(draft: WorkItem, before: WorkItem | None, call: Call) -> None:
    """Sets what follows from a change: its author, time and revision, and dates of the state."""
    old_state = None if before is None else before.fields["System.State"]
    state = draft.text("System.State")
    if state != old_state:
        new = type_of(draft).state(state)
        if new is not None and (
            before is None or draft.fields.get("System.Reason") == before.fields.get("System.Reason")
        ):
            draft.fields["System.Reason"] = new.reason
        _set_dates(draft, state, call)
    draft.fields["System.ChangedBy"] = call.user
    draft.fields["System.ChangedDate"] = call.now
    draft.rev = 1 if before is None else before.rev + 1
    old_links, links = set(before.links if before else ()), set(draft.links)
    draft.updates.append(
        Update(
            draft.rev,
            call.user,
            call.now,
            _differences(draft, before),
            added=tuple(link for link in draft.links if link not in old_links),
            removed=tuple(link for link in (before.links if before else ()) if link not in links),
        )
    )


def _set_dates(draft: WorkItem, state: str, call: Call) -> None:
    prefix = "Microsoft.VSTS.Common."
    draft.fields[f"{prefix}StateChangeDate"] = call.now
    for name, states in (
        ("ActivatedDate", ("Active",)),
        ("ResolvedDate", ("Resolved",)),
        ("ClosedDate", ("Closed",)),
    ):
        if state in states:
            draft.fields[prefix + name] = call.now
    if state != "Closed":
        draft.fields.pop(f"{prefix}ClosedDate", None)


def _differences(draft: WorkItem, before: WorkItem | None) -> dict[str, tuple[Value | None, Value | None]]:
    old = {} if before is None else before.fields
    return {
        ref: (old.get(ref), draft.fields.get(ref))
        for ref in (*draft.fields, *(ref for ref in old if ref not in draft.fields))
        if old.get(ref) != draft.fields.get(ref)
    }


def save(draft: WorkItem, before: WorkItem | None, call: Call) -> None:
    """Replaces the item by its draft, and keeps the other ends of its links right, with their history."""
    items = call.organization.work_items
    items[draft.id] = draft
    old = set() if before is None else {(link.rel, link.target) for link in before.links}
    new = {(link.rel, link.target) for link in draft.links}
    for rel, target in new - old:
        if target is not None:
            back = Link(LINK_TYPES[rel][1], target=draft.id)
            items[target].links.append(back)
            items[target].updates.append(Update(items[target].rev, call.user, call.now, {}, added=(back,)))
    for rel, target in old - new:
        if target is not None:
            other = items[target]
            gone = [link for link in other.links if (link.rel, link.target) == (LINK_TYPES[rel][1], draft.id)]
            other.links = [link for link in other.links if link not in gone]
            other.updates.append(Update(other.rev, call.user, call.now, {}, removed=tuple(gone)))
