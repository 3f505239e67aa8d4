"""Turns the values of work item fields into what tools show: short values, texts, people."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.test_case_steps import steps_to_text
from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.apis.devops.work_item_fields import STEPS, FieldDocument, fetch_fields
from shared.errors import ToolError
from shared.result_limit import share
from shared.text.content import Quoted, clean_line, quote
from shared.text.html import HtmlText, html_to_text

COLUMN_TEXT = 300
"""Characters of a long text in a row of a query."""
_LONGEST_LINE = 255
_HTML_TAG = re.compile(
    r"</?(?:div|p|span|br|ul|ol|li|table|tr|td|h[1-6]|b|strong|i|em|u|a|img|pre|code|blockquote|hr)\b[^<>]*>",
    re.IGNORECASE,
)
# Fields every process has, whose type needs no look-up.
_HTML_FIELDS = frozenset(
    {
        "System.Description",
        "System.History",
        "Microsoft.VSTS.TCM.ReproSteps",
        "Microsoft.VSTS.TCM.SystemInfo",
        "Microsoft.VSTS.Common.AcceptanceCriteria",
        STEPS,
    }
)
_LINE_FIELDS = frozenset(
    {
        "System.Title",
        "System.Tags",
        "System.AreaPath",
        "System.IterationPath",
        "System.State",
        "System.Reason",
        "System.WorkItemType",
        "System.TeamProject",
    }
)
_TEXT_TYPES = frozenset({"html", "plainText", "history"})

type Value = str | int | float | bool
type FieldTypes = Mapping[str, FieldDocument]
"""Fields by reference name in lower case; empty where no type was needed, or none could be read."""


async def field_types(devops: DevOps, organization: str, items: Iterable[WorkItemDocument]) -> FieldTypes:
    """Returns the types of the fields, if only its type tells a text from HTML."""
    if not any(_needs_type(item, name, value) for item in items for name, value in item.fields.items()):
        return {}
    try:
        return await fetch_fields(devops, organization)
    except ToolError:
        # What it looks like then tells HTML from plain text.
        return {}


def person(identity: object) -> str | None:
    """Returns a person as `Name <address>`, the form in which work items are assigned."""
    match identity:
        case {"displayName": str(name), "uniqueName": str(address)}:
            return clean_line(f"{name} <{address}>")
        case {"displayName": str(name)}:
            return clean_line(name)
        case str():
            return clean_line(identity)
        case _:
            return None


def moment(value: object) -> datetime | None:
    """Returns a time of the service, in UTC where it has no zone; None where the value is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def column_value(
    work_item_id: int, item: WorkItemDocument, name: str, value: Any, types: FieldTypes
) -> Value | Quoted:
    """Returns the value of a column of a query; long texts are cut."""
    if not is_long(item, name, value, types):
        return short_value(value)
    text = text_of(item, name, value, types)
    return quote(text.text, f"{name} of work item {work_item_id}", limit=share(COLUMN_TEXT), note=text.note)


def is_long(item: WorkItemDocument, name: str, value: object, types: FieldTypes) -> bool:
    """Tells whether a value is a text of any length, HTML or not."""
    if not isinstance(value, str) or name in _LINE_FIELDS:
        return False
    field = types.get(name.casefold())
    return (
        name in _HTML_FIELDS
        or (field is not None and field.type in _TEXT_TYPES)
        or item.format_of(name) is not None
        or len(value) > _LONGEST_LINE
        or "\n" in value
        or _HTML_TAG.search(value) is not None
    )


def text_of(item: WorkItemDocument, name: str, value: str, types: FieldTypes) -> HtmlText:
    """Returns a long text of a work item as plain text or Markdown."""
    if name == STEPS:
        return steps_to_text(value)
    field, text_format = types.get(name.casefold()), item.format_of(name)
    if text_format == "markdown":
        return HtmlText(value)
    if text_format == "html" or name in _HTML_FIELDS:
        return html_to_text(value)
    is_html = field.type in ("html", "history") if field else _HTML_TAG.search(value) is not None
    return html_to_text(value) if is_html else HtmlText(value)


def short_value(value: object) -> Value:
    """Returns a value as a number, a truth value, or one line."""
    match value:
        case bool() | int() | float():
            return value
        case dict():
            return person(value) or "(an object)"
        case _:
            return clean_line(str(value))


def _needs_type(item: WorkItemDocument, name: str, value: object) -> bool:
    return (
        isinstance(value, str)
        and name not in _HTML_FIELDS
        and name not in _LINE_FIELDS
        and item.format_of(name) is None
        and any(mark in value for mark in "<&\n")
    )
