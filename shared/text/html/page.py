"""Reads the text of a page as people see it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeGuard
from urllib.parse import unquote

from shared.text.html import forms
from shared.text.html.element_names import NOT_SHOWN
from shared.text.html.lines import LIMIT_CHARACTERS, FullError, Lines, Room, row
from shared.text.html.style import Box, Sight, Style, computed
from shared.text.html.stylesheet import StyleSheets
from shared.text.html.tree import Element

_RAISED = re.compile(r"[+\-−–]?[\d.,]+")
_LIMIT_ADDRESS = 2_000


@dataclass
class Frame:
    """Holds an element that is being read."""

    element: Element
    styles: tuple[Style, ...]
    at: int = 0
    ends: list[Callable[[], None]] = field(default_factory=list)


@dataclass
class Table:
    """Holds a table that is being read, and its row."""

    keeps_columns: bool
    cells: list[list[str]] | None = None


class Page:
    """Reads a page.

    Attributes:
        may_hide: Whether parts of the text may be ones that people do not see.
        is_cut: Whether the text became too long.
    """

    def __init__(self, root: Element, sheets: StyleSheets) -> None:
        self._root = root
        self._sheets = sheets
        self._screens = sheets.screens()
        self._lines = Lines(Room())
        self._tables: list[Table] = []
        self._lists: list[forms.Numbers] = []
        self._links: list[list[str]] = []
        self.may_hide = False
        self.is_cut = False

    def read(self) -> str:
        """Returns all that people see of the page."""
        outer = self._lines
        try:
            self._walk()
        except FullError:
            self.is_cut = True
            outer.room.left = LIMIT_CHARACTERS
            if outer is not self._lines:
                outer.done.extend(self._lines.result())
        self.may_hide = self.may_hide or (self._sheets.is_unclear and bool(outer.done))
        return "\n".join(outer.result())

    def _walk(self) -> None:
        outside = Frame(self._root, tuple(Style() for _ in self._screens))
        first = self._enter(self._root, outside)
        frames = [first] if first else []
        while frames:
            frame = frames[-1]
            if frame.at == len(frame.element.children):
                for end in reversed(frame.ends):
                    end()
                frames.pop()
                continue
            child = frame.element.children[frame.at]
            frame.at += 1
            if isinstance(child, str):
                self._text(child, frame.styles)
            elif inside := self._enter(child, frame):
                frames.append(inside)

    def _text(self, text: str, styles: tuple[Style, ...]) -> None:
        if not text.strip():
            # White space is not seen, but parts words.
            self._lines.text(text, styles[0].white_space if styles[0].is_shown else "normal")
            return
        if self._see(styles) is Sight.UNSEEN:
            return
        shown = next(each for each in styles if each.sight > Sight.UNSEEN)
        if self._links:
            self._links[-1].append(text)
        self._lines.text(text, shown.white_space)

    def _see(self, styles: tuple[Style, ...]) -> Sight:
        """Returns how surely text is seen on some screen; notes if it is not sure for the first."""
        sight = max(each.sight for each in styles)
        if sight > Sight.UNSEEN and styles[0].sight < Sight.SEEN:
            self.may_hide = True
        return sight

    def _enter(self, element: Element, around: Frame) -> Frame | None:
        tag = element.tag
        if tag in NOT_SHOWN:
            return None
        rules = self._sheets.rules(element)
        found = [
            computed(element, style, rules, screen)
            for style, screen in zip(around.styles, self._screens, strict=True)
        ]
        shown = [(style, box) for style, box in found if not style.gone]
        if not shown:
            return None
        styles = tuple(style for style, _ in found)
        frame = Frame(element, styles)
        style, box = shown[0]
        if tag in _REPLACED:
            self._replaced(element, frame, style)
            return frame if tag == "select" else None
        self._lay_out(element, box, style, frame)
        self._decorate(element, box, frame)
        return frame

    def _replaced(self, element: Element, frame: Frame, style: Style) -> None:
        lines = self._lines
        match element.tag:
            case "br":
                lines.end_line()
            case "hr":
                lines.whole("---")
            case "img" | "emoji" | "customemoji":
                label = forms.picture(element) if style.is_shown else ""
                if label and self._links:
                    self._links[-1].append(label)
                # The alternative text may be out of sight, but the picture is there.
                lines.text(label)
            case "input":
                if self._see(frame.styles) > Sight.UNSEEN:
                    lines.text(forms.field(element))
            case "select":
                frame.element = Element("select", {}, None, element.steps)
                frame.element.children = list[Element | str](forms.chosen(element))

    def _lay_out(self, element: Element, box: Box, style: Style, frame: Frame) -> None:
        """Begins what an element begins: lines, levels, tables, rows, cells."""
        tag, display, lines = element.tag, box.display, self._lines
        if tag in ("ol", "ul", "menu", "dir"):
            self._lists.append(forms.Numbers(element))
            frame.ends.append(lambda: void(self._lists.pop()))
        if display == "table":
            self._tables.append(Table(_keeps_columns(element)))
            frame.ends.append(lambda: void(self._tables.pop()))
        if display == "table-row" and self._tables and self._tables[-1].cells is None:
            self._row(frame)
        elif display == "table-cell" and self._tables and self._tables[-1].cells is not None:
            self._cell(frame)
        elif tag == "blockquote":
            lines.enter("> ", "> ")
            frame.ends.append(lines.leave)
        elif tag == "li" and display in ("list-item", "block"):
            numbers = self._lists[-1] if self._lists else forms.Numbers(element)
            marker = numbers.marker(element, style.list_style)
            lines.enter(marker, " " * len(marker))
            frame.ends.append(lines.leave)
        elif tag == "dd":
            lines.enter("  ", "  ")
            frame.ends.append(lines.leave)
        elif display not in ("inline", "contents", "inline-block", "ruby", "ruby-text", "inline-table") or (
            display == "inline-block" and tag in ("div", "table", "p", "td", "th", "li")
        ):
            lines.block()
            frame.ends.append(lines.block)

    def _row(self, frame: Frame) -> None:
        table, outer = self._tables[-1], self._lines
        outer.block()
        cells: list[list[str]] = []
        table.cells = cells

        def end() -> None:
            table.cells = None
            for line in row(cells, keeps_columns=table.keeps_columns):
                outer.whole(line)

        frame.ends.append(end)

    def _cell(self, frame: Frame) -> None:
        table, outer = self._tables[-1], self._lines
        inner = Lines(outer.room)
        self._lines = inner

        def end() -> None:
            self._lines = outer
            lines = inner.result()
            outer.written += bool(lines)
            if table.cells is not None:
                table.cells.append(lines)

        frame.ends.append(end)

    def _decorate(self, element: Element, box: Box, frame: Frame) -> None:
        """Begins what stands around the text of an element: quotation marks, strokes, addresses."""
        if box.struck:
            self._surround(frame, "~~", "~~")
        match element.tag:
            case "q":
                self._surround(frame, "“", "”")
            case "rt":
                self._surround(frame, "(", ")")
            case "sup" if _RAISED.fullmatch("".join(filter(_is_text, element.children)).strip()):
                self._surround(frame, "^", "")
            case "a" if element.attrib.get("href"):
                self._link(element, frame)

    def _surround(self, frame: Frame, before: str, after: str) -> None:
        lines = self._lines
        lines.mark(before)
        frame.ends.append(lambda: lines.unmark(after))

    def _link(self, element: Element, frame: Frame) -> None:
        lines, inside = self._lines, list[str]()
        self._links.append(inside)

        def end() -> None:
            self._links.pop()
            if self._links:
                self._links[-1].extend(inside)
            if inside and (address := _address(element.attrib["href"], "".join(inside))):
                lines.append(f" ({address})")

        frame.ends.append(end)


_REPLACED = frozenset(["br", "hr", "img", "emoji", "customemoji", "input", "select"])


def void(_: object) -> None:
    """Forgets a value."""


def _is_text(child: Element | str) -> TypeGuard[str]:
    return isinstance(child, str)


def _keeps_columns(table: Element) -> bool:
    """Tells whether a table holds data: it has head cells, and it is not there for its looks."""
    if table.attrib.get("role", "").strip().lower() in ("presentation", "none"):
        return False
    waiting: list[Element] = [table]
    has_heads = False
    while waiting:
        for each in waiting.pop().children:
            if isinstance(each, Element):
                if each.tag == "table":
                    return False
                has_heads = has_heads or each.tag == "th"
                waiting.append(each)
    return has_heads


def _address(href: str, text: str) -> str:
    """Returns where a link leads, if its text does not say it."""
    # As browsers read addresses: line ends and tabs do not count.
    href = re.sub(r"[\t\r\n]", "", href).strip()[:_LIMIT_ADDRESS]
    scheme, _, rest = href.partition(":")
    seen = " ".join(text.split()).casefold()
    match scheme.lower():
        case "http" | "https":
            return "" if href.casefold() in seen or _bare(href) == _bare(seen) else href
        case "mailto":
            address = unquote(rest.partition("?")[0]).strip()
            return "" if address.casefold() in seen else address
        case "tel":
            number = unquote(rest)
            return "" if _digits(number) in _digits(seen) else number
        case _:
            return ""


def _bare(address: str) -> str:
    return re.sub(r"^https?://", "", address.strip().casefold()).rstrip("/")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
