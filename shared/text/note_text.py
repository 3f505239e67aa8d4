"""Turns the HTML of OneNote's pages into text: headings, boxes of tasks, other tags, names of files."""

import re

from shared.text.html import HtmlText, html_to_text
from shared.text.html.tree import Element

_HEADING = re.compile("h([1-6])")
_TASK = "to-do"
_INK = "<!-- InkNode is not supported -->"


def note_to_text(html: str) -> HtmlText:
    """Returns the text of a page, with what OneNote shows beside it, such as `[x]` and `(important)`."""
    return html_to_text(html, _marks)


def is_written_by_hand(html: str) -> bool:
    """Tells whether something on a page is ink, of which its HTML has a comment alone."""
    return _INK in html


def _marks(element: Element) -> str:
    heading = _HEADING.fullmatch(element.tag)
    before = "#" * int(heading[1]) + " " if heading else ""
    for tag in element.attrib.get("data-tag", "").split(","):
        name, _, state = tag.strip().partition(":")
        # Priorities are `to-do-priority-1` and the like.
        if name.startswith(_TASK):
            before += "[x] " if state == "completed" else "[ ] "
        elif name:
            before += f"({name}) "
    if element.tag == "object" and (file := element.attrib.get("data-attachment", "").strip()):
        before += f"[file: {file}] "
    return before
