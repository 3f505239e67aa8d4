"""Applies JSON Patch to a draft of a work item: tests first, then changes, then the type's rules."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from local.devops.call import Call
from local.devops.errors import RefusalError, binding, wrapped
from local.devops.people import Identity
from local.devops.times import parse
from local.devops.work_item import LINK_TYPES, PARENT, RESOURCE_LINK_TYPES, Comment, Link, Value, WorkItem
from local.devops.work_item_types import Field, process

_ATTACHMENT_URL = re.compile(
    r"(?P<address>.*/_apis/wit/attachments/(?P<id>[0-9a-f-]{36}))(?:\?.*)?", re.IGNORECASE
)
_MOST_ATTACHMENTS = 100
_WORK_ITEM_URL = re.compile(r".*/_apis/wit/workitems/(?P<id>\d+)", re.IGNORECASE)
_NUMBERS: dict[str, type[int] | type[float]] = {"integer": int, "double": float}


def apply(document: Any, draft: WorkItem, call: Call) -> None:
    """Applies a patch document to a draft.

    Raises:
        RefusalError: A test failed, a path or a value is not acceptable, or a link is impossible.
    """
    if not isinstance(document, list) or not all(isinstance(step, dict) for step in document):
        raise wrapped(400, "VssPropertyValidationException", "The body is not a valid patch document.")
    texts = {str(step.get("path", "")).casefold() for step in document if step.get("op") != "test"}
    for step in document:
        op, path, value = str(step.get("op", "")).casefold(), str(step.get("path", "")), step.get("value")
        if op == "remove" and value is not None:
            raise binding("Remove requires Value to be null.")
        if op not in ("add", "replace", "remove", "test"):
            raise wrapped(400, "VssPropertyValidationException", f"The operation {op!r} is not supported.")
        head, _, rest = path.lstrip("/").partition("/")
        match head.casefold():
            case "rev" | "id" if op == "test":
                _test(path, value, draft.rev if head.casefold() == "rev" else draft.id)
            case "fields" if rest:
                _change_field(op, rest, value, draft, call)
            case "relations" if op != "test":
                _change_link(op, rest, value, draft, call)
            case "multilinefieldsformat" if op in ("add", "replace"):
                if f"/fields/{rest}".casefold() not in texts:
                    raise wrapped(
                        400,
                        "VssPropertyValidationException",
                        f"The format of {rest} changes only together with its text.",
                    )
                _set_format(rest, value, draft)
            case _:
                raise wrapped(
                    400, "PatchOperationFailedException", f"VS403350: {op} does not work on {path}."
                )


def _test(path: str, expected: Any, actual: Any) -> None:
    if str(expected) != str(actual):
        raise wrapped(
            412,
            "TestPatchOperationFailedException",
            f"VS403351: Test Operation for path {path} failed: it is {actual}, not {expected}.",
        )


def _change_field(op: str, written: str, value: Any, draft: WorkItem, call: Call) -> None:
    field = process().fields.get(written.casefold())
    if field is None:
        raise wrapped(400, "WorkItemFieldInvalidException", f"TF51535: There is no field {written}.")
    if op == "test":
        _test(f"/fields/{written}", value, draft.text(field.ref))
        return
    if field.ref == "System.History":
        if op != "remove" and value:
            add_comment(draft, call, str(value), "html")
        return
    if field.read_only:
        raise rule_broken(field, "ReadOnly", "it cannot be written")
    if field.ref == "System.Tags" and op == "add":
        # `add` merges with the tags that are there, so an empty one changes nothing.
        value = "; ".join(part for part in (draft.text(field.ref), str(value or "")) if part)
    if op == "remove" or value in (None, ""):
        draft.fields.pop(field.ref, None)
    else:
        draft.fields[field.ref] = _coerced(field, value, call)


def _coerced(field: Field, value: Any, call: Call) -> Value:
    """Returns the value in the field's own type."""
    match field.type:
        case "integer" | "double":
            # Whether the service takes "20" for 20 is not documented: here it does not.
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise rule_broken(field, "InvalidType", f"{value!r} is not a number")
            return _NUMBERS[field.type](value)
        case "boolean":
            if not isinstance(value, bool):
                raise rule_broken(field, "InvalidType", f"{value!r} is neither true nor false")
            return value
        case "dateTime":
            return _moment(field, value)
        case "identity":
            return _person(field, value, call)
        case _ if not isinstance(value, str):
            raise rule_broken(field, "InvalidType", f"{value!r} is not text")
        case _ if field.ref == "System.Tags":
            tags = {tag.strip().casefold(): tag.strip() for tag in reversed(re.split("[;,]", value))}
            return "; ".join(sorted((tag for tag in tags.values() if tag), key=str.casefold))
        case _:
            return str(value)


def _moment(field: Field, value: Any) -> datetime:
    try:
        return parse(str(value))
    except ValueError:
        raise rule_broken(field, "InvalidDate", f"{value!r} is not a date") from None


def _person(field: Field, value: Any, call: Call) -> Identity:
    written = value.get("uniqueName") or value.get("id") if isinstance(value, dict) else value
    identity = call.store.people.find(str(written))
    if identity is None:
        raise rule_broken(
            field, "HasValues, LimitedToValues, AllowsOldValue, InvalidNotOldValue", "nobody is called that"
        )
    return identity


