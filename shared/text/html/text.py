"""Turns the source of a page into its text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

from shared.text.html.lines import LIMIT_CHARACTERS
from shared.text.html.page import Page
from shared.text.html.source import bounded
from shared.text.html.stylesheet import StyleSheets
from shared.text.html.tree import Element, parse

MAY_HIDE = "Parts of this text may be invisible to people who read it in their mail program or browser."


_TOO_LONG = f"everything after the first {LIMIT_CHARACTERS:,} characters"
_TAG = re.compile(r"<[a-zA-Z/!?]")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """Holds the text of a page.

    Attributes:
        text: What people see; what was left out is said at its end.
        may_hide: Whether parts of it may be ones that people do not see.
    """

    text: str
    may_hide: bool = False

    @property
    def note(self) -> str | None:
        """Returns what a reader of the text should know."""
        return MAY_HIDE if self.may_hide else None


def html_to_text(html: str, marks: Callable[[Element], str] | None = None) -> HtmlText:
    """Returns the text that people see of a page: no scripts, styles or concealed text; links keep addresses.

    `marks` returns what is to stand before the content of an element, such as the box of a task.

    Raises nothing: any text is HTML of some kind.
    """
    if not _TAG.search(html):
        # Not everything that is called HTML is; the line ends of other text mean something.
        text = unescape(html[:LIMIT_CHARACTERS]).strip()
        return HtmlText(text if len(html) <= LIMIT_CHARACTERS else f"{text}\n[Left out: {_TOO_LONG}.]")

    source = bounded(html)
    root, styles = parse(source)
    if marks:
        _mark(root, marks)
    sheets = StyleSheets()
    for each in styles:
        if each.attrib.get("type", "").strip().lower() in ("", "text/css"):
            sheets.add(source.sheets[int(each.attrib["data-sheet"])], each.attrib.get("media", ""))
    page = Page(root, sheets)
    text = page.read()
    may_hide = bool(text) and (page.may_hide or source.flattened)
    left_out = _TOO_LONG if page.is_cut else source.left_out
    return HtmlText(f"{text}\n[Left out: {left_out}.]".strip() if left_out else text, may_hide)


def _mark(root: Element, marks: Callable[[Element], str]) -> None:
    """Puts marks before the content of elements."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        waiting.extend(each for each in element.children if isinstance(each, Element))
        if mark := marks(element):
            element.children.insert(0, mark)
