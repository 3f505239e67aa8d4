"""Turns Markdown into the HTML that OneNote takes: a well-formed subset, in which all else is text."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.text.content import clean

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*")
_TASK = re.compile(r"[ \t]*[-*+][ \t]+\[([ xX])\][ \t]+(.+)")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(.+)")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_ROW = re.compile(r"[ \t]*\|.+\|[ \t]*")
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{1,}:?[ \t]*(?:\|[ \t]*:?-{1,}:?[ \t]*)*\|?[ \t]*")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]{1,500})`"
    r"|!?\[(?P<label>[^\[\]\n]{1,500})\]\((?P<address>https?://[^\s()<>\"]{1,2000}|mailto:[^\s()<>\"]{1,300})\)"
    r"|\*\*(?=\S)(?P<bold>[^*\n]{1,500})(?<=\S)\*\*"
    r"|\*(?=\S)(?P<italic>[^*\n]{1,500})(?<=\S)\*"
)
_CELL_END = re.compile(r"(?<!\\)\|")
_TAB = 4
_DEEPEST = 6


def markdown_to_note(text: str) -> str:
    """Returns the content of a page's body for a text in Markdown.

    Headings, lists, boxes of tasks, tables, code, bold, italic and links become what OneNote has for them.
    """
    return _Writer().write(clean(text).replace("\t", " " * _TAB).split("\n"))


def note_page(title: str, text: str) -> str:
    """Returns a whole page with this title."""
    body = markdown_to_note(_without_title(text, title))
    name = html.escape(" ".join(clean(title).split()))
    return f"<html><head><title>{name}</title></head><body>{body}</body></html>"


def _without_title(text: str, title: str) -> str:
    """Returns the text without a first heading that says the title, which OneNote shows itself."""
    first, _, rest = text.lstrip().partition("\n")
    heading = _HEADING.fullmatch(first.rstrip())
    is_title = heading and " ".join(heading[2].split()).casefold() == " ".join(title.split()).casefold()
    return rest if is_title and rest.strip() else text


@dataclass
class _Writer:
    """Writes blocks one after the other; a list is open until a line of something else."""

    done: list[str] = field(default_factory=list)
    _lists: list[tuple[int, str]] = field(default_factory=list)
    _paragraph: list[str] = field(default_factory=list)

    def write(self, lines: Sequence[str]) -> str:
        at = 0
        while at < len(lines):
            at += self._block(lines, at)
        self._end()
        return "".join(self.done)

    def _block(self, lines: Sequence[str], at: int) -> int:
        """Writes the block that begins at a line, and returns how many lines it has."""
        line = lines[at]
        if not line.strip():
            # A list goes on behind an empty line, or its numbers would begin anew.
            self._end_paragraph()
            return 1
        if fence := _FENCE.match(line):
            return self._code(lines, at, fence[1])
        if _ROW.fullmatch(line) and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1]):
            return self._table(lines, at)
        if heading := _HEADING.fullmatch(line):
            self._end()
            level = len(heading[1])
            self.done.append(f"<h{level}>{_inline(heading[2])}</h{level}>")
        elif task := _TASK.fullmatch(line):
            self._end()
            state = "to-do" if task[1] == " " else "to-do:completed"
            self.done.append(f'<p data-tag="{state}">{_inline(task[2])}</p>')
        elif (item := _ITEM.fullmatch(line)) and self._begins_or_goes_on(item):
            self._item(len(item[1]), "ol" if item[2] else "ul", item[3])
        else:
            self._end_lists()
            self._paragraph.append(_inline(line.strip()))
        return 1

    def _code(self, lines: Sequence[str], at: int, fence: str) -> int:
        self._end()
        end = at + 1
        while end < len(lines) and not lines[end].strip().startswith(fence):
            end += 1
        code = html.escape("\n".join(lines[at + 1 : end]))
        self.done.append(f"<pre>{code}</pre>")
        return end + 1 - at

    def _table(self, lines: Sequence[str], at: int) -> int:
        self._end()
        end = at + 2
        while end < len(lines) and _ROW.fullmatch(lines[end]):
            end += 1
        cells = [_cells(row) for row in (lines[at], *lines[at + 2 : end])]
        head = "".join(f"<td><b>{cell}</b></td>" for cell in cells[0])
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells[1:])
        self.done.append(f'<table border="1"><tr>{head}</tr>{body}</table>')
        return end - at

    def _begins_or_goes_on(self, item: re.Match[str]) -> bool:
        """Tells whether a line is an item: OneNote counts from 1, so any other first number is text."""
        return item[2] is None or int(item[2]) == 1 or any(kind == "ol" for _, kind in self._lists)

    def _item(self, indent: int, kind: str, text: str) -> None:
        self._end_paragraph()
        while self._lists and (
            self._lists[-1][0] > indent or (self._lists[-1][0] == indent and self._lists[-1][1] != kind)
        ):
            self._end_list()
        if self._lists and (self._lists[-1][0] == indent or len(self._lists) >= _DEEPEST):
            self.done.append("</li>")
        else:
            self.done.append(f"<{kind}>")
            self._lists.append((indent, kind))
        self.done.append(f"<li>{_inline(text)}")

    def _end(self) -> None:
        self._end_paragraph()
        self._end_lists()

    def _end_paragraph(self) -> None:
        if self._paragraph:
            self.done.append(f"<p>{'<br />'.join(self._paragraph)}</p>")
            self._paragraph.clear()

    def _end_lists(self) -> None:
        while self._lists:
            self._end_list()

    def _end_list(self) -> None:
        _, kind = self._lists.pop()
        self.done.append(f"</li></{kind}>")


def _cells(row: str) -> list[str]:
    r"""Returns the cells of a row of a table, in which `\|` is no end of one."""
    inside = row.strip().removeprefix("|").removesuffix("|")
    return [_inline(cell.strip().replace("\\|", "|")) for cell in _CELL_END.split(inside)]


def _inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _INLINE.finditer(text):
        parts += [html.escape(text[end : found.start()]), _formatted(found)]
        end = found.end()
    return "".join([*parts, html.escape(text[end:])])


def _formatted(found: re.Match[str]) -> str:
    if found["code"]:
        return f'<span style="font-family:Consolas">{html.escape(found["code"])}</span>'
    if found["label"]:
        return f'<a href="{html.escape(found["address"])}">{html.escape(found["label"])}</a>'
    tag, text = ("b", found["bold"]) if found["bold"] else ("i", found["italic"])
    return f"<{tag}>{html.escape(text)}</{tag}>"
