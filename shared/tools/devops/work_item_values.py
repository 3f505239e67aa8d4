"""Turns the values of work item fields into what tools show: short values, texts, people."""

import re
from typing import Any

from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.result_limit import share
from shared.text.content import Quoted, clean_line, quote
from shared.text.html import HtmlText, html_to_text

COLUMN_TEXT = 300
"""Characters of a long text in a row of a query."""
_LONGEST_LINE = 255
_HTML = re.compile(
    r"\s*<(?:div|p|span|br|ul|ol|table|h[1-6]|b|strong|i|em|a|img|pre|code|blockquote|steps)\b"
)
_LONG_FIELDS = frozenset(
    {
        "System.Description",
        "System.History",
        "Microsoft.VSTS.TCM.ReproSteps",
        "Microsoft.VSTS.TCM.SystemInfo",
        "Microsoft.VSTS.Common.AcceptanceCriteria",
    }
)

type Value = str | int | float | bool


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


def column_value(work_item_id: int, item: WorkItemDocument, name: str, value: Any) -> Value | Quoted:
    """Returns the value of a column of a query; long texts are cut."""
    if not is_long(name, value):
        return short_value(value)
    text = text_of(item, name, value)
    return quote(text.text, f"{name} of work item {work_item_id}", limit=share(COLUMN_TEXT), note=text.note)


def is_long(name: str, value: object) -> bool:
    """Tells whether a value is a text of any length, HTML or not."""
    return isinstance(value, str) and (
        name in _LONG_FIELDS or len(value) > _LONGEST_LINE or "\n" in value or bool(_HTML.match(value))
    )


def text_of(item: WorkItemDocument, name: str, value: str) -> HtmlText:
    """Returns a long text of a work item as plain text or Markdown."""
    return HtmlText(value) if item.is_markdown(name) else html_to_text(value)


def short_value(value: object) -> Value:
    """Returns a value as a number, a truth value, or one line."""
    match value:
        case bool() | int() | float():
            return value
        case dict():
            return person(value) or "(an object)"
        case _:
            return clean_line(str(value))