def _change_link(op: str, rest: str, value: Any, draft: WorkItem, call: Call) -> None:
    if op in ("add", "replace") and rest == "-":
        draft.links.append(_link(value, draft, call))
        return
    index, _, attribute = rest.partition("/")
    if not index.isdigit() or int(index) >= len(draft.links):
        raise wrapped(400, "PatchOperationFailedException", f"VS403350: There is no relation {index}.")
    if op == "remove" and not attribute:
        del draft.links[int(index)]
    elif attribute.casefold() == "attributes/comment":
        draft.links[int(index)] = replace(draft.links[int(index)], comment=str(value or ""))
    else:
        raise wrapped(
            400, "PatchOperationFailedException", f"VS403350: Relations have no {attribute!r} to change."
        )


def _link(value: Any, draft: WorkItem, call: Call) -> Link:
    if not isinstance(value, dict) or not isinstance(value.get("rel"), str) or not value.get("url"):
        raise wrapped(400, "VssPropertyValidationException", "A relation needs rel and url.")
    rel, url, attributes = value["rel"], str(value["url"]), value.get("attributes") or {}
    comment = str(attributes.get("comment", ""))
    if rel == "AttachedFile":
        return _attached(url, comment, draft, call)
    if rel in RESOURCE_LINK_TYPES:
        link = Link(rel, url=url, comment=comment, name=str(attributes.get("name", "")))
        if rel == "ArtifactLink" and not (url.startswith("vstfs:///") and link.name):
            raise wrapped(
                400,
                "WorkItemLinkInvalidException",
                "VS403337: An artifact link needs a vstfs address and a name.",
            )
        if any(link.url == other.url for other in draft.links if other.rel == rel):
            raise wrapped(400, "WorkItemLinkInvalidException", "VS403686: That relation exists already.")
        return link
    if rel not in LINK_TYPES:
        raise wrapped(400, "WorkItemLinkInvalidException", f"VS402324: There is no link type {rel}.")
    match = _WORK_ITEM_URL.fullmatch(url)
    target = call.organization.work_items.get(int(match["id"])) if match else None
    if target is None:
        raise not_found(match["id"] if match else url)
    if target.id == draft.id:
        raise wrapped(
            400, "WorkItemLinkInvalidException", "TF201035: A work item cannot be linked to itself."
        )
    if any(link.rel == rel and link.target == target.id for link in draft.links):
        raise wrapped(400, "WorkItemLinkInvalidException", "VS403686: That relation exists already.")
    if rel == PARENT and draft.parent is not None:
        raise _second_parent(draft.id)
    if LINK_TYPES[rel][1] == PARENT and target.parent is not None:
        raise _second_parent(target.id)
    return Link(rel, target=target.id, comment=comment)


def _attached(url: str, comment: str, draft: WorkItem, call: Call) -> Link:
    """Returns the link to an uploaded attachment, with its name and size."""
    match = _ATTACHMENT_URL.fullmatch(url)
    found = call.organization.attachments.get(match["id"].casefold()) if match else None
    if match is None or found is None:
        raise wrapped(400, "WorkItemLinkInvalidException", "TF237121: There is no such attachment.")
    files = [link for link in draft.links if link.rel == "AttachedFile"]
    if any(link.url == match["address"] for link in files):
        raise wrapped(400, "WorkItemLinkInvalidException", "VS403686: That relation exists already.")
    if len(files) >= _MOST_ATTACHMENTS:
        raise wrapped(
            400, "WorkItemLinkInvalidException", f"VS403313: A work item has {_MOST_ATTACHMENTS} attachments."
        )
    return Link("AttachedFile", None, match["address"], comment, found.name, len(found.content))


def _second_parent(item_id: int) -> RefusalError:
    return wrapped(
        400, "WorkItemLinkAddExtraParentException", f"TF201036: Work item {item_id} has a parent already."
    )


def _set_format(ref: str, value: Any, draft: WorkItem) -> None:
    field = process().fields.get(ref.casefold())
    if field is None or field.type != "html" or str(value).casefold() != "markdown":
        raise wrapped(400, "VssPropertyValidationException", f"The format of {ref} cannot be {value!r}.")
    draft.markdown.add(field.ref)


def add_comment(item: WorkItem, call: Call, text: str, text_format: str) -> Comment:
    """Returns a new comment by the caller at the end of the discussion."""
    newest = max((comment.id for comment in item.comments), default=item.id * 10 - 1)
    comment = Comment(newest + 1, call.user, call.now, text, text_format)
    item.comments.append(comment)
    return comment


def rule_broken(field: Field, code: str, why: str) -> RefusalError:
    """Returns the 400 for a value the rules of the type do not allow."""
    return rules_broken([(field, code, why)])


def rules_broken(broken: list[tuple[Field, str, str]]) -> RefusalError:
    """Returns the 400 for all values the rules do not allow; its message names the first by display name."""
    errors = [
        {
            "fieldReferenceName": field.ref,
            "fieldStatusFlags": code,
            "errorMessage": f"TF401320: Rule Error for field {field.name}. Error code: {code}.",
            "fieldStatusCode": 524289,
            "ruleValidationErrors": None,
        }
        for field, code, _ in broken
    ]
    field, code, why = broken[0]
    more = f" {len(broken) - 1} more errors were found." if len(broken) > 1 else ""
    return wrapped(
        400,
        "RuleValidationException",
        f"TF401320: Rule Error for field {field.name}. Error code: {code}. ({why}){more}",
        event_id=3200,
        properties={
            "FieldReferenceName": None,
            "FieldStatusFlags": "none",
            "ErrorMessage": errors[0]["errorMessage"],
            "FieldStatusCode": 0,
            "RuleValidationErrors": errors,
        },
    )


def not_found(written: object) -> RefusalError:
    """Returns the 404 for a work item that is missing, or not for the caller to see."""
    return wrapped(
        404,
        "WorkItemUnauthorizedAccessException",
        f"TF401232: Work item {written} is not there, or is not yours to read.",
        event_id=3200,
    )
