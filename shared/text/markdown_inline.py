"""Writes the text of one line or paragraph of Markdown as HTML: emphasis, code, links and line breaks."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.text.markdown_dialects import Dialect
from shared.text.safe_html import safe_link

_ESCAPED = frozenset("\\`*_{}[]()#+-.!~>|<\"'&:/")
_LINKED = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\(<?([^\s()<>]{1,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500})?)>?"
    r"(?:[ \t]+\"[^\"\n]{0,200}\")?\)"
)
_BRACKETED = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>")
_BARE = re.compile(r"https?://[^\s<>\"\\`]{1,2000}")
_AFTER_BARE = ".,;:!?()[]*_~'"
_SPECIAL = re.compile(r"[\\`*_~<!\[]|\n|\bhttps?://")
_TICKS = re.compile("`+")
_MOST_OPEN = 50


@dataclass(frozen=True, slots=True)
class OwnHtml:
    """What has HTML of its own wherever it stands, such as a mention.

    The pattern finds no empty text.
    """

    pattern: re.Pattern[str]
    render: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Inline:
    """Writes the text of a line or a paragraph."""

    dialect: Dialect
    own: OwnHtml | None

    def plain(self, text: str) -> str:
        """Returns text in which nothing but what has HTML of its own is formatted."""
        if self.own is None:
            return html.escape(text)
        parts: list[str] = []
        end = 0
        for found in self.own.pattern.finditer(text):
            parts += [html.escape(text[end : found.start()]), self.own.render(found[0])]
            end = found.end()
        return "".join([*parts, html.escape(text[end:])])

    def write(self, text: str, *, links: bool = True) -> str:
        """Returns the HTML of a text; without links, what looks like one stays as it was written."""
        return _Line(self, text, links=links).write()


@dataclass(slots=True)
class _Line:
    """Writes one text from left to right, with the marks of emphasis that are still open."""

    inline: Inline
    text: str
    links: bool = field(kw_only=True)
    parts: list[str] = field(default_factory=list)
    opened: list[tuple[str, int]] = field(default_factory=list)
    unclosed: set[str] = field(default_factory=set)

    def write(self) -> str:
        own = self.inline.own
        mention = own.pattern.search(self.text) if own else None
        position = 0
        while found := _SPECIAL.search(self.text, position):
            while own and mention and mention.start() < position:
                mention = own.pattern.search(self.text, position)
            if own and mention and mention.start() <= found.start():
                self.parts.append(html.escape(self.text[position : mention.start()]))
                self.parts.append(own.render(mention[0]))
                position = mention.end()
                continue
            self.parts.append(html.escape(self.text[position : found.start()]))
            position = self._special(found.start())
        self.parts.append(self.inline.plain(self.text[position:]))
        return "".join(self.parts)

    def _special(self, start: int) -> int:
        """Writes what begins at a special character, and returns where the text goes on."""
        character = self.text[start]
        match character:
            case "\n":
                self.parts.append(self.inline.dialect.line_break)
                return start + 1
            case "\\" if self.text[start + 1 : start + 2] in _ESCAPED:
                self.parts.append(html.escape(self.text[start + 1 : start + 2]))
                return start + 2
            case "`":
                return self._code_span(start)
            case "*" | "_" | "~":
                return self._emphasis(start)
        end = self._link(start) if self.links else None
        if end is None:
            self.parts.append(html.escape(character))
            return start + 1
        return end

    def _link(self, start: int) -> int | None:
        """Writes a link, and returns where it ends; None where there is none that may be followed."""
        if bare := _BARE.match(self.text, start):
            written = bare[0].rstrip(_AFTER_BARE)
            if address := safe_link(written):
                self.parts.append(f'<a href="{html.escape(address)}">{html.escape(address)}</a>')
                return start + len(written)
            return None
        link = _BRACKETED.match(self.text, start) or _LINKED.match(self.text, start)
        address = safe_link(html.unescape(link[link.lastindex or 1])) if link else None
        if link is None or address is None:
            return None
        label = link[1] if link.lastindex == 2 else ""
        shown = self.inline.write(label, links=False)
        self.parts.append(f'<a href="{html.escape(address)}">{shown or html.escape(address)}</a>')
        return link.end()

    def _code_span(self, start: int) -> int:
        ticks = _TICKS.match(self.text, start)
        run = ticks[0] if ticks else "`"
        begin = start + len(run)
        closes = None
        if run not in self.unclosed:
            closes = next((each for each in _TICKS.finditer(self.text, begin) if each[0] == run), None)
        if closes is None:
            self.unclosed.add(run)
            self.parts.append(run)
            return begin
        inside = self.inline.plain(self.text[begin : closes.start()].strip())
        self.parts.append(self.inline.dialect.code.around(inside))
        return closes.end()

    def _emphasis(self, start: int) -> int:
        text, opened = self.text, self.opened
        character = text[start]
        mark = character * 2 if text.startswith(character * 2, start) else character
        before = text[start - 1 : start]
        if text.startswith(character * 3, start) and opened and opened[-1][0] == character and before.strip():
            mark = character  # as in ***both***, where the inner one ends first
        end = start + len(mark)
        tag, after = self.inline.dialect.marks.get(mark), text[end : end + 1]
        is_word = character == "_"
        is_open = mark in (each for each, _ in opened)
        if tag and before.strip() and not (is_word and after.isalnum()) and is_open:
            while opened[-1][0] != mark:
                opened.pop()
            _, place = opened.pop()
            self.parts[place] = f"<{tag}>"
            self.parts.append(f"</{tag}>")
            return end
        if tag and after.strip() and not (is_word and before.isalnum()):
            opened.append((mark, len(self.parts)))
            del opened[:-_MOST_OPEN]
        self.parts.append(mark)
        return end
